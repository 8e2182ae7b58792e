import { SQSClient } from "@aws-sdk/client-sqs";
import { forgetQuota } from "../../../core/ses.ts";
import { environmentName, type TableName, tables } from "../../../core/tables.ts";
import { Calls } from "./calls.ts";
import { Tables } from "./database.ts";
import { type Fault, FaultPlan } from "./faults.ts";
import { workersOf } from "./functions.ts";
import { current, type Ending, type Invocation } from "./invocations.ts";
import type { Input, Point } from "./points.ts";
import type { Queue } from "./queue.ts";
import { Scheduler } from "./scheduler.ts";
import { Ses } from "./ses.ts";
import { randomFrom, Timeline } from "./time.ts";

export type WorldPlan = {
  seed: number;
  /** SES's mails a second, and a day. */
  rate: number;
  quota: number;
  /** Shares of the messages and events, 0 to 1. */
  chaos: { duplicates: number; lostEvents: number };
  faults: readonly Fault[];
};

/** Changes the input of a call before it is made: how a test breaks the product on purpose. */
export type Tamper = (point: Point, input: Input) => Input | Promise<Input>;

const tablesOfAll = new Tables(() => World.here?.timeline.now ?? 0);

/**
 * Everything that Sapa has around it, in one process and in a time of its own: DynamoDB, SQS, Scheduler, SES and
 * the functions that they start. Each call that the product makes takes a moment, in which others go on; how
 * long, and what goes wrong, the plan and its seed decide.
 */
export class World {
  static here: World | undefined;

  readonly plan: WorldPlan;
  readonly timeline: Timeline;
  readonly random: () => number;
  readonly faults: FaultPlan;
  readonly ses = new Ses(this);
  readonly scheduler = new Scheduler(this);
  readonly calls = new Calls(this);
  readonly tables = tablesOfAll;
  readonly workers: Map<string, { timeout: number; run: (input: string) => Promise<unknown> }>;
  readonly queues: Record<"audience" | "sends" | "feedback", Queue>;
  readonly bus: { type: string; detail: Input }[] = [];
  /** What happened, for whoever has to understand a violation. */
  readonly trace: string[] = [];
  tamper: Tamper | undefined;
  /** Whether two businesses live in it. */
  isShared = false;
  #steps = 0;
  #repetitions = 0;
  #active = new Set<Invocation>();

  constructor(plan: WorldPlan, now: number) {
    this.plan = plan;
    this.timeline = new Timeline(now);
    this.random = randomFrom(plan.seed);
    this.faults = new FaultPlan(plan.faults);
    const { queues, workers } = workersOf(this);
    this.queues = queues;
    this.workers = workers;
  }

  /** An empty world, in force until the next one. */
  static async open(plan: WorldPlan, now: number): Promise<World> {
    forgetQuota();
    await tablesOfAll.clear();
    const world = new World(plan, now);
    World.here = world;
    return world;
  }

  /** Starts an invocation; `ended` is called once, however it ends. */
  invoke(
    { name, business, timeout }: Pick<Invocation, "name" | "business"> & { timeout: number },
    work: () => Promise<unknown>,
    ended: (ending: Ending) => void,
  ): void {
    const invocation: Invocation = {
      name,
      business,
      startedAt: this.timeline.now,
      dead: false,
      places: undefined,
      finish: (ending) => {
        if (invocation.dead) return;
        invocation.dead = true;
        this.#active.delete(invocation);
        this.note(`${name} ${ending.how}${ending.how === "failed" ? `: ${ending.error}` : ""}`);
        ended(ending);
      },
    };
    this.#active.add(invocation);
    this.note(`${name} begins`);
    this.timeline.after(timeout * 1000, () => invocation.finish({ how: "crashed" }));
    current.run(invocation, work).then(
      () => invocation.finish({ how: "answered" }),
      (error: unknown) => invocation.finish({ how: "failed", error }),
    );
  }

