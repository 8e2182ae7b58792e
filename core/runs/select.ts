import type { Batch } from "../backlog.ts";
import * as backlog from "../backlog.ts";
import type { Business, Locale } from "../businesses.ts";
import * as businesses from "../businesses.ts";
import type { Deadline } from "../deadline.ts";
import type { SkipReason } from "../eligibility.ts";
import type { BusinessId, CustomerId, RunId } from "../ids.ts";
import { enqueue } from "../queues.ts";
import { quietUntil } from "../quiet-hours.ts";
import type { Run } from "../runs.ts";
import * as runs from "../runs.ts";
import * as store from "../store.ts";
import { addSeconds, type Instant, instant, type TimeZone } from "../time.ts";
import * as timers from "../timers.ts";
import { type Audience, audienceOf, type Recipient } from "./audience.ts";
import * as books from "./books.ts";
import { batchName, nextPageName } from "./page-names.ts";
import { candidatesOf } from "./sources.ts";

/** The message that selects the recipients in one shard of a run, `shard` being `00` to `15`. */
export type ShardMessage = {
  business: BusinessId;
  run: RunId;
  shard: string;
  /** How often the selection went on in a further message of the same chain. */
  hops?: number;
};

/** What one step of a shard's selection decided, written before any of it is sent. */
export type SelectionPage = {
  run: string;
  page: string;
  batches: { id: string; locale: Locale; timeZone?: TimeZone; customers: CustomerId[] }[];
  skipped: Partial<Record<SkipReason, CustomerId[]>>;
  /** Where the next page begins; absent on the last. */
  next?: store.Key;
  /** When DynamoDB may remove it, in epoch seconds. */
  expiresAt?: number;
};

export const batchSize = 50;
/** A page is written when it holds this many recipients, so that a crash repeats little. */
const recipientsPerPage = 200;
/** A transaction takes 100 writes: a page, its counts, and so many of its batches. */
const batchesAtOnce = 90;
/** Customers a page looks at before it is written although few of them match: bounds its size and its time. */
const skippedPerPage = 2_000;
const readPerPage = 20_000;

/**
 * Lambda stops a chain of 16 invocations that lead to each other by SQS ("Use Lambda recursive loop detection", AWS
 * Lambda developer guide). After so many a timer of EventBridge Scheduler begins a new chain.
 */
export const maxHops = 10;
/** A shard leaves its function to others after so long, in milliseconds, so that no large run holds up the small ones. */
const sliceMilliseconds = 20_000;
/** What has to be left of the time to select another page, in milliseconds. */
const reserve = 30_000;

/**
 * Selects the recipients of one shard of a run, a page at a time. Each page is persisted, and with it its batches are
 * put into the backlog: a duplicate message finds it and goes on behind it. What is left when the time is up goes on
 * in a message of its own. Returns whether the shard is done.
 */
export async function select(
  message: ShardMessage,
  deadline: Deadline,
  { slice = sliceMilliseconds }: { slice?: number } = {},
): Promise<boolean> {
  const { business: id, run: runId, shard } = message;
  const [run, business] = await Promise.all([runs.get(id, runId), businesses.get(id)]);
  const audience = audienceOf(run, business);
  const began = deadline.now();

  let state = run.state;
  let last = await lastPage(run, shard);
  while (!last || last.next) {
    if (state !== "running" && state !== "starting") return true;
    if (deadline.now() - began > slice || deadline.remaining() < reserve) return false;
    const now = instant(deadline.now());
    const { page, batches } = await choosePage({ run, business, audience, shard, last });
    // When another message of the shard is ahead, this one goes on behind it.
    last = (await writePage({ page, batches, business, now })) ? page : await lastPage(run, shard);
    // It may have been stopped.
    state = (await runs.get(id, runId)).state;
  }
  return true;
}

/** Has the rest of a shard selected by another invocation. */
export async function continueLater(message: ShardMessage, deadline: Deadline): Promise<void> {
  const hops = (message.hops ?? 0) + 1;
  const next: ShardMessage = { ...message, hops };
  if (hops < maxHops) return enqueue("RUNS_QUEUE_URL", message.business, [{ body: next }]);
  const at = addSeconds(instant(deadline.now()), 1);
  await timers.set({
    name: `select-${message.run}-${message.shard}-${Math.floor(Date.parse(at) / 1000).toString(36)}`,
    expression: timers.once(at),
    zone: "UTC",
    fires: "RUNS_QUEUE_ARN",
    input: { ...message, hops: 0 },
  });
}

/** Every page of a run's selection, or of one shard's. */
export async function* pagesOf(
  business: BusinessId,
  run: RunId,
  shard?: string,
): AsyncGenerator<SelectionPage[]> {
  const partition = runs.partitionOf(business, run);
  for await (const items of store.queryPages("selections", {
    KeyConditionExpression: shard ? "#run = :run AND begins_with(page, :shard)" : "#run = :run",
    ExpressionAttributeNames: { "#run": "run" },
    ExpressionAttributeValues: { ":run": partition, ...(shard && { ":shard": `${shard}#` }) },
  })) {
    yield items as SelectionPage[];
  }
}

