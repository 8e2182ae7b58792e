import fc from "fast-check";
import { beforeAll, describe, expect, test, vi } from "vitest";
import type { Business } from "../../core/businesses.ts";
import { operations } from "../../functions/http/operations.ts";
import { apiOf, keyOf } from "../http/api.ts";
import { useBus } from "../support/bus.ts";
import { useDatabase } from "../support/database.ts";
import { aBusiness, saveBusiness } from "../support/shop.ts";
import { anyName, halves, hostileNames, isKept } from "./hostile.ts";
import { type Ask, type Noun, nouns } from "./nouns.ts";

vi.mock("../../core/secrets.ts", () => ({ keys: async () => ({ adminKey: "sapa_admin_x", linkKeys: [] }) }));
useDatabase();
useBus();
const { call } = apiOf(operations);

/** Those of the names that may be one of an attribute, which are kept; any other is refused. */
const attributes = Object.fromEntries(
  ["drink", ...hostileNames.filter((name) => /^[a-zA-Z][a-zA-Z0-9_]{0,40}$/.test(name))].map((name) => [
    name,
    "text" as const,
  ]),
);
const topics = ["news", "constructor", "then", "length"].map((key) => ({ key, name: { id: key, en: key } }));

type Shop = { shop: Business; ask: Ask };
async function open(): Promise<Shop> {
  const shop = await saveBusiness(aBusiness({ attributes, topics }));
  const key = await keyOf(shop);
  return { shop, ask: (line, more = {}) => call(line, { key, ...more }) };
}
beforeAll(() => {
  process.env.IMPORTS_BUCKET_NAME = "sapa-imports";
});

/** The same comes out, but for what nobody can see, or a refusal comes that says what is wrong and where. */
async function keptOrRefused({ shop, ask }: Shop, { put, read, as = (name) => name }: Noun, name: string) {
  const answer = await put(ask, name, shop);
  const { status, body } = answer;
  if (status >= 400) {
    expect(status).toBeLessThan(500);
    const isClear = status === 404 || status === 405 || body.errors?.length > 0;
    expect(isClear, JSON.stringify(body)).toBe(true);
  } else {
    const found = await read(ask, answer, name, shop);
    expect(isKept(found, as(name)) || found === as(name.trim()), JSON.stringify([found, body])).toBe(true);
  }
  return status;
}

describe.each(Object.entries(nouns))("%s", (_, noun) => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await open();
  });

  test("keeps each hostile name as it is, or refuses it clearly", { timeout: 120_000 }, async () => {
    const taken: string[] = [];
    for (const name of hostileNames) {
      const status = await keptOrRefused(shop, noun, name).catch((error) => {
        throw new Error(`${JSON.stringify(name)}: ${error.message}`, { cause: error });
      });
      if (status < 300) taken.push(name);
    }
    expect(taken, "a plain name of JavaScript's objects is a name like any other").toEqual(
      expect.arrayContaining(noun.takesNone ? [] : ["constructor"]),
    );
  });

  test("keeps any name as it is, or refuses it clearly", { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(anyName, async (name) => {
        await keptOrRefused(shop, noun, name);
      }),
      { numRuns: 15 },
    );
  });
});

test("half of a character is kept or refused as well, wherever JSON holds one", async () => {
  const inBodies = Object.entries(nouns).filter(([name]) => !name.includes("in the path"));
  for (const [, noun] of inBodies) {
    const shop = await open();
    for (const name of halves) await keptOrRefused(shop, noun, name);
  }
});

const beginning = (text: string) => text.slice(0, 100);

test("a field, or a parameter of the query, that nobody knows is refused by its name, whatever that is", async () => {
  const { ask } = await open();
  for (const name of [...hostileNames, ...halves]) {
    const body = Object.fromEntries([[name, 1]]);
    for (const line of ["PUT /v1/customers", "POST /v1/orders", "POST /v1/segments"]) {
      const { status, body: problem } = await ask(line, { body });
      expect(status, JSON.stringify(name)).toBe(400);
      const fields = problem.errors.map(({ field }: { field: string }) => field);
      if (halves.includes(name)) continue;
      expect(fields.map(beginning), `${line} ${beginning(name)}`).toContain(beginning(name));
    }
    if (halves.includes(name)) continue;
    const inQuery = encodeURIComponent(name);
    const { status, body: problem } = await ask(`GET /v1/items?${inQuery}=1`);
    // A parameter without a name is none.
    expect(status, JSON.stringify(name)).toBe(400);
    const isRead = inQuery.length < 8000;
    expect(beginning(problem.errors[0].field)).toBe(isRead ? beginning(name) : "query");
  }
});

test("`__proto__` is refused by its name wherever it would become a key, and kept elsewhere", async () => {
  const { ask } = await open();
  const told = async (line: string, body: unknown) => {
    const { status, body: answer } = await ask(line, { body });
    return status < 300 ? status : [status, ...answer.errors.map(({ field }: { field: string }) => field)];
  };
  const order = { id: "1", customer: { externalId: "1" }, placedAt: "2026-11-20T02:00:00Z", total: 1 };
  const lines = (more: object) => ({ ...order, lines: [{ item: "A", quantity: 1, ...more }] });
  expect(await told("POST /v1/orders", lines({ item: "__proto__" }))).toEqual([400, "lines.0.item"]);
  expect(await told("POST /v1/orders", lines({ category: "__proto__" }))).toEqual([400, "lines.0.category"]);
  expect(await told("PUT /v1/items/__proto__", {})).toEqual([400, "item"]);
  for (const field of ["attributes", "topics"]) {
    const body = `{"externalId":"1","${field}":{"__proto__":true}}`;
    expect(await told("PUT /v1/customers", body)).toEqual([400, `${field}.__proto__`]);
  }
  expect(await told("POST /v1/orders", { ...lines({ name: "__proto__" }), id: "__proto__" })).toBe(201);
  expect(await told("PUT /v1/customers", { externalId: "__proto__", name: "__proto__" })).toBe(201);
});
