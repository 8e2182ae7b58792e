import type { Deadline } from "../deadline.ts";
import { type BusinessId, type CampaignId, type RunId, shardsOf } from "../ids.ts";
import { enqueue } from "../queues.ts";
import type { Run } from "../runs.ts";
import * as runs from "../runs.ts";
import { type Instant, instant } from "../time.ts";
import { release } from "./release.ts";
import { continueLater, type ShardMessage, select } from "./select.ts";
import { nothingToShow, open, proceed } from "./start.ts";
import { sweep } from "./sweep.ts";

/** What a campaign's schedule puts on the queue. */
export type FireMessage = { business: BusinessId; campaign: CampaignId; scheduledAt: Instant };
/** Has a run that exists go on: one that its owner began, or that broke off. */
export type RunMessage = { business: BusinessId; run: RunId };
export type PrepareMessage = FireMessage | RunMessage | ShardMessage;

/** A small run is selected at once, by the function that starts it; after so long, in milliseconds, others join in. */
const aloneMilliseconds = 4_000;

export type Prepared = { run?: Run; started: boolean };

/** Starts runs, and selects their recipients, shard by shard; then hands out what can be sent. */
export async function prepare(message: PrepareMessage, deadline: Deadline): Promise<Prepared> {
  if ("shard" in message) {
    if (!(await select(message, deadline))) await continueLater(message, deadline);
    await release(deadline);
    return { started: false };
  }
  const now = instant(deadline.now());
  const opened =
    "run" in message
      ? await runs.get(message.business, message.run)
      : await open({ ...message, trigger: "schedule" }, now);
  if (!opened) return { started: false };
  const run = await proceed(opened, deadline);
  if (run.state === "running" && !nothingToShow(run)) {
    await selectAll(run, deadline);
    await release(deadline);
    await sweep(deadline);
  }
  return { run, started: opened.state === "starting" };
}

/** Selects shard after shard while it is quick; the rest go on side by side. */
async function selectAll({ business, id }: Run, deadline: Deadline): Promise<void> {
  const began = deadline.now();
  const rest: ShardMessage[] = [];
  for (const partition of shardsOf(business)) {
    const message = { business, run: id, shard: partition.slice(-2) };
    const slice = aloneMilliseconds - (deadline.now() - began);
    if (slice <= 0 || !(await select(message, deadline, { slice }))) rest.push(message);
  }
  await enqueue(
    "RUNS_QUEUE_URL",
    business,
    rest.map((body) => ({ body })),
  );
}
