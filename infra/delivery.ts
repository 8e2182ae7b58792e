import type { Queue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import type { Events } from "./events.ts";
import type { Keys } from "./keys.ts";
import { WorkQueue } from "./queues.ts";
import { type Foundation, SapaFunction } from "./sapa-function.ts";
import type { Schedules } from "./schedules.ts";
import type { Sender } from "./sender.ts";

export type DeliveryProps = Foundation & {
  undelivered: Queue;
  events: Events;
  keys: Keys;
  schedules: Schedules;
  sender: Sender;
  publicUrl: string;
  /** Where mail that unsubscribes is received, if it is. */
  unsubscribeAddress: string | undefined;
};

/** The path from a campaign's schedule to SES and back to closed books: two queues, four functions. */
export class Delivery extends Construct {
  readonly audience: WorkQueue;
  readonly sends: WorkQueue;

  constructor(scope: Construct, id: string, props: DeliveryProps) {
    super(scope, id);
    const { undelivered, events, keys, schedules, sender, publicUrl, unsubscribeAddress, failedEvents } =
      props;
    this.audience = new WorkQueue(this, "audience", { worker: "select-recipients", undelivered });
    const sends = new WorkQueue(this, "sends", { worker: "deliver-sends", undelivered });
    this.sends = sends;

    const startRun = new SapaFunction(this, "start-run", props);
    startRun.keepFailures(failedEvents);
    this.audience.mayBeSentTo(startRun, "AUDIENCE_QUEUE_URL");
    schedules.giveTo(startRun, ["settle-run"]);
    sender.mayPrepare(startRun);

    const selectRecipients = new SapaFunction(this, "select-recipients", props);
    this.audience.feeds(selectRecipients, { batchSize: 1, maxConcurrency: 4 });
    this.audience.mayBeSentTo(selectRecipients, "AUDIENCE_QUEUE_URL");
    sends.mayBeSentTo(selectRecipients, "SENDS_QUEUE_URL");

    const deliverSends = new SapaFunction(this, "deliver-sends", {
      ...props,
      environment: {
        PUBLIC_URL: publicUrl,
        ...(unsubscribeAddress && { UNSUBSCRIBE_ADDRESS: unsubscribeAddress }),
      },
    });
    // Four at once, 50 mails each in about half a second, keep up with 400 mails a second. At a lower rate each of them
    // waits for its place, and is billed for it: more would only cost more.
    sends.feeds(deliverSends, { batchSize: 1, maxConcurrency: 4 });
    sends.mayBeSentTo(deliverSends, "SENDS_QUEUE_URL");
    keys.giveTo(deliverSends);
    sender.maySendToMany(deliverSends);

    const settleRun = new SapaFunction(this, "settle-run", props);
    settleRun.keepFailures(failedEvents);
    schedules.giveTo(settleRun, ["settle-run"]);
    this.audience.mayBeSentTo(settleRun, "AUDIENCE_QUEUE_URL");
    sends.mayBeSentTo(settleRun, "SENDS_QUEUE_URL");
    events.giveTo(settleRun);
  }
}
