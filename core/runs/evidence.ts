import type { Run } from "../runs.ts";
import { partitionOf } from "../runs.ts";
import { isReported, keyOf, type Receipt, type Send } from "../sends.ts";
import * as store from "../store.ts";

/** Batches that were sent within so many milliseconds of a claim tell whether events of that time have come. */
const neighbourhood = 120_000;
/** Receipts looked at on each side of a batch: those next to it were mostly sent next to it. */
const lookedAt = 60;

/**
 * Whether SES's events of the time of a claim have arrived: those of mail that SES accepted shortly before it, and of
 * mail that it accepted shortly after it, are all on record. Events lag in stretches, of minutes to hours. So mail of
 * another time proves nothing, and where nothing was sent on either side nothing is known.
 */
export async function eventsHaveCome(run: Run, batch: string, claimedAt: string): Promise<boolean> {
  const sides = await Promise.all([receiptsBeside(run, batch, false), receiptsBeside(run, batch, true)]);
  const at = Date.parse(claimedAt);
  const near = sides
    .flat()
    .filter(({ accepted }) => Object.keys(accepted).length > 0)
    .map((receipt) => ({ receipt, distance: Date.parse(receipt.at) - at }))
    .filter(({ distance }) => Math.abs(distance) <= neighbourhood)
    .sort((one, other) => Math.abs(one.distance) - Math.abs(other.distance));
  const before = near.find(({ distance }) => distance < 0);
  const after = near.find(({ distance }) => distance > 0);
  if (!before || !after) return false;
  const reported = await Promise.all([before, after].map(({ receipt }) => areReported(run, receipt)));
  return reported.every(Boolean);
}

async function receiptsBeside(run: Run, batch: string, isAfter: boolean): Promise<Receipt[]> {
  const { items } = await store.query("receipts", {
    KeyConditionExpression: `#run = :run AND #batch ${isAfter ? ">" : "<"} :batch`,
    ExpressionAttributeNames: { "#run": "run", "#batch": "batch" },
    ExpressionAttributeValues: { ":run": partitionOf(run.business, run.id), ":batch": batch },
    ScanIndexForward: isAfter,
    Limit: lookedAt,
    ConsistentRead: true,
  });
  return items as Receipt[];
}

/** Of each request the events of its first, middle and last mail come for certain; a third of all is as good as those. */
async function areReported(run: Run, { accepted }: Receipt): Promise<boolean> {
  const ids = Object.keys(accepted) as (keyof typeof accepted)[];
  const keys = ids.map((id) => keyOf(run.business, id, run.id));
  const sends = (await store.findMany("sends", keys, true)) as Send[];
  return sends.filter(isReported).length >= Math.min(3, ids.length);
}
