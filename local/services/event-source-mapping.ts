import type { Host, Resource } from "../contract.ts";
import { md5, md5OfAttributes } from "./message-digest.ts";
import { allowOnly, lastOfArn, numberOf, refuse } from "./properties.ts";
import { isObject, strings } from "./protocol.ts";
import type { Message, Queue } from "./queue.ts";
import { systemAttributesOf } from "./queue-operations.ts";

const PROPERTIES = [
  ...["EventSourceArn", "FunctionName", "BatchSize", "MaximumBatchingWindowInSeconds", "ScalingConfig"],
  ...["FunctionResponseTypes", "Enabled", "Tags"],
];
/** How many batches are under way at once when the template sets no limit: Lambda too begins with five. */
const FIRST_CONCURRENCY = 5;
/** A batching window is the longest wait that AWS may make; nobody at a laptop needs the whole of it. */
const LONGEST_WINDOW_MILLISECONDS = 200;

/**
 * What Lambda does to a queue with the function's role; a mapping whose role may not is refused when it is made.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
 */
const polling = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"];

/**
 * Feeds a queue to a function, as Lambda's pollers do: a batch that succeeds is deleted, one that fails comes back
 * when its visibility timeout ends.
 */
export class EventSourceMapping {
  readonly arn: string;
  readonly #host: Host;
  readonly #queueArn: string;
  readonly #functionArn: string;
  readonly #batchSize: number;
  readonly #window: number;
  readonly #concurrency: number;
  readonly #partial: boolean;
  readonly #enabled: boolean;
  readonly #byArn: (arn: string) => Queue | undefined;
  #queue: Queue | undefined;
  #underWay = 0;
  #planned = false;
  #stop: (() => void) | undefined;

  constructor(resource: Resource, host: Host, byArn: (arn: string) => Queue | undefined) {
    allowOnly(resource, PROPERTIES);
    const { EventSourceArn, FunctionName, FunctionResponseTypes, ScalingConfig, Enabled } =
      resource.properties;
    if (typeof EventSourceArn !== "string" || EventSourceArn.split(":")[2] !== "sqs") {
      refuse(resource, `EventSourceArn=${JSON.stringify(EventSourceArn)}`);
    }
    if (typeof FunctionName !== "string") refuse(resource, `FunctionName=${JSON.stringify(FunctionName)}`);
    const unknown = strings(FunctionResponseTypes).find((type) => type !== "ReportBatchItemFailures");
    if (unknown !== undefined) refuse(resource, `FunctionResponseTypes=${unknown}`);
    this.#host = host;
    this.#byArn = byArn;
    this.#queueArn = EventSourceArn;
    this.#functionArn = FunctionName;
    this.#batchSize = numberOf(resource, "BatchSize", 10);
    const window = numberOf(resource, "MaximumBatchingWindowInSeconds", 0) * 1000;
    this.#window = Math.min(window, LONGEST_WINDOW_MILLISECONDS);
    this.#partial = strings(FunctionResponseTypes).length > 0;
    this.#enabled = String(Enabled ?? true) === "true";
    this.#concurrency = concurrencyOf(ScalingConfig) ?? FIRST_CONCURRENCY;
    this.arn = `arn:aws:lambda:${host.region}:${host.account}:event-source-mapping:${resource.logicalId}`;
  }

  start(): void {
    if (!this.#enabled) return;
    for (const action of polling)
      this.#host.allow({ function: lastOfArn(this.#functionArn) }, action, this.#queueArn);
    this.#queue = this.#byArn(this.#queueArn);
    if (!this.#queue) throw new Error(`${this.arn} reads ${this.#queueArn}, which is not a hosted queue`);
    this.#stop = this.#queue.onReady(() => this.#plan());
    this.#plan();
  }

  stop(): void {
    this.#stop?.();
    this.#stop = undefined;
  }

  /** Looks at the queue a moment later, so that messages sent together arrive together. */
  #plan(): void {
    if (this.#planned || !this.#stop) return;
    this.#planned = true;
    const moment = new Promise<void>((resolve) => setImmediate(resolve));
    const batching = moment.then(() => this.#gather());
    void this.#host.busy(
      batching.then(() => {
        this.#planned = false;
        this.#pump();
      }),
    );
  }

  async #gather(): Promise<void> {
    if (this.#window === 0 || (this.#queue?.counts().visible ?? 0) === 0) return;
    const until = Date.now() + this.#window;
    while (Date.now() < until && (this.#queue?.counts().visible ?? 0) < this.#batchSize) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  #pump(): void {
    while (this.#stop && this.#queue && this.#underWay < this.#concurrency) {
      const batch = this.#queue.receive(this.#batchSize);
      if (batch.length === 0) return;
      this.#underWay += 1;
      const work = this.#process(this.#queue, batch).finally(() => {
        this.#underWay -= 1;
        this.#pump();
      });
      void this.#host.busy(work);
    }
  }

  async #process(queue: Queue, batch: Message[]): Promise<void> {
    // A receipt is only good for this delivery: were the function slower than the visibility timeout, the message
    // would by then be someone else's.
    const receipts = new Map(batch.map((message) => [message.id, message.handle ?? ""]));
    try {
      const event = { Records: batch.map((message) => this.#recordOf(message)) };
      const answer = await this.#host.invoke(this.#functionArn, event);
      const failed = this.#partial ? failuresOf(answer, receipts) : new Set<string>();
      for (const [id, handle] of receipts) if (!failed.has(id)) queue.delete(handle);
    } catch {
      // The function's host reports the error; the queue's part is that the batch comes back.
    }
  }

  #recordOf(message: Message) {
    const digest = md5OfAttributes(message.attributes);
    return {
      messageId: message.id,
      receiptHandle: message.handle,
      body: message.body,
      attributes: systemAttributesOf(message),
      messageAttributes: Object.fromEntries(
        Object.entries(message.attributes).map(([name, { DataType, StringValue, BinaryValue }]) => [
          name,
          { dataType: DataType, stringValue: StringValue, binaryValue: BinaryValue },
        ]),
      ),
      ...(digest === undefined ? {} : { md5OfMessageAttributes: digest }),
      md5OfBody: md5(message.body),
      eventSource: "aws:sqs",
      eventSourceARN: this.#queueArn,
      awsRegion: this.#host.region,
    };
  }
}

/** Ids that the function reports as failed. An answer that makes no sense fails them all, as on AWS. */
function failuresOf(answer: unknown, batch: ReadonlyMap<string, string>): Set<string> {
  const everything = new Set(batch.keys());
  if (answer === null || answer === undefined) return new Set();
  if (!isObject(answer)) return everything;
  const { batchItemFailures } = answer;
  if (batchItemFailures === undefined || batchItemFailures === null) return new Set();
  if (!Array.isArray(batchItemFailures)) return everything;
  const ids: unknown[] = batchItemFailures.map((entry) =>
    isObject(entry) ? entry.itemIdentifier : undefined,
  );
  const known = ids.filter((id): id is string => typeof id === "string" && batch.has(id));
  return known.length === ids.length ? new Set(known) : everything;
}

function concurrencyOf(scaling: unknown): number | undefined {
  if (!isObject(scaling) || scaling.MaximumConcurrency === undefined) return undefined;
  return Number(scaling.MaximumConcurrency);
}
