import type { Context } from "aws-lambda";
import type { EnvironmentName } from "../../../core/environment.ts";
import type { BusinessId } from "../../../core/ids.ts";
import { type Concurrency, concurrencyOf } from "../../../infra/concurrency.ts";
import { type FunctionName, functionSettings } from "../../../infra/functions.ts";
import { Queue } from "./queue.ts";
import type { World } from "./world.ts";

/** The functions that the world runs, by their entry files. One more is one more line. */
const entries: Partial<Record<FunctionName, () => Promise<{ handler: unknown }>>> = {
  "prepare-runs": () => import("../../../functions/prepare-runs.ts"),
  "release-batches": () => import("../../../functions/release-batches.ts"),
  "deliver-sends": () => import("../../../functions/deliver-sends.ts"),
  "record-feedback": () => import("../../../functions/record-feedback.ts"),
  "settle-run": () => import("../../../functions/settle-run.ts"),
  "erase-customers": () => import("../../../functions/erase-customers.ts"),
};

/** The queues: the variable that names each to the product, and the function behind it. One more is one more line. */
const queueSettings = {
  runs: { url: "RUNS_QUEUE_URL", worker: "prepare-runs", batchSize: 1, share: "prepareRuns" },
  sends: { url: "SENDS_QUEUE_URL", worker: "deliver-sends", batchSize: 1, share: "deliverSends" },
  feedback: { url: "FEEDBACK_QUEUE_URL", worker: "record-feedback", batchSize: 10, share: "recordFeedback" },
} as const satisfies Record<
  string,
  Omit<QueueSettings, "maxConcurrency"> & { share: Exclude<keyof Concurrency, "publicLinks"> }
>;
export type QueueName = keyof typeof queueSettings;
export type QueueSettings = {
  url: EnvironmentName;
  worker: FunctionName;
  batchSize: number;
  maxConcurrency: number;
};
export const queueNames = Object.keys(queueSettings) as QueueName[];
/** How a queue is worked off where the stack is deployed for so many executions at once; for ten, unless said. */
export function settingsOfQueue(name: QueueName, deployedFor?: number): QueueSettings {
  const { share, ...settings } = queueSettings[name];
  return { ...settings, maxConcurrency: concurrencyOf(deployedFor ?? newAccount)[share] };
}

/** What the stack is deployed for, unless it is told otherwise. */
const newAccount = 10;

/** What the product has Scheduler fire, a function or a queue, by the variable that holds its ARN. */
const targets: Partial<Record<EnvironmentName, FunctionName | QueueName>> = {
  RUNS_QUEUE_ARN: "runs",
  RELEASE_BATCHES_ARN: "release-batches",
  SETTLE_RUN_ARN: "settle-run",
};

/** Which function a rule of the product's event bus wakes, by the type of the event. */
export const rules: Readonly<Record<string, FunctionName>> = { "erasure.requested": "erase-customers" };

/** The queue that SES's events are brought to. */
export const sesEvents: QueueName = "feedback";

/** Executions that the stack sets apart for a function, and loops that it allows one. */
const lambdaSettings: Partial<Record<string, Pick<LambdaSettings, "reserved" | "recursiveLoop">>> = {
  "prepare-runs": { recursiveLoop: "allow" },
  "record-feedback": { recursiveLoop: "allow" },
};

export type LambdaSettings = {
  /** In seconds. */
  timeout: number;
  /** So many executions are set apart for the function, and it never has more. */
  reserved?: number;
  /** `allow`: it may run any number of times in one chain of requests. */
  recursiveLoop?: "allow" | "terminate";
};

/** How a function is deployed. All that the world knows of it comes from here. */
export const settingsOf = (name: string): LambdaSettings => ({
  timeout: functionSettings[name as FunctionName]?.timeout ?? 30,
  ...lambdaSettings[name],
});

/** The environment in which the product finds queues and targets: each by its name in the world. */
export const addresses: Record<string, string> = {
  ...Object.fromEntries(queueNames.map((name) => [queueSettings[name].url, name])),
  ...targets,
};

type Handler = (event: unknown, context: Context) => Promise<unknown>;

/** A function of the world: its entry file's handler, or whatever a test puts in its place. */
export type Worker = LambdaSettings & {
  /** What the stack says; `timeout` may be less in a scaled world. */
  deployedTimeout: number;
  run: Handler;
};

export const workerOf = (name: string, run: Handler, limit?: number): Worker => {
  const settings = settingsOf(name);
  return { ...settings, deployedTimeout: settings.timeout, timeout: limit ?? settings.timeout, run };
};

const handlers = new Map<string, Handler>();

/** Loads the entry files, once: their loggers are made as they load, in the environment of the world. */
export async function loadFunctions(): Promise<void> {
  for (const [name, load] of Object.entries(entries)) {
    if (!handlers.has(name)) handlers.set(name, (await load()).handler as Handler);
  }
}

export function deploy(world: World): { queues: Record<QueueName, Queue>; workers: Map<string, Worker> } {
  const limits = world.unkind.timeLimits;
  return {
    queues: Object.fromEntries(
      queueNames.map((name) => [
        name,
        new Queue(world, { name, ...settingsOfQueue(name, world.plan.deployedFor) }),
      ]),
    ) as Record<QueueName, Queue>,
    workers: new Map([...handlers].map(([name, run]) => [name, workerOf(name, run, limits[name])])),
  };
}

/** Whom a message or an event is about, if it is about one business. */
export function businessOf(given: unknown): BusinessId | undefined {
  const { business, judge, detail } = Object(given);
  return business ?? judge?.business ?? detail?.business ?? detail?.mail?.tags?.business?.[0];
}
