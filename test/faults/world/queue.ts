import type { SQSBatchResponse, SQSRecord } from "aws-lambda";
import type { BusinessId } from "../../../core/ids.ts";
import { businessOf, type QueueSettings, type Worker } from "./functions.ts";
import type { Chain, Ending } from "./invocations.ts";
import { during } from "./plan.ts";
import type { Happening } from "./time.ts";
import type { World } from "./world.ts";

type Message = {
  id: string;
  body: string;
  /** How often it was received. */
  receives: number;
  /** What led to it: travels with the message, in its trace header. */
  chain: Chain;
  sentAt: number;
  isDeleted: boolean;
  /** When it is shown again to whoever receives, unless it is deleted before. */
  reappears: Happening | undefined;
};

export type QueueOptions = Pick<QueueSettings, "batchSize" | "maxConcurrency"> & {
  name: string;
  worker: string;
};

/** Received so often in vain, a message goes to the dead letters instead of being received again. */
const maxReceives = 10;
/** How long Lambda waits before it brings a message again that was throttled, in milliseconds; doubled each time. */
const backOff = { first: 1_000, max: 60_000 };

/**
 * SQS and what Lambda does with it: at least once, in any order, hidden while worked on, dead after ten receives.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
 */
export class Queue {
  readonly dead: Message[] = [];
  /** How many letters ever lay there. */
  died = 0;
  /** Every body that was ever put on it. */
  readonly sent: string[] = [];
  readonly #world: World;
  readonly #options: QueueOptions;
  readonly #waiting: Message[] = [];
  /** Delayed, or worked on. */
  readonly #hidden = new Set<Message>();
  /** Batches that the poller holds, and how many it may hold at present. */
  #held = 0;
  #allocated: number;

