import { PutCommand } from "@aws-sdk/lib-dynamodb";
import { beforeAll, describe, expect, test, vi } from "vitest";
import type { Business } from "../../core/businesses.ts";
import { type Customer, toItem } from "../../core/customers/record.ts";
import * as customers from "../../core/customers.ts";
import { newId } from "../../core/ids.ts";
import { mostCategories, mostItems } from "../../core/orders/statistics.ts";
import { documents, tableName } from "../../core/store.ts";
import { operations } from "../../functions/http/operations.ts";
import { apiOf, keyOf } from "../http/api.ts";
import { aCustomer } from "../support/customer.ts";
import { useDatabase } from "../support/database.ts";
import { aBusiness, saveBusiness } from "../support/shop.ts";

useDatabase();

const now = "2026-11-24T02:00:00.000Z";
const api = apiOf(operations);
const names = Array.from({ length: 100 }, (_, at) => `attribute_of_the_customer_with_number_${at}`);
const attributes = Object.fromEntries(names.map((name) => [name, "text" as const]));
let shop: Business;
let key: string;
beforeAll(async () => {
  shop = await saveBusiness(aBusiness({ attributes }));
  key = await keyOf(shop);
});

/** A letter of three bytes. */
const letter = "字";
const distinct = (count: number, length: number) =>
  Array.from({ length: count }, (_, at) => `${at}`.padStart(length, letter));
const instants = (count: number) => Array.from({ length: count }, () => now);
const entries = <T>(keys: readonly string[], value: T) => Object.fromEntries(keys.map((key) => [key, value]));

/** Everything of a customer at its largest but the attributes. */
const longHistory = (): Partial<Customer> => ({
  name: letter.repeat(120),
  nickname: letter.repeat(60),
  tags: distinct(50, 60),
  statistics: {
    orders: 10_000,
    spent: 1e12,
    firstOrderAt: now,
    lastOrderAt: now,
    categories: entries(distinct(mostCategories, 60), { orders: 10_000, lastAt: now }),
    items: entries(distinct(mostItems, 100), now),
  },
  recentSends: instants(310),
  softBounces: entries(
    distinct(40, 16).map((id) => `run_${id}`),
    now,
  ) as Customer["softBounces"],
  wonBack: entries(
    distinct(100, 16).map((id) => `cam_${id}`),
    now,
  ) as Customer["wonBack"],
});

/** Attributes of so many bytes, as they are counted. */
function attributesOf(bytes: number): Record<string, string> {
  const all: Record<string, string> = {};
  for (const name of names) {
    const left = bytes - Buffer.byteLength(JSON.stringify([all, {}])) - name.length - 6;
    if (left > 0) all[name] = letter.repeat(Math.min(500, Math.floor(left / 3)));
  }
  return all;
}

