import { ScanCommand } from "@aws-sdk/lib-dynamodb";
import { beforeAll, expect, test, vi } from "vitest";
import type { Business } from "../core/businesses.ts";
import * as keys from "../core/keys.ts";
import { documents, tableName } from "../core/store.ts";
import { routes as ofBusinesses } from "../functions/http/businesses.ts";
import { routes } from "../functions/http/keys.ts";
import { apiOf, keyOf } from "./http/api.ts";
import { useDatabase } from "./support/database.ts";
import { aBusiness, saveBusiness } from "./support/shop.ts";

const admin = "sapa_admin_0123456789abcdefghijklmnopqrstuv";
vi.mock("../core/secrets.ts", () => ({
  keys: async () => ({ adminKey: "sapa_admin_0123456789abcdefghijklmnopqrstuv", linkKeys: [] }),
}));
useDatabase();
const { call } = apiOf([...ofBusinesses, ...routes]);

let shop: Business;
beforeAll(async () => {
  shop = await saveBusiness(aBusiness());
});
const path = () => `/v1/businesses/${shop.id}/keys`;

test("a key is shown once, works at once, and is stored as a hash only", async () => {
  const { status, body } = await call(`POST ${path()}`, { key: admin, body: { name: "Till" } });
  expect(status).toBe(201);
  expect(body.token).toMatch(new RegExp(`^sapa_${shop.id.slice(4)}_[a-z0-9]{32}$`));
  expect(body.token.endsWith(body.ending)).toBe(true);
  expect((await call(`GET /v1/businesses/${shop.id}`, { key: body.token })).status).toBe(200);

  const listed = (await call(`GET ${path()}`, { key: admin })).body;
  expect(JSON.stringify(listed)).not.toContain(body.token);
  const { Items } = await documents.send(new ScanCommand({ TableName: tableName("apiKeys") }));
  expect(JSON.stringify(Items)).not.toContain(body.token.slice(-32));
});

test("a new key may do everything but issue keys, unless scopes are named", async () => {
  const { body } = await call(`POST ${path()}`, { key: admin, body: { name: "Till" } });
  expect(body.scopes).toEqual(keys.Scope.options.filter((scope) => scope !== "keys:write"));
  const narrow = await call(`POST ${path()}`, {
    key: admin,
    body: { name: "Till", scopes: ["orders:write"] },
  });
  expect(narrow.body.scopes).toEqual(["orders:write"]);
});

test("a key can't give a scope that it does not have", async () => {
  const clerk = await keyOf(shop, ["keys:write", "orders:write"]);
  const greedy = await call(`POST ${path()}`, {
    key: clerk,
    body: { name: "X", scopes: ["customers:read"] },
  });
  expect(greedy.status).toBe(403);
  expect(greedy.body.detail).toContain("customers:read");
  const modest = await call(`POST ${path()}`, { key: clerk, body: { name: "X" } });
  expect(modest.body.scopes).toEqual(["orders:write"]);
});

test("a revoked key stops with its next request, stays in the list, and can be revoked again", async () => {
  const { body: issued } = await call(`POST ${path()}`, { key: admin, body: { name: "Lost" } });
  const use = () => call(`GET /v1/businesses/${shop.id}`, { key: issued.token });
  expect((await use()).status).toBe(200);
  const revoke = (now: string) => call(`DELETE ${path()}/${issued.id}`, { key: admin, now });
  expect((await revoke("2026-11-24T03:00:00.000Z")).status).toBe(204);
  expect((await use()).status).toBe(401);
  expect((await revoke("2026-11-25T03:00:00.000Z")).status).toBe(204);
  const { body } = await call(`GET ${path()}`, { key: admin });
  expect(body.items.at(-1)).toMatchObject({ id: issued.id, revokedAt: "2026-11-24T03:00:00.000Z" });
  expect((await call(`DELETE ${path()}/key_nosuch`, { key: admin })).status).toBe(404);
});

test("the keys of another business can't be seen, issued or revoked", async () => {
  const other = await saveBusiness(aBusiness());
  const theirs = await keys.issue(
    other.id,
    { name: "T", grantable: keys.Scope.options },
    "2026-11-01T00:00:00.000Z",
  );
  const mine = await keyOf(shop);
  const at = `/v1/businesses/${other.id}/keys`;
  expect((await call(`GET ${at}`, { key: mine })).status).toBe(404);
  expect((await call(`POST ${at}`, { key: mine, body: { name: "X" } })).status).toBe(404);
  expect((await call(`DELETE ${at}/${theirs.id}`, { key: mine })).status).toBe(404);
  expect((await call(`DELETE ${path()}/${theirs.id}`, { key: mine })).status).toBe(404);
  expect(await keys.authenticate(theirs.token)).toMatchObject({ business: { id: other.id } });
});

test("a key's token is not kept for its Idempotency-Key, and no second key is issued", async () => {
  const send = () =>
    call(`POST ${path()}`, { key: admin, body: { name: "Once" }, headers: { "idempotency-key": "issue-1" } });
  const first = await send();
  expect(first.status).toBe(201);
  expect((await send()).status).toBe(409);
  const { Items } = await documents.send(new ScanCommand({ TableName: tableName("idempotency") }));
  expect(JSON.stringify(Items)).not.toContain(first.body.token);
  const named = (await keys.list(shop.id)).filter(({ name }) => name === "Once");
  expect(named).toHaveLength(1);
});
