import { beforeAll, describe, expect, test, vi } from "vitest";
import type { Business } from "../core/businesses.ts";
import type { Evidence } from "../core/consents.ts";
import * as customers from "../core/customers.ts";
import { finish } from "../core/erasures/finish.ts";
import { SapaError } from "../core/errors.ts";
import type { CustomerId } from "../core/ids.ts";
import * as items from "../core/items.ts";
import * as orders from "../core/orders.ts";
import { routes } from "../functions/http/orders.ts";
import { apiOf, keyOf } from "./http/api.ts";
import { useBus } from "./support/bus.ts";
import { useDatabase } from "./support/database.ts";
import { aBusiness, saveBusiness } from "./support/shop.ts";

vi.mock("../core/secrets.ts", () => ({ keys: async () => ({ adminKey: "sapa_admin_x", linkKeys: [] }) }));
useDatabase();
useBus();
const { call } = apiOf(routes);

const now = "2026-11-24T02:00:00.000Z";
const evidence: Evidence = { way: "api" };
const anOrder = (overrides: object = {}) =>
  orders.NewOrder.parse({
    id: "INV-1",
    customer: { email: "ani@example.com" },
    placedAt: "2026-11-23T02:00:00.000Z",
    total: 50_000,
    lines: [{ item: "KSGA", quantity: 2 }],
    ...overrides,
  });
const input = (overrides: object = {}) => ({ order: anOrder(overrides), evidence });
const statisticsOf = async (shop: Business, email: string) =>
  (await customers.findBy(shop, { email }))?.statistics;

let shop: Business;
beforeAll(async () => {
  shop = await saveBusiness(aBusiness());
});

