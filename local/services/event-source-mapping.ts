import type { Host, Resource } from "../contract.ts";
import { Throttled } from "../functions/concurrency.ts";
import { maxInvocations, timesInvoked } from "../functions/lineage.ts";
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

/** Milliseconds after which a throttled batch is tried again; twice as long each time. */
const firstRetryPause = 1_000;
const maxRetryPause = 60_000;

/**
 * Feeds a queue to a function, as Lambda's pollers do: a batch that succeeds is deleted, one that fails comes back
 * when its visibility timeout ends. A poller whose function is throttled keeps its batch and tries again with growing
 * pauses; when the visibility timeout ends the batch comes back too, having been received once more.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
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
      for (const part of this.#apart(batch)) {
        this.#underWay += 1;
        void this.#host.busy(this.#process(this.#queue, part));
      }
    }
  }

  /** Messages that go round in a loop are stopped without the others of their batch. */
  #apart(batch: Message[]): Message[][] {
    const name = lastOfArn(this.#functionArn);
    const loops = ({ trace }: Message) => timesInvoked(trace, name) >= maxInvocations;
    const parts = [batch.filter((message) => !loops(message)), batch.filter(loops)];
    return parts.filter((part) => part.length > 0);
  }

  async #process(queue: Queue, batch: Message[], throttles = 0): Promise<void> {
    // A receipt is only good for this delivery: were the function slower than the visibility timeout, the message
    // would by then be someone else's.
    const receipts = new Map(batch.map((message) => [message.id, message.handle ?? ""]));
    try {
      const event = { Records: batch.map((message) => this.#recordOf(message)) };
      const traces = batch.map(({ trace }) => trace);
      const answer = await this.#host.invoke(this.#functionArn, event, { traces });
      const failed = this.#partial ? failuresOf(answer, receipts) : new Set<string>();
      for (const [id, handle] of receipts) if (!failed.has(id)) queue.delete(handle);
    } catch (error) {
      // The function's host reports the error; the queue's part is that the batch comes back.
      if (error instanceof Throttled && this.#tryLater(queue, batch, throttles)) return;
    }
    this.#underWay -= 1;
    this.#pump();
  }

  /** Has a throttled batch tried again, while nobody else can receive it; false when there is no time for that. */
  #tryLater(queue: Queue, batch: Message[], throttles: number): boolean {
    const due = this.#host.clock.now() + Math.min(firstRetryPause * 2 ** throttles, maxRetryPause);
    if (!this.#stop || batch.some(({ visibleAt }) => visibleAt <= due)) return false;
    const what = `retry of a throttled batch of ${queue.settings.name}`;
    this.#host.clock.at(due, () => this.#process(queue, batch, throttles + 1), what);
    return true;
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
