import { PutCommand } from "@aws-sdk/lib-dynamodb";
import { beforeAll, describe, expect, test, vi } from "vitest";
import type { Business } from "../core/businesses.ts";
import * as businesses from "../core/businesses.ts";
import { documents, tableName } from "../core/store.ts";
import { routes } from "../functions/http/businesses.ts";
import { apiOf, keyOf } from "./http/api.ts";
import { useDatabase } from "./support/database.ts";
import { aBusiness, saveBusiness } from "./support/shop.ts";

const admin = "sapa_admin_0123456789abcdefghijklmnopqrstuv";
vi.mock("../core/secrets.ts", () => ({
  keys: async () => ({ adminKey: "sapa_admin_0123456789abcdefghijklmnopqrstuv", linkKeys: [] }),
}));
useDatabase();
const { call } = apiOf(routes);

const settings = {
  name: "Kopi Senja",
  sender: { address: "halo@kopisenja.example", replyTo: "tanya@kopisenja.example" },
  postalAddress: "Jl. Braga 12, Bandung",
  timeZone: "Asia/Jakarta",
  currency: "IDR",
  locale: "id",
};
const now = "2026-11-24T02:00:00.000Z";
const asField = (body: { errors: { field: string; message: string }[] }) =>
  body.errors.map(({ field }) => field);

describe("the operator", () => {
  test("creates a business, with what is not said filled in, and finds it again", async () => {
    const { status, body } = await call("POST /v1/businesses", { key: admin, body: settings });
    expect(status).toBe(201);
    expect(body).toMatchObject({ ...settings, leapDayRule: "february-28", version: 1, createdAt: now });
    expect(body.topics.map(({ key }: { key: string }) => key)).toEqual(["birthday", "offers", "news"]);
    expect((await call(`GET /v1/businesses/${body.id}`, { key: admin })).body).toEqual(body);
  });

  test("pages through all businesses", async () => {
    for (let n = 0; n < 3; n++) await businesses.create(businesses.NewBusiness.parse(settings), now);
    const seen: string[] = [];
    let next = "";
    do {
      const { body } = await call(`GET /v1/businesses?limit=2${next}`, { key: admin });
      expect(body.items.length).toBeLessThanOrEqual(2);
      seen.push(...body.items.map(({ id }: Business) => id));
      next = body.next ? `&cursor=${body.next}` : "";
    } while (next);
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.length).toBeGreaterThanOrEqual(3);
    expect((await call("GET /v1/businesses?cursor=nonsense", { key: admin })).status).toBe(400);
  });

  test.each([
    ["timeZone", { timeZone: "Asia/Bandung" }],
    ["timeZone", { timeZone: "+07:00" }],
    ["currency", { currency: "RPH" }],
    ["locale", { locale: "jv" }],
    ["sender.address", { sender: { address: "halo at kopisenja" } }],
    ["name", { name: "Kopi\r\nBcc: everyone@example.com" }],
    ["postalAddress", { postalAddress: "" }],
    ["brand.colour", { brand: { colour: "teal" } }],
    ["quietHours.from", { quietHours: { from: "25:00", to: "08:00" } }],
    ["attributes.drink", { attributes: { drink: "colour" } }],
    ["topics", { topics: [] }],
    ["websiteUrl", { websiteUrl: "javascript:alert(1)" }],
    ["brand.logoUrl", { brand: { colour: "#0f766e", logoUrl: "https://logo.example;form-action/x.png" } }],
    ["signUp.privacyUrl", { signUp: { privacyUrl: "https://kopi.example@evil.example" } }],
    ["postalAddress", { postalAddress: "\u200b\u200b\u200b\u200b\u200b" }],
    ["postalAddress", { postalAddress: "- - - - -" }],
    ["sender.adress", { sender: { address: "halo@kopisenja.example", adress: "x" } }],
  ])("is told that %s is wrong", async (field, wrong) => {
    const { status, body } = await call("POST /v1/businesses", {
      key: admin,
      body: { ...settings, ...wrong },
    });
    expect(status).toBe(400);
    expect(asField(body)).toEqual([field]);
  });
});

describe("settings that were stored when less was refused", () => {
  const brand = { colour: "#0f766e", logoUrl: "https://logo.example;form-action/x.png" };

  test("are read without what is refused today, and change like any others", async () => {
    const stored = await saveBusiness(aBusiness({ brand, websiteUrl: "https://user:secret@shop.example/" }));
    const read = await businesses.get(stored.id);
    expect(read.brand).toEqual({ colour: "#0f766e" });
    expect(read.websiteUrl).toBeUndefined();
    expect(await businesses.update(stored.id, { name: "Kopi Pagi" }, now)).toMatchObject({
      name: "Kopi Pagi",
    });
  });

  test("name what has to be changed as well", async () => {
    const stored = await saveBusiness(aBusiness({ postalAddress: "- - - - -" }));
    expect((await businesses.get(stored.id)).postalAddress).toBe("- - - - -");
    await expect(businesses.update(stored.id, { name: "Kopi Pagi" }, now)).rejects.toMatchObject({
      code: "conflict",
      problems: [{ field: "postalAddress" }],
    });
    const postalAddress = "Jl. Braga 12, Bandung";
    expect(await businesses.update(stored.id, { name: "Kopi Pagi", postalAddress }, now)).toMatchObject({
      postalAddress,
    });
  });
});

