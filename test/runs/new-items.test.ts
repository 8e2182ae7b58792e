import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Business } from "../../core/businesses.ts";
import type { Campaign } from "../../core/campaigns.ts";
import { newId, runIdOf } from "../../core/ids.ts";
import * as items from "../../core/items.ts";
import { newItemsOf } from "../../core/runs/new-items.ts";
import * as runs from "../../core/runs.ts";
import { addSeconds, type Instant } from "../../core/time.ts";
import { useBus } from "../support/bus.ts";
import { useDatabase } from "../support/database.ts";
import { aBusiness } from "../support/shop.ts";

useDatabase();
useBus();

const day = 86_400;
const begin = "2026-03-01T00:00:00.000Z";
const details = { name: "Latte", category: "Kopi", price: { amount: 2_500_000, currency: "IDR" as const } };
type NewItemsCampaign = Extract<Campaign, { kind: "new-items" }>;

const campaignOf = (business: Business, firstRunDays: number): NewItemsCampaign => ({
  id: newId("cam"),
  business: business.id,
  kind: "new-items",
  name: "What is new",
  items: 5,
  firstRunDays,
  template: "new-items",
  topic: "news",
  schedule: { every: "day", at: "09:00" },
  state: "active",
  createdAt: begin,
  updatedAt: begin,
  version: 1,
});

/** Fires a campaign: the items that it announces, and the campaign as it is afterwards. */
async function fire(campaign: NewItemsCampaign, at: Instant) {
  const occasion = await newItemsOf(campaign, at);
  const { id, business } = campaign;
  const run: runs.Run = {
    id: runIdOf(id, at),
    business,
    campaign: id,
    campaignName: "What is new",
    trigger: "schedule",
    scheduledAt: at,
    state: "settled",
    topic: "news",
    occasion,
    template: { id: "new-items", version: 1 },
    mailTemplates: {},
    attributes: [],
    watermark: at,
    startedAt: at,
  };
  expect(await runs.insert(run)).toBe(true);
  const announced = occasion.items.map((item) => item.id);
  return { announced, occasion, campaign: { ...campaign, watermark: at, lastRun: run.id } };
}

type Step = { pass: number } & (
  | { kind: "save"; item: string; daysBack: number; inStock: boolean | undefined }
  | { kind: "sold-out" | "back"; item: string }
  | { kind: "remove"; item: string }
  | { kind: "run" }
);
const item = fc.constantFrom("a", "b", "c");
const pass = fc.oneof(
  fc.integer({ min: 1, max: 60 }),
  fc.integer({ min: 1, max: 3_600 }),
  fc.integer({ min: 1, max: 9 * day }),
);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("save" as const),
      pass,
      item,
      daysBack: fc.constantFrom(0, 0, 1, 20, 40, 100),
      inStock: fc.constantFrom(undefined, true, false),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("sold-out" as const), pass, item }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("back" as const), pass, item }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("remove" as const), pass, item }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("run" as const), pass }) },
);

/** What the rules say, told once more: an item waits to be announced from when it is new or has come back. */
type Told = {
  since: Instant;
  addedAt: Instant;
  isBack: boolean;
  soldOut: Instant | undefined;
  waits: boolean;
};

describe("whatever is saved, sold out, brought back and removed when", () => {
  test("a run announces exactly the new items and those that are back, each once", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 5, maxLength: 25, size: "max" }),
        fc.constantFrom(1, 30, 90),
        async (steps, firstRunDays) => {
          const business = aBusiness();
          let campaign = campaignOf(business, firstRunDays);
          const told = new Map<string, Told>();
          let now = begin;
          for (const one of steps) {
            now = addSeconds(now, one.pass);
            if (one.kind !== "run") {
              await carryOut(business, one, now);
              tellAgain(told, one, now);
              continue;
            }
            const isFirst = campaign.lastRun === undefined;
            const wanted = [...told].filter(([, { since, addedAt, isBack, waits }]) => {
              if (!waits || (isFirst && since <= addSeconds(now, -firstRunDays * day))) return false;
              return isBack || addedAt > addSeconds(since, -firstRunDays * day);
            });
            const fired = await fire(campaign, now);
            expect(fired.announced.sort()).toEqual(
              wanted.flatMap(([id, { soldOut }]) => (soldOut ? [] : [id])).sort(),
            );
            // Only what is wanted and sold out waits for the next run.
            const waiting = new Set(wanted.flatMap(([id, { soldOut }]) => (soldOut ? [id] : [])));
            for (const [id, known] of told) told.set(id, { ...known, waits: waiting.has(id) });
            campaign = fired.campaign;
          }
        },
      ),
      { numRuns: 60 },
    );
  }, 120_000);
});

async function carryOut(business: Business, one: Exclude<Step, { kind: "run" }>, now: Instant) {
  if (one.kind === "remove") return items.remove(business.id, one.item);
  if (one.kind === "save") {
    const { item: id, daysBack, inStock } = one;
    const isThere = (await items.find(business.id, id)) !== undefined;
    const addedAt = daysBack && !isThere ? { addedAt: addSeconds(now, -daysBack * day) } : {};
    return items.put(
      business,
      { ...details, id, ...addedAt, ...(inStock !== undefined && { inStock }) },
      now,
    );
  }
  if (!(await items.find(business.id, one.item))) return undefined;
  return one.kind === "back"
    ? items.backInStock(business.id, one.item, now)
    : items.soldOut(business.id, one.item, now);
}

