import { SQSClient } from "@aws-sdk/client-sqs";
import type { BusinessId } from "../../../core/ids.ts";
import { forgetQuota } from "../../../core/ses.ts";
import { environmentName, type TableName, tables } from "../../../core/tables.ts";
import { Calls } from "./calls.ts";
import { rule } from "./clock.ts";
import { Tables } from "./database.ts";
import { FaultPlan } from "./faults.ts";
import { addresses, deploy, loadFunctions, type QueueName, settingsOf, type Worker } from "./functions.ts";
import { current, type Ending, type Invocation } from "./invocations.ts";
import { Lambda } from "./lambda.ts";
import { kind, type Unkindness, type WorldPlan } from "./plan.ts";
import type { Input, Point } from "./points.ts";
import { Queue, type QueueOptions } from "./queue.ts";
import { Scheduler } from "./scheduler.ts";
import type { Client } from "./sdk.ts";
import { Ses } from "./ses.ts";
import { randomFrom, Timeline } from "./time.ts";

/** Changes the input of a call before it is made: how a test breaks the product on purpose. */
export type Tamper = (point: Point, input: Input, by: Invocation) => Input | Promise<Input>;

type Asking = { name: string; business: BusinessId; request?: string; timeout?: number };

const tablesOfAll = new Tables(() => World.here?.timeline.now ?? 0);

/**
 * Everything that Sapa has around it, in one process and in a time of its own: DynamoDB, SQS, Scheduler, SES and
 * the functions that they start. Each call that the product makes takes a moment, in which others go on; how
 * long, and what goes wrong, the plan and its seed decide.
 */
export class World {
  static here: World | undefined;

  readonly plan: WorldPlan;
  readonly unkind: Unkindness;
  /** Epoch milliseconds. */
  readonly beganAt: number;
  readonly timeline: Timeline;
  readonly random: () => number;
  readonly faults: FaultPlan;
  readonly ses = new Ses(this);
  readonly scheduler = new Scheduler(this);
  readonly lambda = new Lambda(this);
  readonly calls = new Calls(this);
  readonly tables = tablesOfAll;
  readonly workers: Map<string, Worker>;
  readonly queues: Record<QueueName, Queue>;
  readonly bus: { type: string; detail: Input }[] = [];
  tamper: Tamper | undefined;
  /** Whether more than one business lives in it. */
  isShared = false;
  readonly #notes: { at: number; what: string }[] = [];
  readonly #added = new Map<string, Queue>();
  #steps = 0;
  #repetitions = 0;

  constructor(plan: WorldPlan, now: number) {
    this.plan = plan;
    this.unkind = { ...kind, ...plan.unkind };
    this.beganAt = now;
    this.timeline = new Timeline(now);
    this.random = randomFrom(plan.seed);
    this.faults = new FaultPlan(plan.faults);
    const { queues, workers } = deploy(this);
    this.queues = queues;
    this.workers = workers;
  }

  /** An empty world, in force until the next one. */
  static async open(plan: WorldPlan, now: number): Promise<World> {
    forgetQuota();
    await loadFunctions();
    const world = new World(plan, now);
    await tablesOfAll.clear(now, { lag: world.unkind.staleReads, random: world.random });
    World.here = world;
    return world;
  }

  /** Seconds since it began. */
  get second(): number {
    return this.secondOf(this.timeline.now);
  }

  secondOf(at: number): number {
    return (at - this.beganAt) / 1000;
  }

  /** The queue with a URL or an ARN, which here is its name. */
  queueAt(name: string): Queue | undefined {
    return this.#added.get(name) ?? this.queues[name as QueueName];
  }

  /** Adds a queue that no deployed function has, with what works it off. */
  addQueue(options: QueueOptions, worker: Worker): Queue {
    const queue = new Queue(this, options);
    this.workers.set(options.worker, worker);
    this.#added.set(options.name, queue);
    return queue;
  }

