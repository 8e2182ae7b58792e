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
 * What SQS takes in one request: ten messages, of at most 1 MiB each and all together (SQS API reference,
 * SendMessageBatch). Some of it is left for what stands beside the bodies.
 */
const maxEntries = 10;
const maxBytes = 1_000_000;

/**
 * Puts messages on a queue, as many a request as SQS takes, each in its business's message group: SQS's fair queues keep
 * one business's million from delaying another's ten. What the queue refuses is sent again a few times, then throws.
 */
export async function enqueue(
  queue: QueueName,
  business: BusinessId,
  messages: readonly { body: unknown; delaySeconds?: number }[],
): Promise<void> {
  const entries = messages.map(({ body, delaySeconds }, index) => ({
    Id: String(index),
    MessageBody: textOf(body),
    MessageGroupId: business,
    ...(delaySeconds && { DelaySeconds: Math.min(900, Math.ceil(delaySeconds)) }),
  }));
  for (const chunk of chunks(entries)) {
    let waiting = chunk;
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

/**
 * JSON in the characters that SQS takes, which are those of XML 1.0: two that JSON leaves as they are are no characters
 * there, and a customer whose name holds one would keep a whole batch from the queue.
 */
const textOf = (body: unknown): string =>
  JSON.stringify(body).replace(/[\uFFFE\uFFFF]/g, (one) => `\\u${one.charCodeAt(0).toString(16)}`);

const bytesOf = (text: string): number => Buffer.byteLength(text);

/** The entries in order, in as few requests as take them. */
function chunks<Entry extends { MessageBody: string }>(entries: readonly Entry[]): Entry[][] {
  const all: Entry[][] = [];
  let chunk: Entry[] = [];
  let bytes = 0;
  for (const entry of entries) {
    const own = bytesOf(entry.MessageBody);
    if (chunk.length === 0 || chunk.length >= maxEntries || bytes + own > maxBytes) {
      chunk = [];
      bytes = 0;
      all.push(chunk);
    }
    chunk.push(entry);
    bytes += own;
  }
  return all;
}