  constructor(world: World, options: QueueOptions) {
    this.#world = world;
    this.#options = options;
    this.#allocated = options.maxConcurrency;
    for (const { queue, until } of world.unkind.queues) {
      if (queue === options.name) world.timeline.after(until * 1000, () => this.#poll());
    }
  }

  /**
   * What SQS says of its length. The counts are approximate on AWS; here they are exact.
   * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html
   */
  get attributes(): Record<string, string> {
    return {
      ApproximateNumberOfMessages: String(this.#waiting.filter(({ isDeleted }) => !isDeleted).length),
      ApproximateNumberOfMessagesDelayed: "0",
      ApproximateNumberOfMessagesNotVisible: String(this.#hidden.size),
    };
  }

  /** Puts a message on it; `chain` is what led to it, if a function sent it. */
  put(body: string, delaySeconds = 0, chain: Chain = {}): void {
    this.sent.push(body);
    const copies = this.#world.copies();
    for (let copy = 0; copy < copies; copy++) {
      const late = this.#world.random() * (copy === 0 ? 500 : 90_000);
      this.#showAfter(delaySeconds * 1000 + late, {
        id: `${this.#options.name}-${this.sent.length}-${copy}`,
        body,
        receives: 0,
        chain,
        sentAt: this.#world.timeline.now,
        isDeleted: false,
        reappears: undefined,
      });
    }
  }

  /**
   * Puts the dead letters back, as an operator does by SQS's redrive. That they keep their trace header is not
   * documented, and assumed since it is the worse case.
   */
  redrive(): void {
    for (const message of this.dead.splice(0)) this.#showAfter(0, { ...message, receives: 0 });
  }

  #showAfter(milliseconds: number, message: Message): void {
    this.#hidden.add(message);
    message.reappears = this.#world.timeline.after(milliseconds, () => {
      this.#hidden.delete(message);
      if (message.receives >= maxReceives) {
        this.died += 1;
        this.dead.push(message);
        return;
      }
      this.#waiting.push(message);
      this.#poll();
    });
  }

  get #worker(): Worker {
    const worker = this.#world.workers.get(this.#options.worker);
    if (!worker) throw new Error(`Nothing is called ${this.#options.worker}`);
    return worker;
  }

  /** What keeps messages from getting through at present. */
  get #trouble(): "silent" | "throttled" | undefined {
    const own = this.#world.unkind.queues.filter(({ queue }) => queue === this.#options.name);
    return during(own, this.#world.second)?.how;
  }

  #poll(): void {
    while (this.#held < this.#allocated && this.#waiting.length > 0 && this.#trouble !== "silent") {
      // AWS wants a message hidden for six times the function's time limit.
      const hidden = this.#worker.timeout * 6_000;
      const received = this.#receive(hidden);
      // A message that Lambda refuses as part of a loop comes back until it was received too often.
      const messages = received.filter(
        ({ chain }) => !this.#world.lambda.isLoop(this.#options.worker, chain),
      );
      if (messages.length === 0) continue;
      this.#held += 1;
      this.#bring(messages, { until: this.#world.timeline.now + hidden, wait: backOff.first });
    }
  }

  #receive(hidden: number): Message[] {
    const messages: Message[] = [];
    while (messages.length < this.#options.batchSize && this.#waiting.length > 0) {
      const at = Math.floor(this.#world.random() * this.#waiting.length);
      const message = this.#waiting[at];
      const last = this.#waiting.pop();
      if (last && at < this.#waiting.length) this.#waiting[at] = last;
      if (!message || message.isDeleted) continue;
      message.receives += 1;
      this.#showAfter(hidden, message);
      messages.push(message);
    }
    return messages;
  }

  /**
   * Has the function work on a batch. "If the invocation fails due to throttling, Lambda gradually backs off retries by
   * reducing the amount of concurrency allocated to your Amazon SQS event source mapping. Lambda continues to retry
   * the message until the message's timestamp exceeds your queue's visibility timeout, at which point Lambda drops
   * the message": others receive it then, and the receive counts.
   * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
   */
  #bring(messages: readonly Message[], { until, wait }: { until: number; wait: number }): void {
    const { lambda, timeline } = this.#world;
    if (timeline.now >= until) {
      this.#release();
      return;
    }
    if (this.#trouble === "throttled") lambda.refuse(this.#options.worker);
    else if (this.#start(messages)) return;
    this.#allocate(this.#allocated / 2);
    timeline.after(Math.min(wait, until - timeline.now), () =>
      this.#bring(messages, { until, wait: Math.min(backOff.max, wait * 2) }),
    );
  }

  #start(messages: readonly Message[]): boolean {
    const { lambda } = this.#world;
    const worker = this.#worker;
    return lambda.invoke(
      {
        name: this.#options.worker,
        // Only where several businesses live is it looked at whose data each function touches.
        business: this.#world.isShared ? businessOfAll(messages) : undefined,
        timeout: worker.timeout,
        chain: chainOf(messages),
      },
      (invocation) => worker.run({ Records: messages.map(recordOf) }, lambda.contextOf(invocation, worker)),
      (ending) => this.#ended(messages, ending),
    );
  }

  #ended(messages: readonly Message[], ending: Ending): void {
    const failed = failuresIn(ending);
    for (const message of messages) {
      if (ending.how !== "answered" || failed.has(message.id)) continue;
      message.isDeleted = true;
      this.#hidden.delete(message);
      if (message.reappears) message.reappears.cancelled = true;
    }
    this.#allocate(ending.how === "answered" ? this.#allocated + 1 : this.#allocated / 2);
    this.#release();
  }

  /** https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html ("as few as 2 concurrent batches") */
  #allocate(concurrency: number): void {
    this.#allocated = Math.min(this.#options.maxConcurrency, Math.max(2, Math.floor(concurrency)));
  }

  #release(): void {
    this.#held -= 1;
    this.#poll();
  }
}

/** The messages that the function reports as failed (a partial batch response); the others are deleted. */
const failuresIn = (ending: Ending): Set<string> => {
  const answer = ending.how === "answered" ? (ending.answer as SQSBatchResponse | undefined) : undefined;
  return new Set(answer?.batchItemFailures?.map(({ itemIdentifier }) => itemIdentifier));
};

/** One invocation that works on several messages carries on the chains of all of them. */
function chainOf(messages: readonly Message[]): Chain {
  const [first, ...others] = messages;
  const chain: Record<string, number> = { ...first?.chain };
  for (const other of others) {
    for (const [name, count] of Object.entries(other.chain)) chain[name] = Math.max(chain[name] ?? 0, count);
  }
  return chain;
}

function businessOfAll(messages: readonly Message[]): BusinessId | undefined {
  const all = new Set(messages.map(({ body }) => businessOf(JSON.parse(body))));
  return all.size === 1 ? [...all][0] : undefined;
}

const recordOf = ({ id, body, receives, sentAt }: Message): SQSRecord => ({
  messageId: id,
  receiptHandle: id,
  body,
  attributes: {
    ApproximateReceiveCount: String(receives),
    ApproximateFirstReceiveTimestamp: String(sentAt),
    SentTimestamp: String(sentAt),
    SenderId: "world",
  },
  messageAttributes: {},
  md5OfBody: "",
  eventSource: "aws:sqs",
  eventSourceARN: "world",
  awsRegion: "us-east-1",
});
