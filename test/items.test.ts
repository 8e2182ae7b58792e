import { beforeAll, describe, expect, test, vi } from "vitest";
import type { Business } from "../core/businesses.ts";
import { isNew } from "../core/items/availability.ts";
import * as items from "../core/items.ts";
import { addSeconds } from "../core/time.ts";
import { routes } from "../functions/http/items.ts";
import { apiOf, keyOf } from "./http/api.ts";
import { useBus } from "./support/bus.ts";
import { useDatabase } from "./support/database.ts";
import { aBusiness, saveBusiness } from "./support/shop.ts";

vi.mock("../core/secrets.ts", () => ({ keys: async () => ({ adminKey: "sapa_admin_x", linkKeys: [] }) }));
useDatabase();
const { events, failing } = useBus();
const { call } = apiOf(routes);

const now = "2026-11-24T02:00:00.000Z";
const later = "2026-11-25T02:00:00.000Z";
const latte = { name: "Latte", category: "Kopi", price: { amount: 2_500_000, currency: "IDR" } };
const types = () => events.map(({ type }) => type);

let shop: Business;
let key: string;
beforeAll(async () => {
  shop = await saveBusiness(aBusiness());
  key = await keyOf(shop);
});

describe("an item", () => {
  test("raises item.added the first time, and saving it again changes and raises nothing", async () => {
    const first = await call("PUT /v1/items/LATTE", { key, body: latte });
    expect(first.status).toBe(201);
    expect(first.body).toEqual({
      ...latte,
      id: "LATTE",
      inStock: true,
      addedAt: now,
      availableAt: now,
      updatedAt: now,
    });
    expect(events).toEqual([
      {
        bus: "sapa-test",
        type: "item.added",
        detail: { business: shop.id, item: "LATTE", addedAt: now, category: "Kopi" },
      },
    ]);
    const again = await call("PUT /v1/items/LATTE", { key, body: latte, now: later });
    expect(again.status).toBe(200);
    expect(again.body).toEqual(first.body);
    expect(events).toHaveLength(1);
  });

  test("changes as a whole, but keeps its stock and the time it was added", async () => {
    await items.put(shop, { ...latte, id: "A", description: "Enak" }, now);
    await items.soldOut(shop.id, "A", now);
    const { item, outcome } = await items.put(shop, { ...latte, id: "A", name: "Latte besar" }, later);
    expect(outcome).toBe("updated");
    expect(item).toEqual({
      ...latte,
      id: "A",
      name: "Latte besar",
      inStock: false,
      addedAt: now,
      availableAt: now,
      soldOutAt: now,
      updatedAt: later,
    });
    expect(await items.get(shop.id, "A")).toEqual(item);
  });

  test("raises each change of stock once", async () => {
    await items.put(shop, { ...latte, id: "B" }, now);
    for (const path of ["sold-out", "sold-out", "back-in-stock", "back-in-stock"]) {
      expect((await call(`POST /v1/items/B/${path}`, { key })).status).toBe(200);
    }
    await items.put(shop, { ...latte, id: "B", inStock: false }, now);
    expect(types()).toEqual(["item.added", "item.sold-out", "item.back-in-stock", "item.sold-out"]);
    expect((await call("POST /v1/items/NOSUCH/sold-out", { key })).status).toBe(404);
  });

  test("raises its event when the call is repeated, if raising failed the first time", async () => {
    failing(5);
    await expect(items.put(shop, { ...latte, id: "C" }, now)).rejects.toThrow(/refused item.added/);
    expect(events).toEqual([]);
    expect((await items.put(shop, { ...latte, id: "C" }, now)).outcome).toBe("unchanged");
    await items.put(shop, { ...latte, id: "C" }, now);
    expect(types()).toEqual(["item.added"]);
  });

  test("raises an event that was left over together with that of the next change", async () => {
    failing(5);
    await expect(items.put(shop, { ...latte, id: "C2" }, now)).rejects.toThrow();
    await items.soldOut(shop.id, "C2", now);
    expect(types()).toEqual(["item.added", "item.sold-out"]);
  });

  test("is raised although EventBridge refuses once", async () => {
    failing(1);
    await items.put(shop, { ...latte, id: "D" }, now);
    expect(types()).toEqual(["item.added"]);
  });

  test("saved many times at once is added once", async () => {
    const saved = await Promise.all(
      Array.from({ length: 6 }, (_, n) => items.put(shop, { ...latte, id: "E", name: `Latte ${n}` }, now)),
    );
    expect(saved.filter(({ outcome }) => outcome === "created")).toHaveLength(1);
    expect((await items.get(shop.id, "E")).addedAt).toBe(now);
  });

  test("that moves in keeps the time it had, which can't be in the future", async () => {
    const moved = await call("PUT /v1/items/F", { key, body: { ...latte, addedAt: "2025-01-01T00:00:00Z" } });
    expect(moved.body.addedAt).toBe("2025-01-01T00:00:00.000Z");
    const ahead = await call("PUT /v1/items/F", { key, body: { ...latte, addedAt: later } });
    expect(ahead.status).toBe(400);
    expect(ahead.body.errors).toEqual([{ field: "addedAt", message: "is in the future" }]);
  });

  test.each([
    ["price.currency", { price: { amount: 1, currency: "USD" } }],
    ["price.amount", { price: { amount: -1, currency: "IDR" } }],
    ["price", { price: 25000 }],
    ["category", { category: "" }],
    ["imageUrl", { imageUrl: "http://example.com/x.jpg" }],
    ["colour", { colour: "red" }],
  ])("with a wrong %s is refused naming it", async (field, wrong) => {
    const { status, body } = await call("PUT /v1/items/G", { key, body: { ...latte, ...wrong } });
    expect(status).toBe(400);
    expect(body.errors.map((one: { field: string }) => one.field)).toEqual([field]);
  });

  test("is gone when removed, and removing it again changes nothing", async () => {
    await items.put(shop, { ...latte, id: "H/1" }, now);
    expect((await call("DELETE /v1/items/H/1", { key })).status).toBe(204);
    expect((await call("DELETE /v1/items/H/1", { key })).status).toBe(204);
    expect((await call("GET /v1/items/H/1", { key })).status).toBe(404);
  });
});

