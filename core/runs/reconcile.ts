import { UpdateCommand } from "@aws-sdk/lib-dynamodb";
import * as backlog from "../backlog.ts";
import type { Business } from "../businesses.ts";
import * as customers from "../customers.ts";
import type { Deadline } from "../deadline.ts";
import type { CustomerId } from "../ids.ts";
import { lengthOf } from "../queues.ts";
import type { Run } from "../runs.ts";
import * as runs from "../runs.ts";
import { isReported, keyOf, type Receipt, receiptKey, type Send } from "../sends.ts";
import * as store from "../store.ts";
import { instant } from "../time.ts";
import type * as books from "./books.ts";
import { type Delivery, skip } from "./claims.ts";
import { eventsHaveCome } from "./evidence.ts";
import { record } from "./receipts.ts";
import type { SelectionPage } from "./select.ts";
import type { Answer } from "./send-batch.ts";
import { dropReason } from "./stop.ts";

/** No function lives longer than this, in milliseconds: a claim that old without a result is an orphan. */
const claimLife = 15 * 60_000;
/** What has to be left of the time to look at another page, in milliseconds. */
const reserve = 20_000;

export type Reconciliation = {
  run: Run;
  business: Business;
  /** Those whose counts don't balance yet, `00` to `15`. */
  shards: readonly string[];
  onCounted: (news: books.News) => void;
};

/**
 * Looks for recipients of a run of whom nothing is in the backlog and who are not decided: a batch that was lost is put
 * back, a claim without a result is classified. Goes shard by shard and page by page, from where the look before ran
 * out of time. Returns whether it came to the end.
 */
export async function reconcile(of: Reconciliation, deadline: Deadline): Promise<boolean> {
  const { run, shards } = of;
  const from = run.settlingFrom;
  for (const shard of shards.filter((one) => !from || one >= from.slice(0, 2)).sort()) {
    for await (const page of pagesFrom(run, shard, from)) {
      if (deadline.remaining() < reserve) {
        await keepCursor(run, page.page);
        return false;
      }
      await reconcilePage(of, page, deadline);
    }
  }
  if (from) await keepCursor(run, undefined);
  return true;
}

async function* pagesFrom(run: Run, shard: string, from: string | undefined): AsyncGenerator<SelectionPage> {
  for await (const items of store.queryPages("selections", {
    KeyConditionExpression: "#run = :run AND page BETWEEN :from AND :to",
    ExpressionAttributeNames: { "#run": "run" },
    ExpressionAttributeValues: {
      ":run": runs.partitionOf(run.business, run.id),
      ":from": from?.startsWith(shard) ? from : `${shard}#`,
      ":to": `${shard}#~`,
    },
    ConsistentRead: true,
    Limit: 10,
  })) {
    yield* items as SelectionPage[];
  }
}

async function reconcilePage(of: Reconciliation, page: SelectionPage, deadline: Deadline): Promise<void> {
  const receipts = await receiptsOf(of.run, page);
  const decided = new Set(receipts.flatMap(decidedBy));
  for (const batch of page.batches) {
    const open = batch.customers.filter((customer) => !decided.has(customer));
    if (open.length === 0) continue;
    const delivery: Delivery = { run: of.run, business: of.business, batch };
    const sends = await sendsOf(of.run, open);
    const lost = open.filter((customer) => !sends.has(customer));
    if (lost.length > 0) await restore(delivery, lost, deadline);
    for (const [claim, claimed] of claimsOf([...sends.values()])) {
      const before = receipts.find((receipt) => receipt.batch === receiptKey(batch.id, claim));
      const begunAt = before?.at ?? claimed[0]?.claimedAt ?? "";
      if (deadline.now() - Date.parse(begunAt) < claimLife) continue;
      if (before && !before.handing) await restoreRetry(delivery, before, claim, deadline);
      else of.onCounted(await classify(delivery, { claim, claimed, begunAt, before }, deadline));
    }
  }
}

/** Nobody has claimed them, and they lie in no batch: they go back into the backlog, or are dropped with their run. */
async function restore(delivery: Delivery, ids: CustomerId[], deadline: Deadline): Promise<void> {
  const { run, batch } = delivery;
  const now = instant(deadline.now());
  if (runs.isStopped(run)) {
    return skip(delivery, new Map(ids.map((id) => [id, dropReason(run)])), now);
  }
  const { id, locale, timeZone } = batch;
  const lost = { id, locale, ...(timeZone && { timeZone }), customers: ids };
  await store.transact([backlog.waitWrite({ business: run.business, run: run.id, ...lost }, now, 1)]);
}

