import { PutCommand } from "@aws-sdk/lib-dynamodb";
import { beforeAll, describe, expect, test } from "vitest";
import type { Business } from "../../core/businesses.ts";
import { type Customer, nameKey, toItem } from "../../core/customers/record.ts";
import { type CustomerId, newId } from "../../core/ids.ts";
import * as keys from "../../core/keys.ts";
import { sizeOf } from "../../core/lists.ts";
import { toItem as orderItem } from "../../core/orders.ts";
import type { Response } from "../../core/responses/record.ts";
import { documents, tableName } from "../../core/store.ts";
import type { TableName } from "../../core/tables.ts";
import { operations } from "../../functions/http/operations.ts";
import { serverOf } from "../../functions/http/server.ts";
import { apiOf, keyOf } from "../http/api.ts";
import { aCustomer } from "../support/customer.ts";
import { useDatabase } from "../support/database.ts";
import { aBusiness, saveBusiness } from "../support/shop.ts";

useDatabase();

/** Its calls fail when any answer is over 5 MB. */
const api = apiOf(operations);
const attributes = { note: "text" as const };
let shop: Business;
let key: string;
beforeAll(async () => {
  shop = await saveBusiness(aBusiness({ attributes }));
  key = await keyOf(shop);
});

const put = (table: TableName, Item: Record<string, unknown>) =>
  documents.send(new PutCommand({ TableName: tableName(table), Item }));

async function saveCustomer(business: Business, details: Partial<Customer>): Promise<Customer> {
  const customer = aCustomer({ id: newId("cus"), business: business.id, ...details });
  await put("customers", toItem(customer));
  return customer;
}

/** All pages of a list, the items of each. */
async function pagesOf(path: string, token = key): Promise<{ id: string; name?: string }[][]> {
  const pages = [];
  let cursor = "";
  do {
    const { status, body } = await api.call(`GET ${path}${path.includes("?") ? "&" : "?"}${cursor}`, {
      key: token,
    });
    expect(status, String(api.reports.at(-1)?.error)).toBe(200);
    pages.push(body.items);
    cursor = body.next ? `cursor=${body.next}` : "";
  } while (cursor && pages.length < 100);
  return pages;
}

/** Some 100 KB, and twice as much in an answer. */
const large = Object.fromEntries(Array.from({ length: 240 }, (_, at) => [`note_${at}`, "\"'\\".repeat(140)]));

describe("a list whose items are large comes in more pages, with each of them once", () => {
  beforeAll(async () => {
    for (let at = 0; at < 30; at++) {
      await saveCustomer(shop, { name: `Ani ${at % 3}`, attributes: large });
    }
  }, 120_000);

  test.each(["/v1/customers?limit=100", "/v1/customers?name=ani&limit=100"])("%s", async (path) => {
    const pages = await pagesOf(path);
    const ids = pages.flat().map(({ id }) => id);
    expect(pages.length).toBeGreaterThan(2);
    expect(new Set(ids).size).toBe(30);
    expect(ids.length).toBe(30);
  });

  test("a customer's orders", async () => {
    const customer = newId("cus");
    const line = { item: "a", name: '"'.repeat(120), category: "\\".repeat(60), quantity: 1 };
    for (let at = 0; at < 100; at++) {
      const placedAt = `2026-11-${String(1 + (at % 20)).padStart(2, "0")}T02:00:00.000Z`;
      const lines = Array.from({ length: 200 }, () => line);
      const order = { id: `INV/${at}`, placedAt, channel: "pos", currency: "IDR", total: 1, lines, customer };
      await put("orders", orderItem(shop.id, order));
    }
    const pages = await pagesOf(`/v1/customers/${customer}/orders?limit=100`);
    const ids = pages.flat().map(({ id }) => id);
    expect(pages.length).toBeGreaterThan(2);
    expect(new Set(ids).size).toBe(100);
    expect(ids.length).toBe(100);
  });

  test("responses that were answered at length", async () => {
    for (let at = 0; at < 60; at++) {
      const answers = Array.from({ length: 20 }, () => ({
        at: "2026-11-20T02:00:00.000Z",
        text: '"'.repeat(3000),
      }));
      const response: Response = {
        id: `rsp_${newId("cus").slice(4)}_rating`,
        business: shop.id,
        customer: newId("cus"),
        at: `2026-11-20T02:00:${String(at).padStart(2, "0")}.000Z`,
        state: "answered",
        answers,
        version: 1,
        kind: "rating",
        stars: 5,
      };
      await put("responses", response);
    }
    const pages = await pagesOf("/v1/responses?limit=100");
    expect(pages.length).toBeGreaterThan(2);
    expect(new Set(pages.flat().map(({ id }) => id)).size).toBe(60);
  });

  test("segments, which say themselves in two languages", async () => {
    const condition = { attribute: "note", contains: "\"'\\".repeat(160) };
    const definition = { all: Array.from({ length: 49 }, () => condition) };
    for (let at = 0; at < 40; at++) {
      await api.call("POST /v1/segments", { key, body: { name: `Segment ${at}`, definition } });
    }
    const pages = await pagesOf("/v1/segments?limit=100");
    expect(pages.length).toBeGreaterThan(1);
    expect(new Set(pages.flat().map(({ id }) => id)).size).toBe(40);
  });
});