  /**
   * Makes a request that somebody waits for; `ended` is called once, however it ends. Where no execution is free API
   * Gateway answers 503, which is noted under the name of the request.
   */
  invoke(
    { name, business, request = "", timeout = settingsOf(name).timeout }: Asking,
    work: () => Promise<unknown>,
    ended: (ending: Ending) => void,
  ): void {
    if (this.lambda.invoke({ name, business, timeout }, work, ended)) return;
    this.lambda.unavailable.push({ name, request, at: this.timeline.now });
    ended({ how: "refused" });
  }

  /** How often the next thing is delivered: now and then twice, up to a few times in a world. */
  copies(): number {
    if (this.#repetitions >= maxRepetitions || this.random() >= this.plan.chaos.duplicates) return 1;
    this.#repetitions += 1;
    return 2;
  }

  /** Everything stands still for a while, as when AWS has an outage: what runs dies, what is due comes late. */
  jump(milliseconds: number): void {
    this.note(`the clock jumps by ${milliseconds / 60_000} minutes`);
    this.lambda.stopAll();
    this.timeline.now += milliseconds;
  }

  note(what: string): void {
    if (this.#notes.length < 5_000) this.#notes.push({ at: this.timeline.now, what });
  }

  /** What happened, for whoever has to understand a violation. */
  get trace(): string[] {
    return this.#notes.map(({ at, what }) => `${new Date(at).toISOString()} ${what}`);
  }

  /** Lets the world go on until nothing is left to happen, or until an instant. */
  async goOn(until: number): Promise<void> {
    const { maxSteps = 30_000 } = this.plan;
    await settled();
    for (; !this.timeline.isEmpty && this.timeline.next <= until; this.#steps++) {
      if (this.#steps > maxSteps)
        throw new Error(`The world does not come to rest:\n${this.trace.slice(-60).join("\n")}`);
      this.timeline.step();
      await settled();
    }
  }
}

/** A message that waits is put back each quarter of an hour: doubled each time, it would fill the world. */
const maxRepetitions = 12;

/** Lets all that waits for nothing run to its next call. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

const environment = {
  AWS_REGION: "us-east-1",
  // Loggers write to the console, which notes what they say, and nothing is counted for CloudWatch.
  POWERTOOLS_DEV: "true",
  POWERTOOLS_LOG_LEVEL: "ERROR",
  ...addresses,
  SHARED_SUPPRESSIONS: "no",
  EVENT_BUS_NAME: "bus",
  SCHEDULE_GROUP_NAME: "sapa",
  SCHEDULE_ROLE_ARN: "role",
  SCHEDULE_DEAD_LETTER_ARN: "failed-events",
  CONFIGURATION_SET_NAME: "sapa",
  KEYS_SECRET_ARN: "keys",
  PUBLIC_URL: "https://sapa.example",
};

/**
 * Puts the product into the world that is open: its AWS clients, its clock and its waiting. Nothing in the
 * product knows of it. Returns how to take it back.
 */
export function enterWorlds(): () => void {
  const names = Object.keys(tables) as TableName[];
  Object.assign(process.env, environment);
  Object.assign(process.env, Object.fromEntries(names.map((name) => [environmentName(name), name])));
  // All clients of the SDK, the document client too, send by one method of their base class.
  const base = Object.getPrototypeOf(SQSClient.prototype) as {
    send: (this: Client, command: object) => Promise<Input>;
  };
  const real = { send: base.send, error: console.error };
  base.send = function send(command) {
    if (!World.here) throw new Error("There is no world to send a command in");
    return World.here.calls.make(command, this);
  };
  console.error = (...what) => {
    const world = current.getStore() ? World.here : undefined;
    if (world) world.note(what.map((part) => (typeof part === "string" ? logged(part) : part)).join(" "));
    else real.error(...what);
  };
  const leaveTime = rule(() => World.here);
  return () => {
    leaveTime();
    console.error = real.error;
    base.send = real.send;
    World.here = undefined;
  };
}

/** What a line of the product's log comes to. */
function logged(line: string): string {
  try {
    const { message, fault } = JSON.parse(line);
    return `${message}: ${fault?.name} ${fault?.message}`;
  } catch {
    return line;
  }
}
