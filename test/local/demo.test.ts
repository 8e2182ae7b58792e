import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BusinessSettings } from "../../core/businesses.ts";
import { CustomerDetails } from "../../core/customers.ts";
import { ItemDetails, ItemId } from "../../core/items.ts";
import { monthDayOf } from "../../core/time.ts";
import { randomFrom } from "../../local/demo/random.ts";
import { demoShop } from "../../local/demo/shop.ts";

const day = "2026-11-24";
const shop = demoShop(1928, day);

describe("the demo shop", () => {
  test("is the same for the same seed and day, and another for another", () => {
    expect(demoShop(1928, day)).toEqual(shop);
    expect(demoShop(1929, day).customers).not.toEqual(shop.customers);
    expect(demoShop(1928, "2026-11-25").orders).not.toEqual(shop.orders);
  });

  test("holds what the owner API accepts", () => {
    BusinessSettings.parse(shop.business);
    for (const { id, ...item } of shop.items) {
      ItemId.parse(id);
      ItemDetails.parse(item);
    }
    for (const { consent, ...customer } of shop.customers) CustomerDetails.parse(customer);
  });

  test("has 300 people, each with an identity of their own", () => {
    expect(shop.customers).toHaveLength(300);
    for (const identity of ["externalId", "email", "phone"] as const) {
      const given = shop.customers.flatMap((customer) => customer[identity] ?? []);
      expect(new Set(given).size).toBe(given.length);
    }
    const addresses = shop.customers.flatMap(({ email }) => email ?? []);
    expect(
      addresses.filter((email) => !/@(example\.(com|net|org)|simulator\.amazonses\.com)$/.test(email)),
    ).toEqual([]);
  });

  test("has birthdays to greet today, items that are new, and customers who stayed away for sixty days", () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date("2024-01-01"), max: new Date("2032-12-31"), noInvalidDate: true }),
        (date) => {
          const today = date.toISOString().slice(0, 10);
          const { customers, items, orders } = demoShop(1928, today);
          const born = customers.filter(({ birthday, email }) => birthday === monthDayOf(today) && email);
          expect(born.length).toBeGreaterThanOrEqual(9);
          const daysAgo = (at: string) => (Date.parse(today) - Date.parse(at.slice(0, 10))) / 86_400_000;
          expect(items.filter(({ addedAt }) => daysAgo(addedAt) < 7).length).toBeGreaterThanOrEqual(4);
          const last = new Map<string, number>();
          for (const { customer, placedAt } of orders) {
            last.set(
              customer.externalId,
              Math.min(daysAgo(placedAt), last.get(customer.externalId) ?? Number.POSITIVE_INFINITY),
            );
          }
          const lapsed = [...last.values()].filter((days) => days >= 60).length;
          expect(lapsed).toBeGreaterThan(40);
          expect(lapsed).toBeLessThan(120);
        },
      ),
      { numRuns: 20 },
    );
  });

  test("has orders of eighteen months, none before its items came in, each adding up", () => {
    const added = new Map(shop.items.map(({ id, addedAt }) => [id, addedAt]));
    expect(new Set(shop.orders.map(({ id }) => id)).size).toBe(shop.orders.length);
    for (const { placedAt, total, lines } of shop.orders) {
      expect(placedAt.slice(0, 10) < day).toBe(true);
      expect(placedAt > "2025-05-01").toBe(true);
      expect(total).toBe(lines.reduce((sum, { quantity, price }) => sum + quantity * price, 0));
      for (const { item } of lines) expect((added.get(item) ?? "") < placedAt).toBe(true);
    }
  });
});

test("chance stays within its bounds, and covers them", () => {
  const random = randomFrom(7);
  const drawn = Array.from({ length: 2_000 }, () => random.between(3, 7));
  expect([...new Set(drawn)].sort()).toEqual([3, 4, 5, 6, 7]);
  const weighed = Array.from({ length: 2_000 }, () => random.weighted({ often: 3, seldom: 1, never: 0 }));
  expect(weighed.filter((key) => key === "never")).toEqual([]);
  expect(weighed.filter((key) => key === "often").length / 2_000).toBeCloseTo(0.75, 1);
});
