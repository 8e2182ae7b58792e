import { SendMessageBatchCommand, SQSClient } from "@aws-sdk/client-sqs";
import type { Context, SQSEvent } from "aws-lambda";
import type { LambdaSettings, QueueSettings } from "./functions.ts";
import type { WorldPlan } from "./plan.ts";
import type { Queue } from "./queue.ts";
import { World } from "./world.ts";

/** A function that a test puts into a world: what it does with the bodies of its messages. */
export type Naive = Partial<LambdaSettings & Pick<QueueSettings, "batchSize" | "maxConcurrency">> & {
  name?: string;
  work: (body: string, context: Context) => Promise<unknown>;
};

/** When the worlds of these tests begin. */
export const begin = Date.parse("2026-11-24T02:00:00.000Z");

/** An empty world in which nothing goes wrong but what the plan says. */
export const openWorld = (plan: Partial<WorldPlan> = {}): Promise<World> =>
  World.open(
    { seed: 1, rate: 14, quota: -1, chaos: { duplicates: 0, lostEvents: 0 }, faults: [], ...plan },
    begin,
  );

/** Adds a queue, and a function of the same name that works it off without a thought of what might go wrong. */
export function addNaive(world: World, naive: Naive): Queue {
  const { name = "naive", work, batchSize = 1, maxConcurrency = 10, timeout = 30, ...settings } = naive;
  return world.addQueue(
    { name, worker: name, batchSize, maxConcurrency },
    {
      ...settings,
      deployedTimeout: timeout,
      timeout: world.unkind.timeLimits[name] ?? timeout,
      run: async (event, context) => {
        // What Scheduler and the bus bring is no batch of messages.
        const { Records = [{ body: JSON.stringify(event) }] } = event as SQSEvent;
        await Promise.all(Records.map(({ body }) => work(body, context)));
      },
    },
  );
}

const sqs = new SQSClient({});

/** Sends messages, and has no eye for those that SQS refuses. */
export const send = (queue: string, bodies: readonly string[], delaySeconds = 0): Promise<unknown> =>
  sqs.send(
    new SendMessageBatchCommand({
      QueueUrl: queue,
      Entries: bodies.map((MessageBody, index) => ({
        Id: String(index),
        MessageBody,
        DelaySeconds: delaySeconds,
      })),
    }),
  );
