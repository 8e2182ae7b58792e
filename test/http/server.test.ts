import { beforeAll, describe, expect, test, vi } from "vitest";
import { z } from "zod";
import type { Business } from "../../core/businesses.ts";
import { SapaError } from "../../core/errors.ts";
import * as keys from "../../core/keys.ts";
import { created, noContent, ok, pageQuery, route } from "../../functions/http/route.ts";
import { useDatabase } from "../support/database.ts";
import { aBusiness, saveBusiness } from "../support/shop.ts";
import { apiOf, keyOf } from "./api.ts";

vi.mock("../../core/secrets.ts", () => ({
  keys: async () => ({ adminKey: "sapa_admin_0123456789abcdefghijklmnopqrstuv", linkKeys: [] }),
}));
useDatabase();

let made = 0;
const Thing = z.object({
  name: z.string().min(1),
  size: z.int().max(9).optional(),
  parts: z.array(z.object({ code: z.string() })).default([]),
  kind: z
    .discriminatedUnion("type", [
      z.object({ type: z.literal("round"), radius: z.number() }),
      z.object({ type: z.literal("square") }),
    ])
    .optional(),
});
const routes = [
  route({
    method: "POST",
    path: "/v1/things",
    id: "makeThing",
    tag: "Things",
    summary: "Make",
    access: "items:write",
    body: Thing,
    answers: { 201: z.object({ made: z.int(), name: z.string() }) },
    handle: async ({ body }) => {
      made += 1;
      if (body.name === "no") throw new SapaError("conflict", "Not now");
      if (body.name === "bug") throw new Error("ani@example.com broke it");
      if (body.name === "slow") await new Promise((resolve) => setTimeout(resolve, 300));
      return created({ made, name: body.name === "huge" ? "x".repeat(300_000) : body.name });
    },
  }),
  route({
    method: "GET",
    path: "/v1/things",
    id: "listThings",
    tag: "Things",
    summary: "List",
    access: "items:read",
    query: pageQuery,
    answers: { 200: z.object({ limit: z.int() }) },
    handle: async ({ query }) => ok({ limit: query.limit }),
  }),
  route({
    method: "GET",
    path: "/v1/things/{thing+}",
    id: "readThing",
    tag: "Things",
    summary: "Read",
    access: "items:read",
    params: z.object({ thing: z.string() }),
    answers: { 200: z.object({ thing: z.string() }) },
    handle: async ({ params }) => ok(params),
  }),
  route({
    method: "POST",
    path: "/v1/things/{thing+}/polish",
    id: "polishThing",
    tag: "Things",
    summary: "Polish",
    access: "items:write",
    params: z.object({ thing: z.string() }),
    body: z.object({ hard: z.boolean() }).optional(),
    answers: { 204: undefined },
    handle: async () => noContent(),
  }),
];
const { call, reports } = apiOf(routes, {
  pages: { "/health": async () => ({ status: 200, body: { status: "ok" } }) },
});

let shop: Business;
let key: string;
beforeAll(async () => {
  shop = await saveBusiness(aBusiness());
  key = await keyOf(shop);
});

describe("who may call", () => {
  test("no key, a malformed one, an unknown one and a revoked one get the same answer", async () => {
    const issued = await keys.issue(
      shop.id,
      { name: "Old", grantable: keys.Scope.options },
      "2026-11-01T00:00:00.000Z",
    );
    expect((await call("GET /v1/things", { key: issued.token })).status).toBe(200);
    await keys.revoke(shop.id, issued.id, "2026-11-02T00:00:00.000Z");

    const answers = await Promise.all([
      call("GET /v1/things"),
      call("GET /v1/things", { key: "sapa_nonsense" }),
      call("GET /v1/things", { headers: { authorization: "Basic YW5pOmFuaQ==" } }),
      call("GET /v1/things", { key: `sapa_${shop.id.slice(4)}_${"a".repeat(32)}` }),
      call("GET /v1/things", { key: `sapa_nosuchbusiness22_${"a".repeat(32)}` }),
      call("GET /v1/things", { key: "sapa_admin_wrongwrongwrongwrongwrongwrong" }),
      call("GET /v1/things", { key: issued.token }),
    ]);
    for (const answer of answers) {
      expect(answer.status).toBe(401);
      expect(answer).toEqual(answers[0]);
    }
    expect(answers[0]?.headers["www-authenticate"]).toMatch(/^Bearer/);
    expect(answers[0]?.headers["content-type"]).toBe("application/problem+json");
  });

  test("a key without the scope is told which one it lacks", async () => {
    const reader = await keyOf(shop, ["items:read"]);
    const { status, body } = await call("POST /v1/things", { key: reader, body: { name: "x" } });
    expect(status).toBe(403);
    expect(body.detail).toContain("items:write");
  });
});

