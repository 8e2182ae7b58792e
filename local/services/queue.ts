import { randomUUID } from "node:crypto";
import type { Clock } from "../contract.ts";

export type MessageAttribute = { DataType: string; StringValue?: string; BinaryValue?: string };

export type Message = {
  id: string;
  body: string;
  attributes: Record<string, MessageAttribute>;
  group: string | undefined;
  /** The X-Ray trace header of the call that sent it: its system attribute `AWSTraceHeader`. */
  trace: string | undefined;
  sentAt: number;
  /** Epoch milliseconds from which it can be received: a delay, or a visibility timeout, that is running. */
  visibleAt: number;
  receiveCount: number;
  firstReceivedAt: number | undefined;
  /** Handle of the latest receipt; earlier ones no longer count. */
  handle: string | undefined;
  deadLetterSource: string | undefined;
};

export type QueueSettings = {
  name: string;
  arn: string;
  delay: number;
  visibilityTimeout: number;
  retention: number;
  maximumSize: number;
  waitTime: number;
  redrive: { deadLetterArn: string; maxReceiveCount: number } | undefined;
};

export type Outgoing = {
  body: string;
  attributes?: Record<string, MessageAttribute>;
  group?: string | undefined;
  trace?: string | undefined;
  delay?: number | undefined;
};

/** What a queue tells the service that it belongs to. */
export type QueueHooks = {
  /** Takes a message that was received too often to the queue for dead letters. */
  bury(message: Message): void;
  /** A message is new, or has changed. */
  keep(message: Message): void;
  /** A message is gone. */
  forget(id: string): void;
};

/**
 * A standard queue. Times are the host clock's; groups take turns, as in SQS's fair queues, so that one group's
 * thousand messages don't hold up another's first.
 */
export class Queue {
  readonly settings: QueueSettings;
  readonly #clock: Clock;
  readonly #hooks: QueueHooks;
  /** Messages that can be received, by group; the order of the map is the order of turns. */
  readonly #ready = new Map<string, Message[]>();
  readonly #waiting = new Map<string, Message>();
  readonly #listeners = new Set<() => void>();
  #wake: { due: number; cancel: () => void } | undefined;

  constructor(settings: QueueSettings, clock: Clock, hooks: QueueHooks) {
    this.settings = settings;
    this.#clock = clock;
    this.#hooks = hooks;
  }

  send({ body, attributes = {}, group, trace, delay = this.settings.delay }: Outgoing): Message {
    const now = this.#clock.now();
    return this.put({
      ...{ id: randomUUID(), body, attributes, group, trace, sentAt: now, visibleAt: now + delay * 1000 },
      ...{ receiveCount: 0, firstReceivedAt: undefined, handle: undefined, deadLetterSource: undefined },
    });
  }

  /** Adds a message as it is, such as from the queue whose dead letters these are. */
  put(message: Message): Message {
    this.#hooks.keep(message);
    this.restore(message);
    return message;
  }

