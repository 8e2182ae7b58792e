import type { Business, Halt } from "./businesses.ts";
import { type BusinessId, type CustomerId, shardOf } from "./ids.ts";
import * as store from "./store.ts";
import type { Instant } from "./time.ts";

/** How many mails SES took, and how many of them came back for good or were called spam. */
export type Counts = { accepted: number; bounced: number; complained: number };

/** Days are kept a little longer than the longest span that rates are looked at over, 30 days. */
const keptDays = 40;

const partitionOf = (business: BusinessId, resumed: number): string => `${business}#${resumed}`;

type Place = { business: BusinessId; resumed: number; shard: string; at: Instant };

/**
 * Adds to what is known of the mails of a day (of UTC) that a shard of a business sent: for the transaction of what
 * is counted. After a halt is lifted the counts begin anew.
 */
const add = ({ business, resumed, shard, at }: Place, counts: Partial<Counts>): store.Write => ({
  Update: {
    TableName: store.tableName("reputation"),
    Key: { business: partitionOf(business, resumed), day: `${at.slice(0, 10)}#${shard}` },
    UpdateExpression: `ADD ${Object.keys(counts)
      .map((name) => `${name} :${name}`)
      .join(", ")} SET expiresAt = :expiresAt`,
    ExpressionAttributeValues: {
      ...Object.fromEntries(Object.entries(counts).map(([name, by]) => [`:${name}`, by])),
      ":expiresAt": expiryOf(at),
    },
  },
});

const expiryOf = (at: Instant): number => Math.floor(Date.parse(at) / 1000) + keptDays * 86_400;

/** Counts mails that SES took; `shard` is the batch's. */
export const accepted = (
  { id, resumed }: Business,
  { shard, at, count }: { shard: string; at: Instant; count: number },
): store.Write => add({ business: id, resumed, shard, at }, { accepted: count });

/** Counts what was reported of a mail, on the day that SES had taken it: both are of the same mails then. */
export const reported = (
  business: Business,
  { customer, acceptedAt }: { customer: CustomerId; acceptedAt: Instant },
  counts: { bounced: 1 } | { complained: 1 },
): store.Write => {
  const shard = shardOf(business.id, customer).slice(-2);
  return add({ ...periodOf(business, acceptedAt), shard }, counts);
};

/** Mail of before the halt was lifted must not bring it about again. */
function periodOf({ id, resumed, resumedAt }: Business, at: Instant) {
  const isEarlier = resumedAt !== undefined && at < resumedAt;
  return { business: id, resumed: isEarlier ? resumed - 1 : resumed, at };
}

/** The kinds of letters that people of the business have sent: what becomes of them counts in its rates. */
const countedLetters = new Set(["test", "answer"]);
export const isCounted = (kind: string): boolean => countedLetters.has(kind);

/** Letters belong to no shard: they are few. */
const letterShard = "00";

export type LetterReport = {
  kind: string;
  /** What SES calls the mail: a report that comes twice counts once. */
  messageId: string;
  acceptedAt: Instant;
};

/**
 * Counts what was reported of such a letter, on the day that SES had taken it, once however often it is reported.
 * Nothing is counted of any other letter. What has come back or arrived had been taken: `accepted` is counted by that.
 */
export async function reportedLetter(
  business: Business,
  { kind, messageId, acceptedAt }: LetterReport,
  what: keyof Counts,
): Promise<void> {
  if (!isCounted(kind)) return;
  const mark: store.Write = {
    Update: {
      TableName: store.tableName("reputation"),
      Key: { business: `${business.id}#letters`, day: `${messageId}#${what}` },
      UpdateExpression: "SET expiresAt = :expiresAt",
      ConditionExpression: "attribute_not_exists(expiresAt)",
      ExpressionAttributeValues: { ":expiresAt": expiryOf(acceptedAt) },
    },
  };
  const place = { ...periodOf(business, acceptedAt), shard: letterShard };
  await store.transact([mark, add(place, { [what]: 1 })]);
}

/** The sum over the days that the business's rates are looked at over, up to now. */
export async function recent({ id, resumed, breaker }: Business, at: Instant): Promise<Counts> {
  const sum: Counts = { accepted: 0, bounced: 0, complained: 0 };
  const first = new Date(Date.parse(at) - (breaker.days - 1) * 86_400_000).toISOString().slice(0, 10);
  const ofDays = {
    KeyConditionExpression: "business = :business AND #day >= :first",
    ExpressionAttributeNames: { "#day": "day" },
    ExpressionAttributeValues: { ":business": partitionOf(id, resumed), ":first": first },
    ConsistentRead: true,
  };
  for await (const page of store.queryPages("reputation", ofDays)) {
    for (const day of page as Partial<Counts>[]) {
      sum.accepted += day.accepted ?? 0;
      sum.bounced += day.bounced ?? 0;
      sum.complained += day.complained ?? 0;
    }
  }
  return sum;
}

/** Why sending has to be halted, if it has. Pure. */
export function verdict(
  { accepted: sample, bounced, complained }: Counts,
  { bounceRate, complaintRate, minimumSample }: Business["breaker"],
): Omit<Halt, "at"> | undefined {
  if (sample < minimumSample) return undefined;
  // Complaints first: whoever is mailed without having asked does more harm than whoever can't be reached.
  if (complained / sample > complaintRate) return { reason: "complaints", rate: complained / sample, sample };
  if (bounced / sample > bounceRate) return { reason: "bounces", rate: bounced / sample, sample };
  return undefined;
}