describe("bad requests", () => {
  const post = (body: unknown, headers = {}) => call("POST /v1/things", { key, body, headers });
  const fields = (body: { errors: { field: string; message: string }[] }) =>
    Object.fromEntries(body.errors.map(({ field, message }) => [field, message]));

  test("malformed JSON is answered with the line and column", async () => {
    const { status, body } = await post('{\n  "name": "x",\n  "size": oops\n}');
    expect(status).toBe(400);
    expect(body.detail).toBe('The body is not JSON: unexpected "o" at line 3, column 11');
    expect(body.errors).toEqual([expect.objectContaining({ field: "body", line: 3 })]);
    expect(body).toMatchObject({ status: 400, type: "/docs#problem-invalid", title: expect.any(String) });
  });

  test.each([
    ["an empty body", "", 400],
    ["a body of spaces", "  \n", 400],
    ["a body that ends early", '{"name": "x"', 400],
    ["a body nested too deep", `${"[".repeat(5000)}${"]".repeat(5000)}`, 400],
    ["null", "null", 400],
    ["a list", "[]", 400],
  ])("%s is refused", async (_, text, status) => {
    expect((await post(text)).status).toBe(status);
  });

  test("another content type is refused with the one to send", async () => {
    const { status, body } = await post("name=x", { "content-type": "application/x-www-form-urlencoded" });
    expect(status).toBe(415);
    expect(body.detail).toContain("application/json");
  });

  test("a body over one megabyte is refused", async () => {
    const { status, body } = await post({ name: "x".repeat(1_100_000) });
    expect(status).toBe(413);
    expect(fields(body)).toHaveProperty("body");
  });

  test("every field at fault is named, unknown ones at any depth included", async () => {
    const { status, body } = await post({
      nmae: "x",
      size: 12,
      parts: [{ code: "a" }, { code: 1, colour: "red" }],
    });
    expect(status).toBe(400);
    expect(fields(body)).toEqual({
      name: "is required",
      nmae: "is not a known field",
      size: "must be at most 9",
      "parts.1.code": "must be a text",
      "parts.1.colour": "is not a known field",
    });
  });

  test("a union is answered for the branch that was meant", async () => {
    expect(fields((await post({ name: "x", kind: { type: "oval" } })).body)).toEqual({
      "kind.type": "must be one of round, square",
    });
    expect(fields((await post({ name: "x", kind: { type: "round", radius: "1", depth: 2 } })).body)).toEqual({
      "kind.radius": "must be a number",
      "kind.depth": "is not a known field",
    });
  });

  test("a field that only looks like one of an object's own is unknown too", async () => {
    expect(fields((await post('{"name":"x","__proto__":{"a":1},"constructor":1}')).body)).toEqual({
      ["__proto__"]: "is not a known field",
      constructor: "is not a known field",
    });
  });

  test("the query is checked like a body", async () => {
    const { status, body } = await call("GET /v1/things?limit=0&cursr=x", { key });
    expect(status).toBe(400);
    expect(fields(body)).toEqual({ limit: "must be at least 1", cursr: "is not a known field" });
    expect((await call("GET /v1/things?limit=5&limit=6", { key })).status).toBe(400);
    expect((await call("GET /v1/things?limit=7", { key })).body).toEqual({ limit: 7 });
  });

  test("a body that may be left out may be left out", async () => {
    expect((await call("POST /v1/things/a/polish", { key })).status).toBe(204);
    expect((await call("POST /v1/things/a/polish", { key, body: { hard: "very" } })).status).toBe(400);
  });
});

describe("paths and methods", () => {
  test("an unknown path is 404, a known path with another method 405 with what it allows", async () => {
    expect((await call("GET /v1/nothing", { key })).status).toBe(404);
    const { status, headers } = await call("DELETE /v1/things", { key });
    expect(status).toBe(405);
    expect(headers.allow).toBe("POST, GET, HEAD, OPTIONS");
    expect((await call("POST /health")).status).toBe(405);
  });

  test("the most literal path that fits is the one meant, whatever the method", async () => {
    expect((await call("GET /v1/things/a/polish", { key })).status).toBe(405);
    expect((await call("GET /v1/things/a/b", { key })).status).not.toBe(405);
  });

  test("HEAD is GET without the body, and OPTIONS says what is allowed", async () => {
    const head = await call("HEAD /v1/things", { key });
    expect(head).toMatchObject({ status: 200, body: undefined });
    const options = await call("OPTIONS /v1/things");
    expect(options).toMatchObject({ status: 204, headers: { allow: "POST, GET, HEAD, OPTIONS" } });
  });

  test("an id may hold slashes, also before what follows it", async () => {
    expect((await call("GET /v1/things/INV/2026/001", { key })).body).toEqual({ thing: "INV/2026/001" });
    expect((await call("GET /v1/things/50%25%20off", { key })).body).toEqual({ thing: "50% off" });
    expect((await call("POST /v1/things/INV/1/polish", { key })).status).toBe(204);
  });

  test("every answer carries the request's id and the security headers", async () => {
    for (const line of ["GET /health", "GET /v1/things", "GET /nowhere"]) {
      expect((await call(line)).headers).toMatchObject({
        "x-request-id": "request-1",
        "x-content-type-options": "nosniff",
        "cache-control": "no-store",
        "strict-transport-security": expect.any(String),
      });
    }
  });
});

