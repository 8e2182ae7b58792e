import { beforeAll, describe, expect, test } from "vitest";
import { newId } from "../core/ids.ts";
import { routes } from "../functions/http/customers.ts";
import { apiOf, keyOf } from "./http/api.ts";
import { useBus } from "./support/bus.ts";
import { useDatabase } from "./support/database.ts";
import { aBusiness, saveBusiness } from "./support/shop.ts";

useDatabase();
useBus();
const { call } = apiOf(routes);

let key = "";
let strangerKey = "";
beforeAll(async () => {
  const business = await saveBusiness(aBusiness({ attributes: { drink: "text", points: "number" } }));
  key = await keyOf(business);
  strangerKey = await keyOf(await saveBusiness(aBusiness()));
});

const ani = { email: "ani@example.com", phone: "0812-3456-7890", name: "Ani Wijaya", birthday: "11-24" };
const fields = (body: { errors: { field: string }[] }) => body.errors.map(({ field }) => field);

test("an owner saves a customer, finds them, changes them and saves them again", async () => {
  const saved = await call("PUT /v1/customers", { key, body: ani });
  const again = await call("PUT /v1/customers", { key, body: { ...ani, nickname: "Ani" } });
  const { id } = saved.body;

  expect([saved.status, again.status]).toEqual([201, 200]);
  expect(again.body).toMatchObject({
    id,
    nickname: "Ani",
    phone: "+6281234567890",
    statistics: { orders: 0 },
  });
  expect(again.body).not.toHaveProperty("recentSends");
  for (const query of ["email=ANI@example.com", "phone=0812%203456%207890", "name=ani%20w"]) {
    expect((await call(`GET /v1/customers?${query}`, { key })).body.items).toEqual([again.body]);
  }
  const changed = await call(`PATCH /v1/customers/${id}`, {
    key,
    body: { nickname: null, attributes: { drink: "tea" } },
  });
  expect(changed.body).not.toHaveProperty("nickname");
  expect(await call(`GET /v1/customers/${id}`, { key })).toMatchObject({ status: 200, body: changed.body });
});

test("a number that DynamoDB could not keep is refused by name, and every other one comes back as it was", async () => {
  const save = (points: number) =>
    call("PUT /v1/customers", { key, body: { externalId: "N1", attributes: { points } } });
  for (const points of [5e-324, 1e300, -1e16, 123456789012345680]) {
    const { status, body } = await save(points);
    expect({ status, fields: fields(body) }).toEqual({ status: 400, fields: ["attributes.points"] });
  }
  for (const points of [0, -0.1, 0.1 + 0.2, 1e-9, 123456789012345, 1e15]) {
    expect((await save(points)).body.attributes).toEqual({ points });
  }
});

test("an Idempotency-Key that can't be one is refused, also where the answer is personal and nothing is kept", async () => {
  const { id } = (await call("PUT /v1/customers", { key, body: { externalId: "I1" } })).body;
  const unsubscribe = (idempotencyKey: string) =>
    call(`POST /v1/customers/${id}/unsubscribe`, { key, headers: { "idempotency-key": idempotencyKey } });
  for (const wrong of ["", "x".repeat(256), "ké"]) {
    const { status, body } = await unsubscribe(wrong);
    expect({ status, fields: fields(body) }).toEqual({ status: 400, fields: ["idempotency-key"] });
  }
  expect((await unsubscribe("x".repeat(255))).status).toBe(200);
});

test("an owner restricts the use of a customer's data, and lifts it, both with evidence", async () => {
  const { id } = (await call("PUT /v1/customers", { key, body: { externalId: "R1", consent: "subscribed" } }))
    .body;

  const kept = await call(`POST /v1/customers/${id}/restrict`, { key });
  expect(kept.body).toMatchObject({ consent: "subscribed", restrictedAt: expect.any(String) });
  expect((await call(`POST /v1/customers/${id}/restrict`, { key })).body).toEqual(kept.body);

  const used = await call(`POST /v1/customers/${id}/unrestrict`, { key });
  expect(used.body).not.toHaveProperty("restrictedAt");
  const evidence = await call(`GET /v1/customers/${id}/consent`, { key });
  expect(evidence.body.items.map(({ restricted }: Record<string, boolean>) => restricted)).toEqual([
    undefined,
    true,
    false,
  ]);
  expect(await call(`POST /v1/customers/${newId("cus")}/restrict`, { key })).toMatchObject({ status: 404 });
});

test("an owner unsubscribes a customer, and sees the evidence", async () => {
  const { id } = (await call("PUT /v1/customers", { key, body: { externalId: "E1", consent: "subscribed" } }))
    .body;

  const stopped = await call(`POST /v1/customers/${id}/unsubscribe`, { key });
  expect(stopped.body).toMatchObject({ consent: "unsubscribed" });
  const evidence = await call(`GET /v1/customers/${id}/consent`, { key });
  expect(evidence.body.items.map(({ consent, way }: Record<string, string>) => [consent, way])).toEqual([
    ["subscribed", "api"],
    ["unsubscribed", "api"],
  ]);
});

