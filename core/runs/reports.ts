import { z } from "zod";
import type { Business } from "../businesses.ts";
import type { SkipReason } from "../eligibility.ts";
import type { BusinessId, CustomerId, RunId } from "../ids.ts";
import { quietUntil } from "../quiet-hours.ts";
import * as runs from "../runs.ts";
import { Run } from "../runs.ts";
import * as sends from "../sends.ts";
import { type Receipt, receiptKey, Send, SendState, stateOf } from "../sends.ts";
import { accountQuota } from "../ses.ts";
import * as store from "../store.ts";
import type { Instant } from "../time.ts";
import * as books from "./books.ts";
import * as outcomes from "./outcomes.ts";
import { Progress, progressOf } from "./progress.ts";
import type { SelectionPage } from "./select.ts";
import { dropReason } from "./stop.ts";

export const RunReport = z.object({
  ...Run.shape,
  books: books.Books,
  outcomes: outcomes.Outcomes,
  progress: Progress.optional(),
});
export type RunReport = z.infer<typeof RunReport>;

/** A send as the owner sees it: how far it has come, and why not further. */
export const SendReport = z.object({
  customer: Send.shape.customerId,
  run: Send.shape.run,
  campaign: Send.shape.campaign,
  state: z.enum([...SendState.options, "waiting"]),
  /** A skip reason, or SES's status for mail that it refused or wants to have again later. */
  reason: z.string().optional(),
  messageId: z.string().optional(),
  ...Send.pick({
    claimedAt: true,
    sentAt: true,
    deliveredAt: true,
    delayedAt: true,
    bouncedAt: true,
    softBouncedAt: true,
    blockedAt: true,
    complainedAt: true,
    rejectedAt: true,
    renderingFailedAt: true,
    openedAt: true,
    openedByPersonAt: true,
    clickedAt: true,
    clickedByPersonAt: true,
  }).shape,
});
export type SendReport = z.infer<typeof SendReport>;

type Page = { limit: number; cursor?: string | undefined };
type Listed = { items: SendReport[]; next?: string };

/** A run with its books and, while it is under way, how fast it goes and until when. */
export async function report(business: Business, id: RunId, now: Instant): Promise<RunReport> {
  const [run, tallies] = await Promise.all([runs.get(business.id, id), books.talliesOf(business.id, id)]);
  const sum = books.sum(tallies);
  const known = { ...run, books: sum, outcomes: outcomes.sum(tallies) };
  const underWay = run.state === "starting" || run.state === "running";
  if (!underWay || sum.finished) return known;
  const quiet = quietUntil(business, now);
  // The books can be read whether or not SES answers.
  const account = await accountQuota(Date.parse(now)).catch(() => undefined);
  const progress = progressOf(sum, {
    now,
    ...(account && { account }),
    ...(quiet && { quietUntil: quiet }),
  });
  return { ...known, progress };
}

export async function sendsOfCustomer(
  business: BusinessId,
  customer: CustomerId,
  { limit, cursor, now }: Page & { now: Instant },
): Promise<Listed> {
  const partition = `${business}#${customer}`;
  const place = cursor ? store.decodeCursor(cursor) : undefined;
  const { items, next } = await store.query("sends", {
    KeyConditionExpression: "customer = :customer",
    ExpressionAttributeValues: { ":customer": partition },
    Limit: limit,
    ...(place && { ExclusiveStartKey: { customer: partition, run: String(place.run) } }),
  });
  const kept = (items as Send[]).filter(({ expiresAt }) => !expiresAt || expiresAt * 1000 > Date.parse(now));
  return {
    items: await reportsOf(kept),
    ...(next && { next: store.encodeCursor({ run: next.run ?? "" }) }),
  };
}

/** How far each of the sends has come, with what their receipts say. */
export async function reportsOf(all: readonly Send[]): Promise<SendReport[]> {
  const receipts = await receiptsOf(all);
  return all.map((send) => reportOf(send, receipts.get(receiptOf(send))));
}

/** Selection pages looked at for one page of the answer: most shards of a small business hold nobody. */
const mostPages = 40;

