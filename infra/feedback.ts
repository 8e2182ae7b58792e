import { Match, Rule } from "aws-cdk-lib/aws-events";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import type { Concurrency } from "./concurrency.ts";
import type { Events } from "./events.ts";
import { mayMeasure, QueueTarget, WorkQueue } from "./queues.ts";
import { type Foundation, SapaFunction } from "./sapa-function.ts";
import type { Sender } from "./sender.ts";

export type FeedbackProps = Foundation & {
  undelivered: Queue;
  concurrency: Concurrency;
  events: Events;
  sender: Sender;
};

/** What became of each mail: SES's events, by EventBridge and a queue, to record-feedback. */
export class Feedback extends Construct {
  readonly feedback: WorkQueue;

  constructor(scope: Construct, id: string, props: FeedbackProps) {
    super(scope, id);
    const { undelivered, failedEvents, concurrency, events, sender } = props;
    const feedback = new WorkQueue(this, "feedback", { worker: "record-feedback", undelivered });
    this.feedback = feedback;
    const bring = (id: string, description: string, detail: { eventType: string[]; tags?: object }) =>
      new Rule(this, id, {
        description,
        eventPattern: {
          source: ["aws.ses"],
          detail: {
            eventType: detail.eventType,
            mail: { tags: { "ses:configuration-set": [sender.configurationSetName], ...detail.tags } },
          },
        },
        targets: [new QueueTarget(feedback.queue, failedEvents)],
      });
    bring("rule", "What became of mails of this stack", { eventType: Match.anythingBut("Send") });
    // That SES took a mail is told by its answer; the event is needed only where the answer was lost, and there a
    // few of a batch tell of all. Recording every one would cost a quarter of a million mails' price.
    bring("sampled", "That SES took batches of this stack", {
      eventType: ["Send"],
      tags: { sampled: ["yes"] },
    });
    const recordFeedback = new SapaFunction(this, "record-feedback", props);
    feedback.feeds(recordFeedback, { batchSize: 10, maxConcurrency: concurrency.recordFeedback });
    // Clicks are judged when those around them are known: each leads to one message, and that to none.
    feedback.mayBeSentTo(recordFeedback, "FEEDBACK_QUEUE_URL");
    recordFeedback.boundsItsLoop();
    events.giveTo(recordFeedback);
  }
  /** Lets a function see whether events still wait to be recorded. */
  mayBeMeasuredBy(target: SapaFunction): void {
    target.addEnvironment("FEEDBACK_QUEUE_URL", this.feedback.queue.queueUrl);
    mayMeasure(target, this.feedback);
  }
}