describe("what passes validation fits into an item", () => {
  test("a customer with the longest history can have the longest attributes, and not longer ones", async () => {
    const { id } = aCustomer({ id: newId("cus") });
    const customer = aCustomer({ ...longHistory(), id, business: shop.id, email: `${id}@example.com` });
    await documents.send(new PutCommand({ TableName: tableName("customers"), Item: toItem(customer) }));
    const save = (bytes: number) =>
      api.call(`PATCH /v1/customers/${id}`, { key, body: { attributes: attributesOf(bytes) } });

    expect(await save(127_900)).toMatchObject({ status: 200 });
    const stored = await customers.get(shop.id, id);
    expect(Buffer.byteLength(JSON.stringify(toItem(stored)))).toBeLessThan(400 * 1024);
    expect(await save(128_400)).toMatchObject({
      status: 400,
      body: { errors: [{ field: "attributes", message: expect.stringMatching(/128000 fit$/) }] },
    });
    const nothing = entries(Object.keys(attributesOf(127_900)), null);
    expect(await api.call(`PATCH /v1/customers/${id}`, { key, body: { attributes: nothing } })).toMatchObject(
      {
        status: 200,
        body: { attributes: {} },
      },
    );
  });

  test("attributes that the business has dropped count with the others", async () => {
    const { body } = await api.call("PUT /v1/customers", {
      key,
      body: { externalId: "dropped", attributes: attributesOf(100_000) },
    });
    const later = await saveBusiness(aBusiness({ ...shop, attributes: { other: "text", another: "text" } }));
    const token = await keyOf(later);
    const more = { other: letter.repeat(500) };
    expect(
      await api.call(`PATCH /v1/customers/${body.id}`, { key: token, body: { attributes: more } }),
    ).toMatchObject({ status: 200 });
    await saveBusiness(shop);
  });

  test("many customers with long histories are saved at once, in transactions that DynamoDB takes", async () => {
    const ids = Array.from({ length: 30 }, (_, at) => `large-${at}`);
    const inputs = ids.map((externalId) => ({ details: { externalId }, evidence: { way: "api" as const } }));
    for (const one of await customers.upsertMany(shop, inputs, now)) {
      if (!("customer" in one)) throw one;
      const Item = toItem({ ...one.customer, ...longHistory() });
      await documents.send(new PutCommand({ TableName: tableName("customers"), Item }));
    }
    const changed = inputs.map((input) => ({
      ...input,
      details: { ...input.details, attributes: attributesOf(127_000) },
    }));
    const sent = vi.spyOn(documents, "send");
    const saved = await customers.upsertMany(shop, changed, now);
    // Measured here, since the local database counts names by letters. No part of an item is longer in DynamoDB's count.
    const sizes = sent.mock.calls.map(([command]) => Buffer.byteLength(JSON.stringify(command.input)));
    expect(Math.max(...sizes)).toBeGreaterThan(2_000_000);
    expect(Math.max(...sizes)).toBeLessThan(4 * 1024 * 1024);
    expect(saved.map((one) => "outcome" in one && one.outcome)).toEqual(ids.map(() => "updated"));
  });
});

describe("a business declares at most a hundred attributes", () => {
  const declared = (prefix: string, count: number) =>
    entries(
      Array.from({ length: count }, (_, at) => `${prefix}${at}`),
      "text",
    );
  const message = "must have at most 100 attributes";

  test("when it is changed", async () => {
    const business = await saveBusiness(aBusiness());
    const token = await keyOf(business);
    const change = (attributes: object) =>
      api.call(`PATCH /v1/businesses/${business.id}`, { key: token, body: { attributes } });

    expect(await change(declared("a", 60))).toMatchObject({ status: 200 });
    expect(await change(declared("b", 60))).toMatchObject({
      status: 400,
      body: { errors: [{ field: "attributes", message }] },
    });
    expect(
      await change({ ...entries(Object.keys(declared("a", 60)), null), ...declared("b", 100) }),
    ).toMatchObject({ status: 200 });
  });

  test("and one that has declared more works on, and can take some away", async () => {
    const business = await saveBusiness(
      aBusiness({ attributes: declared("a", 120) as Business["attributes"] }),
    );
    const token = await keyOf(business);
    expect(await api.call(`GET /v1/businesses/${business.id}`, { key: token })).toMatchObject({
      status: 200,
    });
    const fewer = entries(Object.keys(declared("a", 20)), null);
    expect(
      await api.call(`PATCH /v1/businesses/${business.id}`, { key: token, body: { attributes: fewer } }),
    ).toMatchObject({ status: 200 });
  });

  test("and of unknown ones it is told twenty names that there are", async () => {
    const { body } = await api.call("PUT /v1/customers", {
      key,
      body: { externalId: "a", attributes: { drink: "kopi" } },
    });
    expect(body.errors[0].message).toMatch(
      /^is not an attribute of the business, which has (\w+, ){19}\w+ and 80 more$/,
    );
  });
});
