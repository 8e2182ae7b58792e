import { SendMessageBatchCommand, SQSClient } from "@aws-sdk/client-sqs";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { addNaive, begin, openWorld, send } from "./world/naive.ts";
import type { Unkindness } from "./world/plan.ts";
import { enterWorlds, type World } from "./world/world.ts";

let leave: () => void;
beforeAll(() => {
  leave = enterWorlds();
});
afterAll(() => leave());

const hour = 3_600_000;
const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** A world in which record-feedback, behind its queue, only notes when it was given which messages. */
async function openNoting(unkind: Partial<Unkindness>): Promise<{ world: World; given: number[] }> {
  const world = await openWorld({ unkind });
  const given: number[] = [];
  const worker = world.workers.get("record-feedback");
  if (worker) {
    worker.run = async () => {
      given.push(world.timeline.now - begin);
    };
  }
  return { world, given };
}

describe("a queue from which nothing gets through", () => {
  test("has Lambda receive in vain while it is throttled, and each receive counts", async () => {
    const trouble = { queue: "feedback" as const, how: "throttled" as const };
    const { world, given } = await openNoting({ queues: [{ ...trouble, from: 0, until: 3 * 3_600 }] });
    world.queues.feedback.put("{}");
    await world.goOn(begin + 4 * hour);

    // Ten receives, each until the visibility timeout of 360 seconds was over.
    expect(given).toEqual([]);
    expect(world.queues.feedback.dead).toMatchObject([{ receives: 10 }]);
    expect(world.lambda.throttled["record-feedback"]).toBeGreaterThan(50);
  });

  test("brings what was received soon after it is throttled no more", async () => {
    const trouble = { queue: "feedback" as const, how: "throttled" as const };
    const { world, given } = await openNoting({ queues: [{ ...trouble, from: 0, until: 600 }] });
    world.queues.feedback.put("{}");
    await world.goOn(begin + hour);

    expect(given).toHaveLength(1);
    expect(given[0]).toBeGreaterThan(600_000);
    expect(given[0]).toBeLessThan(730_000);
  });

  test("counts nothing while SQS hands nothing out", async () => {
    const trouble = { queue: "feedback" as const, how: "silent" as const };
    const { world, given } = await openNoting({ queues: [{ ...trouble, from: 0, until: 5 * 3_600 }] });
    world.queues.feedback.put("{}");
    await world.goOn(begin + 6 * hour);

    expect(given).toEqual([5 * hour]);
    expect(world.lambda.throttled).toEqual({});
  });

  test("may give out a message a second time that was held up for long and is still worked on", async () => {
    const world = await openWorld({ unkind: { concurrency: 1 } });
    const runs: [number, number][] = [];
    const work = async () => {
      const started = world.timeline.now;
      await pause(80_000);
      runs.push([started, world.timeline.now]);
    };
    // Another function has the only execution for most of the message's visibility timeout, 540 seconds.
    const other = addNaive(world, { name: "other", timeout: 900, work: () => pause(470_000) });
    const queue = addNaive(world, { timeout: 90, work });
    other.put("{}");
    world.timeline.after(1_000, () => queue.put("{}"));
    world.timeline.after(500_000, () => {
      world.unkind.concurrency = 10;
    });
    await world.goOn(begin + hour);

    expect(runs).toHaveLength(2);
    const [first, second] = runs;
    expect(second?.[0]).toBeLessThan(first?.[1] ?? 0);
    expect(queue.died).toBe(0);
  });
});

describe("SendMessageBatch", () => {
  test("loses messages of those who do not look at what was refused", async () => {
    const world = await openWorld({ unkind: { refusedMessages: [{ from: 0, until: 60, share: 0.5 }] } });
    const worked: string[] = [];
    addNaive(world, {
      work: async (body) => {
        worked.push(body);
      },
    });
    const bodies = Array.from({ length: 10 }, (_, index) => `{"at":${index}}`);
    await send("naive", bodies);
    await world.goOn(begin + 60_000);
    expect(worked.length).toBeLessThan(10);
    expect(worked.length).toBeGreaterThan(0);

    worked.length = 0;
    world.timeline.after(60_000, () => void send("naive", bodies));
    await world.goOn(begin + hour);
    expect(worked.toSorted()).toEqual(bodies);
  });

  test.each([
    ["no entry", [], "EmptyBatchRequest"],
    ["eleven", Array.from({ length: 11 }, (_, at) => ({ Id: String(at) })), "TooManyEntriesInBatchRequest"],
    ["two of one id", [{ Id: "a" }, { Id: "a" }], "BatchEntryIdsNotDistinct"],
    ["more than 1 MiB", [{ Id: "a", MessageBody: "x".repeat(1_048_577) }], "BatchRequestTooLong"],
    ["a delay of an hour", [{ Id: "a", DelaySeconds: 3_600 }], "InvalidParameterValue"],
  ])("refuses %s", async (_, entries, name) => {
    const world = await openWorld();
    addNaive(world, { work: async () => {} });
    const Entries = entries.map((entry: { Id: string }) => ({ MessageBody: "{}", ...entry }));
    const sent = new SQSClient({}).send(new SendMessageBatchCommand({ QueueUrl: "naive", Entries }));
    await expect(sent).rejects.toMatchObject({ name });
  });
});

test("whatever is put on a queue is worked off, or lies with the dead letters, once each where nothing is doubled", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.nat(),
      fc.array(fc.record({ fails: fc.nat(12), delay: fc.nat(900) }), { maxLength: 30 }),
      fc.record({
        batchSize: fc.integer({ min: 1, max: 10 }),
        maxConcurrency: fc.integer({ min: 1, max: 5 }),
      }),
      fc.constantFrom(1, 2, Number.POSITIVE_INFINITY),
      async (seed, messages, settings, concurrency) => {
        const world = await openWorld({ seed, unkind: { concurrency } });
        const [tried, done] = [new Map<string, number>(), [] as string[]];
        const queue = addNaive(world, {
          ...settings,
          work: async (body) => {
            tried.set(body, (tried.get(body) ?? 0) + 1);
            const { at } = JSON.parse(body);
            await pause(10);
            if ((tried.get(body) ?? 0) <= (messages[at]?.fails ?? 0)) throw new Error("It fails");
            done.push(body);
          },
        });
        // A batch of which one fails is tried again as a whole: whatever failed is worked off at the latest with it.
        for (const [at, { delay }] of messages.entries()) queue.put(JSON.stringify({ at }), delay);
        await world.goOn(begin + 100 * hour);
        const ended = new Set([...done, ...queue.dead.map(({ body }) => body)]);
        expect(ended.size).toBe(messages.length);
        expect(queue.died).toBe(queue.dead.length);
        for (const { receives } of queue.dead) expect(receives).toBe(10);
      },
    ),
    { numRuns: 50 },
  );
});