  /** How often the next thing is delivered: now and then twice, up to a few times in a world. */
  copies(): number {
    if (this.#repetitions >= mostRepetitions || this.random() >= this.plan.chaos.duplicates) return 1;
    this.#repetitions += 1;
    return 2;
  }

  /** Everything stands still for a while, as when AWS has an outage: what runs dies, what is due comes late. */
  jump(milliseconds: number): void {
    this.note(`the clock jumps by ${milliseconds / 60_000} minutes`);
    for (const invocation of [...this.#active]) invocation.finish({ how: "crashed" });
    this.timeline.now += milliseconds;
  }

  note(what: string): void {
    if (this.trace.length < 5_000) this.trace.push(`${new Date(this.timeline.now).toISOString()} ${what}`);
  }

  /** Lets the world go on until nothing is left to happen, or until an instant. */
  async goOn(until: number): Promise<void> {
    await settled();
    for (; !this.timeline.isEmpty && this.timeline.next <= until; this.#steps++) {
      if (this.#steps > mostSteps)
        throw new Error(`The world does not come to rest:\n${this.trace.slice(-60).join("\n")}`);
      this.timeline.step();
      await settled();
    }
  }
}

/** A message that waits is put back each quarter of an hour: doubled each time, it would fill the world. */
const mostRepetitions = 12;

/** A world that has not come to rest by then never will. */
const mostSteps = 30_000;

/** Lets all that waits for nothing run to its next call. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

const environment = {
  AWS_REGION: "us-east-1",
  POWERTOOLS_LOG_LEVEL: "SILENT",
  AUDIENCE_QUEUE_URL: "audience",
  SENDS_QUEUE_URL: "sends",
  FEEDBACK_QUEUE_URL: "feedback",
  SHARED_SUPPRESSIONS: "no",
  EVENT_BUS_NAME: "bus",
  SCHEDULE_GROUP_NAME: "sapa",
  SCHEDULE_ROLE_ARN: "role",
  SCHEDULE_DEAD_LETTER_ARN: "failed-events",
  START_RUN_ARN: "start-run",
  SETTLE_RUN_ARN: "settle-run",
  CONFIGURATION_SET_NAME: "sapa",
  KEYS_SECRET_ARN: "keys",
  PUBLIC_URL: "https://sapa.example",
};

/**
 * Puts the product into the world that is open: its AWS clients, its clock and its waiting. Nothing in the
 * product knows of it. Answers how to take it back.
 */
export function enterWorlds(): () => void {
  const names = Object.keys(tables) as TableName[];
  Object.assign(process.env, environment);
  Object.assign(process.env, Object.fromEntries(names.map((name) => [environmentName(name), name])));
  // All clients of the SDK, the document client too, send by one method of their base class.
  const base = Object.getPrototypeOf(SQSClient.prototype) as { send: (command: object) => Promise<Input> };
  const real = {
    send: base.send,
    setTimeout: globalThis.setTimeout,
    now: Date.now,
    random: Math.random,
    error: console.error,
  };
  const inside = () => (current.getStore() ? World.here : undefined);
  base.send = (command) => {
    if (!World.here) throw new Error("There is no world to send a command in");
    return World.here.calls.make(command);
  };
  const waiting = (happen: () => void, milliseconds = 0, ...rest: unknown[]) => {
    const world = inside();
    if (!world) return Reflect.apply(real.setTimeout, globalThis, [happen, milliseconds, ...rest]);
    world.timeline.after(milliseconds, happen);
    return undefined;
  };
  globalThis.setTimeout = Object.assign(waiting, real.setTimeout) as typeof setTimeout;
  Date.now = () => inside()?.timeline.now ?? real.now();
  Math.random = () => (inside()?.random ?? real.random)();
  console.error = (...what) => {
    const world = inside();
    if (world) world.note(what.join(" "));
    else real.error(...what);
  };
  return () => {
    console.error = real.error;
    base.send = real.send;
    globalThis.setTimeout = real.setTimeout;
    Date.now = real.now;
    Math.random = real.random;
    World.here = undefined;
  };
}