test("a search by name pages on through any number of the same and of similar names, in order", async () => {
  const business = await saveBusiness(aBusiness());
  const token = await keyOf(business);
  const names = ["Ani", "ani", "Ánì", "Ani a", "Ani\u{ffff}", "Ani \u{1f600}", "Ani Z", "Anitá"];
  const saved: Customer[] = [];
  for (let at = 0; at < 64; at++)
    saved.push(await saveCustomer(business, { name: names[at % names.length] ?? "" }));
  await saveCustomer(business, { name: "Anh" });
  await saveCustomer(business, { name: "Budi" });

  for (const limit of [1, 3, 7, 64, 100]) {
    const pages = await pagesOf(`/v1/customers?name=ANI&limit=${limit}`, token);
    const found = pages.flat();
    expect(new Set(found.map(({ id }) => id))).toEqual(new Set(saved.map(({ id }) => id)));
    expect(found.length).toBe(64);
    const keysFound = found.map(({ name = "" }) => Buffer.from(nameKey(name)));
    expect(keysFound).toEqual([...keysFound].sort(Buffer.compare));
    expect(pages.every((page) => page.length <= limit)).toBe(true);
  }
});

test.each([
  { name: "bud", shard: 3, id: "cus_1" },
  { name: "ani", shard: 16, id: "cus_1" },
  { name: "ani", shard: 1.5, id: "cus_1" },
  { name: "ani", shard: 1, id: "biz_1" },
  { name: "ani", id: "cus_1" },
])("a search refuses the cursor %j, which it did not give", async (place) => {
  const cursor = Buffer.from(JSON.stringify(place)).toString("base64url");
  expect(await api.call(`GET /v1/customers?name=ani&cursor=${cursor}`, { key })).toMatchObject({
    status: 400,
  });
});

test("a customer's consent is read page by page, oldest first", async () => {
  const customer: CustomerId = newId("cus");
  for (let at = 0; at < 30; at++) {
    const second = String(at).padStart(2, "0");
    const entry = { consent: at % 2 ? "unsubscribed" : "subscribed", way: "api" };
    await put("consents", {
      ...entry,
      customer: `${shop.id}#${customer}`,
      at: `2026-11-20T02:00:${second}.000Z#${second}`,
    });
  }
  const pages = await pagesOf(`/v1/customers/${customer}/consent?limit=8`);
  const times = pages.flat().map((entry) => (entry as unknown as { at: string }).at);
  expect(pages.map((page) => page.length)).toEqual([8, 8, 8, 6]);
  expect(times).toEqual([...new Set(times)].sort());
});

test("keys are listed page by page, those in use first", async () => {
  const business = await saveBusiness(aBusiness());
  const token = await keyOf(business);
  for (let at = 0; at < 7; at++) {
    const settings = { name: `Till ${at}`, scopes: ["items:read" as const], grantable: keys.Scope.options };
    const { id } = await keys.issue(business.id, settings, `2026-11-0${at + 1}T02:00:00.000Z`);
    if (at % 2) await keys.revoke(business.id, id, "2026-11-20T02:00:00.000Z");
  }
  const pages = await pagesOf(`/v1/businesses/${business.id}/keys?limit=3`, token);
  expect(pages.map((page) => page.map(({ name }) => name))).toEqual([
    ["Till 6", "Till 4", "Till 2"],
    ["Till 0", "Test", "Till 5"],
    ["Till 3", "Till 1"],
  ]);
});

test("an answer of more than 5 MB is a fault, and told as one", async () => {
  const errors: unknown[] = [];
  const serve = serverOf({
    routes: [],
    pages: { "/large": async () => ({ status: 200, body: { text: '"'.repeat(2_000_000) } }) },
    report: ({ error }) => errors.push(error),
  });
  const http = { method: "GET", path: "/large" };
  const given = { rawPath: "/large", headers: {}, requestContext: { requestId: "1", timeEpoch: 0, http } };
  const answer = await serve(given as unknown as Parameters<typeof serve>[0]);
  expect(answer.statusCode).toBe(500);
  expect(String(errors[0])).toMatch(/has 8\d{6} bytes/);
});

test("the size of an item is what it takes within a function's answer", () => {
  const value = { text: '"\\é😀\u0001' };
  const alone = Buffer.byteLength(JSON.stringify({ body: "" }));
  expect(sizeOf(value)).toBe(Buffer.byteLength(JSON.stringify({ body: JSON.stringify(value) })) - alone + 2);
});
