import type { SkipReason } from "../eligibility.ts";
import type { BusinessId, CustomerId, RunId } from "../ids.ts";
import { enqueue, light } from "../queues.ts";
import * as reputation from "../reputation.ts";
import * as runs from "../runs.ts";
import { type Receipt, receiptKey } from "../sends.ts";
import { forgetQuota } from "../ses.ts";
import * as store from "../store.ts";
import type { Instant } from "../time.ts";
import type { Recipient } from "./audience.ts";
import * as books from "./books.ts";
import type { Delivery } from "./claims.ts";
import type { Answer } from "./hand-over.ts";
import type { Batch } from "./select.ts";

/** A message that hands entries over again under a claim made before; `attempt` is the one it follows. */
export type Retry = Batch & { claim: string; attempt: number };

/** Seconds until an entry that SES throttled is handed over again; doubles each time. */
const firstDelay = 4;
/** Seconds until an account that may not send is asked again. */
const parkDelay = 900;
/** A throttled entry is given up after so many tries, about an hour. A parked one after three days. */
const mostTries = { retry: 10, park: 300 };

export type Outcome = {
  claim: string;
  recipients: readonly Recipient[];
  answers: readonly Answer[];
  at: Instant;
  /** What was known of the claim before this attempt. */
  before?: Receipt;
  /** Who dropped out since the attempt before. */
  skipped?: ReadonlyMap<CustomerId, SkipReason>;
};

/**
 * Writes what became of a claim, and counts it, in one transaction that can succeed once for each attempt; then
 * sends the entries that SES asked to have again on their way. Answers what the books gained.
 */
export async function record(delivery: Delivery, outcome: Outcome): Promise<books.News> {
  const { run, business, batch } = delivery;
  const shard = batch.id.slice(0, 2);
  const receipt = receiptOf(delivery, outcome);
  const news = difference(receipt, outcome.before);
  const outcomes = await store.transact([
    {
      Put: {
        TableName: store.tableName("receipts"),
        Item: receipt,
        ...(outcome.before
          ? {
              // The attempt alone would let two settle-runs count the same: each writes a new instant.
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
  ]);
  if (outcomes) return {};
  if (outcome.answers.some(({ verdict }) => verdict === "park")) forgetQuota();
  const stop = outcome.answers.find(({ verdict }) => verdict === "stop");
  if (stop) await runs.fail(run, { reason: stop.status, detail: "SES refused to send for this business" });
  await tryAgain(delivery, outcome, receipt);
  return news;
}

export async function find(
  business: BusinessId,
  run: RunId,
  key: { batch: string; claim: string },
): Promise<Receipt | undefined> {
  return (await store.find(
    "receipts",
    { run: runs.partitionOf(business, run), batch: receiptKey(key.batch, key.claim) },
    { ConsistentRead: true },
  )) as Receipt | undefined;
}

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
    else if ((verdict === "retry" || verdict === "park") && attempt < mostTries[verdict]) {
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

async function tryAgain({ run, batch }: Delivery, outcome: Outcome, receipt: Receipt): Promise<void> {
  const recipients = outcome.recipients.filter(({ id }) => id in receipt.retrying);
  if (recipients.length === 0) return;
  const parked = outcome.answers.some(({ verdict }) => verdict === "park");
  const message: Retry = {
    business: run.business,
    run: run.id,
    id: batch.id,
    locale: batch.locale,
    ...(batch.timeZone && { timeZone: batch.timeZone }),
    claim: outcome.claim,
    attempt: receipt.attempt,
    recipients,
  };
  await enqueue("SENDS_QUEUE_URL", run.business, [
    {
      body: light(message),
      delaySeconds: parked ? parkDelay : Math.min(parkDelay, firstDelay * 2 ** receipt.attempt),
    },
  ]);
}
