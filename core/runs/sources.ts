import type { Customer } from "../customers.ts";
import * as customers from "../customers.ts";
import type { SkipReason } from "../eligibility.ts";
import { type CustomerId, type RunId, shardsOf } from "../ids.ts";
import { partitionOf, type Run } from "../runs.ts";
import { type CandidatePage, candidatesOfShard, type Place } from "../segments/candidates.ts";
import type { AccessPath } from "../segments.ts";
import { keyOf, type Receipt, receiptKey, type Send, type SendState, stateOf } from "../sends.ts";
import * as store from "../store.ts";
import type { SelectionPage } from "./select.ts";

/** What says where a run looks for its customers. */
export type Searcher = Pick<Run, "business" | "campaign" | "occasion" | "resendOf">;

/** `shard` is `00` to `15`; `limit` is about how many customers to read. */
type Reading = { path: AccessPath; shard: string; start?: Place | undefined; limit: number };

/** What may have kept a winback from a customer for a while only: the next run looks at them again. */
const passing: readonly SkipReason[] = ["frequency-cap", "paused"];

/**
 * One page of the customers of a shard whom a run may be about: where the campaign's kind and segment lead; then,
 * for a winback, those whom the run before had to leave out for a while. For a resend, those of the original.
 */
export async function candidatesOf(run: Searcher, reading: Reading): Promise<CandidatePage> {
  if (run.resendOf) return unsent(run, run.resendOf, reading);
  const { shard, start } = reading;
  if (start?.after !== undefined) return leftOut(run, shard, start.after);
  const page = await candidatesOfShard({ ...reading, shard: `${run.business}#${shard}` });
  const carries = run.occasion.kind === "winback" && run.occasion.carriedFrom !== undefined;
  return page.next || !carries ? page : { ...page, next: { after: `${shard}#` } };
}

/** Everyone whom a run may be about, page by page. */
export async function* everyCandidate(run: Searcher, path: AccessPath): AsyncGenerator<Customer[]> {
  for (const partition of shardsOf(run.business)) {
    let start: Place | undefined;
    do {
      const reading = { path, shard: partition.slice(-2), start, limit: 500 };
      const page: CandidatePage = await candidatesOf(run, reading);
      yield page.customers;
      start = page.next;
    } while (start);
  }
}

/** Those whom one page of the selection before names as skipped for a passing reason, or who were at their claim. */
async function leftOut({ business, occasion }: Searcher, shard: string, after: string) {
  if (occasion.kind !== "winback" || !occasion.carriedFrom) return { customers: [], read: 0 };
  const { carriedFrom, lastOrder } = occasion;
  const run = partitionOf(business, carriedFrom);
  const [{ items, next }, tally] = await Promise.all([
    store.query("selections", {
      KeyConditionExpression: "#run = :run AND begins_with(page, :shard)",
      ExpressionAttributeNames: { "#run": "run" },
      ExpressionAttributeValues: { ":run": run, ":shard": `${shard}#` },
      ExclusiveStartKey: { run, page: after },
      Limit: 1,
    }),
    store.find("tallies", { run, shard }),
  ]);
  const ids: CustomerId[] = [];
  for (const page of items as SelectionPage[]) {
    ids.push(...passing.flatMap((reason) => page.skipped[reason] ?? []));
    // Only where some dropped out after they were chosen is it worth asking for each how it went.
    if (!tally?.dropped) continue;
    const chosen = page.batches.flatMap((batch) => batch.customers);
    const keys = chosen.map((id) => keyOf(business, id, carriedFrom));
    const sends = (await store.findMany("sends", keys)) as Send[];
    ids.push(...sends.filter(({ skipped }) => skipped && passing.includes(skipped)).map((s) => s.customerId));
  }
  const { from = "" } = lastOrder;
  const found = await customers.getMany(business, ids);
  // Whoever ordered since then is found by the order, if at all.
  const still = found.filter(({ statistics: { lastOrderAt = from } }) => lastOrderAt < from);
  return { customers: still, read: ids.length, ...(next && { next: { after: next.page ?? "" } }) };
}