describe("an order", () => {
  test("creates the customer it is of, without consent, and counts for them", async () => {
    const { outcome, order } = await orders.add(
      shop,
      input({ customer: { email: "Budi@Example.com", name: "Budi" } }),
      now,
    );
    expect(outcome).toBe("added");
    const budi = await customers.get(shop.id, order.customer as CustomerId);
    expect(budi).toMatchObject({ email: "budi@example.com", name: "Budi", consent: "pending" });
    expect(budi.statistics).toEqual({
      orders: 1,
      spent: 50_000,
      firstOrderAt: order.placedAt,
      lastOrderAt: order.placedAt,
      categories: {},
      items: { KSGA: order.placedAt },
    });
    expect(await orders.get(shop.id, "INV-1")).toEqual(order);
  });

  test("added twice counts once, even with another content", async () => {
    await orders.add(shop, input({ id: "INV-2" }), now);
    const again = await orders.add(
      shop,
      input({ id: "INV-2", total: 1, customer: { email: "evil@example.com" } }),
      now,
    );
    expect(again).toMatchObject({ outcome: "already-there", order: { total: 50_000 } });
    expect(await statisticsOf(shop, "ani@example.com")).toMatchObject({ orders: 1, spent: 50_000 });
    expect(await statisticsOf(shop, "evil@example.com")).toBeUndefined();
  });

  test("added many times at once counts once", async () => {
    const all = await Promise.all(
      Array.from({ length: 8 }, () =>
        orders.add(shop, input({ id: "INV-3", customer: { email: "citra@example.com" } }), now),
      ),
    );
    expect(all.filter(({ outcome }) => outcome === "added")).toHaveLength(1);
    expect(await statisticsOf(shop, "citra@example.com")).toMatchObject({ orders: 1, spent: 50_000 });
  });

  test("takes names and categories from the catalogue where the lines leave them out", async () => {
    const price = { amount: 25_000, currency: "IDR" };
    await items.put(shop, { id: "LATTE", name: "Latte", category: "Kopi", price }, now);
    const { order } = await orders.add(
      shop,
      input({
        id: "INV-4",
        customer: { email: "dewi@example.com" },
        lines: [
          { item: "LATTE", quantity: 1 },
          { item: "LATTE", quantity: 1, name: "Latte besar" },
          { item: "BUKU", quantity: 1, category: "Buku" },
        ],
      }),
      now,
    );
    expect(order.lines).toEqual([
      { item: "LATTE", quantity: 1, name: "Latte", category: "Kopi" },
      { item: "LATTE", quantity: 1, name: "Latte besar", category: "Kopi" },
      { item: "BUKU", quantity: 1, category: "Buku" },
    ]);
    expect((await statisticsOf(shop, "dewi@example.com"))?.categories).toEqual({
      Kopi: { orders: 1, lastAt: order.placedAt },
      Buku: { orders: 1, lastAt: order.placedAt },
    });
  });

  test("does not rename a customer who is known, nor turn one who unsubscribed back on", async () => {
    const details = { email: "eka@example.com", name: "Eka Putri" };
    const { customer: eka } = await customers.upsert(shop, { details, consent: "subscribed", evidence }, now);
    await customers.unsubscribe(shop.id, eka.id, evidence, now);
    await orders.add(
      shop,
      input({ id: "INV-5", customer: { email: "eka@example.com", name: "EKA P" } }),
      now,
    );
    await orders.add(
      shop,
      input({ id: "INV-6", customer: { email: "eka@example.com", phone: "0812 3456 7890", name: "EKA P" } }),
      now,
    );
    expect(await customers.get(shop.id, eka.id)).toMatchObject({
      name: "Eka Putri",
      phone: "+6281234567890",
      consent: "unsubscribed",
      statistics: { orders: 2 },
    });
  });

  test("is not lost when the customer changes at the same time", async () => {
    const { customer } = await customers.upsert(
      shop,
      { details: { email: "fajar@example.com" }, evidence },
      now,
    );
    await Promise.all([
      ...Array.from({ length: 6 }, (_, n) =>
        orders.add(shop, input({ id: `F-${n}`, customer: { id: customer.id }, total: 10 }), now),
      ),
      customers.unsubscribe(shop.id, customer.id, evidence, now),
    ]);
    expect(await customers.get(shop.id, customer.id)).toMatchObject({
      consent: "unsubscribed",
      statistics: { orders: 6, spent: 60 },
    });
  });

  test.each([
    ["currency", { currency: "USD" }],
    ["placedAt", { placedAt: "2026-11-25T02:00:01.000Z" }],
    ["customer.id", { customer: { id: "cus_nosuch" } }],
    ["customer.phone", { customer: { phone: "12345" } }],
  ])("with a wrong %s is refused and leaves nothing", async (field, wrong) => {
    const added = orders.add(shop, input({ id: "BAD-1", ...wrong }), now);
    await expect(added).rejects.toMatchObject({ code: "invalid", problems: [{ field }] });
    await expect(orders.get(shop.id, "BAD-1")).rejects.toMatchObject({ code: "not-found" });
  });

  test("of another business is not seen, and may have the same id", async () => {
    const other = await saveBusiness(aBusiness());
    await expect(orders.get(other.id, "INV-1")).rejects.toMatchObject({ code: "not-found" });
    expect((await orders.add(other, input(), now)).outcome).toBe("added");
    const mine = await orders.get(shop.id, "INV-1");
    const list = await orders.list(other.id, mine.customer as CustomerId, { limit: 10 });
    expect(list.items).toEqual([]);
  });
});

describe("many orders", () => {
  test("are each answered for, and one that is refused does not keep the others out", async () => {
    const there = await saveBusiness(aBusiness());
    await orders.add(there, input({ id: "M-0" }), now);
    const many = [
      ...Array.from({ length: 120 }, (_, n) => input({ id: `M-${n}`, total: 1 })),
      input({ id: "M-5", total: 7 }),
      input({ id: "M-usd", currency: "USD" }),
      input({ id: "M-gita", customer: { email: "gita@example.com" } }),
    ];
    const added = await orders.addMany(there, many, now);
    const outcomes = added.map((one) => (one instanceof SapaError ? one.code : one.outcome));
    expect(outcomes.slice(0, 2)).toEqual(["already-there", "added"]);
    expect(outcomes.slice(120)).toEqual(["already-there", "invalid", "added"]);
    expect(await statisticsOf(there, "ani@example.com")).toMatchObject({ orders: 120, spent: 50_119 });
    expect(await statisticsOf(there, "gita@example.com")).toMatchObject({ orders: 1 });

    const again = await orders.addMany(there, many, now);
    expect(again.map((one) => (one instanceof SapaError ? "" : one.outcome))).not.toContain("added");
    expect(await statisticsOf(there, "ani@example.com")).toMatchObject({ orders: 120, spent: 50_119 });
  });

  test("from two imports of the same file at once count once", async () => {
    const there = await saveBusiness(aBusiness());
    const file = Array.from({ length: 150 }, (_, n) =>
      input({ id: `T-${n}`, total: 10, customer: { email: `t${n % 7}@example.com` } }),
    );
    const both = await Promise.all([
      orders.addMany(there, file, now),
      orders.addMany(there, file.toReversed(), now),
    ]);
    const added = both.flat().filter((one) => !(one instanceof SapaError) && one.outcome === "added");
    expect(added).toHaveLength(150);
    const totals = await Promise.all(
      Array.from({ length: 7 }, (_, n) => statisticsOf(there, `t${n}@example.com`)),
    );
    expect(totals.reduce((sum, one) => sum + (one?.orders ?? 0), 0)).toBe(150);
  });
});