  /** Adds a message that was kept. */
  restore(message: Message): void {
    if (message.visibleAt > this.#clock.now()) this.#wait(message);
    else this.#return(message);
  }

  /** Up to `limit` messages, hidden from now on for the visibility timeout (seconds). */
  receive(limit: number, visibilityTimeout = this.settings.visibilityTimeout): Message[] {
    const now = this.#clock.now();
    const received: Message[] = [];
    while (received.length < limit) {
      const message = this.#next();
      if (!message) break;
      if (this.#expired(message)) {
        this.#hooks.forget(message.id);
        continue;
      }
      message.receiveCount += 1;
      message.firstReceivedAt ??= now;
      message.handle = Buffer.from(`${message.id}:${randomUUID()}`).toString("base64");
      message.visibleAt = now + visibilityTimeout * 1000;
      if (visibilityTimeout > 0) this.#wait(message);
      this.#hooks.keep(message);
      received.push(message);
    }
    // A timeout of nothing shows them again only now, or this very call would receive them twice.
    if (visibilityTimeout <= 0) for (const message of received) this.#return(message);
    return received;
  }

  /** Deletes by receipt; a handle of an earlier receipt, or of a message already gone, changes nothing. */
  delete(handle: string): void {
    const message = this.#byHandle(handle);
    if (message) this.remove(message.id);
  }

  remove(id: string): void {
    if (!this.#waiting.delete(id)) this.#hide(id);
    this.#settle();
    this.#hooks.forget(id);
  }

  /** False when the message of this receipt is not hidden any more. */
  changeVisibility(handle: string, seconds: number): boolean {
    const message = this.#byHandle(handle);
    if (!message || !this.#waiting.delete(message.id)) return false;
    message.visibleAt = this.#clock.now() + seconds * 1000;
    this.#hooks.keep(message);
    if (seconds > 0) this.#wait(message);
    else this.#return(message);
    return true;
  }

  purge(): void {
    for (const { id } of this.messages()) this.#hooks.forget(id);
    this.#ready.clear();
    this.#waiting.clear();
    this.#settle();
  }

  counts(): { visible: number; hidden: number; delayed: number } {
    let visible = 0;
    for (const messages of this.#ready.values()) {
      visible += messages.filter((message) => !this.#expired(message)).length;
    }
    const waiting = [...this.#waiting.values()];
    const delayed = waiting.filter((message) => message.handle === undefined).length;
    return { visible, hidden: waiting.length - delayed, delayed };
  }

  /** What can be received now. */
  available(): Message[] {
    return [...this.#ready.values()].flat();
  }

  messages(): Message[] {
    return [...this.available(), ...this.#waiting.values()];
  }

  /** Calls whenever there is something to receive; returns what stops it. */
  onReady(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  stop(): void {
    this.#wake?.cancel();
    this.#wake = undefined;
  }

  #next(): Message | undefined {
    const [turn] = this.#ready;
    if (!turn) return undefined;
    const [group, messages] = turn;
    const message = messages.shift();
    this.#ready.delete(group);
    if (messages.length > 0) this.#ready.set(group, messages);
    return message;
  }

  #hide(id: string): void {
    for (const [group, messages] of this.#ready) {
      const rest = messages.filter((message) => message.id !== id);
      if (rest.length === 0) this.#ready.delete(group);
      else if (rest.length < messages.length) this.#ready.set(group, rest);
    }
  }

  #show(message: Message): void {
    const group = message.group ?? "";
    const messages = this.#ready.get(group);
    if (messages) messages.push(message);
    else this.#ready.set(group, [message]);
    for (const listener of this.#listeners) listener();
  }

  /** Shows a message that was received and not deleted, unless it has been received too often. */
  #return(message: Message): void {
    this.#waiting.delete(message.id);
    const { redrive } = this.settings;
    if (redrive && message.receiveCount >= redrive.maxReceiveCount) {
      this.#hooks.forget(message.id);
      this.#hooks.bury(message);
    } else this.#show(message);
  }

  #wait(message: Message): void {
    this.#waiting.set(message.id, message);
    if (this.#wake && this.#wake.due <= message.visibleAt) return;
    this.#wake?.cancel();
    this.#arm(message.visibleAt);
  }

  #arm(due: number): void {
    this.#wake = {
      due,
      cancel: this.#clock.at(
        due,
        () => {
          this.#wake = undefined;
          this.#showDue();
        },
        `messages of the queue ${this.settings.name}`,
      ),
    };
  }

  #showDue(): void {
    const now = this.#clock.now();
    const due = [...this.#waiting.values()].filter((message) => message.visibleAt <= now);
    for (const message of due.sort((a, b) => a.visibleAt - b.visibleAt)) this.#return(message);
    let next = Number.POSITIVE_INFINITY;
    for (const message of this.#waiting.values()) next = Math.min(next, message.visibleAt);
    if (next !== Number.POSITIVE_INFINITY && !this.#wake) this.#arm(next);
  }

  /** A timer for messages that are gone would only make the clock stop at times when nothing happens. */
  #settle(): void {
    if (this.#waiting.size > 0) return;
    this.#wake?.cancel();
    this.#wake = undefined;
  }

  #byHandle(handle: string): Message | undefined {
    const id = Buffer.from(handle, "base64").toString("utf8").split(":")[0] ?? "";
    const message = this.#waiting.get(id) ?? [...this.#ready.values()].flat().find((one) => one.id === id);
    return message?.handle === handle ? message : undefined;
  }

  #expired(message: Message): boolean {
    return message.sentAt + this.settings.retention * 1000 <= this.#clock.now();
  }
}
