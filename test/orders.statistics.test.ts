import fc from "fast-check";
import { expect, test } from "vitest";
import { noOrders } from "../core/customers/record.ts";
import { type CountedOrder, mostItems, withOrder } from "../core/orders/statistics.ts";
import { instant } from "../core/time.ts";

const anOrder = fc.record({
  placedAt: fc.integer({ min: 0, max: 40 }).map((day) => instant(day * 86_400_000)),
  total: fc.integer({ min: 0, max: 100_000 }),
  lines: fc.array(
    fc.record({
      item: fc.constantFrom("a", "b", "c", "constructor", "__proto__x"),
      category: fc.constantFrom("Kopi", "Teh", "toString", undefined),
    }),
    { maxLength: 4 },
  ),
});
const all = (orders: readonly CountedOrder[]) => orders.reduce(withOrder, noOrders);

test("orders in any sequence give the same statistics", () => {
  fc.assert(
    fc.property(
      fc
        .array(anOrder, { maxLength: 12 })
        .chain((orders) =>
          fc.tuple(fc.constant(orders), fc.shuffledSubarray(orders, { minLength: orders.length })),
        ),
      ([orders, shuffled]) => {
        expect(all(shuffled)).toEqual(all(orders));
      },
    ),
  );
});

test("statistics are what counting the orders afresh gives", () => {
  fc.assert(
    fc.property(fc.array(anOrder, { minLength: 1, maxLength: 12 }), (orders) => {
      const { orders: count, spent, firstOrderAt, lastOrderAt, categories, items } = all(orders);
      const times = orders.map(({ placedAt }) => placedAt).sort();
      expect({ count, spent, firstOrderAt, lastOrderAt }).toEqual({
        count: orders.length,
        spent: orders.reduce((sum, { total }) => sum + total, 0),
        firstOrderAt: times[0],
        lastOrderAt: times.at(-1),
      });
      const inKopi = orders.filter(({ lines }) => lines.some(({ category }) => category === "Kopi"));
      expect(categories.Kopi?.orders ?? 0).toBe(inKopi.length);
      const withB = orders.filter(({ lines }) => lines.some(({ item }) => item === "b"));
      expect(items.b).toBe(
        withB
          .map(({ placedAt }) => placedAt)
          .sort()
          .at(-1),
      );
    }),
  );
});

test("of more than 300 items the ones bought last are remembered, in whichever sequence they come", () => {
  const orders = Array.from({ length: mostItems + 50 }, (_, n) => ({
    placedAt: instant(n * 3_600_000),
    total: 1,
    lines: [{ item: `item-${n}` }],
  }));
  const forwards = all(orders);
  expect(Object.keys(forwards.items)).toHaveLength(mostItems);
  expect(forwards.items["item-49"]).toBeUndefined();
  expect(forwards.items["item-50"]).toBeDefined();
  expect(all(orders.toReversed())).toEqual(forwards);
});

test("no statistics are changed in place", () => {
  const before = all([{ placedAt: instant(0), total: 5, lines: [{ item: "a", category: "Kopi" }] }]);
  const copy = structuredClone(before);
  withOrder(before, { placedAt: instant(1), total: 5, lines: [{ item: "a", category: "Kopi" }] });
  expect(before).toEqual(copy);
});
