import { UpdateCommand } from "@aws-sdk/lib-dynamodb";
import * as businesses from "../businesses.ts";
import * as customers from "../customers.ts";
import { raise } from "../events.ts";
import { type BusinessId, type CustomerId, type RunId, shardsOf } from "../ids.ts";
import { enqueue } from "../queues.ts";
import { quietUntil } from "../quiet-hours.ts";
import type { Run } from "../runs.ts";
import * as runs from "../runs.ts";
import { isReported, keyOf, type Receipt, type Send } from "../sends.ts";
import * as store from "../store.ts";
import { addSeconds, type Instant } from "../time.ts";
import { audienceOf } from "./audience.ts";
import * as books from "./books.ts";
import type { Delivery } from "./claims.ts";
import type { Answer } from "./hand-over.ts";
import { record } from "./receipts.ts";
import { type Batch, pagesOf } from "./select.ts";
import { settleAfter, settleLater } from "./settling.ts";

/**
 * The books are looked at after 15 minutes, then twice as long each time, in seconds at the latest seven hours
 * apart: no part of a day, so that looks don't all fall into the same quiet hours.
 */
const longestPause = 7 * 3_600;
/**
 * A run is stuck when for so long, in seconds, none of what waits got anywhere. Quiet hours are over by then, and
 * SES's quota of 24 hours has room again.
 */
const stuckAfter = 30 * 3_600;
/** No function lives longer than this, in milliseconds: a claim that old without a receipt is an orphan. */
const claimLife = 15 * 60_000;

/** What a look at a run's books found: `done` when there was nothing to see to, or not any more. */
export type Look = { state: "done" | "closed" | "waiting" | "stuck"; waiting: number };

/**
 * Closes a run's books, or does what they wait for and comes back later. Batches that got lost before they were
 * claimed are enqueued again; a claim without a receipt is judged by evidence (see `judge`). `booked` is told what
 * the books gained.
 */
export async function settle(
  id: { business: BusinessId; run: RunId },
  now: Instant,
  booked: (news: books.News) => void = () => {},
): Promise<Look> {
  const [run, business] = await Promise.all([runs.find(id.business, id.run), businesses.get(id.business)]);
  if (!run || run.state === "settled") return { state: "done", waiting: 0 };
  const sum = await books.read(run.business, run.id);
  const stopped = run.state === "failed" && sum.waiting === 0;
  if (sum.finished || stopped) {
    await close(run, sum, now);
    return { state: "closed", waiting: 0 };
  }
  const age = (Date.parse(now) - Date.parse(run.startedAt)) / 1000;
  // While nothing may be sent nothing is lost either; and work that still moves needs no help.
  const moving = run.settling !== undefined && run.settling.waiting !== sum.waiting;
  if (!quietUntil(business, now) && !moving) {
    const flowing = await eventsFlow(run);
    for (const partition of shardsOf(run.business)) {
      await settleShard({ run, business, shard: partition.slice(-2), flowing, booked }, now);
    }
  }
  const since = run.settling?.waiting === sum.waiting ? (run.settling.since ?? now) : now;
  await note(run, { waiting: sum.waiting, since });
  await settleLater(run, addSeconds(now, Math.min(longestPause, Math.max(settleAfter, age))));
  return { state: addSeconds(since, stuckAfter) <= now ? "stuck" : "waiting", waiting: sum.waiting };
}

type Shard = {
  run: Run;
  business: businesses.Business;
  shard: string;
  flowing: boolean;
  booked: (news: books.News) => void;
};

async function settleShard({ run, business, shard, flowing, booked }: Shard, now: Instant): Promise<void> {
  const receipts: Receipt[] = [];
  for await (const page of receiptPages(run, shard)) receipts.push(...page);
  const covered = new Set(receipts.flatMap(decided));
  let complete = false;
  for await (const pages of pagesOf(run.business, run.id, shard)) {
    for (const page of pages) {
      complete = !page.next;
      for (const batch of page.batches) {
        const open = batch.customers.filter((customer) => !covered.has(customer));
        const { timeZone = business.timeZone } = batch;
        if (open.length === 0 || quietUntil({ ...business, timeZone }, now)) continue;
        const delivery: Delivery = { run, business, batch };
        await settleBatch({ delivery, open, receipts, flowing, booked }, now);
      }
    }
  }
  if (!complete && run.state === "running") {
    await enqueue("AUDIENCE_QUEUE_URL", run.business, [
      { body: { business: run.business, run: run.id, shard } },
    ]);
  }
}

type Open = Pick<Shard, "flowing" | "booked"> & {
  delivery: Delivery;
  open: CustomerId[];
  receipts: readonly Receipt[];
};

