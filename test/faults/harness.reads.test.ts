import { BatchGetCommand, GetCommand, PutCommand, QueryCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { documents } from "../../core/store.ts";
import { addNaive, begin, openWorld } from "./world/naive.ts";
import { enterWorlds, type World } from "./world/world.ts";

let leave: () => void;
beforeAll(() => {
  leave = enterWorlds();
});
afterAll(() => leave());

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const lag = 3_000;

/** Runs code as a function of a world whose reads lag. */
async function inFunction(work: (world: World) => Promise<void>, { staleReads = lag, seed = 1 } = {}) {
  const world = await openWorld({ seed, unkind: { staleReads } });
  const done = { times: 0 };
  addNaive(world, {
    timeout: 900,
    work: async () => {
      await work(world);
      done.times += 1;
    },
  }).put("{}");
  await world.goOn(begin + 3_600_000);
  expect(done.times, world.trace.join("\n")).toBe(1);
}

const key = { business: "biz_one", id: "a" };
const item = (count: number, id = "a") => ({
  business: "biz_one",
  id,
  count,
  availableAt: `2026-11-24T${count}`,
});
const put = (one: object) => documents.send(new PutCommand({ TableName: "items", Item: one }));
const increase = () =>
  documents.send(
    new UpdateCommand({
      TableName: "items",
      Key: key,
      UpdateExpression: "ADD #count :one",
      ExpressionAttributeNames: { "#count": "count" },
      ExpressionAttributeValues: { ":one": 1 },
    }),
  );

/** Each way to read, and whether it may lag: how much of an item, or how many items, it finds. */
const reads: [string, boolean, () => Promise<number>][] = [
  ["GetItem", true, async () => (await get())?.count ?? 0],
  ["a consistent GetItem", false, async () => (await get(true))?.count ?? 0],
  ["BatchGetItem", true, async () => (await getMany()).length],
  ["a consistent BatchGetItem", false, async () => (await getMany(true)).length],
  ["Query", true, async () => (await query({})).length],
  ["a consistent Query", false, async () => (await query({ ConsistentRead: true })).length],
  ["Query of an index", true, async () => (await query({ IndexName: "byAvailable" })).length],
];

async function get(ConsistentRead = false) {
  const { Item } = await documents.send(new GetCommand({ TableName: "items", Key: key, ConsistentRead }));
  return Item;
}

async function getMany(ConsistentRead = false) {
  const RequestItems = { items: { Keys: [key], ConsistentRead } };
  const { Responses } = await documents.send(new BatchGetCommand({ RequestItems }));
  return Responses?.items ?? [];
}

async function query(more: { ConsistentRead?: boolean; IndexName?: string }) {
  const { Items = [] } = await documents.send(
    new QueryCommand({
      TableName: "items",
      KeyConditionExpression: "business = :business",
      ExpressionAttributeValues: { ":business": "biz_one" },
      ...more,
    }),
  );
  return Items;
}

describe("a function that reads what it has just written", () => {
  test.each(reads)("by %s may miss it: %s", async (_, mayLag, read) => {
    const found: number[] = [];
    for (let seed = 0; seed < 30; seed++) {
      await inFunction(
        async () => {
          await put(item(1));
          found.push(await read());
        },
        { seed },
      );
    }
    expect(found.includes(0)).toBe(mayLag);
    if (mayLag) expect(found.includes(1)).toBe(true);
  });

  test.each(reads)("finds it by %s some seconds later (it may lag: %s)", async (_, __, read) => {
    for (let seed = 0; seed < 10; seed++) {
      await inFunction(
        async () => {
          await put(item(1));
          await pause(lag);
          expect(await read()).toBe(1);
        },
        { seed },
      );
    }
  });

  test("finds it at once in a kind world", async () => {
    for (let seed = 0; seed < 10; seed++) {
      await inFunction(
        async () => {
          await put(item(1));
          for (const [name, , read] of reads) expect(await read(), name).toBe(1);
        },
        { staleReads: 0, seed },
      );
    }
  });

  test("and counts on from there, loses counts, where a condition or an addition would not", async () => {
    let careless = 0;
    await inFunction(async () => {
      await put(item(0));
      for (let time = 0; time < 20; time++) await put(item(((await get())?.count ?? 0) + 1));
      careless = (await get(true))?.count;
      await put(item(0));
      for (let time = 0; time < 20; time++) await increase();
      expect((await get(true))?.count).toBe(20);
    });
    expect(careless).toBeLessThan(20);
  });
});

test("what a read shows of an item is what it was at some time within the lag, and never out of order in one copy", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.nat(),
      fc.array(fc.integer({ min: 0, max: 2_000 }), { minLength: 3, maxLength: 20 }),
      async (seed, pauses) => {
        await inFunction(
          async (world) => {
            /** When each count was overwritten by the next. */
            const overwritten: number[] = [];
            await put(item(0));
            for (const milliseconds of pauses) {
              await increase();
              overwritten.push(world.timeline.now);
              await pause(milliseconds);
              const asked = world.timeline.now;
              const found = await get();
              // Before the first write has arrived there is nothing yet.
              if (!found) expect(asked - begin).toBeLessThan(lag + 1_000);
              else expect(overwritten[found.count] ?? asked).toBeGreaterThanOrEqual(asked - lag);
            }
          },
          { seed },
        );
      },
    ),
    { numRuns: 40 },
  );
});

test("what was there from the beginning is there for every read, and transactions see no lag", async () => {
  const world = await openWorld({ unkind: { staleReads: lag } });
  world.tables.load("items", [item(7)]);
  const found: number[] = [];
  addNaive(world, {
    work: async () => {
      for (let time = 0; time < 10; time++) found.push((await query({ IndexName: "byAvailable" })).length);
      await increase();
      // Only a condition on the item as it is now holds.
      await documents.send(
        new UpdateCommand({
          TableName: "items",
          Key: key,
          UpdateExpression: "SET #count = :nine",
          ConditionExpression: "#count = :eight",
          ExpressionAttributeNames: { "#count": "count" },
          ExpressionAttributeValues: { ":eight": 8, ":nine": 9 },
        }),
      );
    },
  }).put("{}");
  await world.goOn(begin + 3_600_000);
  expect(found).toEqual(Array.from({ length: 10 }, () => 1));
  expect((await get(true))?.count).toBe(9);
});