/** Mail that SES asked to have again lies in no batch: the next attempt, which can be taken once, is due now. */
async function restoreRetry(
  { run, batch }: Delivery,
  receipt: Receipt,
  claim: string,
  deadline: Deadline,
): Promise<void> {
  const { id, locale, timeZone } = batch;
  const again: backlog.Batch = {
    business: run.business,
    run: run.id,
    id,
    locale,
    ...(timeZone && { timeZone }),
    customers: Object.keys(receipt.retrying) as CustomerId[],
    retry: { claim, attempt: receipt.attempt },
  };
  await store.transact([backlog.waitWrite(again, instant(deadline.now()), 1)]);
}

type Orphan = { claim: string; claimed: readonly Send[]; begunAt: string; before: Receipt | undefined };

/**
 * SES has no token that would tell whether a call arrived. A recipient of whom SES has reported anything was accepted.
 * If nothing is reported of any of a claim, and all that SES accepted right before and right after it is reported, and
 * no event waits to be recorded, then the call never arrived, and its mails are sent. In any doubt they are `unknown`,
 * and never sent again by themselves.
 */
async function classify(
  delivery: Delivery,
  { claim, claimed, begunAt, before }: Orphan,
  deadline: Deadline,
): Promise<books.News> {
  const { run, batch } = delivery;
  const neverArrived =
    !claimed.some(isReported) &&
    (await eventsHaveCome(run, receiptKey(batch.id, claim), begunAt)) &&
    (await lengthOf("FEEDBACK_QUEUE_URL")) === 0;
  const answers = claimed.map(({ customerId: id, ...send }): Answer => {
    if (isReported({ customerId: id, ...send })) return { id, verdict: "accepted", status: "SUCCESS" };
    if (neverArrived) return { id, verdict: "retry", status: "NOT_HANDED_OVER" };
    return { id, verdict: "unknown", status: "NO_ANSWER" };
  });
  const again = answers.filter(({ verdict }) => verdict === "retry").map(({ id }) => id);
  // A customer who was erased meanwhile can't be mailed any more, and must not be waited for.
  const known = new Set((await customers.getMany(run.business, again)).map(({ id }) => id));
  const erased = new Map(again.filter((id) => !known.has(id)).map((id) => [id, "erased" as const]));
  const { news } = await record(delivery, {
    claim,
    answers: answers.filter(({ id }) => !erased.has(id)),
    at: instant(deadline.now()),
    skipped: erased,
    ...(before && { before }),
  });
  return news;
}

function claimsOf(sends: readonly Send[]): Map<string, Send[]> {
  const claims = new Map<string, Send[]>();
  for (const send of sends) {
    if (send.claim) claims.set(send.claim, [...(claims.get(send.claim) ?? []), send]);
  }
  return claims;
}

const decidedBy = (receipt: Receipt): CustomerId[] =>
  [
    ...Object.keys(receipt.accepted),
    ...Object.keys(receipt.failed),
    ...Object.keys(receipt.skipped),
    ...receipt.unknown,
  ] as CustomerId[];

async function receiptsOf(run: Run, { page }: SelectionPage): Promise<Receipt[]> {
  const found: Receipt[] = [];
  for await (const items of store.queryPages("receipts", {
    KeyConditionExpression: "#run = :run AND begins_with(#batch, :page)",
    ExpressionAttributeNames: { "#run": "run", "#batch": "batch" },
    ExpressionAttributeValues: { ":run": runs.partitionOf(run.business, run.id), ":page": `${page}#` },
    ConsistentRead: true,
  })) {
    found.push(...(items as Receipt[]));
  }
  return found;
}

async function sendsOf(run: Run, ids: readonly CustomerId[]): Promise<Map<CustomerId, Send>> {
  const keys = ids.map((id) => keyOf(run.business, id, run.id));
  const found = (await store.findMany("sends", keys, true)) as Send[];
  return new Map(found.map((send) => [send.customerId, send]));
}

const keepCursor = (run: Run, page: string | undefined) =>
  store.documents.send(
    new UpdateCommand({
      TableName: store.tableName("runs"),
      Key: { business: run.business, id: run.id },
      UpdateExpression: page ? "SET settlingFrom = :page" : "REMOVE settlingFrom",
      ...(page && { ExpressionAttributeValues: { ":page": page } }),
    }),
  );
