import { md5, md5OfAttributes } from "./message-digest.ts";
import { AwsError, isObject, type Json, type Operations, objects, strings, text } from "./protocol.ts";
import type { Message, MessageAttribute, Queue } from "./queue.ts";

/** 1 MiB: the most that a message, or a batch of them together, may hold. */
const LARGEST = 1_048_576;
const TWELVE_HOURS = 43_200;
const LONGEST_DELAY = 900;
/** All but `#x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF` (SQS developer guide, quotas). */
const notTaken = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;
/** A long poll may come back early with nothing; here it does after a second, so that nobody waits for the wall clock. */
const LONGEST_POLL_SECONDS = 1;

type Queues = {
  byUrl(url: string): Queue;
  byArn(arn: string): Queue | undefined;
  urlOf(name: string): string;
  all(): Queue[];
};

/** SQS's operations over the hosted queues, with its limits and its errors. */
export function queueOperations(queues: Queues): Operations {
  const queueOf = (input: Json) => queues.byUrl(required(input, "QueueUrl"));

  return {
    SendMessage: (input, { headers }) => sent(sendOne(queueOf(input), input, headers[traceHeader])),
    SendMessageBatch(input, { headers }) {
      const queue = queueOf(input);
      const entries = batchOf(input);
      const size = entries.reduce((sum, entry) => sum + sizeOf(entry), 0);
      if (size > LARGEST) {
        const message = `Batch requests cannot be longer than ${LARGEST} bytes. You have sent ${size} bytes.`;
        throw new AwsError("BatchRequestTooLong", message);
      }
      return eachOf(entries, (entry) => sent(sendOne(queue, entry, headers[traceHeader])));
    },
    ReceiveMessage: (input) => receive(queueOf(input), input),
    DeleteMessage(input) {
      queueOf(input).delete(handleOf(input));
    },
    DeleteMessageBatch(input) {
      const queue = queueOf(input);
      return eachOf(batchOf(input), (entry) => queue.delete(handleOf(entry)));
    },
    ChangeMessageVisibility: (input) => changeVisibility(queueOf(input), input),
    ChangeMessageVisibilityBatch(input) {
      const queue = queueOf(input);
      return eachOf(batchOf(input), (entry) => changeVisibility(queue, entry));
    },
    GetQueueAttributes: (input) => ({
      Attributes: attributesOf(queueOf(input), strings(input.AttributeNames)),
    }),
    GetQueueUrl(input) {
      const url = queues.urlOf(required(input, "QueueName"));
      queues.byUrl(url);
      return { QueueUrl: url };
    },
    ListQueues(input) {
      const names = queues.all().map((queue) => queue.settings.name);
      const prefix = text(input.QueueNamePrefix) ?? "";
      return { QueueUrls: names.filter((name) => name.startsWith(prefix)).map((name) => queues.urlOf(name)) };
    },
    PurgeQueue: (input) => queueOf(input).purge(),
    StartMessageMoveTask: (input) => moveMessages(queues, input),
  };
}

/**
 * The trace header of a call belongs to all its messages, unless a message brings its own; it counts towards no limit.
 * https://docs.aws.amazon.com/xray/latest/devguide/xray-services-sqs.html
 */
const traceHeader = "x-amzn-trace-id";

function sendOne(queue: Queue, entry: Json, ofCall: string | undefined): Message {
  const body = required(entry, "MessageBody");
  if (body === "")
    throw new AwsError("MissingParameter", "The request must contain the parameter MessageBody.");
  if (notTaken.test(body)) {
    throw new AwsError("InvalidMessageContents", "The message contains characters outside the allowed set.");
  }
  if (sizeOf(entry) > queue.settings.maximumSize) {
    const limit = `Message must be shorter than ${queue.settings.maximumSize} bytes.`;
    throw new AwsError("InvalidParameterValue", `One or more parameters are invalid. Reason: ${limit}`);
  }
  const delay = whole(entry, "DelaySeconds", LONGEST_DELAY);
  const trace = traceGiven(entry) ?? ofCall;
  return queue.send({
    body,
    attributes: attributesGiven(entry),
    group: text(entry.MessageGroupId),
    trace,
    delay,
  });
}