test("an owner unsubscribes a customer from one topic; one that the business does not have is named", async () => {
  const { id } = (await call("PUT /v1/customers", { key, body: { externalId: "E2", consent: "subscribed" } }))
    .body;

  const stopped = await call(`POST /v1/customers/${id}/unsubscribe`, { key, body: { topic: "offers" } });
  expect(stopped.body).toMatchObject({ consent: "subscribed", topics: { offers: false } });
  const again = await call(`POST /v1/customers/${id}/unsubscribe`, { key, body: { topic: "offers" } });
  expect(again.body).toEqual(stopped.body);
  const unknown = await call(`POST /v1/customers/${id}/unsubscribe`, { key, body: { topic: "sport" } });
  expect([unknown.status, fields(unknown.body)]).toEqual([400, ["topic"]]);
  expect((await call(`POST /v1/customers/${id}/unsubscribe`, { key, body: {} })).body).toMatchObject({
    consent: "unsubscribed",
  });
  const { body } = await call(`GET /v1/customers/${id}/consent`, { key });
  expect(body.items).toMatchObject([
    { way: "api" },
    { way: "api", topics: { offers: false } },
    { way: "api", consent: "unsubscribed" },
  ]);
});

test("an owner sees and sets what a customer asked for: how often at most, and until when nothing", async () => {
  const { id } = (await call("PUT /v1/customers", { key, body: { externalId: "E3", consent: "subscribed" } }))
    .body;
  const wanted = { frequencyCap: { perWeek: 1 }, pausedUntil: "2027-01-01" };

  expect((await call(`PATCH /v1/customers/${id}`, { key, body: wanted })).body).toMatchObject(wanted);
  const shown = (await call(`GET /v1/customers/${id}`, { key })).body;
  expect(shown).toMatchObject(wanted);
  const replaced = await call(`PATCH /v1/customers/${id}`, { key, body: { frequencyCap: { perMonth: 2 } } });
  expect(replaced.body).toMatchObject({ frequencyCap: { perMonth: 2 }, pausedUntil: "2027-01-01" });
  expect(replaced.body.frequencyCap).not.toHaveProperty("perWeek");

  const none = { frequencyCap: null, pausedUntil: null };
  const freed = (await call(`PATCH /v1/customers/${id}`, { key, body: none })).body;
  expect(freed).not.toHaveProperty("frequencyCap");
  expect(freed).not.toHaveProperty("pausedUntil");
  const { body } = await call(`GET /v1/customers/${id}/consent`, { key });
  expect(body.items.slice(1)).toMatchObject([
    { way: "api", ...wanted },
    { way: "api", frequencyCap: { perMonth: 2 } },
    { way: "api", ...none },
  ]);
  for (const body of [{ frequencyCap: {} }, { frequencyCap: { perWeek: 0 } }, { pausedUntil: "soon" }]) {
    const refused = await call(`PATCH /v1/customers/${id}`, { key, body });
    expect(refused.status).toBe(400);
    expect(fields(refused.body)[0]).toMatch(/^(frequencyCap|pausedUntil)/);
  }
});

describe("what is wrong is answered with the field's name", () => {
  test.each([
    [{ ...ani, birthday: "02-30" }, 400, ["birthday"]],
    [{ ...ani, email: "not an address" }, 400, ["email"]],
    [{ ...ani, phone: "123456" }, 400, ["phone"]],
    [{ ...ani, shoe: 41 }, 400, ["shoe"]],
    [{ ...ani, attributes: { shoe: 41 } }, 400, ["attributes.shoe"]],
    [{ ...ani, topics: { sport: true } }, 400, ["topics.sport"]],
    [{ ...ani, nickname: null }, 400, ["nickname"]],
    [{ name: "Ani" }, 400, ["email"]],
  ])("%j", async (body, status, expected) => {
    const answer = await call("PUT /v1/customers", { key, body });
    expect(answer.status).toBe(status);
    expect(fields(answer.body)).toEqual(expected);
  });

  test("another customer's identity is a conflict", async () => {
    await call("PUT /v1/customers", { key, body: { email: "budi@example.com" } });
    const { id } = (await call("PUT /v1/customers", { key, body: { externalId: "C9" } })).body;

    const answer = await call(`PATCH /v1/customers/${id}`, { key, body: { email: "budi@example.com" } });

    expect(answer.status).toBe(409);
    expect(fields(answer.body)).toEqual(["email"]);
    expect(JSON.stringify(answer.body)).not.toContain("budi@example.com");
  });
});

test("a customer of another business is as one that does not exist", async () => {
  const { id } = (await call("PUT /v1/customers", { key, body: { externalId: "X1" } })).body;
  const unknown = newId("cus");

  for (const line of [
    "GET /v1/customers/ID",
    "PATCH /v1/customers/ID",
    "POST /v1/customers/ID/unsubscribe",
  ]) {
    const given = line.startsWith("PATCH")
      ? { key: strangerKey, body: { name: "Eve" } }
      : { key: strangerKey };
    const there = await call(line.replace("ID", id), given);
    const nowhere = await call(line.replace("ID", unknown), given);
    expect(there.status).toBe(404);
    expect({ ...there.body, instance: "" }).toEqual({ ...nowhere.body, instance: "" });
  }
  await call(`DELETE /v1/customers/${id}`, { key: strangerKey });
  expect((await call(`GET /v1/customers/${id}/consent`, { key: strangerKey })).body.items).toEqual([]);
  expect((await call("GET /v1/customers?externalId=X1", { key: strangerKey })).body.items).toEqual([]);
  expect((await call(`GET /v1/customers/${id}`, { key })).status).toBe(200);
});