describe("bugs", () => {
  test("answer 500 without detail, and are reported without what was sent", async () => {
    const { status, body } = await call("POST /v1/things", { key, body: { name: "bug" } });
    expect(status).toBe(500);
    expect(JSON.stringify(body)).not.toContain("ani@example.com");
    const report = reports.at(-1);
    expect(report).toMatchObject({ operation: "makeThing", business: shop.id, status: 500 });
    expect(JSON.stringify({ ...report, error: undefined })).not.toContain(key);
    expect(report?.error).toBeInstanceOf(Error);
  });
});

describe("Idempotency-Key", () => {
  const post = (name: string, idempotencyKey: string, now?: string) =>
    call("POST /v1/things", {
      key,
      body: { name },
      headers: { "idempotency-key": idempotencyKey },
      ...(now && { now }),
    });

  test("a repeated request is carried out once and answered alike", async () => {
    const first = await post("cup", "k1");
    const before = made;
    const second = await post("cup", "k1");
    expect(second.body).toEqual(first.body);
    expect(second.status).toBe(201);
    expect(second.headers["idempotency-replayed"]).toBe("true");
    expect(made).toBe(before);
  });

  test("two at once: one is carried out, the other told to wait", async () => {
    const before = made;
    const answers = await Promise.all([post("slow", "k2"), post("slow", "k2")]);
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409]);
    expect(made).toBe(before + 1);
  });

  test("the same key with another request is refused", async () => {
    await post("cup", "k3");
    expect((await post("plate", "k3")).status).toBe(422);
  });

  test("a request that failed can be sent again", async () => {
    expect((await post("no", "k4")).status).toBe(409);
    const before = made;
    expect((await post("no", "k4")).body.detail).toBe("Not now");
    expect(made).toBe(before + 1);
  });

  test("a key counts for 24 hours, whether DynamoDB has deleted it or not", async () => {
    await post("cup", "k5", "2026-11-24T02:00:00.000Z");
    const before = made;
    await post("cup", "k5", "2026-11-25T01:59:00.000Z");
    expect(made).toBe(before);
    await post("cup", "k5", "2026-11-25T02:00:00.000Z");
    expect(made).toBe(before + 1);
  });

  test("a request that died is taken up again after a minute", async () => {
    const { begin } = await import("../../core/idempotency.ts");
    const request = { request: "biz_x#k6", fingerprint: "a" };
    // As the same one: what it did before it died counts.
    const firstAt = "2026-11-24T02:00:00.000Z";
    expect(await begin(request, firstAt)).toEqual({ state: "new", firstAt });
    expect(await begin(request, "2026-11-24T02:00:59.000Z")).toEqual({ state: "under-way" });
    expect(await begin(request, "2026-11-24T02:01:00.000Z")).toEqual({ state: "new", firstAt });
  });

  test("an answer too large to keep is not given again, and the request not repeated", async () => {
    expect((await post("huge", "k7")).status).toBe(201);
    const before = made;
    const again = await post("huge", "k7");
    expect(again.status).toBe(409);
    expect(again.body.detail).toContain("was carried out before");
    expect(made).toBe(before);
  });

  test("two businesses may use the same key", async () => {
    const other = await keyOf(await saveBusiness(aBusiness()));
    const mine = await post("cup", "k8");
    const theirs = await call("POST /v1/things", {
      key: other,
      body: { name: "cup" },
      headers: { "idempotency-key": "k8" },
    });
    expect(theirs.status).toBe(201);
    expect(theirs.body.made).not.toBe(mine.body.made);
  });

  test("a key that is no key is refused", async () => {
    expect((await post("cup", "")).status).toBe(400);
    expect((await post("cup", "x".repeat(256))).status).toBe(400);
  });
});
