import { GetQueueAttributesCommand, SendMessageBatchCommand, SQSClient } from "@aws-sdk/client-sqs";
import { environment } from "./environment.ts";
import type { BusinessId } from "./ids.ts";
import { backOff } from "./store.ts";

const sqs = new SQSClient({});

export type QueueName = "RUNS_QUEUE_URL" | "SENDS_QUEUE_URL" | "FEEDBACK_QUEUE_URL";

/**
 * About how many messages a queue holds: those that wait, those that are delayed, and those that are being worked on.
 * SQS counts them approximately, and within a minute of the last change.
 */
export async function lengthOf(queue: QueueName): Promise<number> {
  const { Attributes = {} } = await sqs.send(
    new GetQueueAttributesCommand({
      QueueUrl: environment(queue),
      AttributeNames: [
        "ApproximateNumberOfMessages",
        "ApproximateNumberOfMessagesDelayed",
        "ApproximateNumberOfMessagesNotVisible",
      ],
    }),
  );
  return Object.values(Attributes).reduce((sum, count) => sum + Number(count), 0);
}

/**
 * Puts messages on a queue, ten a request, each in its business's message group: SQS's fair queues keep one
 * business's million from delaying another's ten. What the queue refuses is sent again a few times, then throws.
 */
export async function enqueue(
  queue: QueueName,
  business: BusinessId,
  messages: readonly { body: unknown; delaySeconds?: number }[],
): Promise<void> {
  const entries = messages.map(({ body, delaySeconds }, index) => ({
    Id: String(index),
    MessageBody: JSON.stringify(body),
    MessageGroupId: business,
    ...(delaySeconds && { DelaySeconds: Math.min(900, Math.ceil(delaySeconds)) }),
  }));
  for (let start = 0; start < entries.length; start += 10) {
    let waiting = entries.slice(start, start + 10);
    for (let attempt = 0; waiting.length > 0; attempt++) {
      if (attempt >= 6) throw new Error(`${queue} refused ${waiting.length} messages`);
      if (attempt > 0) await backOff(attempt + 3);
      const { Failed = [] } = await sqs.send(
        new SendMessageBatchCommand({ QueueUrl: environment(queue), Entries: waiting }),
      );
      const failed = new Set(Failed.map(({ Id }) => Id));
      waiting = waiting.filter(({ Id }) => failed.has(Id));
    }
  }
}
