import { UpdateCommand } from "@aws-sdk/lib-dynamodb";
import * as backlog from "../backlog.ts";
import * as businesses from "../businesses.ts";
import type { Deadline } from "../deadline.ts";
import { raise } from "../events.ts";
import { type BusinessId, type RunId, shardCount } from "../ids.ts";
import { enqueue } from "../queues.ts";
import type { Run } from "../runs.ts";
import * as runs from "../runs.ts";
import * as store from "../store.ts";
import { addSeconds, type Instant, instant } from "../time.ts";
import * as books from "./books.ts";
import { reconcile } from "./reconcile.ts";
import { arm } from "./release-timer.ts";
import { settleAfter, settleLater } from "./settling.ts";

/** Looks at a run's books are twice as far apart each time, in seconds at the most seven hours. */
const maxPause = 7 * 3_600;
/** Seconds until the rest is looked at when the time of one function was too short for a large run. */
const continueAfter = 60;
/**
 * A run is stuck when for so long, in seconds, none of what waits got anywhere. Quiet hours are over by then, and
 * SES's quota of 24 hours has room again.
 */
const stuckAfter = 30 * 3_600;

/** What a look at a run's books found: `done` when there was nothing to see to, or not any more. */
export type Look = { state: "done" | "closed" | "waiting" | "stuck"; waiting: number };

/**
 * Closes a run's books, or does what they wait for and looks again later: the next look is scheduled before anything
 * else. A run that broke off while it started goes on, shards that were not selected are, batches that got lost are
 * handed out again, and claims without a result are classified by evidence. `onCounted` is told what the books gained.
 */
export async function settle(
  id: { business: BusinessId; run: RunId },
  deadline: Deadline,
  onCounted: (news: books.News) => void = () => {},
): Promise<Look> {
  const now = instant(deadline.now());
  const [run, business] = await Promise.all([runs.find(id.business, id.run), businesses.get(id.business)]);
  if (!run || run.settledAt) return { state: "done", waiting: 0 };
  const age = (deadline.now() - Date.parse(run.startedAt)) / 1000;
  await settleLater(run, addSeconds(now, Math.min(maxPause, Math.max(settleAfter, age))));
  if (run.state === "starting") {
    await goOn(run);
    return { state: "waiting", waiting: 0 };
  }

  const tallies = await books.talliesOf(run.business, run.id);
  const sum = books.sum(tallies);
  if (await backlogged(run)) {
    await arm(now, deadline.now());
    return note(run, sum, now);
  }
  if (isEnded(run, sum)) return close(run, sum, now);
  const isMoving = run.settling !== undefined && run.settling.selected !== sum.selected;
  if (run.state === "running" && sum.shardsSelected < shardCount && !isMoving) await goOn(run);
  const shards = tallies.filter((tally) => books.sum([tally]).waiting > 0).map(({ shard }) => String(shard));
  const done = await reconcile({ run, business, shards, onCounted }, deadline);
  if (!done) await settleLater(run, addSeconds(instant(deadline.now()), continueAfter));
  const after = await books.read(run.business, run.id);
  if (isEnded(run, after) && !(await backlogged(run))) return close(run, after, instant(deadline.now()));
  await arm(instant(deadline.now()), deadline.now());
  return note(run, after, now);
}

const backlogged = async ({ business, id }: Run): Promise<boolean> => !(await backlog.isEmpty(business, id));

const isEnded = (run: Run, sum: books.Books): boolean =>
  sum.finished || (runs.isStopped(run) && sum.waiting === 0);

const goOn = ({ business, id }: Run): Promise<void> =>
  enqueue("RUNS_QUEUE_URL", business, [{ body: { business, run: id } }]);

async function close(run: Run, sum: books.Books, now: Instant): Promise<Look> {
  const stopped = runs.isStopped(run);
  await change(run, {
    UpdateExpression: stopped ? "SET settledAt = :now" : "SET settledAt = :now, #state = :settled",
    ...(!stopped && { ExpressionAttributeNames: { "#state": "state" } }),
    ExpressionAttributeValues: { ":now": now, ...(!stopped && { ":settled": "settled" }) },
  });
  await backlog.retire(run.business, run.id);
  await raise("run.settled", { business: run.business, campaign: run.campaign, run: run.id, books: sum });
  return { state: "closed", waiting: 0 };
}

/** Keeps how much the run waited for, to see next time whether it moves. */
async function note(run: Run, { waiting, selected }: books.Books, now: Instant): Promise<Look> {
  const since = run.settling?.waiting === waiting ? (run.settling.since ?? now) : now;
  await change(run, {
    UpdateExpression: "SET settling = :settling",
    ExpressionAttributeValues: { ":settling": { waiting, selected, since } },
  });
  return { state: addSeconds(since, stuckAfter) <= now ? "stuck" : "waiting", waiting };
}

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
