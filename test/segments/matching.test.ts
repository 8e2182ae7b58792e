import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Customer } from "../../core/customers.ts";
import type { SegmentDefinition } from "../../core/segments/definition.ts";
import { SegmentDefinition as Schema } from "../../core/segments/definition.ts";
import { type Normal, normalise } from "../../core/segments/normal.ts";
import { type AccessPath, accessPath, compile, explain, describe as inWords } from "../../core/segments.ts";
import { aBusiness } from "../support/shop.ts";
import { anyCase } from "./arbitrary.ts";
import { isIn } from "./naive.ts";

const runs = { numRuns: 400 };

test("a segment means what its plainest reading says", () => {
  fc.assert(
    fc.property(anyCase, ({ definition, customer, ...moment }) => {
      expect(compile(definition, moment)(customer)).toBe(isIn(definition, customer, moment));
    }),
    runs,
  );
});

test("every random segment is one that an owner could have written", () => {
  fc.assert(
    fc.property(anyCase, ({ definition }) => {
      const leaves = JSON.stringify(definition).length < 1500;
      if (leaves) expect(Schema.safeParse(definition).error?.issues ?? []).toEqual([]);
    }),
    { numRuns: 100 },
  );
});

/** Whether a run that reads by this path sees the customer. */
function leadsTo(path: AccessPath, { birthday, statistics: { lastOrderAt } }: Customer): boolean {
  if (path.by === "all") return true;
  if (path.by === "birthday") return birthday !== undefined && path.days.includes(birthday);
  const { from = "", to = "9999" } = path;
  return lastOrderAt !== undefined && lastOrderAt >= from && lastOrderAt < to;
}

test("the access path misses nobody who matches", () => {
  fc.assert(
    fc.property(anyCase, ({ definition, customer, ...moment }) => {
      if (!compile(definition, moment)(customer)) return;
      expect(leadsTo(accessPath(definition, moment), customer)).toBe(true);
    }),
    { numRuns: 800 },
  );
});

test("moving every not down to the conditions changes nobody's place", () => {
  const holds = (normal: Normal, is: (definition: SegmentDefinition) => boolean): boolean =>
    "all" in normal
      ? normal.all.every((part) => holds(part, is))
      : "any" in normal
        ? normal.any.some((part) => holds(part, is))
        : is(normal.condition) === normal.holds;
  fc.assert(
    fc.property(anyCase, ({ definition, customer, ...moment }) => {
      const is = (part: SegmentDefinition) => isIn(part, customer, moment);
      expect(holds(normalise(definition), is)).toBe(is(definition));
    }),
    runs,
  );
});