type Original = NonNullable<Run["resendOf"]>;

/** Those whom SES refused in the original run, or of whom it is not known; its receipts say who. */
async function unsent(run: Searcher, { run: id, include }: Original, { shard, start }: Reading) {
  const partition = partitionOf(run.business, id);
  const { items, next } = await store.query("receipts", {
    KeyConditionExpression: "#run = :run AND begins_with(#batch, :shard)",
    ExpressionAttributeNames: { "#run": "run", "#batch": "batch" },
    ExpressionAttributeValues: { ":run": partition, ":shard": `${shard}#` },
    ConsistentRead: true,
    Limit: 4, // batches of 50
    ...(start?.batch && { ExclusiveStartKey: { run: partition, batch: start.batch } }),
  });
  const ids = (items as Receipt[]).flatMap((receipt) => [
    ...(include.includes("failed") ? (Object.keys(receipt.failed) as CustomerId[]) : []),
    ...(include.includes("unknown") ? receipt.unknown : []),
  ]);
  const [found, originals] = await Promise.all([
    customers.getMany(run.business, ids),
    originalsOf(run, id, ids),
  ]);
  // SES's events may have shown since that a mail did arrive.
  const wanted = found.filter(({ id }) => include.some((state) => state === originals.get(id)?.state));
  return {
    customers: wanted.map((customer) => before(customer, originals.get(customer.id), run)),
    read: ids.length,
    ...(next && { next: { batch: next.batch ?? "" } }),
  };
}

/**
 * Customers of a resend as they were before the mail that it repeats: its claim does not count as a winback or as a
 * birthday greeting, and as a mail for the frequency cap only if it may have arrived.
 */
export async function asBeforeOriginal(run: Searcher, found: readonly Customer[]): Promise<Customer[]> {
  if (!run.resendOf) return [...found];
  const ids = found.map(({ id }) => id);
  const originals = await originalsOf(run, run.resendOf.run, ids);
  return found.map((customer) => before(customer, originals.get(customer.id), run));
}

type Sent = { state: SendState; claimedAt: string };

function before(customer: Customer, original: Sent | undefined, { campaign, occasion }: Searcher): Customer {
  if (!original) return customer;
  const { [campaign]: _, ...wonBack } = customer.wonBack;
  const { [campaign]: greeting, ...others } = customer.greeted;
  // A greeting for another day is a later run's, and counts.
  const isOriginal = occasion.kind === "birthday" && greeting === occasion.celebrated;
  const greeted = isOriginal ? others : customer.greeted;
  const at = original.state === "failed" ? customer.recentSends.indexOf(original.claimedAt) : -1;
  return {
    ...customer,
    wonBack,
    greeted,
    recentSends: customer.recentSends.filter((_, index) => index !== at),
  };
}

async function originalsOf(
  { business }: Searcher,
  run: RunId,
  ids: readonly CustomerId[],
): Promise<Map<CustomerId, Sent>> {
  const keys = ids.map((id) => keyOf(business, id, run));
  const sends = (await store.findMany("sends", keys, true)) as Send[];
  const names = new Set(sends.map((send) => receiptKey(send.batch, send.claim ?? "")));
  const partition = partitionOf(business, run);
  const found = await store.findMany(
    "receipts",
    [...names].map((batch) => ({ run: partition, batch })),
    true,
  );
  const receipts = new Map((found as Receipt[]).map((receipt) => [receipt.batch, receipt]));
  const originals = new Map<CustomerId, Sent>();
  for (const send of sends) {
    const state = stateOf(send, receipts.get(receiptKey(send.batch, send.claim ?? "")));
    if (send.claimedAt) originals.set(send.customerId, { state, claimedAt: send.claimedAt });
  }
  return originals;
}
