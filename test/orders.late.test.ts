import fc from "fast-check";
import { beforeEach, describe, expect, test, vi } from "vitest";
import type { Business } from "../core/businesses.ts";
import { noOrders } from "../core/customers.ts";
import { earliestLate, lastOrdersAfter } from "../core/orders/late.ts";
import { withOrder } from "../core/orders/statistics.ts";
import { query } from "../core/store.ts";
import { routes } from "../functions/http/orders.ts";
import { apiOf, keyOf } from "./http/api.ts";
import { useBus } from "./support/bus.ts";
import { useDatabase } from "./support/database.ts";
import { aBusiness, saveBusiness } from "./support/shop.ts";

vi.mock("../core/secrets.ts", () => ({ keys: async () => ({ adminKey: "sapa_admin_x", linkKeys: [] }) }));
useDatabase();
useBus();
const { call } = apiOf(routes);

const now = "2026-11-24T02:07:00.000Z";
const longAgo = "2000-01-01T00:00:00.000Z";
let shop: Business;
let key: string;
beforeEach(async () => {
  shop = await saveBusiness(aBusiness());
  key = await keyOf(shop);
});

const order = (id: string, placedAt: string, customer: object = { email: `${id}@example.com` }) => ({
  id,
  placedAt,
  customer,
  total: 50_000,
});
/** Adds orders at a time, as one request of the API. */
async function added(orders: readonly object[], at = now): Promise<void> {
  const { status } = await call("POST /v1/orders/batch", { key, body: { orders }, now: at });
  expect(status).toBe(200);
}
const late = (since = longAgo) => earliestLate(shop.id, since);
const spans = async () =>
  (
    await query("lateOrders", {
      KeyConditionExpression: "business = :business",
      ExpressionAttributeValues: { ":business": shop.id },
    })
  ).items;

describe("an order that comes in", () => {
  test("within a day of being placed leaves no record", async () => {
    await added([
      order("a", "2026-11-23T02:07:00.000Z"),
      order("b", now),
      order("c", "2026-11-24T20:00:00Z"),
    ]);
    expect(await spans()).toEqual([]);
  });

  test("later than that is recorded as the customer's last order, for 400 days", async () => {
    await added([order("a", "2026-11-23T02:06:59.999Z")]);
    expect(await spans()).toEqual([
      {
        business: shop.id,
        span: "2026-11-24T02:00",
        earliest: "2026-11-23T02:06:59.999Z",
        expiresAt: Date.parse("2027-12-29T02:07:00Z") / 1000,
      },
    ]);
  });

  test("late, but older than another of the same customer's, is not", async () => {
    const ani = { email: "ani@example.com" };
    await added([order("recent", "2026-11-23T20:00:00Z", ani)]);
    await added([order("old", "2026-05-01T00:00:00Z", ani)]);
    await added([
      order("both-1", "2026-05-01T00:00:00Z", { email: "b@example.com" }),
      order("both-2", now, { email: "b@example.com" }),
    ]);
    expect(await spans()).toEqual([]);
  });

  test("again is not recorded again", async () => {
    const first = order("a", "2026-05-01T00:00:00Z");
    await added([first]);
    await added([first], "2026-11-25T02:07:00.000Z");
    expect(await spans()).toHaveLength(1);
  });

  test("and is refused is not recorded", async () => {
    await added([
      order("a", "2026-05-01T00:00:00Z", { id: "cus_23456789bcdfghjk" }),
      { ...order("b", "2026-05-01T00:00:00Z"), currency: "USD" },
    ]);
    expect(await spans()).toEqual([]);
  });
});

test("of a whole request, and of a quarter of an hour, only how far back the orders reach is kept", async () => {
  const day = (n: number) => `2026-08-${String(n).padStart(2, "0")}T03:00:00.000Z`;
  await added(Array.from({ length: 20 }, (_, n) => order(`a${n}`, day(10 + n))));
  expect(await late()).toBe(day(10));
  await added([order("later", day(20))], "2026-11-24T02:14:59.999Z");
  expect(await late()).toBe(day(10));
  await added([order("earlier", day(9))], "2026-11-24T02:14:59.999Z");
  expect(await late()).toBe(day(9));
  expect(await spans()).toHaveLength(1);

  await added([order("tomorrow", day(25))], "2026-11-25T02:00:00.000Z");
  expect(await late()).toBe(day(9));
  expect(await late("2026-11-24T02:15:00.000Z")).toBe(day(25));
  expect(await late("2026-11-25T02:15:00.000Z")).toBeUndefined();
});

test("a customer's many orders are recorded as far back as any of their transactions leaves them", async () => {
  const ani = { email: "ani@example.com" };
  // A hundred go into two transactions; should the second one fail, the first one's last order stands.
  const days = Array.from({ length: 100 }, (_, n) => new Date(Date.UTC(2026, 0, 1 + n)).toISOString());
  const orders = days.map((placedAt, n) => order(`a${n}`, placedAt, ani));
  // They are added from the last one on.
  await added(orders.toReversed());
  expect(await late()).toBe(days[49]);
});

test("what another business brings in late is not this one's", async () => {
  await added([order("a", "2026-05-01T00:00:00Z")]);
  const other = await saveBusiness(aBusiness());
  expect(await earliestLate(other.id, longAgo)).toBeUndefined();
});

test("the last orders that are foreseen are those that the statistics then have", () => {
  const instant = fc
    .integer({ min: 0, max: 1_000 })
    .map((minutes) => new Date(Date.UTC(2026, 0, 1, 0, minutes)).toISOString());
  const additions = fc.array(fc.array(instant, { minLength: 1, maxLength: 5 }), { maxLength: 6 });
  fc.assert(
    fc.property(fc.option(instant, { nil: undefined }), additions, (before, all) => {
      let statistics = before ? withOrder(noOrders, { placedAt: before, total: 0, lines: [] }) : noOrders;
      const reached = all.flatMap((placed) => {
        const { lastOrderAt } = statistics;
        for (const placedAt of placed) statistics = withOrder(statistics, { placedAt, total: 0, lines: [] });
        return statistics.lastOrderAt === lastOrderAt ? [] : [statistics.lastOrderAt];
      });
      expect(lastOrdersAfter(before, all)).toEqual(reached);
    }),
  );
});
