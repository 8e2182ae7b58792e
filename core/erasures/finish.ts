import { type Erasing, removeRecord } from "../customers/erase.ts";
import { close, counting, type Erasure, get, type Removed } from "../erasures.ts";
import { raise } from "../events.ts";
import { transact, type Write } from "../store.ts";
import { addSeconds, type Instant } from "../time.ts";
import { traces } from "./traces.ts";

/**
 * Finishes an erasure, or does all of it where the request broke off: takes out what is left of the customer, and
 * closes the receipt. Repeating it is harmless, and needed after a failure. Nobody can add to what it looks through:
 * whatever is kept of a customer is written in one transaction with, or on condition of, their record.
 */
export async function finish(erasing: Erasing, now: Instant): Promise<void> {
  const erasure = await removeRecord(erasing, now);
  if (erasure.finishedAt) return;
  for (const kind of Object.keys(traces) as (keyof typeof traces)[]) {
    const { items, remove } = traces[kind];
    let found = 0;
    for await (const page of items(erasure)) {
      const writes = page.flatMap((item) => remove(item, erasure) ?? []);
      found += writes.length;
      await takeOut(erasure, kind, writes);
    }
    if (kind === "orders") await waitForIndex(erasure, erasure.removed.orders + found, now);
  }
  const { business, customer, id } = erasure;
  await raise("customer.erased", { business, customer, erasure: id });
  await close(erasure, now);
}

/** How long DynamoDB may take, in seconds, until an index shows what the table holds: a second, as a rule. */
const indexLag = 120;

/**
 * Fails, so as to be called again, while orders that the customer had are not in the index yet. That another call has
 * removed them since this one began, which no longer finds them either, only the receipt tells.
 */
async function waitForIndex(erasure: Erasure, found: number, now: Instant): Promise<void> {
  const { id, business, orders = 0, requestedAt } = erasure;
  if (found >= orders || now >= addSeconds(requestedAt, indexLag)) return;
  const { removed } = await get(business, id);
  if (removed.orders >= orders) return;
  throw new Error(`${id}: the index shows ${Math.max(found, removed.orders)} of ${orders} orders so far`);
}

/** Of a transaction's hundred writes one is the count. */
const mostAtOnce = 50;

/** Removes and counts, each thing once: what another call has removed meanwhile is left out. */
async function takeOut(erasure: Erasure, kind: keyof Removed, writes: readonly Write[]): Promise<void> {
  for (let start = 0; start < writes.length; start += mostAtOnce) {
    let some = writes.slice(start, start + mostAtOnce);
    while (some.length > 0) {
      const outcomes = await transact([...some, counting(erasure, kind, some.length)]);
      if (!outcomes) break;
      if (outcomes.at(-1) === "ConditionalCheckFailed") throw new Error(`${erasure.id} is gone`);
      some = some.filter((_, index) => outcomes[index] !== "ConditionalCheckFailed");
    }
  }
}
