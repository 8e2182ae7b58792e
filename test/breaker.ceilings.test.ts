import fc from "fast-check";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { trip } from "../core/breaker.ts";
import { beyondCeilings, heldWithin } from "../core/businesses/breaker-ceilings.ts";
import type { Business } from "../core/businesses.ts";
import * as businesses from "../core/businesses.ts";
import * as reputation from "../core/reputation.ts";
import { transact } from "../core/store.ts";
import { routes } from "../functions/http/businesses.ts";
import { apiOf, keyOf } from "./http/api.ts";
import { useBus } from "./support/bus.ts";
import { useDatabase } from "./support/database.ts";
import { aBusiness, saveBusiness } from "./support/shop.ts";

const admin = "sapa_admin_0123456789abcdefghijklmnopqrstuv";
vi.mock("../core/secrets.ts", () => ({
  keys: async () => ({ adminKey: "sapa_admin_0123456789abcdefghijklmnopqrstuv", linkKeys: [] }),
}));
useDatabase();
useBus();
const { call } = apiOf(routes);

const at = (day: number) => new Date(Date.UTC(2026, 10, day, 2)).toISOString();
let shop: Business;
let key: string;
beforeEach(async () => {
  shop = await saveBusiness(aBusiness());
  key = await keyOf(shop);
});
const latest = () => businesses.get(shop.id);
const set = (breaker: object, by = key) =>
  call(`PATCH /v1/businesses/${shop.id}`, { key: by, body: { breaker } });
const setCeilings = (breaker: object, by = admin) =>
  call(`PATCH /v1/businesses/${shop.id}/limits`, { key: by, body: { breaker } });
/** Mails that SES took on a day, so many of which bounced. */
async function mailed(day: number, accepted: number, bounced: number) {
  const business = await latest();
  await transact([reputation.accepted(business, { shard: "03", at: at(day), count: accepted })]);
  for (let n = 0; n < bounced; n++) {
    const mail = { customer: `cus_${n}` as const, acceptedAt: at(day) };
    await transact([reputation.reported(business, mail, { bounced: 1 })]);
  }
}

describe("a business's breaker", () => {
  test("can't be set by its own key so that it never trips, and each field says how far it goes", async () => {
    const refused = await set({ complaintRate: 1, bounceRate: 1, minimumSample: 1_000_000, days: 1 });
    expect(refused.status).toBe(409);
    expect(refused.body.errors).toEqual([
      { field: "breaker.complaintRate", message: "must be at most 0.003, which the operator has set" },
      { field: "breaker.bounceRate", message: "must be at most 0.08, which the operator has set" },
      { field: "breaker.minimumSample", message: "must be at most 1000, which the operator has set" },
      { field: "breaker.days", message: "must be at least 7, which the operator has set" },
    ]);
    expect((await latest()).breaker).toEqual(shop.breaker);
    expect((await setCeilings({ bounceRate: 1 }, key)).status).toBe(403);
  });

  test("can be set stricter by its own key, and laxer once the operator lets it", async () => {
    expect((await set({ bounceRate: 0.01, minimumSample: 100, days: 30 })).status).toBe(200);
    expect((await set({ bounceRate: 0.2 })).status).toBe(409);
    expect((await setCeilings({ bounceRate: 0.25 })).body.limits.breaker).toEqual({
      complaintRate: 0.003,
      bounceRate: 0.25,
      minimumSample: 1000,
      days: 7,
    });
    expect((await set({ bounceRate: 0.2 })).status).toBe(200);
    expect((await setCeilings({ bounceRate: null })).body.limits.breaker.bounceRate).toBe(0.08);
  });

  test("set before the operator lowered the ceiling trips at the ceiling, and keeps no other change back", async () => {
    await setCeilings({ bounceRate: 0.5 });
    await set({ bounceRate: 0.5 });
    await setCeilings({ bounceRate: null });
    expect((await set({ complaintRate: 0.002 })).status).toBe(200);
    await mailed(24, 1000, 81);
    await trip(await latest(), at(24));
    expect((await latest()).halted).toMatchObject({ reason: "bounces", rate: 0.081 });
  });

  test("is held to the ceilings when a business is created", async () => {
    const body = {
      name: "Kopi Pagi",
      sender: { address: "halo@kopipagi.example" },
      postalAddress: "Jl. Dago 3, Bandung",
      timeZone: "Asia/Jakarta",
      currency: "IDR",
      locale: "id",
      breaker: { bounceRate: 0.5 },
    };
    const refused = await call("POST /v1/businesses", { key: admin, body });
    expect(refused).toMatchObject({ status: 400, body: { errors: [{ field: "breaker.bounceRate" }] } });
    const limits = { breaker: { bounceRate: 0.5 } };
    expect((await call("POST /v1/businesses", { key: admin, body: { ...body, limits } })).status).toBe(201);
  });

  test("works within its ceilings whatever is stored, and nothing is refused that is within them", () => {
    const rate = fc.double({ min: 0.0001, max: 1, noNaN: true });
    const breaker = fc.record({
      complaintRate: rate,
      bounceRate: rate,
      minimumSample: fc.integer({ min: 1, max: 1_000_000 }),
      days: fc.integer({ min: 1, max: 30 }),
    });
    fc.assert(
      fc.property(breaker, breaker, (wanted, ceilings) => {
        const limits = { ...shop.limits, breaker: ceilings };
        const held = heldWithin({ ...shop, breaker: wanted, limits });
        expect(beyondCeilings(held, ceilings)).toEqual([]);
        expect(beyondCeilings(wanted, ceilings).length === 0).toBe(
          JSON.stringify(held) === JSON.stringify(wanted),
        );
      }),
    );
  });
});

describe("sending that was halted", () => {
  const resume = (by: string, day: number) =>
    call(`POST /v1/businesses/${shop.id}/resume`, { key: by, now: at(day) });
  async function haltOn(day: number) {
    await mailed(day, 1000, 50);
    await trip(await latest(), at(day));
    expect((await latest()).halted).toMatchObject({ reason: "bounces" });
  }

  test("is resumed by the business's own key the first time, by the operator only a second time in 30 days", async () => {
    await haltOn(1);
    expect((await resume(key, 2)).status).toBe(200);
    await haltOn(20);
    expect((await latest()).halted).toMatchObject({ repeated: true });

    const refused = await resume(key, 21);
    expect(refused.status).toBe(403);
    expect(refused.body.detail).toContain("only the operator's key can resume it");
    expect((await latest()).halted).toBeDefined();

    const resumed = await resume(admin, 21);
    expect(resumed.body).toMatchObject({ resumed: 2 });
    expect(resumed.body).not.toHaveProperty("halted");
    expect((await resume(key, 21)).status).toBe(200);
  });

  test("is the business's own to resume again once 30 days have passed since", async () => {
    await haltOn(1);
    await resume(key, 2);
    await haltOn(33);
    expect((await latest()).halted).not.toHaveProperty("repeated");
    expect((await resume(key, 34)).body).not.toHaveProperty("halted");
  });

  test("is not resumed by a change of settings, whatever they are", async () => {
    await haltOn(1);
    await resume(key, 2);
    await haltOn(3);
    await set({ bounceRate: 0.08 });
    expect((await latest()).halted).toMatchObject({ repeated: true });
  });
});
