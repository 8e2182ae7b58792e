import { beforeAll, describe, expect, test } from "vitest";
import { routes } from "../../functions/http/segments.ts";
import { throttleOf } from "../../functions/http/throttle.ts";
import { useDatabase } from "../support/database.ts";
import { useKeys } from "../support/keys.ts";
import { aBusiness, saveBusiness } from "../support/shop.ts";
import { apiOf, keyOf } from "./api.ts";

useDatabase();
useKeys({ root: "r".repeat(64) });
let busy: string;
let quiet: string;
beforeAll(async () => {
  busy = await keyOf(await saveBusiness(aBusiness()));
  quiet = await keyOf(await saveBusiness(aBusiness({ id: "biz_23456789bcdfghjm" })));
});

const list = "GET /v1/segments";
/** Instances of the function, as Lambda would run them side by side. */
const instances = (perMinute: number) =>
  [1, 2].map(() => apiOf(routes, { throttle: throttleOf(() => perMinute) }));

describe("a key that asks too much", () => {
  test("is told to wait, and for how long, while others are answered, and is answered again afterwards", async () => {
    const [one, other] = instances(100);
    const now = "2026-11-24T02:00:20.000Z";
    const statuses: number[] = [];
    for (let request = 0; request < 60; request++) {
      for (const api of [one, other]) statuses.push((await api?.call(list, { key: busy, now }))?.status ?? 0);
    }
    expect(statuses.filter((status) => status === 200)).toHaveLength(100);
    const refused = await one?.call(list, { key: busy, now });
    expect(refused).toMatchObject({ status: 429, headers: { "retry-after": "40" } });
    expect(refused?.body).toMatchObject({ type: "/docs#problem-too-many-requests", status: 429 });
    expect((await one?.call(list, { key: quiet, now }))?.status).toBe(200);
    expect((await one?.call(list, { key: busy, now: "2026-11-24T02:01:00.000Z" }))?.status).toBe(200);
  });
});

describe("who has no key", () => {
  test("may try some, and is then told to wait, which stops nobody who has one", async () => {
    const [one, other] = instances(3000);
    const now = "2026-11-24T03:00:00.000Z";
    const wrong = `${busy.slice(0, -1)}${busy.endsWith("a") ? "b" : "a"}`;
    const statuses: number[] = [];
    for (let request = 0; request < 35; request++) {
      for (const api of [one, other])
        statuses.push((await api?.call(list, { key: wrong, now }))?.status ?? 0);
    }
    expect(statuses.slice(0, 60)).toEqual(statuses.slice(0, 60).fill(401));
    expect(statuses.slice(60)).toEqual(statuses.slice(60).fill(429));
    expect((await one?.call(list, { key: busy, now }))?.status).toBe(200);
    expect((await one?.call(list, { key: wrong, now: "2026-11-24T03:01:00.000Z" }))?.status).toBe(401);
  });
});