async function lastPage(run: Run, shard: string): Promise<SelectionPage | undefined> {
  const { items } = await store.query("selections", {
    KeyConditionExpression: "#run = :run AND begins_with(page, :shard)",
    ExpressionAttributeNames: { "#run": "run" },
    ExpressionAttributeValues: { ":run": runs.partitionOf(run.business, run.id), ":shard": `${shard}#` },
    ScanIndexForward: false,
    Limit: 1,
    ConsistentRead: true,
  });
  return items[0] as SelectionPage | undefined;
}

type Step = {
  run: Run;
  business: Business;
  audience: Audience;
  shard: string;
  last: SelectionPage | undefined;
};

async function choosePage({ run, business, audience, shard, last }: Step) {
  const recipients: Recipient[] = [];
  const skipped: Partial<Record<SkipReason, CustomerId[]>> = {};
  let skips = 0;
  let read = 0;
  let next = last?.next;
  do {
    const candidates = await candidatesOf(run, {
      shard,
      path: audience.path,
      limit: recipientsPerPage,
      ...(next && { start: next }),
    });
    for (const customer of candidates.customers) {
      const choice = audience.choose(customer);
      if (!choice) continue;
      if ("recipient" in choice) recipients.push(choice.recipient);
      else {
        skips += 1;
        const others = skipped[choice.skip];
        if (others) others.push(customer.id);
        else skipped[choice.skip] = [customer.id];
      }
    }
    read += candidates.read;
    next = candidates.next;
  } while (next && recipients.length < recipientsPerPage && skips < skippedPerPage && read < readPerPage);

  const name = nextPageName(shard, last?.page);
  const batches = inBatches(recipients).map(
    (chunk, index): Batch => ({
      business: business.id,
      run: run.id,
      id: batchName(name, index),
      locale: chunk[0]?.locale ?? business.locale,
      ...(chunk[0]?.timeZone && { timeZone: chunk[0].timeZone }),
      customers: chunk.map((recipient) => recipient.id),
    }),
  );
  const page: SelectionPage = {
    run: runs.partitionOf(business.id, run.id),
    page: name,
    batches: batches.map(({ id, locale, timeZone, customers }) => ({
      id,
      locale,
      ...(timeZone && { timeZone }),
      customers,
    })),
    skipped,
    ...(next && { next }),
    ...runs.expiry(run),
  };
  return { page, batches };
}

/**
 * A batch holds one language, since the SES template is one language's, and one time zone, so that all of it
 * may be mailed or all of it waits.
 */
export function inBatches(recipients: readonly Recipient[]): Recipient[][] {
  const batches: Recipient[][] = [];
  for (const alike of grouped(recipients, ({ locale, timeZone }) => `${locale} ${timeZone}`)) {
    // Who sees the same items travels together: a batch says them once (see hand-over.ts).
    const sorted = grouped(alike, ({ items = [] }) => items.join()).flat();
    for (let start = 0; start < sorted.length; start += batchSize) {
      batches.push(sorted.slice(start, start + batchSize));
    }
  }
  return batches;
}

function grouped(recipients: readonly Recipient[], by: (recipient: Recipient) => string): Recipient[][] {
  const groups = new Map<string, Recipient[]>();
  for (const recipient of recipients) {
    const others = groups.get(by(recipient));
    if (others) others.push(recipient);
    else groups.set(by(recipient), [recipient]);
  }
  return [...groups.values()];
}

type Written = { page: SelectionPage; batches: readonly Batch[]; business: Business; now: Instant };

/** Writes a page, counts it and has its batches wait, once: false when it stands already. */
async function writePage({ page, batches, business, now }: Written): Promise<boolean> {
  const skipped = Object.fromEntries(
    Object.entries(page.skipped).map(([reason, ids]) => [`skipped:${reason}`, ids.length]),
  );
  const chosen = batches.reduce((sum, batch) => sum + batch.customers.length, 0);
  const selected = chosen + Object.values(skipped).reduce((sum, count) => sum + count, 0);
  const dueAt = ({ timeZone = business.timeZone }: Batch) =>
    quietUntil({ ...business, timeZone }, now) ?? now;
  const outcomes = await store.transact([
    {
      Put: {
        TableName: store.tableName("selections"),
        Item: page,
        ConditionExpression: "attribute_not_exists(page)",
      },
    },
    books.tally(
      { run: page.run, shard: page.page.slice(0, 2) },
      { selected, ...skipped },
      { done: !page.next },
    ),
    ...batches.slice(0, batchesAtOnce).map((batch) => backlog.waitWrite(batch, dueAt(batch))),
  ]);
  if (outcomes) return false;
  // More come only of customers in ninety time zones. Should this break off, reconciling the run finds those who are missing.
  for (let start = batchesAtOnce; start < batches.length; start += batchesAtOnce) {
    const chunk = batches.slice(start, start + batchesAtOnce);
    await store.transact(chunk.map((batch) => backlog.waitWrite(batch, dueAt(batch))));
  }
  return true;
}