async function settleBatch({ delivery, open, receipts, flowing, booked }: Open, now: Instant): Promise<void> {
  const { run, batch } = delivery;
  const sends = await sendsOf(run, open);
  const lost = open.filter((customer) => !sends.has(customer));
  if (lost.length > 0) {
    const message: Batch = {
      business: run.business,
      run: run.id,
      id: batch.id,
      locale: batch.locale,
      ...(batch.timeZone && { timeZone: batch.timeZone }),
      recipients: lost.map((id) => ({ id })),
    };
    await enqueue("SENDS_QUEUE_URL", run.business, [{ body: message }]);
  }
  const claims = new Map<string, Send[]>();
  for (const send of sends.values()) {
    if (!send.claim || !send.claimedAt) continue;
    if (Date.parse(now) - Date.parse(send.claimedAt) < claimLife) continue;
    claims.set(send.claim, [...(claims.get(send.claim) ?? []), send]);
  }
  for (const [claim, orphans] of claims) {
    const before = receipts.find((receipt) => receipt.batch.endsWith(`#${claim}`));
    // A retry that was not begun is on its way still, or parked; and lost only if nothing came for very long.
    if (before && Date.parse(now) - Date.parse(before.at) < 4 * claimLife) continue;
    const answers = orphans.map((send) => judge(send, flowing && !orphans.some(isReported), before));
    const audience = audienceOf(run, delivery.business);
    const found = await customers.getMany(
      run.business,
      orphans.map((send) => send.customerId),
    );
    const recipients = found.map((customer) => ({ ...audience.address(customer), locale: batch.locale }));
    // Who was erased meanwhile can't be handed over any more, and must not be waited for.
    const isGone = ({ id, verdict }: Answer) => verdict === "retry" && !found.some((one) => one.id === id);
    const skipped = new Map(answers.filter(isGone).map(({ id }) => [id, "erased" as const]));
    const news = await record(delivery, {
      claim,
      recipients,
      answers: answers.filter(({ id }) => !skipped.has(id)),
      at: now,
      skipped,
      ...(before && { before }),
    });
    booked(news);
  }
}

/**
 * SES has no token that would tell whether a call arrived. If its events flow for the run's other batches and
 * none of this claim's recipients has any, the call never reached SES, and its entries may be handed over again.
 * Otherwise whoever has an event was accepted, and of the others nobody can know.
 */
function judge(send: Send, neverArrived: boolean, before: Receipt | undefined): Answer {
  const id = send.customerId;
  if (isReported(send)) return { id, verdict: "accepted", status: "SUCCESS" };
  if (neverArrived || (before && !before.handing)) return { id, verdict: "retry", status: "NOT_HANDED_OVER" };
  return { id, verdict: "unknown", status: "NO_ANSWER" };
}

const decided = (receipt: Receipt): CustomerId[] =>
  [
    ...Object.keys(receipt.accepted),
    ...Object.keys(receipt.failed),
    ...Object.keys(receipt.skipped),
    ...receipt.unknown,
  ] as CustomerId[];

/** Whether SES has reported anything on mail that the run's receipts say it accepted: a hundred are looked at. */
async function eventsFlow(run: Run): Promise<boolean> {
  const accepted: CustomerId[] = [];
  for await (const receipts of receiptPages(run)) {
    accepted.push(...receipts.flatMap((receipt) => Object.keys(receipt.accepted) as CustomerId[]));
    if (accepted.length >= 100) break;
  }
  return [...(await sendsOf(run, accepted.slice(0, 100))).values()].some(isReported);
}

async function sendsOf(run: Run, ids: readonly CustomerId[]): Promise<Map<CustomerId, Send>> {
  const keys = ids.map((id) => keyOf(run.business, id, run.id));
  const found = (await store.findMany("sends", keys, true)) as Send[];
  return new Map(found.map((send) => [send.customerId, send]));
}

/** The receipts of a run, or of one of its shards. */
async function* receiptPages(run: Run, shard?: string): AsyncGenerator<Receipt[]> {
  for await (const page of store.queryPages("receipts", {
    KeyConditionExpression: shard ? "#run = :run AND begins_with(#batch, :shard)" : "#run = :run",
    ExpressionAttributeNames: { "#run": "run", ...(shard && { "#batch": "batch" }) },
    ExpressionAttributeValues: {
      ":run": runs.partitionOf(run.business, run.id),
      ...(shard && { ":shard": `${shard}#` }),
    },
    ConsistentRead: true,
  })) {
    yield page as Receipt[];
  }
}

async function close(run: Run, sum: books.Books, now: Instant): Promise<void> {
  await change(run, {
    UpdateExpression:
      run.state === "failed" ? "SET settledAt = :now" : "SET settledAt = :now, #state = :settled",
    ...(run.state !== "failed" && { ExpressionAttributeNames: { "#state": "state" } }),
    ExpressionAttributeValues: { ":now": now, ...(run.state !== "failed" && { ":settled": "settled" }) },
  });
  await raise("run.settled", { business: run.business, campaign: run.campaign, run: run.id, books: sum });
}

/** Keeps how much the run waited for, to see next time whether it moves. */
const note = (run: Run, settling: NonNullable<Run["settling"]>): Promise<void> =>
  change(run, {
    UpdateExpression: "SET settling = :settling",
    ExpressionAttributeValues: { ":settling": settling },
  });

async function change(
  run: Run,
  expression: Pick<
    ConstructorParameters<typeof UpdateCommand>[0],
    "UpdateExpression" | "ExpressionAttributeNames" | "ExpressionAttributeValues"
  >,
): Promise<void> {
  await store.documents.send(
    new UpdateCommand({
      TableName: store.tableName("runs"),
      Key: { business: run.business, id: run.id },
      ...expression,
    }),
  );
}
