import type { Batch, WaitingBatch } from "../backlog.ts";
import * as backlog from "../backlog.ts";
import * as businesses from "../businesses.ts";
import type { Deadline } from "../deadline.ts";
import type { SkipReason } from "../eligibility.ts";
import type { BusinessId, CustomerId, RunId } from "../ids.ts";
import type { Run } from "../runs.ts";
import * as runs from "../runs.ts";
import { receiptKey } from "../sends.ts";
import * as store from "../store.ts";
import { type Instant, instant } from "../time.ts";
import * as books from "./books.ts";
import { type Delivery, skip } from "./claims.ts";
import { giveBack } from "./give-back.ts";
import * as receipts from "./receipts.ts";
import { arm } from "./release-timer.ts";
import { dropReason } from "./stop.ts";

/** A transaction takes 100 writes: two for each batch, and the counts of 16 shards. */
const droppedAtOnce = 40;
/** What has to be left of the time to go on, in milliseconds. */
const reserve = 10_000;

/** Drops what waits of every run that was stopped; what there is no time for is dropped by the next call. */
export async function dropStopped(deadline: Deadline): Promise<void> {
  for (const { business, run, stopped } of await backlog.activeRuns()) {
    if (stopped && !(await drop(business, run, deadline)))
      return arm(instant(deadline.now()), deadline.now());
  }
}

/**
 * Drops all that waits of a run that was stopped, and counts it as skipped. Returns false when the time was too short
 * for all of it; what is left is found by the next call.
 */
async function drop(business: BusinessId, id: RunId, deadline: Deadline): Promise<boolean> {
  const run = await runs.find(business, id);
  if (!run || !runs.isStopped(run)) return true;
  for await (const page of backlog.waiting(business, id, { limit: droppedAtOnce })) {
    if (deadline.remaining() < reserve) return false;
    const untried = page.filter((batch) => batch.releases === 0);
    await dropUntried(run, untried, instant(deadline.now()));
    const tried = page.filter((batch) => batch.releases > 0);
    if (tried.length === 0) continue;
    const shop = await businesses.get(business);
    for (const batch of tried) {
      await dropBatch({ run, business: shop, batch }, batch, instant(deadline.now()));
      await store.transact([backlog.takeWrite(batch)]);
    }
  }
  return true;
}

/** Of batches that were never handed out nobody can have been claimed: each is one deletion, whoever is in it. */
async function dropUntried(run: Run, batches: readonly WaitingBatch[], at: Instant): Promise<void> {
  const partition = runs.partitionOf(run.business, run.id);
  let rest = [...batches];
  while (rest.length > 0) {
    const byShard = new Map<string, number>();
    for (const { id, customers } of rest) {
      const shard = id.slice(0, 2);
      byShard.set(shard, (byShard.get(shard) ?? 0) + customers.length);
    }
    const outcomes = await store.transact([
      ...rest.map((batch) => backlog.takeWrite(batch)),
      ...rest.map((batch) => receipts.droppedWrite(run, batch, { reason: dropReason(run), at })),
      ...[...byShard].map(([shard, count]) =>
        books.tally({ run: partition, shard }, { [`skipped:${dropReason(run)}`]: count }),
      ),
    ]);
    if (!outcomes) return;
    // One that has gone was dropped, or handed out, by another.
    rest = rest.filter((_, index) => outcomes[index] !== "ConditionalCheckFailed");
  }
}

/** Records that the recipients of a batch of a stopped run get nothing; those who were mailed by then are left alone. */
export async function dropBatch(delivery: Delivery, batch: Batch, at: Instant): Promise<void> {
  const reason = dropReason(delivery.run);
  if (!batch.retry) {
    const dropped = new Map(batch.customers.map((id): [CustomerId, SkipReason] => [id, reason]));
    return skip(delivery, dropped, at);
  }
  const { claim, attempt } = batch.retry;
  const before = await receipts.find(delivery.run.business, delivery.run.id, {
    batch: receiptKey(batch.id, claim),
  });
  // Another message of it has taken the attempt: it, or the reconciliation, says what came of it.
  if (!before || before.attempt !== attempt || before.handing) return;
  // The batch may be a part of its claim, and the attempt is that of the whole.
  const all = Object.keys(before.retrying) as CustomerId[];
  const skipped = new Map(all.map((id): [CustomerId, SkipReason] => [id, reason]));
  await receipts.record(delivery, { claim, answers: [], at, before, skipped });
  await giveBack(delivery.run, all);
}
