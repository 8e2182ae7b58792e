import { randomUUID } from "node:crypto";
import type { Host } from "../contract.ts";
import type { Records } from "../journal.ts";
import { actionOn } from "../services/target-delivery.ts";
import { Throttled } from "./concurrency.ts";

/** How an event that nobody waits for is tried again, and where it goes in the end. */
export type Settings = { retries: number; maxAgeSeconds: number; onFailure?: string | undefined };

/** An event in Lambda's own queue; times are epoch milliseconds. */
type Pending = {
  function: string;
  /** JSON. */
  payload: string;
  first: number;
  due: number;
  failures: number;
  throttles: number;
};

/** Lambda keeps an event for six hours unless it is told otherwise. */
export const defaultMaxAgeSeconds = 21_600;

type Options = {
  settingsOf: (functionName: string) => Settings;
  /** Runs the function once; every attempt of an event has the same request id. */
  run: (functionName: string, event: unknown, requestId: string) => Promise<unknown>;
  records: Records<Pending>;
};

/**
 * Events that nobody waits for. What a function throws is tried twice more, after one minute and two; while it is
 * throttled it is tried again after a second, then twice as long each time up to five minutes, for six hours. An event
 * survives the host: that the host was killed is no fault of the function, so it is tried again at once.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
 */
export class AsynchronousInvocations {
  readonly #host: Host;
  readonly #options: Options;
  #stopped = false;

  constructor(host: Host, options: Options) {
    this.#host = host;
    this.#options = options;
  }

  /** Takes an event; what becomes of it is Lambda's own affair from here. */
  begin(functionName: string, payload: string): void {
    const now = this.#host.clock.now();
    const pending = { function: functionName, payload, first: now, due: now, failures: 0, throttles: 0 };
    const id = randomUUID();
    this.#options.records.put(id, pending);
    void this.#host.busy(this.#attempt(id, pending));
  }

  /** Goes on with what an earlier host had taken. */
  resume(): void {
    for (const [id, pending] of this.#options.records.take()) this.#plan(id, pending);
  }

  /** What is under way from now on is left for the next host. */
  stop(): void {
    this.#stopped = true;
  }

  #plan(id: string, pending: Pending): void {
    this.#host.clock.at(pending.due, () => this.#attempt(id, pending), `retry of ${pending.function}`);
  }

  async #attempt(id: string, pending: Pending): Promise<void> {
    try {
      await this.#host.busy(this.#options.run(pending.function, JSON.parse(pending.payload), id));
    } catch (error) {
      if (this.#stopped) return;
      const next = this.#after(pending, error);
      if (next) {
        this.#options.records.put(id, next);
        this.#plan(id, next);
        return;
      }
      this.#options.records.delete(id);
      return this.#giveUp(pending);
    }
    this.#options.records.delete(id);
  }

  async #giveUp(pending: Pending): Promise<void> {
    const { onFailure } = this.#options.settingsOf(pending.function);
    if (!onFailure) return;
    this.#host.allow({ function: pending.function }, actionOn(onFailure), onFailure);
    await this.#host.deliver(onFailure, pending.payload);
  }

  /** The next attempt, unless there were enough or the event is too old by then. */
  #after(pending: Pending, error: unknown): Pending | undefined {
    const { retries, maxAgeSeconds } = this.#options.settingsOf(pending.function);
    const isThrottled = error instanceof Throttled;
    const failures = pending.failures + (isThrottled ? 0 : 1);
    const throttles = pending.throttles + (isThrottled ? 1 : 0);
    if (failures > retries) return undefined;
    const wait = isThrottled ? Math.min(1000 * 2 ** (throttles - 1), 300_000) : 60_000 * failures;
    const due = this.#host.clock.now() + wait;
    if (due > pending.first + maxAgeSeconds * 1000) return undefined;
    return { ...pending, due, failures, throttles };
  }
}