function traceGiven({ MessageSystemAttributes }: Json): string | undefined {
  const given = isObject(MessageSystemAttributes) ? MessageSystemAttributes.AWSTraceHeader : undefined;
  return isObject(given) ? text(given.StringValue) : undefined;
}

function sent(message: Message) {
  const attributes = md5OfAttributes(message.attributes);
  return {
    MessageId: message.id,
    MD5OfMessageBody: md5(message.body),
    ...(attributes === undefined ? {} : { MD5OfMessageAttributes: attributes }),
  };
}

async function receive(queue: Queue, input: Json) {
  const limit = whole(input, "MaxNumberOfMessages", 10) ?? 1;
  if (limit < 1) throw invalid("MaxNumberOfMessages", limit);
  const visibility = whole(input, "VisibilityTimeout", TWELVE_HOURS);
  const wait = whole(input, "WaitTimeSeconds", 20) ?? queue.settings.waitTime;
  let messages = queue.receive(limit, visibility);
  if (messages.length === 0 && wait > 0) {
    await readyOr(queue, Math.min(wait, LONGEST_POLL_SECONDS) * 1000);
    messages = queue.receive(limit, visibility);
  }
  const system = [...strings(input.MessageSystemAttributeNames), ...strings(input.AttributeNames)];
  const named = strings(input.MessageAttributeNames);
  return { Messages: messages.map((message) => received(message, system, named)) };
}

function received(message: Message, system: string[], named: string[]) {
  const attributes = Object.fromEntries(
    Object.entries(message.attributes).filter(([name]) => named.some((pattern) => matches(pattern, name))),
  );
  const digest = md5OfAttributes(attributes);
  return {
    MessageId: message.id,
    ReceiptHandle: message.handle,
    MD5OfBody: md5(message.body),
    Body: message.body,
    Attributes: chosen(systemAttributesOf(message), system),
    ...(digest === undefined ? {} : { MessageAttributes: attributes, MD5OfMessageAttributes: digest }),
  };
}

/** What SQS knows of a message besides its body, as text; also what a function finds in `record.attributes`. */
export function systemAttributesOf(message: Message): Record<string, string> {
  return {
    ApproximateReceiveCount: String(message.receiveCount),
    SentTimestamp: String(message.sentAt),
    SenderId: "AIDALOCALHOST",
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt ?? message.sentAt),
    ...(message.group === undefined ? {} : { MessageGroupId: message.group }),
    ...(message.trace === undefined ? {} : { AWSTraceHeader: message.trace }),
    ...(message.deadLetterSource === undefined ? {} : { DeadLetterQueueSourceArn: message.deadLetterSource }),
  };
}

function changeVisibility(queue: Queue, entry: Json): void {
  const seconds = whole(entry, "VisibilityTimeout", TWELVE_HOURS);
  if (seconds === undefined) throw new AwsError("MissingParameter", "VisibilityTimeout is missing.");
  if (queue.changeVisibility(handleOf(entry), seconds)) return;
  const reason = "Message does not exist or is not available for visibility timeout change.";
  throw new AwsError("InvalidParameterValue", reason);
}

function attributesOf(queue: Queue, names: string[]): Record<string, string> {
  const { settings } = queue;
  const counts = queue.counts();
  const redrive = settings.redrive;
  const all: Record<string, string> = {
    QueueArn: settings.arn,
    ApproximateNumberOfMessages: String(counts.visible),
    ApproximateNumberOfMessagesNotVisible: String(counts.hidden),
    ApproximateNumberOfMessagesDelayed: String(counts.delayed),
    VisibilityTimeout: String(settings.visibilityTimeout),
    DelaySeconds: String(settings.delay),
    MessageRetentionPeriod: String(settings.retention),
    MaximumMessageSize: String(settings.maximumSize),
    ReceiveMessageWaitTimeSeconds: String(settings.waitTime),
  };
  if (redrive) {
    const { deadLetterArn: deadLetterTargetArn, maxReceiveCount } = redrive;
    all.RedrivePolicy = JSON.stringify({ deadLetterTargetArn, maxReceiveCount });
  }
  const unknown = names.find((name) => name !== "All" && name !== "RedrivePolicy" && !(name in all));
  if (unknown !== undefined) throw new AwsError("InvalidAttributeName", `Unknown Attribute ${unknown}.`);
  return chosen(all, names);
}

