import { Duration } from "aws-cdk-lib";
import { SqsEventSource } from "aws-cdk-lib/aws-lambda-event-sources";
import { Queue, QueueEncryption } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { type FunctionName, functionSettings } from "./functions.ts";
import { allow } from "./permissions.ts";
import type { SapaFunction } from "./sapa-function.ts";

/** A queue that is encrypted, refuses plain HTTP, and keeps what ends there for two weeks, the most that SQS can. */
export const deadLetters = (scope: Construct, id: string): Queue =>
  new Queue(scope, id, {
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    retentionPeriod: Duration.days(14),
  });

export type WorkQueueProps = {
  /** The function that works the queue off. */
  worker: FunctionName;
  /** Where a message goes that failed ten times; SQS moves it back to this queue on demand. */
  undelivered: Queue;
};

/** A queue that one function works off, a batch at a time. */
export class WorkQueue extends Construct {
  readonly queue: Queue;

  constructor(scope: Construct, id: string, { worker, undelivered }: WorkQueueProps) {
    super(scope, id);
    this.queue = new Queue(this, "queue", {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      // AWS wants six times the function's timeout, so that a message is not given out while it is worked on.
      visibilityTimeout: Duration.seconds(functionSettings[worker].timeout * 6),
      retentionPeriod: Duration.days(14),
      // Being throttled counts as a receive too, and a new account runs only ten functions at once.
      deadLetterQueue: { queue: undelivered, maxReceiveCount: 10 },
    });
  }

  /** Lets the function take up to `batchSize` messages at a time, in at most `maxConcurrency` instances. */
  feeds(worker: SapaFunction, limits: { batchSize: number; maxConcurrency: number }): void {
    worker.addEventSource(new SqsEventSource(this.queue, { ...limits, reportBatchItemFailures: true }));
  }

  /** Lets a function put messages in, and tells it where. */
  mayBeSentTo(
    sender: SapaFunction,
    variable: "AUDIENCE_QUEUE_URL" | "SENDS_QUEUE_URL" | "FEEDBACK_QUEUE_URL",
  ): void {
    sender.addEnvironment(variable, this.queue.queueUrl);
    allow(sender, { actions: ["sqs:SendMessage"], resources: [this.queue.queueArn] });
  }
}
