import { awsError, type Fault } from "./faults.ts";
import type { Invocation } from "./invocations.ts";
import { during } from "./plan.ts";
import type { Input } from "./points.ts";
import type { World } from "./world.ts";

const maxEntries = 10;
const maxBytes = 1_048_576;
const maxDelay = 900;

/**
 * SendMessageBatch: up to ten messages of 1 MiB in all, of which SQS may take some and refuse others.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html
 */
export function sendMessageBatch(
  world: World,
  { QueueUrl, Entries }: Input,
  { by, fault }: { by: Invocation; fault: Fault | undefined },
): Input {
  const queue = world.queueAt(QueueUrl);
  if (!queue) throw awsError("QueueDoesNotExist", `There is no queue ${QueueUrl}`);
  check(Entries);
  const share = during(world.unkind.refusedMessages, world.second)?.share ?? 0;
  const isRefused = (index: number) =>
    (fault?.kind === "partly" && (fault.pick >> index) % 2 === 0) || (share > 0 && world.random() < share);
  const Failed: Input[] = [];
  for (const [index, { Id, MessageBody, DelaySeconds }] of Entries.entries()) {
    if (isRefused(index)) Failed.push({ Id, SenderFault: false, Code: "InternalError" });
    else queue.put(MessageBody, DelaySeconds, by.chain);
  }
  return { Failed };
}

function check(entries: readonly Input[]): void {
  if (entries.length === 0) throw awsError("EmptyBatchRequest", "There are no entries");
  if (entries.length > maxEntries) throw awsError("TooManyEntriesInBatchRequest", "There are more than ten");
  if (new Set(entries.map(({ Id }) => Id)).size < entries.length) {
    throw awsError("BatchEntryIdsNotDistinct", "Two entries have the same id");
  }
  const bytes = entries.reduce((sum, { MessageBody }) => sum + Buffer.byteLength(MessageBody), 0);
  if (bytes > maxBytes) throw awsError("BatchRequestTooLong", `${bytes} bytes are more than 1 MiB`);
  if (entries.some(({ DelaySeconds = 0 }) => DelaySeconds < 0 || DelaySeconds > maxDelay)) {
    throw awsError("InvalidParameterValue", "DelaySeconds is from 0 to 900");
  }
}
