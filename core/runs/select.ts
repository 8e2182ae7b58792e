import type { Business, Locale } from "../businesses.ts";
import * as businesses from "../businesses.ts";
import type { SkipReason } from "../eligibility.ts";
import type { BusinessId, CustomerId, RunId } from "../ids.ts";
import { enqueue, light } from "../queues.ts";
import type { Run } from "../runs.ts";
import * as runs from "../runs.ts";
import * as store from "../store.ts";
import type { TimeZone } from "../time.ts";
import { type Audience, audienceOf, type Recipient } from "./audience.ts";
import * as books from "./books.ts";
import { candidatesOf } from "./sources.ts";

/** The message that starts the selection in one shard of a run, `shard` being `00` to `15`. */
export type ShardMessage = { business: BusinessId; run: RunId; shard: string };

/** Up to 50 sends that travel, are claimed and are handed to SES together. */
export type Batch = {
  business: BusinessId;
  run: RunId;
  /** `07#0001#00`: shard, page and place in the page. */
  id: string;
  locale: Locale;
  /** Whose quiet hours the batch waits for, if not the business's own: each batch is of one zone. */
  timeZone?: TimeZone;
  /** One without a version was enqueued a second time after a crash, or in a batch too large: it is chosen afresh. */
  recipients: (Recipient | { id: CustomerId })[];
};

/** What one step of a shard's selection decided, written before any of it is enqueued. */
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
/** Customers a page looks at before it is written although few of them match: bounds its size and its time. */
const skippedPerPage = 2_000;
const readPerPage = 20_000;

/**
 * Looks through one shard of a run's customers, page by page. Each page is first written down (once: a second
 * delivery of the message finds it), then its batches are enqueued; after a crash in between, the last page's
 * batches are enqueued again, which the claims make harmless. `hurry` says when time is nearly up: the rest is
 * then left to a message of its own.
 */
export async function select(message: ShardMessage, hurry: () => boolean): Promise<void> {
  const { business: id, run: runId, shard } = message;
  const [run, business] = await Promise.all([runs.get(id, runId), businesses.get(id)]);
  if (run.state === "failed" || run.state === "settled") return;
  const audience = audienceOf(run, business);

  let last = await lastPage(run, shard);
  if (last) await enqueueAgain(run, last);
  while (!last || last.next) {
    if (hurry()) return enqueue("AUDIENCE_QUEUE_URL", id, [{ body: message }]);
    const { page, batches } = await choosePage({ run, business, audience, shard, last });
    if (!(await writePage(page, shard))) {
      // The same message was delivered twice at once and the other one is ahead: go on behind it.
      last = await lastPage(run, shard);
      continue;
    }
    await enqueue(
      "SENDS_QUEUE_URL",
      id,
      batches.map((batch) => ({ body: light(batch) })),
    );
    last = page;
  }
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

  const ordinal = last ? Number(last.page.slice(3)) + 1 : 1;
  const name = `${shard}#${String(ordinal).padStart(4, "0")}`;
  const batches = inBatches(recipients).map((some, index): Batch & { recipients: Recipient[] } => ({
    business: business.id,
    run: run.id,
    id: `${name}#${String(index).padStart(2, "0")}`,
    locale: some[0]?.locale ?? business.locale,
    ...(some[0]?.timeZone && { timeZone: some[0].timeZone }),
    recipients: some,
  }));
  const page: SelectionPage = {
    run: runs.partitionOf(business.id, run.id),
    page: name,
    batches: batches.map((batch) => ({
      id: batch.id,
      locale: batch.locale,
      ...(batch.timeZone && { timeZone: batch.timeZone }),
      customers: batch.recipients.map((recipient) => recipient.id),
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
    const some = grouped(alike, ({ items = [] }) => items.join()).flat();
    for (let start = 0; start < some.length; start += batchSize) {
      batches.push(some.slice(start, start + batchSize));
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

/** Writes a page and counts it, once: false when it stands already. */
async function writePage(page: SelectionPage, shard: string): Promise<boolean> {
  const skipped = Object.fromEntries(
    Object.entries(page.skipped).map(([reason, ids]) => [`skipped:${reason}`, ids.length]),
  );
  const chosen = page.batches.reduce((sum, batch) => sum + batch.customers.length, 0);
  const selected = chosen + Object.values(skipped).reduce((sum, count) => sum + count, 0);
  const outcomes = await store.transact([
    {
      Put: {
        TableName: store.tableName("selections"),
        Item: page,
        ConditionExpression: "attribute_not_exists(page)",
      },
    },
    books.tally({ run: page.run, shard }, { selected, ...skipped }, { done: !page.next }),
  ]);
  return outcomes === undefined;
}

async function enqueueAgain(run: Run, page: SelectionPage): Promise<void> {
  const batches = page.batches.map(
    (batch): Batch => ({
      business: run.business,
      run: run.id,
      id: batch.id,
      locale: batch.locale,
      ...(batch.timeZone && { timeZone: batch.timeZone }),
      recipients: batch.customers.map((id) => ({ id })),
    }),
  );
  await enqueue(
    "SENDS_QUEUE_URL",
    run.business,
    batches.map((body) => ({ body })),
  );
}
