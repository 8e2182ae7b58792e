import type { Context } from "aws-lambda";
import type { BusinessId } from "../../../core/ids.ts";
import { functionNames } from "../../../infra/functions.ts";
import { businessOf, type LambdaSettings, settingsOf, type Worker } from "./functions.ts";
import { type Chain, current, type Ending, type Invocation } from "./invocations.ts";
import type { World } from "./world.ts";

type Start = {
  name: string;
  business: BusinessId | undefined;
  /** In seconds. */
  timeout: number;
  /** What led to it; nothing, if a request, a timer or an event did. */
  chain?: Chain;
};

/** How often an asynchronous invocation was tried so far. */
type Tries = { errors: number; throttles: number; since: number; redriven: number };

/**
 * Lambda: runs functions within the account's concurrency, stops what loops, and keeps asynchronous invocations
 * until they succeed.
 */
export class Lambda {
  /** How many invocations began, by function. */
  readonly begun: Record<string, number> = {};
  /** How often no execution was free, by function. */
  readonly throttled: Record<string, number> = {};
  /** How often an invocation was stopped since its chain of requests looped, by function. */
  readonly stopped: Record<string, number> = {};
  /** Requests of people and programs that were answered 503, since no execution was free. */
  readonly unavailable: { name: string; request: string; at: number }[] = [];
  /** How often an invocation ran out of tries and an operator had to start it again. */
  redriven = 0;
  readonly #world: World;
  readonly #active = new Set<Invocation>();
  readonly #running = new Map<string, number>();
  /** Functions that were throttled since one of them began. */
  readonly #heldUp = new Set<string>();

  constructor(world: World) {
    this.#world = world;
  }

  /**
   * Starts an invocation; `ended` is called once, however it ends. False when no execution was free: nothing happens
   * then.
   */
  invoke(
    { name, business, timeout, chain = {} }: Start,
    work: (invocation: Invocation) => Promise<unknown>,
    ended: (ending: Ending) => void,
  ): boolean {
    const { timeline } = this.#world;
    if (!this.#isFree(name)) {
      this.refuse(name);
      return false;
    }
    const invocation: Invocation = {
      name,
      business,
      startedAt: timeline.now,
      deadline: timeline.now + timeout * 1000,
      dead: false,
      places: undefined,
      chain: { ...chain, [name]: (chain[name] ?? 0) + 1 },
      finish: (ending) => {
        if (invocation.dead) return;
        invocation.dead = true;
        timeUp.cancelled = true;
        this.#active.delete(invocation);
        this.#count(name, -1);
        this.#world.note(`${name} ${ending.how}${ending.how === "failed" ? `: ${ending.error}` : ""}`);
        ended(ending);
      },
    };
    const timeUp = timeline.after(timeout * 1000, () => {
      this.#world.note(`${name} runs out of time`);
      invocation.finish({ how: "crashed" });
    });
    this.#heldUp.delete(name);
    this.begun[name] = (this.begun[name] ?? 0) + 1;
    this.#active.add(invocation);
    this.#count(name, 1);
    this.#world.note(`${name} begins`);
    current
      .run(invocation, () => work(invocation))
      .then(
        (answer) => invocation.finish({ how: "answered", answer }),
        (error: unknown) => invocation.finish({ how: "failed", error }),
      );
    return true;
  }

