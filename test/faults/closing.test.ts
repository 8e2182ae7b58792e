import { afterAll, beforeAll, expect, test, vi } from "vitest";
import * as books from "../../core/runs/books.ts";
import * as runs from "../../core/runs.ts";
import { fire } from "./world/acts.ts";
import { violations } from "./world/invariants.ts";
import type { Invocation } from "./world/invocations.ts";
import { openStory, scheduledAt, type Told } from "./world/story.ts";
import { enterWorlds } from "./world/world.ts";

vi.mock("../../core/ids.ts", async () => (await import("./world/few-shards.ts")).default);

let leave: () => void;
beforeAll(() => {
  leave = enterWorlds();
});
afterAll(() => leave());

const nine = Date.parse(scheduledAt);
const [minute, hour] = [60_000, 3_600_000];
const customers = 4_000;

/** A look at a run's books: from which page on it went through the selection, if it did. */
type Look = { by: Invocation; from?: string };

/**
 * A run to a million customers, scaled: one shard of twenty pages, of which settle-run reads at most fifteen within its
 * time limit. The answers to all mail of the last two pages are lost. `dies` is the call at which each further look stops
 * that begins within half an hour: those that go on at once, and those by which Lambda tries them again.
 */
async function closing({ dies = Number.POSITIVE_INFINITY } = {}): Promise<{ told: Told; looks: Look[] }> {
  const looks: Look[] = [];
  const told = await openStory({
    seed: 1,
    rate: 500,
    quota: -1,
    chaos: { duplicates: 0, lostEvents: 0 },
    faults: [],
    maxSteps: 60_000,
    acts: [],
    shards: 1,
    unkind: {
      loopDetection: true,
      // 300 seconds as deployed; each reading takes longer by as much in proportion.
      timeLimits: { "settle-run": 4 },
      slowCalls: [{ from: 0, until: 1_000_000, milliseconds: 200, point: "query", by: "settle-run" }],
    },
    shops: [{ customers, cap: {}, quietHours: undefined, mix: 0 }],
  });
  const { world } = told;
  world.ses.fate = () => 0.3;
  const lost = new Set<string>();
  let calls = { by: undefined as Invocation | undefined, made: 0 };
  world.tamper = (point, input, by) => {
    const batch: string = input.TransactItems?.[0]?.Put?.Item.batch ?? "";
    if (point === "receipt" && by.name === "deliver-sends" && batch >= "00#000019" && !lost.has(batch)) {
      lost.add(batch);
      throw new Error("The answer is lost");
    }
    if (by.name !== "settle-run") return input;
    if (looks.at(-1)?.by !== by) looks.push({ by });
    const look = looks.at(-1);
    if (look && input.TableName === "selections") look.from ??= input.ExpressionAttributeValues[":from"];
    const isEarly = by.startedAt < nine + 30 * minute && beginnings(looks).length >= 2;
    if (calls.by !== by) calls = { by, made: 0 };
    if (isEarly && calls.made++ === dies) by.finish({ how: "crashed" });
    return input;
  };
  const [shop] = told.shops;
  if (shop) fire(told, shop, { campaign: 0, at: nine });
  await world.goOn(nine + 2 * hour);
  return { told, looks };
}

/** From which page on each look through the selection began. */
const beginnings = (looks: readonly Look[]): string[] => looks.flatMap(({ from }) => from ?? []);

async function isClosed({ shops }: Told): Promise<void> {
  const business = shops[0]?.business.id ?? "biz_one";
  const [run] = (await runs.list(business, { limit: 1 })).items;
  expect(await books.read(business, run?.id ?? "run_none")).toMatchObject({
    selected: customers,
    accepted: customers,
    waiting: 0,
  });
  expect(run?.state).toBe("settled");
  // Before an operator finds the look that Lambda has given up.
  expect(Date.parse(run?.settledAt ?? "")).toBeLessThan(nine + 70 * minute);
}

test("a run that is too large for one look is closed: the next look goes on where the first ran out of time", async () => {
  const { told, looks } = await closing();

  await isClosed(told);
  expect(beginnings(looks)).toEqual(["00#", expect.stringMatching(/^00#00001\d$/)]);
  expect(await violations(told)).toEqual([]);
}, 600_000);

test.each([0, 3, 10])(
  "and so does the one that was scheduled first, when looks are stopped in the middle, at their call %i",
  async (dies) => {
    const { told, looks } = await closing({ dies });

    await isClosed(told);
    const [first, second, ...others] = beginnings(looks);
    expect(first).toBe("00#");
    expect(second).toMatch(/^00#00001\d$/);
    expect(others.length).toBeGreaterThanOrEqual(1);
    expect(new Set(others)).toEqual(new Set([second]));
    expect(await violations(told)).toEqual([]);
  },
  600_000,
);
