import { customAlphabet } from "nanoid";
import type { Batch } from "../backlog.ts";
import type { Business } from "../businesses.ts";
import * as customers from "../customers.ts";
import { type SkipReason, withSend } from "../eligibility.ts";
import type { CustomerId } from "../ids.ts";
import type { Run } from "../runs.ts";
import * as runs from "../runs.ts";
import * as sends from "../sends.ts";
import * as store from "../store.ts";
import type { Instant } from "../time.ts";
import { audienceOf, type Recipient } from "./audience.ts";
import * as books from "./books.ts";
import { markOf } from "./marks.ts";
import { asBeforeOriginal } from "./sources.ts";

const newClaim = customAlphabet("23456789bcdfghjkmnpqrstvwxyz", 10);

export type Claimed = { claim: string; recipients: Recipient[] };

/** The run, its business and the batch: what each step of a delivery works on. */
export type Delivery = { run: Run; business: Business; batch: Pick<Batch, "id" | "locale" | "timeZone"> };

/** By whose clock the batch's quiet hours go. */
export const hoursOf = ({ business, batch }: Delivery) => ({
  ...business,
  timeZone: batch.timeZone ?? business.timeZone,
});

/** Those of a batch who are still to be mailed; the others are recorded as skipped, with the reason. */
export async function choose(
  delivery: Delivery,
  ids: readonly CustomerId[],
  at: Instant,
): Promise<Recipient[]> {
  const read = await customers.getRecent(delivery.business.id, ids);
  const { recipients, skipped } = await decide(delivery, ids, read);
  if (skipped.size === 0) return recipients;
  // What was read may be a moment old: good enough to be claimed, since that is checked, and not to be skipped.
  return [...recipients, ...(await chooseAgain(delivery, [...skipped.keys()], at))];
}

/** The same by what is known this very moment. */
async function chooseAgain(
  delivery: Delivery,
  ids: readonly CustomerId[],
  at: Instant,
): Promise<Recipient[]> {
  if (ids.length === 0) return [];
  const read = await customers.getMany(delivery.business.id, ids);
  const { recipients, skipped } = await decide(delivery, ids, read);
  await skip(delivery, skipped, at);
  return recipients;
}

async function decide(
  { run, business, batch }: Delivery,
  ids: readonly CustomerId[],
  read: readonly customers.Customer[],
): Promise<{ recipients: Recipient[]; skipped: Map<CustomerId, SkipReason> }> {
  const audience = audienceOf(run, business);
  const found = new Map((await asBeforeOriginal(run, read)).map((customer) => [customer.id, customer]));
  const recipients: Recipient[] = [];
  const skipped = new Map<CustomerId, SkipReason>();
  for (const id of ids) {
    const customer = found.get(id);
    const choice = customer && audience.choose(customer);
    // The batch's SES template is in one language; a customer who switched meanwhile gets that one still.
    if (choice && "recipient" in choice) recipients.push({ ...choice.recipient, locale: batch.locale });
    else skipped.set(id, !customer ? "erased" : (choice?.skip ?? "no-longer-matches"));
  }
  return { recipients, skipped };
}

/**
 * Claims recipients in one transaction: each send must not exist, each customer's version must be unchanged. Skips
 * recipients already claimed by a duplicate message. A customer whose version has moved (an unsubscribe, another
 * campaign's claim, an order) is read again and decided afresh. Returns `undefined` when nobody is left. After it
 * returns, no other claim of this run for these customers can succeed.
 */
export async function claim(
  delivery: Delivery,
  recipients: readonly Recipient[],
  at: Instant,
): Promise<Claimed | undefined> {
  let chosen = [...recipients];
  for (let round = 0; round < 8; round++) {
    if (chosen.length === 0) return undefined;
    const claim = newClaim();
    const outcomes = await store.transact(
      chosen.flatMap((recipient) => claimWrites(delivery, recipient, { claim, at })),
    );
    if (!outcomes) return { claim, recipients: chosen };
    const taken = (index: number) => outcomes[2 * index] === "ConditionalCheckFailed";
    const moved = (index: number) => outcomes[2 * index + 1] === "ConditionalCheckFailed";
    const ids = chosen.filter((_, index) => !taken(index) && moved(index)).map(({ id }) => id);
    chosen = [
      ...chosen.filter((_, index) => !taken(index) && !moved(index)),
      ...(await chooseAgain(delivery, ids, at)),
    ];
  }
  throw new Error(`Customers of batch ${delivery.batch.id} changed faster than they could be claimed`);
}

/** Records that customers of a batch get nothing, and why; once, however often it is called. */
export async function skip(
  { run, batch }: Delivery,
  skipped: ReadonlyMap<CustomerId, SkipReason>,
  at: Instant,
): Promise<void> {
  let left = [...skipped];
  while (left.length > 0) {
    const some = left.slice(0, 50);
    const outcomes = await store.transact([
      ...some.map(([customerId, reason]) =>
        putSend(run, { customerId, batch: batch.id, skipped: reason, skippedAt: at }),
      ),
      books.tally(
        { run: runs.partitionOf(run.business, run.id), shard: batch.id.slice(0, 2) },
        {
          ...books.countBy(
            "skipped",
            some.map(([, reason]) => reason),
          ),
          dropped: some.length,
        },
      ),
    ]);
    // Those that have a send by now are decided; the others go into the next try.
    const open = outcomes ? some.filter((_, index) => outcomes[index] !== "ConditionalCheckFailed") : [];
    left = [...open, ...left.slice(50)];
  }
}

function claimWrites(
  { run, batch }: Delivery,
  recipient: Recipient,
  { claim, at }: { claim: string; at: Instant },
): store.Write[] {
  const { set, remove, names, values } = markOf(run, recipient);
  return [
    putSend(run, { customerId: recipient.id, batch: batch.id, claim, claimedAt: at }),
    {
      Update: {
        TableName: store.tableName("customers"),
        Key: customers.keyOf(run.business, recipient.id),
        UpdateExpression: `SET version = :next, recentSends = :sends${set}${remove}`,
        ConditionExpression: "version = :version",
        ...(set && { ExpressionAttributeNames: names }),
        ExpressionAttributeValues: {
          ":version": recipient.version,
          ":next": recipient.version + 1,
          ":sends": withSend(recipient.recentSends, at),
          ...values,
        },
      },
    },
  ];
}

function putSend(run: Run, send: Omit<sends.Send, "business" | "run" | "campaign">): store.Write {
  return {
    Put: {
      TableName: store.tableName("sends"),
      Item: {
        ...sends.keyOf(run.business, send.customerId, run.id),
        business: run.business,
        campaign: run.campaign,
        ...send,
        ...runs.expiry(run),
      },
      ConditionExpression: "attribute_not_exists(customer)",
    },
  };
}