describe("a business's own key", () => {
  let shop: Business;
  let key: string;
  beforeAll(async () => {
    shop = await saveBusiness(aBusiness());
    key = await keyOf(shop);
  });

  test("reads and changes its own business, and can't tell another from none", async () => {
    const other = await saveBusiness(aBusiness());
    expect((await call(`GET /v1/businesses/${shop.id}`, { key })).body).toEqual(shop);
    for (const line of ["GET", "PATCH"]) {
      const body = line === "PATCH" ? { body: { name: "Mine" } } : {};
      const there = await call(`${line} /v1/businesses/${other.id}`, { key, ...body });
      const nowhere = await call(`${line} /v1/businesses/biz_nosuch`, { key, ...body });
      expect(there.status).toBe(404);
      expect(there).toEqual(nowhere);
    }
    expect((await businesses.get(other.id)).name).toBe("Kopi Senja");
  });

  test("may not create or list businesses", async () => {
    expect((await call("POST /v1/businesses", { key, body: settings })).status).toBe(403);
    expect((await call("GET /v1/businesses", { key })).status).toBe(403);
  });

  test("without the scope may not change settings", async () => {
    const reader = await keyOf(shop, ["business:read"]);
    expect((await call(`PATCH /v1/businesses/${shop.id}`, { key: reader, body: { name: "X" } })).status).toBe(
      403,
    );
  });
});

describe("a change of settings", () => {
  const change = (business: Business, body: unknown) =>
    call(`PATCH /v1/businesses/${business.id}`, { key: admin, body });

  test("merges objects, replaces lists, and null takes away what is optional", async () => {
    const shop = await saveBusiness(
      aBusiness({ frequencyCap: { perWeek: 2 }, attributes: { drink: "text" } }),
    );
    const { status, body } = await change(shop, {
      sender: { name: "Senja", replyTo: null },
      frequencyCap: { perMonth: 6 },
      attributes: { drink: null, visits: "number" },
      websiteUrl: null,
    });
    expect(status).toBe(200);
    expect(body).toEqual({
      ...shop,
      sender: { address: shop.sender.address, name: "Senja" },
      frequencyCap: { perWeek: 2, perMonth: 6 },
      attributes: { visits: "number" },
      websiteUrl: undefined,
      updatedAt: now,
      version: 2,
    });
    expect(await businesses.get(shop.id)).toEqual({ ...body });
  });

  test("can't take away what is required", async () => {
    const shop = await saveBusiness(aBusiness());
    const { status, body } = await change(shop, { name: null, sender: { address: null } });
    expect(status).toBe(400);
    expect(asField(body)).toEqual(["name", "sender.address"]);
  });

  test("to a rate so small that DynamoDB could not keep it is refused by its name", async () => {
    const shop = await saveBusiness(aBusiness());
    const { status, body } = await change(shop, { breaker: { complaintRate: 5e-324, days: 29 } });
    expect(status).toBe(400);
    expect(asField(body)).toEqual(["breaker.complaintRate"]);
    expect((await change(shop, { breaker: { bounceRate: 0.02 } })).body.breaker).toEqual({
      complaintRate: 0.001,
      bounceRate: 0.02,
      minimumSample: 1000,
      days: 7,
    });
  });

  test("two at once are both made", async () => {
    const shop = await saveBusiness(aBusiness());
    await Promise.all([
      businesses.update(shop.id, { name: "Kopi Pagi" }, now),
      businesses.update(shop.id, { locale: "en" }, now),
      businesses.update(shop.id, { leapDayRule: "march-1" }, now),
    ]);
    expect(await businesses.get(shop.id)).toMatchObject({
      name: "Kopi Pagi",
      locale: "en",
      leapDayRule: "march-1",
      version: 4,
    });
  });

  test("to another currency is refused once there are amounts", async () => {
    const shop = await saveBusiness(aBusiness());
    expect((await change(shop, { currency: "USD" })).status).toBe(200);
    await put("items", { business: shop.id, id: "SKU-1", addedAt: now });
    const { status, body } = await change(shop, { currency: "IDR" });
    expect(status).toBe(409);
    expect(asField(body)).toEqual(["currency"]);
  });

  test("of an attribute's type is refused, since customers may have values of the old one", async () => {
    const shop = await saveBusiness(aBusiness({ attributes: { drink: "text" } }));
    const { status, body } = await change(shop, { attributes: { drink: "number" } });
    expect(status).toBe(409);
    expect(asField(body)).toEqual(["attributes.drink"]);
  });

  test("that drops a topic, or moves the clock, under a campaign is refused with the campaign's name", async () => {
    const shop = await saveBusiness(aBusiness());
    const campaign = { business: shop.id, id: "cam_1", name: "Ulang tahun", topic: "birthday" };
    await put("campaigns", { ...campaign, state: "active" });
    const topics = shop.topics.filter(({ key }) => key !== "birthday");
    const dropped = await change(shop, { topics });
    expect(dropped.status).toBe(409);
    expect(dropped.body.detail).toContain("Ulang tahun");
    expect((await change(shop, { timeZone: "Asia/Makassar" })).status).toBe(409);
    await put("campaigns", { ...campaign, state: "paused" });
    expect((await change(shop, { timeZone: "Asia/Makassar" })).status).toBe(200);
    await put("campaigns", { ...campaign, state: "archived" });
    expect((await change(shop, { topics })).status).toBe(200);
  });
});

const put = (table: "items" | "campaigns", Item: Record<string, unknown>) =>
  documents.send(new PutCommand({ TableName: tableName(table), Item }));
