import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { CreateScheduleCommand, SchedulerClient } from "@aws-sdk/client-scheduler";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Ending } from "./world/invocations.ts";
import { addNaive, begin, openWorld, send } from "./world/naive.ts";
import { enterWorlds, type World } from "./world/world.ts";

let leave: () => void;
beforeAll(() => {
  leave = enterWorlds();
});
afterAll(() => leave());

const hour = 3_600_000;
const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** A function that sends itself on, and counts how often it ran; `by` is how, by its own queue unless said. */
function repeating(world: World, naive: { recursiveLoop?: "allow" } = {}, by = () => send("naive", ["{}"])) {
  const ran = { times: 0 };
  const queue = addNaive(world, {
    ...naive,
    work: async () => {
      ran.times += 1;
      if (ran.times < 40) await by();
    },
  });
  return { queue, ran };
}

describe("a function that sends itself messages", () => {
  const unkind = { loopDetection: true };

  test("is stopped when it would run for the 17th time, and the message ends with the dead letters", async () => {
    const world = await openWorld({ unkind });
    const { queue, ran } = repeating(world);
    queue.put("{}");
    await world.goOn(begin + 6 * hour);

    expect(ran.times).toBe(16);
    expect(queue.dead).toMatchObject([{ receives: 10, chain: { naive: 16 } }]);
    expect(world.lambda.stopped).toEqual({ naive: 10 });
  });

  test("is stopped again after a redrive", async () => {
    const world = await openWorld({ unkind });
    const { queue, ran } = repeating(world);
    queue.put("{}");
    await world.goOn(begin + 6 * hour);
    queue.redrive();
    await world.goOn(begin + 12 * hour);

    expect(ran.times).toBe(16);
    expect(queue.died).toBe(2);
  });

  test("goes on where it is allowed to, and in a kind world", async () => {
    const allowed = await openWorld({ unkind });
    const first = repeating(allowed, { recursiveLoop: "allow" });
    first.queue.put("{}");
    await allowed.goOn(begin + hour);
    const kind = await openWorld();
    const second = repeating(kind);
    second.queue.put("{}");
    await kind.goOn(begin + hour);

    expect([first.ran.times, second.ran.times]).toEqual([40, 40]);
  });

  test("is counted by itself, whatever functions lie between", async () => {
    const world = await openWorld({ unkind });
    const between = { times: 0 };
    addNaive(world, {
      name: "between",
      work: async () => {
        between.times += 1;
        await send("naive", ["{}"]);
      },
    });
    const { queue, ran } = repeating(world, {}, () => send("between", ["{}"]));
    queue.put("{}");
    await world.goOn(begin + hour);

    expect([ran.times, between.times]).toEqual([16, 16]);
  });

  const scheduler = new SchedulerClient({});
  const timer = (target: string, world: World) =>
    scheduler.send(
      new CreateScheduleCommand({
        Name: `timer-${world.timeline.now}`,
        ScheduleExpression: `at(${new Date(world.timeline.now).toISOString().slice(0, 19)})`,
        FlexibleTimeWindow: { Mode: "OFF" },
        Target: { Arn: target, RoleArn: "role", Input: "{}" },
      }),
    );
  const bus = new EventBridgeClient({});
  const event = { DetailType: "erasure.requested", Detail: "{}", Source: "sapa" };

  test.each<[string, (world: World) => Promise<unknown>]>([
    ["a timer that puts a message on its queue", (world) => timer("naive", world)],
    ["a timer that invokes it", (world) => timer("erase-customers", world)],
    ["an event that wakes it", () => bus.send(new PutEventsCommand({ Entries: [event] }))],
  ])("begins a new chain by %s", async (_, by) => {
    const world = await openWorld({ unkind });
    const { queue, ran } = repeating(world, {}, () => by(world));
    const worker = world.workers.get("naive");
    if (worker) world.workers.set("erase-customers", worker);
    queue.put("{}");
    await world.goOn(begin + 3 * hour);

    expect(ran.times).toBe(40);
  });
});