/** Everyone whom a run selected, page by page of its selection: sends, and those skipped with the reason. */
export async function sendsOfRun(run: Run, { limit, cursor, now }: Page & { now: Instant }): Promise<Listed> {
  if (runs.isForgotten(run, now)) return { items: [] };
  let place = cursor ? store.decodeCursor(cursor) : { page: "", offset: 0 };
  const rows: Row[] = [];
  for (let step = 0; step < mostPages && rows.length < limit; step++) {
    const page = await selectionFrom(run, String(place.page ?? ""));
    if (!page) return { items: await describe(run, rows) };
    const offset = page.page === place.page ? Number(place.offset) : 0;
    const everyone = rowsOf(page);
    const taken = everyone.slice(offset, offset + limit - rows.length);
    rows.push(...taken);
    const reached = offset + taken.length;
    // "~" sorts behind every page's number and before the next page's.
    place =
      reached < everyone.length ? { page: page.page, offset: reached } : { page: `${page.page}~`, offset: 0 };
  }
  return { items: await describe(run, rows), next: store.encodeCursor(place) };
}

async function describe(run: Run, rows: readonly Row[]): Promise<SendReport[]> {
  const keys = rows.filter((row) => !row.reason).map((row) => sends.keyOf(run.business, row.id, run.id));
  const found = (await store.findMany("sends", keys)) as Send[];
  const byCustomer = new Map(found.map((send) => [send.customerId, send]));
  const receipts = await receiptsOf(found);
  return rows.map(({ id, reason }): SendReport => {
    const base = { customer: id, run: run.id, campaign: run.campaign };
    if (reason) return { ...base, state: "skipped", reason };
    const send = byCustomer.get(id);
    if (send) return reportOf(send, receipts.get(receiptOf(send)));
    return runs.isStopped(run)
      ? { ...base, state: "skipped", reason: dropReason(run) }
      : { ...base, state: "waiting" };
  });
}

/** The first page of the selection at or after a name. */
async function selectionFrom(run: Run, name: string): Promise<SelectionPage | undefined> {
  const { items } = await store.query("selections", {
    KeyConditionExpression: name ? "#run = :run AND page >= :page" : "#run = :run",
    ExpressionAttributeNames: { "#run": "run" },
    ExpressionAttributeValues: {
      ":run": runs.partitionOf(run.business, run.id),
      ...(name && { ":page": name }),
    },
    Limit: 1,
  });
  return items[0] as SelectionPage | undefined;
}

type Row = { id: CustomerId; reason?: string };

function rowsOf(page: SelectionPage): Row[] {
  const skipped = Object.entries(page.skipped) as [SkipReason, CustomerId[]][];
  return [
    ...page.batches.flatMap((batch) => batch.customers.map((id) => ({ id }))),
    ...skipped.flatMap(([reason, ids]) => ids.map((id) => ({ id, reason }))),
  ];
}

const receiptOf = (send: Send): string =>
  `${runs.partitionOf(send.business, send.run)}/${receiptKey(send.batch, send.claim ?? "")}`;

async function receiptsOf(all: readonly Send[]): Promise<Map<string, Receipt>> {
  const keys = new Map<string, store.Key>();
  for (const send of all) {
    if (!send.claim) continue;
    const run = runs.partitionOf(send.business, send.run);
    keys.set(receiptOf(send), { run, batch: receiptKey(send.batch, send.claim) });
  }
  const found = (await store.findMany("receipts", [...keys.values()])) as Receipt[];
  return new Map(found.map((receipt) => [`${receipt.run}/${receipt.batch}`, receipt]));
}

function reportOf(send: Send, receipt: Receipt | undefined): SendReport {
  const {
    customerId,
    run,
    campaign,
    claimedAt,
    business: _,
    batch,
    claim,
    skipped,
    skippedAt,
    ...instants
  } = send;
  const reason =
    skipped ?? receipt?.failed[customerId] ?? receipt?.skipped[customerId] ?? receipt?.retrying[customerId];
  const messageId = receipt?.accepted[customerId];
  return SendReport.parse({
    ...instants,
    customer: customerId,
    run,
    campaign,
    ...(claimedAt && { claimedAt }),
    state: stateOf(send, receipt),
    ...(reason && { reason }),
    ...(messageId && { messageId }),
  });
}