function tellAgain(told: Map<string, Told>, one: Exclude<Step, { kind: "run" }>, now: Instant): void {
  const before = told.get(one.item);
  if (one.kind === "remove") return void told.delete(one.item);
  if (!before && one.kind !== "save") return;
  const daysBack = one.kind === "save" ? one.daysBack : 0;
  const addedAt = before?.addedAt ?? addSeconds(now, -daysBack * day);
  const stock = one.kind === "save" ? one.inStock : one.kind === "back";
  const inStock = stock ?? !before?.soldOut;
  const isBack = before?.soldOut !== undefined && inStock && addSeconds(before.soldOut, 7 * day) <= now;
  const soldOut = inStock ? undefined : (before?.soldOut ?? now);
  told.set(one.item, {
    since: isBack || !before ? now : before.since,
    addedAt,
    isBack: isBack || (before?.isBack ?? false),
    soldOut,
    waits: isBack || !before || before.waits,
  });
}

describe("an item that is sold out and brought back each day", () => {
  test("is announced once, whether it is there or not when the campaign fires", async () => {
    for (const isThereAtNoon of [true, false]) {
      const business = aBusiness();
      let campaign = campaignOf(business, 30);
      await items.put(business, { ...details, id: "bread" }, begin);
      let times = 0;
      for (let number = 0; number < 20; number++) {
        const at = (hour: number) => addSeconds(begin, number * day + hour * 3_600);
        const [soldOut, back] = isThereAtNoon ? [15, 6] : [11, 13];
        if (isThereAtNoon) await items.backInStock(business.id, "bread", at(back));
        else await items.soldOut(business.id, "bread", at(soldOut));
        // Once in twenty days it is there at noon by chance.
        if (!isThereAtNoon && number === 15) await items.backInStock(business.id, "bread", at(11.5));
        const fired = await fire(campaign, at(12));
        times += fired.announced.length;
        campaign = fired.campaign;
        if (isThereAtNoon) await items.soldOut(business.id, "bread", at(soldOut));
        else await items.backInStock(business.id, "bread", at(back));
      }
      expect(times).toBe(1);
    }
  });
});

describe("two runs right after one another", () => {
  test("announce an item once, and what was being saved while the first one looked by the second", async () => {
    const business = aBusiness();
    await items.put(business, { ...details, id: "early" }, begin);
    const first = await fire(campaignOf(business, 30), addSeconds(begin, 60));
    expect(first.announced).toEqual(["early"]);
    // Its request began before the first run, and its item was written only after it.
    await items.put(business, { ...details, id: "slow" }, addSeconds(begin, 59));
    const second = await fire(first.campaign, addSeconds(begin, 120));
    expect(second.announced).toEqual(["slow"]);
    const third = await fire(second.campaign, addSeconds(begin, 180));
    expect(third.announced).toEqual([]);
    expect((await fire(third.campaign, addSeconds(begin, 2 * day))).occasion).toMatchObject({
      items: [],
      leftOut: [],
      seen: [],
    });
  });

  test("announce an item again that was removed and saved anew in between", async () => {
    const business = aBusiness();
    await items.put(business, { ...details, id: "again" }, begin);
    const first = await fire(campaignOf(business, 30), addSeconds(begin, 60));
    await items.remove(business.id, "again");
    await items.put(business, { ...details, id: "again" }, addSeconds(begin, 70));
    expect((await fire(first.campaign, addSeconds(begin, 120))).announced).toEqual(["again"]);
  });

  test("don't announce what was sold out at the first and has been dated back since", async () => {
    const business = aBusiness();
    await items.put(business, { ...details, id: "wrong", inStock: false }, begin);
    const first = await fire(campaignOf(business, 30), addSeconds(begin, 60));
    expect(first.occasion.leftOut).toEqual(["wrong"]);
    const corrected = { ...details, id: "wrong", addedAt: addSeconds(begin, -60 * day), inStock: true };
    await items.put(business, corrected, addSeconds(begin, 70));
    expect((await fire(first.campaign, addSeconds(begin, 120))).announced).toEqual([]);
  });
});

test("of the items that were sold out a hundred are remembered, and a run announces a hundred at most", async () => {
  const business = aBusiness();
  for (let number = 0; number < 130; number++) {
    await items.put(business, { ...details, id: `i${number}`, inStock: number % 2 === 0 }, begin);
    await items.put(business, { ...details, id: `s${number}`, inStock: false }, addSeconds(begin, 1));
  }
  const { occasion } = await fire(campaignOf(business, 30), addSeconds(begin, 3_600));
  expect(occasion.leftOut).toHaveLength(100);
  expect(occasion.items.length).toBeLessThanOrEqual(100);
}, 60_000);