  /** Notes that an invocation was throttled. */
  refuse(name: string): void {
    this.throttled[name] = (this.throttled[name] ?? 0) + 1;
    if (!this.#heldUp.has(name)) this.#world.note(`${name} is throttled`);
    this.#heldUp.add(name);
  }

  /**
   * Whether one more invocation of a function in a chain would be one too many. "If your function is invoked
   * approximately 16 times in the same chain of requests, then Lambda automatically stops the next function
   * invocation in that request chain": each function is counted by itself, and what leads from one to the next is
   * SQS, SNS, S3 or a direct call. A timer, an event of EventBridge and a request begin a chain anew.
   * https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
   */
  isLoop(name: string, chain: Chain): boolean {
    if (!this.#world.unkind.loopDetection || this.#settingsOf(name).recursiveLoop === "allow") return false;
    if ((chain[name] ?? 0) < maxInvocations) return false;
    this.stopped[name] = (this.stopped[name] ?? 0) + 1;
    this.#world.note(`${name} is stopped: it has run ${chain[name]} times in this chain of requests`);
    return true;
  }

  /**
   * Invokes a function asynchronously. One that failed is tried twice more, after one and after two minutes; one
   * that found no execution free is tried again after a second, then more and more seldom, for six hours. Then it lies with the failed
   * events, and here an operator puts it back after an hour.
   * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
   */
  invokeLater(name: string, input: string, tries = this.#first()): void {
    const { timeline } = this.#world;
    const worker = this.#world.workers.get(name);
    if (!worker) throw new Error(`Nothing is called ${name}`);
    const event: unknown = JSON.parse(input);
    const again = (milliseconds: number, next: Tries) =>
      timeline.after(milliseconds, () => this.invokeLater(name, input, next));
    const giveUp = () => {
      this.redriven += 1;
      const redriven = tries.redriven + 1;
      if (redriven < maxRedriven)
        again(3_600_000, { ...this.#first(), since: timeline.now + 3_600_000, redriven });
    };
    const ended = ({ how }: Ending) => {
      if (how === "answered") return;
      if (tries.errors >= 2) giveUp();
      else again((tries.errors + 1) * 60_000, { ...tries, errors: tries.errors + 1 });
    };
    const start = { name, business: businessOf(event), timeout: worker.timeout };
    if (this.invoke(start, (invocation) => worker.run(event, this.contextOf(invocation, worker)), ended))
      return;
    if (timeline.now - tries.since > 6 * 3_600_000) giveUp();
    else again(Math.min(300_000, 1_000 * 2 ** tries.throttles), { ...tries, throttles: tries.throttles + 1 });
  }

  /** What a function sees of its invocation. In a scaled world its time limit seems to be the deployed one. */
  contextOf(invocation: Invocation, { timeout, deployedTimeout }: Worker): Context {
    const { timeline } = this.#world;
    const scale = deployedTimeout / timeout;
    return {
      functionName: invocation.name,
      awsRequestId: `request-${invocation.startedAt}`,
      getRemainingTimeInMillis: () => Math.max(0, (invocation.deadline - timeline.now) * scale),
    } as Context;
  }

  /** Stops everything that runs. */
  stopAll(): void {
    for (const invocation of [...this.#active]) invocation.finish({ how: "crashed" });
  }

  #first(): Tries {
    return { errors: 0, throttles: 0, since: this.#world.timeline.now, redriven: 0 };
  }

  /**
   * What is reserved for a function is taken from the others, and it never gets more; the others share what is left.
   * https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html
   */
  #isFree(name: string): boolean {
    const { reserved } = this.#settingsOf(name);
    if (reserved !== undefined) return (this.#running.get(name) ?? 0) < reserved;
    let { concurrency: free } = this.#world.unkind;
    if (free === Number.POSITIVE_INFINITY) return true;
    for (const one of new Set([...functionNames, ...this.#world.workers.keys(), ...this.#running.keys()])) {
      free -= this.#settingsOf(one).reserved ?? this.#running.get(one) ?? 0;
    }
    return free > 0;
  }

  #settingsOf(name: string): LambdaSettings {
    return this.#world.workers.get(name) ?? settingsOf(name);
  }

  #count(name: string, difference: 1 | -1): void {
    this.#running.set(name, (this.#running.get(name) ?? 0) + difference);
  }
}

/** The 17th invocation of a function in a chain is stopped. */
const maxInvocations = 16;

/** An operator gives up at some point. */
const maxRedriven = 10;
