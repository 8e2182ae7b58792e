import { Duration } from "aws-cdk-lib";
import { Rule } from "aws-cdk-lib/aws-events";
import { SqsQueue } from "aws-cdk-lib/aws-events-targets";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import type { Events } from "./events.ts";
import { WorkQueue } from "./queues.ts";
import { type Foundation, SapaFunction } from "./sapa-function.ts";
import type { Sender } from "./sender.ts";

export type FeedbackProps = Foundation & { undelivered: Queue; events: Events; sender: Sender };

/** What became of each mail: SES's events, by EventBridge and a queue, to record-feedback. */
export class Feedback extends Construct {
  constructor(scope: Construct, id: string, props: FeedbackProps) {
    super(scope, id);
    const { undelivered, failedEvents, events, sender } = props;
    const feedback = new WorkQueue(this, "feedback", { worker: "record-feedback", undelivered });
    new Rule(this, "rule", {
      description: "SES's events on mails of this stack",
      eventPattern: {
        source: ["aws.ses"],
        detail: { mail: { tags: { "ses:configuration-set": [sender.configurationSetName] } } },
      },
      targets: [
        new SqsQueue(feedback.queue, {
          deadLetterQueue: failedEvents,
          retryAttempts: 185,
          maxEventAge: Duration.hours(24),
        }),
      ],
    });
    const recordFeedback = new SapaFunction(this, "record-feedback", props);
    feedback.feeds(recordFeedback, { batchSize: 10, maxConcurrency: 5 });
    events.giveTo(recordFeedback);
  }
}
