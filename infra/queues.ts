import { Duration, Names } from "aws-cdk-lib";
import type { IRule, IRuleTarget, RuleTargetConfig } from "aws-cdk-lib/aws-events";
import { PolicyStatement, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { type IQueue, Queue, QueueEncryption } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { type FunctionName, functionSettings } from "./functions.ts";
import { allow } from "./permissions.ts";
import type { SapaFunction } from "./sapa-function.ts";

/** The most that SQS takes. A queue made while that was 256 KiB keeps to it unless it is told. */
const maxMessageSizeBytes = 1_048_576;

/** A queue that is encrypted, refuses plain HTTP, and keeps what ends there for two weeks, the most that SQS can. */
export const deadLetters = (scope: Construct, id: string): Queue =>
  new Queue(scope, id, {
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    retentionPeriod: Duration.days(14),
    maxMessageSizeBytes,
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
      maxMessageSizeBytes,
      // Being throttled counts as a receive too, and a new account runs only ten functions at once.
      deadLetterQueue: { queue: undelivered, maxReceiveCount: 10 },
    });
  }

  /** Lets the function take up to `batchSize` messages at a time, in at most `maxConcurrency` instances. */
  feeds(worker: SapaFunction, limits: { batchSize: number; maxConcurrency: number }): void {
    // By the name that CDK's own event source gives it: a second mapping of one queue can't replace the first.
    worker.addEventSourceMapping(`SqsEventSource:${Names.nodeUniqueId(this.queue.node)}`, {
      ...limits,
      eventSourceArn: this.queue.queueArn,
      reportBatchItemFailures: true,
    });
    // What Lambda needs to poll; CDK's own event source gives more.
    allow(worker, {
      actions: ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
      resources: [this.queue.queueArn],
    });
  }

  /** Lets a function put messages in, and tells it where. */
  mayBeSentTo(
    sender: SapaFunction,
    variable: "RUNS_QUEUE_URL" | "SENDS_QUEUE_URL" | "FEEDBACK_QUEUE_URL",
  ): void {
    sender.addEnvironment(variable, this.queue.queueUrl);
    allow(sender, { actions: ["sqs:SendMessage"], resources: [this.queue.queueArn] });
  }
}

/** Lets a function ask how many messages a queue holds. */
export const mayMeasure = (target: SapaFunction, { queue }: WorkQueue): void =>
  allow(target, { actions: ["sqs:GetQueueAttributes"], resources: [queue.queueArn] });

/** Where a rule's events go: to a queue, or after a day of vain tries to where failed events are kept. */
export class QueueTarget implements IRuleTarget {
  readonly #queue: Queue;
  readonly #failedEvents: IQueue;

  constructor(queue: Queue, failedEvents: IQueue) {
    this.#queue = queue;
    this.#failedEvents = failedEvents;
  }

  bind(rule: IRule): RuleTargetConfig {
    for (const queue of [this.#queue, this.#failedEvents]) {
      queue.addToResourcePolicy(
        // This rule may put messages in, and nothing else; CDK's own target would let it look at the queue too.
        new PolicyStatement({
          principals: [new ServicePrincipal("events.amazonaws.com")],
          actions: ["sqs:SendMessage"],
          resources: [queue.queueArn],
          conditions: { ArnEquals: { "aws:SourceArn": rule.ruleArn } },
        }),
      );
    }
    return {
      arn: this.#queue.queueArn,
      deadLetterConfig: { arn: this.#failedEvents.queueArn },
      retryPolicy: {
        maximumRetryAttempts: 185,
        maximumEventAgeInSeconds: Duration.hours(24).toSeconds(),
      },
    };
  }
}
