import type { Queue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import type { Concurrency } from "./concurrency.ts";
import type { Events } from "./events.ts";
import type { Feedback } from "./feedback.ts";
import type { Keys } from "./keys.ts";
import { mayMeasure, WorkQueue } from "./queues.ts";
import { type Foundation, SapaFunction } from "./sapa-function.ts";
import type { Schedules } from "./schedules.ts";
import type { Sender } from "./sender.ts";

export type DeliveryProps = Foundation & {
  undelivered: Queue;
  concurrency: Concurrency;
  events: Events;
  feedback: Feedback;
  keys: Keys;
  schedules: Schedules;
  sender: Sender;
  publicUrl: string;
  /** Where mail that unsubscribes is received, if it is. */
  unsubscribeAddress: string | undefined;
};

/**
 * The path from a campaign's schedule to SES and back to closed books. A queue starts runs and selects recipients into
 * the backlog; release-batches hands out from it what can be sent in the next minutes, by a second queue, to
 * deliver-sends; settle-run reconciles what broke off and closes the books.
 */
export class Delivery extends Construct {
  readonly runs: WorkQueue;
  readonly sends: WorkQueue;

  constructor(scope: Construct, id: string, props: DeliveryProps) {
    super(scope, id);
    const { undelivered, concurrency, events, feedback, keys, schedules, sender, failedEvents } = props;
    const { publicUrl, unsubscribeAddress } = props;
    const runs = new WorkQueue(this, "runs", { worker: "prepare-runs", undelivered });
    const sends = new WorkQueue(this, "sends", { worker: "deliver-sends", undelivered });
    this.runs = runs;
    this.sends = sends;
    schedules.mayFire(runs);

    const prepareRuns = new SapaFunction(this, "prepare-runs", props);
    runs.feeds(prepareRuns, { batchSize: 1, maxConcurrency: concurrency.prepareRuns });
    runs.mayBeSentTo(prepareRuns, "RUNS_QUEUE_URL");
    // A large shard goes on in further messages; core/runs/select.ts ends the chain after ten of them, by a timer.
    prepareRuns.boundsItsLoop();
    sender.mayPrepare(prepareRuns);
    sender.maySweep(prepareRuns);

    const releaseBatches = new SapaFunction(this, "release-batches", props);
    releaseBatches.keepFailures(failedEvents);

    const deliverSends = new SapaFunction(this, "deliver-sends", {
      ...props,
      environment: {
        PUBLIC_URL: publicUrl,
        ...(unsubscribeAddress && { UNSUBSCRIBE_ADDRESS: unsubscribeAddress }),
      },
    });
    sends.feeds(deliverSends, { batchSize: 1, maxConcurrency: concurrency.deliverSends });
    keys.giveTo(deliverSends);
    sender.maySendToMany(deliverSends);

    const settleRun = new SapaFunction(this, "settle-run", props);
    settleRun.keepFailures(failedEvents);
    runs.mayBeSentTo(settleRun, "RUNS_QUEUE_URL");
    events.giveTo(settleRun);
    feedback.mayBeMeasuredBy(settleRun);

    // Batches are handed out as soon as they are selected, and by a timer for what has to wait.
    for (const target of [prepareRuns, releaseBatches]) {
      sends.mayBeSentTo(target, "SENDS_QUEUE_URL");
      mayMeasure(target, sends);
      sender.mayReadAccount(target);
    }
    schedules.giveTo(prepareRuns, ["runs", "release-batches", "settle-run"]);
    schedules.giveTo(releaseBatches, ["release-batches"]);
    schedules.giveTo(deliverSends, ["release-batches"]);
    schedules.giveTo(settleRun, ["release-batches", "settle-run"]);
  }
}