describe("the catalogue", () => {
  test("is listed page by page, and is the business's own", async () => {
    const mine = await saveBusiness(aBusiness());
    const other = await keyOf(await saveBusiness(aBusiness()));
    for (const id of ["a", "b", "c"]) await items.put(mine, { ...latte, id }, now);
    const first = await call("GET /v1/items?limit=2", { key: await keyOf(mine) });
    expect(first.body.items.map(({ id }: { id: string }) => id)).toEqual(["a", "b"]);
    const second = await call(`GET /v1/items?limit=2&cursor=${first.body.next}`, { key: await keyOf(mine) });
    expect(second.body).toMatchObject({ items: [{ id: "c" }] });
    expect(second.body.next).toBeUndefined();
    expect((await call(`GET /v1/items?cursor=${first.body.next}`, { key: other })).body.items).toEqual([]);
    expect((await call("GET /v1/items/a", { key: other })).status).toBe(404);
  });

  test("tells what became available after one time and up to another, the newest first", async () => {
    const mine = await saveBusiness(aBusiness());
    const at = (hour: number) => `2026-11-20T${String(hour).padStart(2, "0")}:00:00.000Z`;
    for (const hour of [1, 2, 3, 4]) await items.put(mine, { ...latte, id: `h${hour}` }, at(hour));
    const ids = async (from: string, to: string) =>
      (await items.availableBetween(mine.id, { from, to }, () => true)).map(({ id }) => id);
    expect(await ids(at(1), at(3))).toEqual(["h3", "h2"]);
    expect(await ids(at(0), at(9))).toEqual(["h4", "h3", "h2", "h1"]);
    expect(await ids(at(4), at(9))).toEqual([]);
    expect(await ids(at(3), at(3))).toEqual([]);
  });

  test("that moves in with hundreds of old items does not hide the new ones among them", async () => {
    const mine = await saveBusiness(aBusiness());
    const from = "2026-11-01T00:00:00.000Z";
    await items.put(mine, { ...latte, id: "new" }, "2026-11-24T01:00:00.000Z");
    for (let n = 0; n < 210; n++) {
      await items.put(mine, { ...latte, id: `recent-${n}`, addedAt: "2026-10-01T00:00:00.000Z" }, now);
    }
    await items.put(mine, { ...latte, id: "old", addedAt: "2025-10-01T00:00:00.000Z" }, now);
    const looked: string[] = [];
    const found = await items.availableBetween(mine.id, { from, to: now }, (item) => {
      looked.push(item.id);
      return isNew(item, 30);
    });
    expect(found.map(({ id }) => id)).toEqual(["new"]);
    // What was old already when it moved in is not even looked at.
    expect(looked).toHaveLength(211);
    expect(looked).not.toContain("old");
  });
});

describe("an item is new to campaigns", () => {
  const price = latte.price;
  const days = (number: number) => addSeconds(now, number * 86_400);
  const state = async (id: string) => {
    const { availableAt, restockedAt, soldOutAt } = await items.get(shop.id, id);
    return { availableAt, restockedAt, soldOutAt };
  };

  test("from its first save on, whatever day it is dated back to", async () => {
    await items.put(shop, { ...latte, id: "dated", addedAt: days(-20) }, now);
    expect(await state("dated")).toEqual({ availableAt: now });
    await items.put(shop, { ...latte, id: "dated", addedAt: days(-80) }, later);
    expect(await state("dated")).toEqual({ availableAt: now });
    const item = await items.get(shop.id, "dated");
    expect([isNew(item, 81), isNew(item, 80)]).toEqual([true, false]);
  });

  test("never, if it had been in the catalogue for 90 days, until that is put right", async () => {
    await items.put(shop, { ...latte, id: "old", addedAt: days(-90) }, now);
    expect(await state("old")).toEqual({});
    expect(isNew(await items.get(shop.id, "old"), 90)).toBe(false);
    await items.put(shop, { ...latte, id: "old", addedAt: days(-1) }, later);
    expect(await state("old")).toEqual({ availableAt: later });
  });

  test("again when it comes back after seven days, and not when it does so sooner", async () => {
    await items.put(shop, { ...latte, id: "back", addedAt: days(-200) }, now);
    await items.soldOut(shop.id, "back", now);
    // Saying so again does not begin the days anew.
    await items.put(shop, { ...latte, id: "back", price, inStock: false }, days(3));
    expect(await state("back")).toEqual({ soldOutAt: now });
    await items.backInStock(shop.id, "back", days(7));
    expect(await state("back")).toEqual({ availableAt: days(7), restockedAt: days(7) });
    expect(isNew(await items.get(shop.id, "back"), 1)).toBe(true);

    await items.soldOut(shop.id, "back", days(8));
    await items.backInStock(shop.id, "back", addSeconds(days(15), -1));
    expect(await state("back")).toEqual({ availableAt: days(7), restockedAt: days(7) });
  });
});