describe("a function that takes its time", () => {
  test("is stopped at its limit, in the middle of what it does, when calls are slow", async () => {
    const slow = { from: 0, until: 1_000, milliseconds: 12_000, by: "naive" };
    const world = await openWorld({ unkind: { slowCalls: [slow] } });
    const [begun, done]: [number[], number[]] = [[], []];
    const queue = addNaive(world, {
      work: async () => {
        begun.push(world.timeline.now);
        for (let call = 0; call < 4; call++) await send("elsewhere", ["{}"]).catch(() => {});
        done.push(world.timeline.now);
      },
    });
    queue.put("{}");
    await world.goOn(begin + 2 * hour);

    // Four calls of 12 seconds do not fit into 30. Every 180 seconds the message is shown again.
    expect(begun).toHaveLength(7);
    expect(done).toHaveLength(1);
    expect(done[0]).toBeGreaterThan(begin + 1_000_000);
  });

  test("sees how much of it is left", async () => {
    const world = await openWorld();
    const left: number[] = [];
    addNaive(world, {
      work: async (_, context) => {
        for (const milliseconds of [0, 10_000, 15_000]) {
          await pause(milliseconds);
          left.push(context.getRemainingTimeInMillis());
        }
      },
    }).put("{}");
    await world.goOn(begin + hour);

    expect(left).toEqual([30_000, 20_000, 5_000]);
  });

  test("sees it scaled where its limit is, so that what it keeps in reserve is scaled too", async () => {
    const world = await openWorld({ unkind: { timeLimits: { naive: 3 } } });
    const left: number[] = [];
    const queue = addNaive(world, {
      work: async (_, context) => {
        for (;;) {
          left.push(context.getRemainingTimeInMillis());
          await pause(1_000);
        }
      },
    });
    queue.put("{}");
    await world.goOn(begin + 10_000);

    expect(left).toEqual([30_000, 20_000, 10_000]);
  });
});

describe("an account with few executions at once", () => {
  /** A function that takes a minute, and how many of it run at once at the most. */
  const busy = (world: World, settings: { reserved?: number; maxConcurrency?: number } = {}) => {
    const running = { now: 0, max: 0, ended: 0 };
    const queue = addNaive(world, {
      ...settings,
      timeout: 90,
      work: async () => {
        running.now += 1;
        running.max = Math.max(running.max, running.now);
        await pause(60_000);
        running.now -= 1;
        running.ended += 1;
      },
    });
    return { queue, running };
  };
  const ask = (world: World, name: string, endings: Ending[]) =>
    world.invoke(
      { name, business: "biz_one", request: "one-click" },
      async () => {},
      (ending) => {
        endings.push(ending);
      },
    );

  test("runs no more of them, and works off all the same what queues hold", async () => {
    const world = await openWorld({ unkind: { concurrency: 2 } });
    const { queue, running } = busy(world);
    for (let message = 0; message < 12; message++) queue.put("{}");
    await world.goOn(begin + 6 * hour);

    expect(running).toEqual({ now: 0, max: 2, ended: 12 });
    expect(world.lambda.throttled.naive).toBeGreaterThan(0);
  });

  test("answers 503 to people, and counts it", async () => {
    const world = await openWorld({ unkind: { concurrency: 2 } });
    const { queue } = busy(world);
    for (let message = 0; message < 2; message++) queue.put("{}");
    const endings: Ending[] = [];
    world.timeline.after(10_000, () => ask(world, "public-links", endings));
    world.timeline.after(100_000, () => ask(world, "public-links", endings));
    await world.goOn(begin + hour);

    expect(endings.map(({ how }) => how)).toEqual(["refused", "answered"]);
    expect(world.lambda.unavailable).toEqual([
      { name: "public-links", request: "one-click", at: begin + 10_000 },
    ]);
  });

  test("tries asynchronous invocations again, more and more seldom, until one is free", async () => {
    const world = await openWorld({ unkind: { concurrency: 2 } });
    const { queue, running } = busy(world);
    for (let message = 0; message < 2; message++) queue.put("{}");
    world.timeline.after(10_000, () => world.lambda.invokeLater("naive", "{}"));
    await world.goOn(begin + hour);

    expect(running).toEqual({ now: 0, max: 2, ended: 3 });
    // After 1, 2, 4, 8, 16 and 32 seconds.
    expect(world.lambda.throttled.naive).toBe(6);
  });

  test("keeps apart what is reserved for a function, which never gets more", async () => {
    const world = await openWorld({ unkind: { concurrency: 3 } });
    const { queue, running } = busy(world, { reserved: 2 });
    for (let message = 0; message < 6; message++) queue.put("{}");
    const endings: Ending[] = [];
    world.timeline.after(10_000, () => ask(world, "public-links", endings));
    await world.goOn(begin + 6 * hour);

    expect(running).toEqual({ now: 0, max: 2, ended: 6 });
    expect(endings.map(({ how }) => how)).toEqual(["answered"]);
  });

  test("is not asked for more by a queue than the queue may have", async () => {
    const world = await openWorld();
    const { queue, running } = busy(world, { maxConcurrency: 4 });
    for (let message = 0; message < 12; message++) queue.put("{}");
    await world.goOn(begin + hour);

    expect(running).toEqual({ now: 0, max: 4, ended: 12 });
    expect(world.lambda.throttled).toEqual({});
  });
});