/** Moves every message of a dead-letter queue to where it came from, or to the destination that is given. */
function moveMessages({ byArn }: Queues, input: Json) {
  const sourceArn = required(input, "SourceArn");
  const source = byArn(sourceArn);
  if (!source) throw new AwsError("ResourceNotFoundException", "The source queue does not exist.", 404);
  for (const message of source.available()) {
    const target = byArn(text(input.DestinationArn) ?? message.deadLetterSource ?? "");
    if (!target) throw new AwsError("ResourceNotFoundException", "A message's own queue is not known.", 404);
    source.remove(message.id);
    const { body, attributes, group, trace } = message;
    target.send({ body, attributes, group, trace, delay: 0 });
  }
  return { TaskHandle: Buffer.from(sourceArn).toString("base64") };
}

function batchOf(input: Json): Json[] {
  const entries = objects(input.Entries);
  if (entries.length === 0) {
    throw new AwsError(
      "EmptyBatchRequest",
      "There should be at least one SendMessageBatchRequestEntry in the request.",
    );
  }
  if (entries.length > 10) {
    const message = `Maximum number of entries per request are 10. You have sent ${entries.length}.`;
    throw new AwsError("TooManyEntriesInBatchRequest", message);
  }
  const ids = entries.map((entry) => required(entry, "Id"));
  const bad = ids.find((id) => !/^[A-Za-z0-9_-]{1,80}$/.test(id));
  if (bad !== undefined) throw new AwsError("InvalidBatchEntryId", `Id ${bad} is not valid.`);
  const repeated = ids.find((id, index) => ids.indexOf(id) !== index);
  if (repeated !== undefined) throw new AwsError("BatchEntryIdsNotDistinct", `Id ${repeated} repeated.`);
  return entries;
}

/** Each entry of a batch stands or falls alone. */
function eachOf(entries: Json[], action: (entry: Json) => unknown) {
  const Successful: object[] = [];
  const Failed: object[] = [];
  for (const entry of entries) {
    try {
      const result = action(entry);
      Successful.push({ Id: entry.Id, ...(isObject(result) ? result : {}) });
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      Failed.push({ Id: entry.Id, SenderFault: true, Code: error.code, Message: error.message });
    }
  }
  return { Successful, Failed };
}

function attributesGiven(entry: Json): Record<string, MessageAttribute> {
  const given = isObject(entry.MessageAttributes) ? entry.MessageAttributes : {};
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => {
      const { DataType, StringValue, BinaryValue } = isObject(value) ? value : {};
      if (typeof DataType !== "string") throw invalid(`MessageAttributes.${name}.DataType`, DataType);
      if (typeof BinaryValue === "string") return [name, { DataType, BinaryValue }];
      return [name, { DataType, StringValue: String(StringValue ?? "") }];
    }),
  );
}

function sizeOf(entry: Json): number {
  const attributes = Object.entries(isObject(entry.MessageAttributes) ? entry.MessageAttributes : {});
  const values = attributes.flatMap(([name, value]) => [
    name,
    ...Object.values(isObject(value) ? value : {}),
  ]);
  return [text(entry.MessageBody) ?? "", ...values].reduce<number>(
    (sum, part) => sum + Buffer.byteLength(String(part)),
    0,
  );
}

function readyOr(queue: Queue, milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      stop();
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    const stop = queue.onReady(done);
  });
}

const handleOf = (entry: Json): string => required(entry, "ReceiptHandle");

function required(input: Json, name: string): string {
  const value = input[name];
  if (typeof value === "string") return value;
  throw new AwsError("MissingParameter", `The request must contain the parameter ${name}.`);
}

function whole(input: Json, name: string, most: number): number | undefined {
  const value = input[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "number" || !Number.isInteger(value) || value < 0 || value > most)
    throw invalid(name, value);
  return value;
}

const invalid = (name: string, value: unknown) =>
  new AwsError("InvalidParameterValue", `Value ${String(value)} for parameter ${name} is invalid.`);

const matches = (pattern: string, name: string) =>
  pattern === "All" || pattern === name || (pattern.endsWith(".*") && name.startsWith(pattern.slice(0, -2)));

const chosen = (all: Record<string, string>, names: string[]) =>
  Object.fromEntries(Object.entries(all).filter(([name]) => names.includes("All") || names.includes(name)));
