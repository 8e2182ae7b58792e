import { PutCommand } from "@aws-sdk/lib-dynamodb";
import { beforeAll, describe, expect, test } from "vitest";
import { newId } from "../../core/ids.ts";
import { documents, tableName } from "../../core/store.ts";
import { routes } from "../../functions/http/segments.ts";
import { useDatabase } from "../support/database.ts";
import { aBusiness, saveBusiness } from "../support/shop.ts";
import { apiOf, keyOf } from "./api.ts";

useDatabase();

const { call } = apiOf(routes);
const shop = aBusiness({ attributes: { favourite_drink: "text" } });
const neighbour = aBusiness();
let key: string;
let others: string;
beforeAll(async () => {
  await saveBusiness(shop);
  await saveBusiness(neighbour);
  key = await keyOf(shop);
  others = await keyOf(neighbour);
});

const body = {
  name: "Regulars who went off coffee",
  definition: {
    all: [{ orders: { atLeast: 3 } }, { not: { bought: { category: "Coffee", withinDays: 60 } } }],
  },
};

test("a segment is created, listed, read, replaced, previewed and deleted", async () => {
  const created = await call("POST /v1/segments", { key, body });
  expect(created.status).toBe(201);
  expect(created.body).toMatchObject({
    ...body,
    description: {
      en: "Customers who have ordered at least 3 times and have not bought Coffee in the last 60 days",
      id: "Pelanggan yang memesan minimal 3 kali dan tidak membeli Coffee dalam 60 hari terakhir",
    },
  });
  const path = `/v1/segments/${created.body.id}`;
  expect((await call("GET /v1/segments", { key })).body).toEqual({ items: [created.body] });
  expect((await call(`GET ${path}`, { key })).body).toEqual(created.body);

  const replaced = await call(`PUT ${path}`, {
    key,
    body: { name: "Everyone", definition: { has: "email" } },
  });
  expect(replaced).toMatchObject({ status: 200, body: { name: "Everyone", version: 2 } });
  expect((await call(`GET ${path}/preview`, { key })).body).toMatchObject({
    count: 0,
    complete: true,
    accessPath: { by: "all" },
  });

  expect((await call(`DELETE ${path}`, { key })).status).toBe(204);
  expect((await call(`GET ${path}`, { key })).status).toBe(404);
  expect((await call(`GET ${path}/preview`, { key })).status).toBe(404);
});

test("a definition is previewed without being saved", async () => {
  const { status, body: found } = await call("POST /v1/segments/preview", {
    key,
    body: { definition: { birthday: { withinDays: 2 } } },
  });
  expect(status).toBe(200);
  expect(found).toEqual({
    count: 0,
    sample: [],
    read: 0,
    complete: true,
    accessPath: { by: "birthday", days: ["11-24", "11-25"] },
    description: {
      en: "Customers who have a birthday in the next 2 days",
      id: "Pelanggan yang berulang tahun dalam 2 hari ke depan",
    },
  });
  expect((await call("GET /v1/segments", { key })).body.items).toEqual([]);
});

describe("a wrong definition is answered with the path of what is wrong", () => {
  test.each([
    [
      { all: [{ has: "email" }, { bought: { category: 3 } }] },
      "definition.all.1.bought.category",
      "must be a text",
    ],
    [{ birthday: { withinDays: 400 } }, "definition.birthday.withinDays", "must be at most 365"],
    [{ topic: "offers" }, "definition.on", "is required"],
    [
      { attribute: "favourite_drink", above: 2 },
      "definition.above",
      "does not go with a text: use one of is, isNot, contains, exists",
    ],
    [
      { not: { attribute: "shoe_size", exists: true } },
      "definition.not.attribute",
      "is not an attribute of this business, which has favourite_drink",
    ],
    [undefined, "definition", 'must be a condition such as {"tag": "vip"}'],
  ])("%j", async (definition, field, message) => {
    for (const line of ["POST /v1/segments", "POST /v1/segments/preview"]) {
      const named = line.endsWith("preview") ? {} : { name: "Wrong" };
      const { status, body: problem } = await call(line, { key, body: { ...named, definition } });
      expect(status).toBe(400);
      expect(problem.errors).toEqual([{ field, message }]);
    }
  });
});

test("one that a campaign uses is not deleted, and the answer names the campaign", async () => {
  const { body: segment } = await call("POST /v1/segments", { key, body });
  await documents.send(
    new PutCommand({
      TableName: tableName("campaigns"),
      Item: { business: shop.id, id: newId("cam"), name: "Kangen", segment: segment.id, state: "active" },
    }),
  );
  const { status, body: problem } = await call(`DELETE /v1/segments/${segment.id}`, { key });
  expect(status).toBe(409);
  expect(problem.detail).toContain("Kangen");
});

test("another business's segment is as unknown as one that never was", async () => {
  const { body: segment } = await call("POST /v1/segments", { key, body });
  const strange = await call(`GET /v1/segments/${segment.id}`, { key: others });
  const never = await call(`GET /v1/segments/${newId("seg")}`, { key: others });
  expect(strange.status).toBe(404);
  expect(strange.body).toEqual({ ...never.body, instance: strange.body.instance });
  expect((await call(`GET /v1/segments/${segment.id}/preview`, { key: others })).status).toBe(404);
  expect((await call(`PUT /v1/segments/${segment.id}`, { key: others, body })).status).toBe(404);
  await call(`DELETE /v1/segments/${segment.id}`, { key: others });
  expect((await call(`GET /v1/segments/${segment.id}`, { key })).status).toBe(200);
});

test("reading needs segments:read, changing needs segments:write", async () => {
  const reader = await keyOf(shop, ["segments:read"]);
  const writer = await keyOf(shop, ["segments:write"]);
  expect((await call("GET /v1/segments", { key: reader })).status).toBe(200);
  expect((await call("POST /v1/segments", { key: reader, body })).status).toBe(403);
  expect((await call("GET /v1/segments", { key: writer })).status).toBe(403);
  expect((await call("POST /v1/segments", { body })).status).toBe(401);
});