describe("a customer's orders", () => {
  const customerWith = async (count: number) => {
    const there = await saveBusiness(aBusiness());
    const day = (n: number) => new Date(Date.parse(now) - n * 86_400_000).toISOString();
    await orders.addMany(
      there,
      Array.from({ length: count }, (_, n) => input({ id: `L/${n}`, placedAt: day(n) })),
      now,
    );
    const ani = await customers.findBy(there, { email: "ani@example.com" });
    return { there, ani: ani?.id as CustomerId };
  };

  test("are listed the latest first, page by page", async () => {
    const { there, ani } = await customerWith(7);
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await orders.list(there.id, ani, { limit: 3, cursor });
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.next;
    } while (cursor);
    expect(seen).toEqual(["L/0", "L/1", "L/2", "L/3", "L/4", "L/5", "L/6"]);
  });

  test("lose their customer when that one is erased, and stay as sales", async () => {
    const { there, ani } = await customerWith(60);
    const erasing = { business: there.id, customer: ani, way: "api" as const };
    await finish(erasing, now);
    await finish(erasing, now);
    expect((await orders.list(there.id, ani, { limit: 10 })).items).toEqual([]);
    const kept = await orders.get(there.id, "L/59");
    expect(kept.customer).toBeUndefined();
    expect(kept.total).toBe(50_000);
    const again = await orders.add(there, input({ id: "L/59" }), now);
    expect(again.outcome).toBe("already-there");
  });
});

describe("over HTTP", () => {
  const order = {
    id: "INV/2026/001",
    customer: { email: "hani@example.com" },
    placedAt: "2026-11-24T08:00:00+07:00",
    total: 10_000,
  };

  test("an order is 201, then 200, and is read by its id with slashes", async () => {
    const key = await keyOf(shop);
    const first = await call("POST /v1/orders", { key, body: order });
    expect(first.status).toBe(201);
    expect(first.body).toMatchObject({
      placedAt: "2026-11-24T01:00:00.000Z",
      currency: "IDR",
      channel: "pos",
    });
    expect((await call("POST /v1/orders", { key, body: order })).status).toBe(200);
    expect((await call("GET /v1/orders/INV/2026/001", { key })).body).toEqual(first.body);
    const { body } = await call(`GET /v1/customers/${first.body.customer}/orders`, { key });
    expect(body.items).toEqual([first.body]);
  });

  test.each([
    ["customer", { customer: {} }],
    ["customer.email", { customer: { email: "hani" } }],
    ["placedAt", { placedAt: "yesterday" }],
    ["total", { total: -1 }],
    ["total", { total: 1.5 }],
    ["lines.0.quantity", { lines: [{ item: "A", quantity: 0 }] }],
    ["lines.0.sku", { lines: [{ item: "A", quantity: 1, sku: "x" }] }],
    ["id", { id: "a#b" }],
  ])("a wrong %s is named", async (field, wrong) => {
    const { status, body } = await call("POST /v1/orders", {
      key: await keyOf(shop),
      body: { ...order, ...wrong },
    });
    expect(status).toBe(400);
    expect(body.errors.map((one: { field: string }) => one.field)).toEqual([field]);
  });

  test("a batch says of each order what became of it", async () => {
    const { status, body } = await call("POST /v1/orders/batch", {
      key: await keyOf(shop),
      body: {
        orders: [
          { ...order, id: "B-1" },
          { ...order, id: "B-2", currency: "USD" },
          { ...order, id: "B-1" },
        ],
      },
    });
    expect(status).toBe(200);
    expect(body.results).toEqual([
      { id: "B-1", outcome: "added", customer: expect.stringMatching(/^cus_/) },
      { id: "B-2", outcome: "refused", errors: [expect.objectContaining({ field: "currency" })] },
      { id: "B-1", outcome: "already-there", customer: expect.stringMatching(/^cus_/) },
    ]);
  });
});
