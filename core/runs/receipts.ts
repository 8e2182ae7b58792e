import * as backlog from "../backlog.ts";
import type { SkipReason } from "../eligibility.ts";
import type { BusinessId, CustomerId, RunId } from "../ids.ts";
import * as mailTemplates from "../mail-templates.ts";
import * as reputation from "../reputation.ts";
import type { Run } from "../runs.ts";
import * as runs from "../runs.ts";
import { type Receipt, receiptKey } from "../sends.ts";
import * as store from "../store.ts";
import { addSeconds, type Instant } from "../time.ts";
import * as books from "./books.ts";
import type { Delivery } from "./claims.ts";
import { giveBack } from "./give-back.ts";
import type { Answer } from "./send-batch.ts";
import { stop } from "./stop.ts";

/** Seconds until an entry that SES throttled is sent again; doubles each time. */
const firstDelay = 4;
/** Seconds until an account that may not send is asked again. */
const parkDelay = 900;
/** A throttled entry is given up after so many tries, about two hours. A parked one after three days. */
const maxTries = { retry: 12, park: 300 };

export type Outcome = {
  claim: string;
  answers: readonly Answer[];
  at: Instant;
  /** What was known of the claim before this attempt. */
  before?: Receipt;
  /** Recipients who dropped out since the attempt before. */
  skipped?: ReadonlyMap<CustomerId, SkipReason>;
};

/** What came of an attempt: what the books gained, and when what is to be sent again is due. */
export type Recorded = { news: books.News; retryAt?: Instant };

/**
 * Writes what became of a claim, counts it, and puts the entries that SES asked to have again into the backlog, in one
 * transaction that can succeed once for each attempt.
 */
export async function record(delivery: Delivery, outcome: Outcome): Promise<Recorded> {
  const { run, business, batch } = delivery;
  const shard = batch.id.slice(0, 2);
  const receipt = receiptOf(delivery, outcome);
  const news = difference(receipt, outcome.before);
  const again = retryOf(delivery, outcome, receipt);
  const outcomes = await store.transact([
    {
      Put: {
        TableName: store.tableName("receipts"),
        Item: receipt,
        ...(outcome.before
          ? {
              // The attempt alone would let two functions that reconcile count the same: each writes a new instant.
              ConditionExpression: "attempt = :attempt AND #at = :before",
              ExpressionAttributeNames: { "#at": "at" },
              ExpressionAttributeValues: { ":attempt": receipt.attempt, ":before": outcome.before.at },
            }
          : {
              ConditionExpression: "attribute_not_exists(#batch)",
              ExpressionAttributeNames: { "#batch": "batch" }, // a reserved word
            }),
      },
    },
    ...(Object.keys(news).length ? [books.tally({ run: receipt.run, shard }, news, { at: outcome.at })] : []),
    ...(news.accepted
      ? [reputation.accepted(business, { shard, at: outcome.at, count: news.accepted })]
      : []),
    ...(again ? [backlog.waitWrite(again.batch, again.dueAt, 1)] : []),
  ]);
  if (outcomes) return { news: {} };
  const refusal = outcome.answers.find(({ verdict }) => verdict === "stop");
  if (refusal) await stop(run, { state: "failed", ...failureOf(refusal.status) });
  // SES lost it, or someone deleted it there: the next run makes it again.
  const name = run.mailTemplates[batch.locale];
  if (refusal?.status === "TEMPLATE_NOT_FOUND" && name) await mailTemplates.forget(name);
  await giveBack(
    run,
    Object.keys(receipt.failed).filter((id) => !(id in (outcome.before?.failed ?? {}))) as CustomerId[],
  );
  return { news, ...(again && { retryAt: again.dueAt }) };
}

const failureOf = (status: string) => ({
  failure: { reason: status, detail: "SES refused to send for this business" },
});

/** The receipt of a claim: `batch` is its key, the batch's id and the claim. */
export async function find(
  business: BusinessId,
  run: RunId,
  { batch }: { batch: string },
): Promise<Receipt | undefined> {
  return (await store.find(
    "receipts",
    { run: runs.partitionOf(business, run), batch },
    { ConsistentRead: true },
  )) as Receipt | undefined;
}

/** The write that says of a batch that nobody in it was claimed, and why none will be. */
export const droppedWrite = (
  run: Run,
  { id, customers }: backlog.Batch,
  { reason, at }: { reason: SkipReason; at: Instant },
): store.Write => {
  const Item: Receipt = {
    run: runs.partitionOf(run.business, run.id),
    batch: receiptKey(id, "dropped"),
    at,
    attempt: 0,
    accepted: {},
    failed: {},
    skipped: Object.fromEntries(customers.map((customer) => [customer, reason])),
    unknown: [],
    retrying: {},
    ...runs.expiry(run),
  };
  return { Put: { TableName: store.tableName("receipts"), Item } };
};

function receiptOf({ run, batch }: Delivery, outcome: Outcome): Receipt {
  const { claim, answers, at, before, skipped } = outcome;
  const attempt = before?.attempt ?? 1;
  const receipt: Receipt = {
    run: runs.partitionOf(run.business, run.id),
    batch: receiptKey(batch.id, claim),
    at,
    attempt,
    accepted: { ...before?.accepted },
    failed: { ...before?.failed },
    skipped: { ...before?.skipped, ...Object.fromEntries(skipped ?? []) },
    unknown: [...(before?.unknown ?? [])],
    retrying: {},
    ...runs.expiry(run),
  };
  for (const { id, verdict, status, messageId } of answers) {
    if (verdict === "accepted") receipt.accepted[id] = messageId ?? "";
    else if (verdict === "unknown") receipt.unknown.push(id);
    else if ((verdict === "retry" || verdict === "park") && attempt < maxTries[verdict]) {
      receipt.retrying[id] = status;
    } else receipt.failed[id] = status;
  }
  return receipt;
}

/** What the books gain by a receipt over the one before it. */
function difference(now: Receipt, before: Receipt | undefined): books.News {
  const fresh = (all: Record<string, string>, old: Record<string, string> = {}) =>
    Object.entries(all).flatMap(([id, reason]) => (id in old ? [] : [reason]));
  const counts = {
    accepted: fresh(now.accepted, before?.accepted).length,
    unknown: now.unknown.length - (before?.unknown.length ?? 0),
    ...books.countBy("failed", fresh(now.failed, before?.failed)),
    ...books.countBy("skipped", fresh(now.skipped, before?.skipped)),
  };
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== 0));
}

/** What is sent again under the same claim, and when; nothing if nothing is. */
function retryOf({ run, batch }: Delivery, outcome: Outcome, receipt: Receipt) {
  const { claim, answers, at } = outcome;
  const customers = Object.keys(receipt.retrying) as CustomerId[];
  if (customers.length === 0) return undefined;
  const isParked = answers.some(({ verdict }) => verdict === "park");
  const delay = isParked ? parkDelay : Math.min(parkDelay, firstDelay * 2 ** receipt.attempt);
  const again: backlog.Batch = {
    business: run.business,
    run: run.id,
    id: batch.id,
    locale: batch.locale,
    ...(batch.timeZone && { timeZone: batch.timeZone }),
    customers,
    retry: { claim, attempt: receipt.attempt },
  };
  return { batch: again, dueAt: addSeconds(at, delay) };
}