test("who is left out is told why, and nobody else is", () => {
  fc.assert(
    fc.property(anyCase, fc.constantFrom("id" as const, "en" as const), (given, locale) => {
      const { definition, customer, ...moment } = given;
      const reason = explain(definition, { customer, locale, ...moment });
      expect(reason === undefined).toBe(isIn(definition, customer, moment));
      expect(inWords(definition, locale, moment)).not.toMatch(/undefined|NaN|\[object/);
    }),
    runs,
  );
});

const business = aBusiness({ leapDayRule: "february-28" });
/** Noon in Jakarta on November 24, 2026. */
const now = "2026-11-24T05:00:00.000Z";

const customer = (overrides: Partial<Customer> = {}): Customer => ({
  id: "cus_ani",
  business: business.id,
  tags: [],
  attributes: {},
  topics: {},
  consent: "subscribed",
  statistics: { orders: 0, spent: 0, categories: {}, items: {} },
  engagement: {},
  recentSends: [],
  wonBack: {},
  greeted: {},
  createdAt: now,
  updatedAt: now,
  version: 1,
  ...overrides,
});

const orderedAt = (at: string) =>
  customer({
    statistics: { orders: 1, spent: 100, firstOrderAt: at, lastOrderAt: at, categories: {}, items: {} },
  });

const matches = (definition: SegmentDefinition, who: Customer, at = now) =>
  compile(definition, { business, now: at })(who);

describe("days are counted by the calendar on the business's wall", () => {
  // Ten days before November 24: the 14th in Jakarta begins at 17:00 UTC of the 13th.
  test.each([
    ["2026-11-14T16:59:59.999Z", true],
    ["2026-11-14T17:00:00.000Z", false],
  ])("an order at %s lies ten days back: %s", (at, lapsed) => {
    expect(matches({ lastOrder: { notWithinDays: 10 } }, orderedAt(at))).toBe(lapsed);
    expect(matches({ lastOrder: { withinDays: 10 } }, orderedAt(at))).toBe(!lapsed);
  });

  test("one day is today", () => {
    expect(matches({ lastOrder: { withinDays: 1 } }, orderedAt("2026-11-23T17:00:00.000Z"))).toBe(true);
    expect(matches({ lastOrder: { withinDays: 1 } }, orderedAt("2026-11-23T16:59:59.999Z"))).toBe(false);
  });

  test("who never ordered has ordered neither lately nor long ago", () => {
    expect(matches({ lastOrder: { withinDays: 10 } }, customer())).toBe(false);
    expect(matches({ lastOrder: { notWithinDays: 10 } }, customer())).toBe(false);
    expect(matches({ lastOrder: { never: true } }, customer())).toBe(true);
  });
});

describe("birthdays", () => {
  const within = (days: number, birthday: string, at: string) =>
    matches({ birthday: { withinDays: days } }, customer({ birthday }), at);

  test("a week holds today and the six days that follow", () => {
    expect(within(7, "11-24", now)).toBe(true);
    expect(within(7, "11-30", now)).toBe(true);
    expect(within(7, "12-01", now)).toBe(false);
    expect(within(7, "11-23", now)).toBe(false);
  });

  test("a week goes over the end of the year", () => {
    expect(within(7, "01-03", "2026-12-28T05:00:00.000Z")).toBe(true);
    expect(within(7, "01-04", "2026-12-28T05:00:00.000Z")).toBe(false);
  });

  test("February 29 is within a day of February 28 in a common year, but not in a leap year", () => {
    expect(within(1, "02-29", "2027-02-28T05:00:00.000Z")).toBe(true);
    expect(within(1, "02-29", "2028-02-28T05:00:00.000Z")).toBe(false);
    expect(within(1, "02-29", "2028-02-29T05:00:00.000Z")).toBe(true);
  });

  test("February 29 is in February, whatever the year", () => {
    expect(
      matches({ birthday: { month: 2 } }, customer({ birthday: "02-29" }), "2027-06-01T00:00:00.000Z"),
    ).toBe(true);
    expect(matches({ birthday: { month: 3 } }, customer({ birthday: "02-29" }))).toBe(false);
  });
});

test("an item or attribute named like what every object has is nobody's until somebody's", () => {
  expect(matches({ bought: { item: "constructor" } }, customer())).toBe(false);
  expect(matches({ attribute: "constructor", exists: true }, customer())).toBe(false);
  expect(matches({ topic: "constructor", on: true }, customer())).toBe(true);
});

test("an average is exact: three orders of 100 in all do not average 34", () => {
  const { statistics } = orderedAt(now);
  const three = customer({ statistics: { ...statistics, orders: 3, spent: 100 } });
  expect(matches({ averageOrder: { atLeast: 34 } }, three)).toBe(false);
  expect(matches({ averageOrder: { atLeast: 33, atMost: 34 } }, three)).toBe(true);
});

describe("the way to the customers", () => {
  const path = (definition: SegmentDefinition) => accessPath(definition, { business, now });

  test("a birthday within days is looked up by those days", () => {
    expect(path({ all: [{ tag: "vip" }, { birthday: { withinDays: 2 } }] })).toEqual({
      by: "birthday",
      days: ["11-24", "11-25"],
    });
  });

  test("of a birthday and a last order, the birthday is looked up", () => {
    const definition = { all: [{ lastOrder: { withinDays: 2 } }, { birthday: { month: 2 } }] };
    expect(path(definition)).toMatchObject({ by: "birthday" });
  });

  test("last orders are narrowed from both sides", () => {
    expect(path({ all: [{ lastOrder: { notWithinDays: 10 } }, { lastOrder: { withinDays: 11 } }] })).toEqual({
      by: "lastOrder",
      from: "2026-11-13T17:00:00.000Z",
      to: "2026-11-14T17:00:00.000Z",
    });
  });

  test("of several bounds of the last order, the narrowest count; of alternatives, the widest", () => {
    const bounds = [{ lastOrder: { notWithinDays: 10 } }, { lastOrder: { notWithinDays: 20 } }];
    expect(path({ all: bounds })).toEqual({ by: "lastOrder", to: "2026-11-04T17:00:00.000Z" });
    expect(path({ any: bounds })).toEqual({ by: "lastOrder", to: "2026-11-14T17:00:00.000Z" });
    const since = [{ lastOrder: { withinDays: 10 } }, { lastOrder: { withinDays: 20 } }];
    expect(path({ all: since })).toEqual({ by: "lastOrder", from: "2026-11-14T17:00:00.000Z" });
    expect(path({ any: since })).toEqual({ by: "lastOrder", from: "2026-11-04T17:00:00.000Z" });
  });

  test("having bought something lately implies having ordered lately", () => {
    expect(path({ bought: { category: "Coffee", withinDays: 10 } })).toEqual({
      by: "lastOrder",
      from: "2026-11-14T17:00:00.000Z",
    });
  });

  test("either birthday is looked up where any of them will do", () => {
    expect(path({ any: [{ birthday: { withinDays: 1 } }, { birthday: { month: 11 } }] })).toMatchObject({
      by: "birthday",
    });
  });

  test.each<[string, SegmentDefinition]>([
    ["an alternative without a path", { any: [{ birthday: { withinDays: 1 } }, { tag: "vip" }] }],
    ["a birthday that must not be", { not: { birthday: { withinDays: 1 } } }],
    ["no order lately, or none at all", { not: { lastOrder: { withinDays: 10 } } }],
    ["birthdays through most of the year", { birthday: { withinDays: 200 } }],
    ["something bought at any time", { bought: { category: "Coffee" } }],
  ])("%s means reading everybody", (_, definition) => {
    expect(path(definition)).toEqual({ by: "all" });
  });

  test("two birthdays that exclude each other lead to nobody", () => {
    expect(path({ all: [{ birthday: { month: 1 } }, { birthday: { month: 2 } }] })).toEqual({
      by: "birthday",
      days: [],
    });
  });
});

test("a segment of five conditions is matched against 100,000 customers in a second of CPU", () => {
  const definition: SegmentDefinition = {
    all: [
      { consent: "subscribed" },
      { orders: { atLeast: 1 } },
      { any: [{ tag: "wholesale" }, { attribute: "drink", contains: "latte" }] },
      { not: { bought: { category: "Tea", withinDays: 60 } } },
    ],
  };
  const ani = { ...orderedAt("2026-11-01T00:00:00.000Z"), tags: ["vip"], attributes: { drink: "Oat Latte" } };
  const is = compile(definition, { business, now });
  const before = process.cpuUsage();
  let count = 0;
  for (let i = 0; i < 100_000; i++) if (is(ani)) count += 1;
  const { user, system } = process.cpuUsage(before);
  expect(count).toBe(100_000);
  expect(user + system).toBeLessThan(1_000_000);
});
