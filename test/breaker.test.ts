import { beforeEach, describe, expect, test } from "vitest";
import { trip } from "../core/breaker.ts";
import { halt, resume } from "../core/businesses/halts.ts";
import type { Business } from "../core/businesses.ts";
import * as businesses from "../core/businesses.ts";
import { newId } from "../core/ids.ts";
import * as reputation from "../core/reputation.ts";
import { transact } from "../core/store.ts";
import { useBus } from "./support/bus.ts";
import { useDatabase } from "./support/database.ts";
import { aBusiness, saveBusiness } from "./support/shop.ts";

useDatabase();
const bus = useBus();

const at = (day: number, hour = 3) => new Date(Date.UTC(2026, 10, day, hour)).toISOString();
const now = at(24);
let shop: Business;
beforeEach(async () => {
  shop = await saveBusiness(aBusiness());
});
const latest = () => businesses.get(shop.id);
const owner = { byOperator: false };

/** Mails that SES took on a day, and what was reported of them. */
async function mailed(day: number, { accepted = 0, bounced = 0, complained = 0 }) {
  const business = await latest();
  const place = (shard: string, count: number) =>
    transact([reputation.accepted(business, { shard, at: at(day), count })]);
  if (accepted > 1) await place("03", Math.floor(accepted / 2));
  await place("11", Math.ceil(accepted / 2));
  const about = () => ({ customer: newId("cus"), acceptedAt: at(day) });
  for (let number = 0; number < bounced; number++) {
    await transact([reputation.reported(business, about(), { bounced: 1 })]);
  }
  for (let number = 0; number < complained; number++) {
    await transact([reputation.reported(business, about(), { complained: 1 })]);
  }
}

describe("sending is halted", () => {
  test("when more mails bounce than the business allows, and the owner is told once", async () => {
    await mailed(24, { accepted: 1000, bounced: 41 });
    await Promise.all([1, 2, 3].map(async (minute) => trip(await latest(), at(24, minute))));
    const { halted } = await latest();
    expect(halted).toMatchObject({ reason: "bounces", rate: 0.041, sample: 1000 });
    const told = { business: shop.id, reason: "bounces", rate: 0.041, sample: 1000 };
    expect(bus.events).toMatchObject([{ type: "business.halted", detail: told }]);
  });

  test("when more are called spam than one in a thousand, which weighs more than what bounces", async () => {
    await mailed(24, { accepted: 1500, bounced: 100, complained: 2 });
    await trip(await latest(), now);
    expect((await latest()).halted).toMatchObject({ reason: "complaints", at: now });
  });

  test("by the mails of the business's last days together", async () => {
    for (const day of [18, 19, 20, 21, 22, 23, 24]) await mailed(day, { accepted: 200, bounced: 9 });
    await trip(await latest(), now);
    expect((await latest()).halted).toMatchObject({ sample: 1400 });
  });

  test("and a report that broke off before the owner was told tells them when it comes again", async () => {
    await mailed(24, { accepted: 1000, bounced: 41 });
    bus.failing(5);
    await expect(trip(await latest(), now)).rejects.toThrow("EventBridge refused");
    expect((await latest()).halted).toBeDefined();
    await trip(await latest(), now);
    expect(bus.events).toMatchObject([{ type: "business.halted" }]);
  });
});

describe("sending goes on", () => {
  const goesOn = async () => {
    await trip(await latest(), now);
    expect(await latest()).not.toHaveProperty("halted");
    expect(bus.events).toEqual([]);
  };

  test("at the limit itself", async () => {
    await mailed(24, { accepted: 1000, bounced: 40, complained: 1 });
    await goesOn();
  });

  test("while too few mails were sent to tell", async () => {
    await mailed(24, { accepted: 999, bounced: 300 });
    await goesOn();
  });

  test("when it was long ago", async () => {
    await mailed(17, { accepted: 1000, bounced: 300 });
    await mailed(24, { accepted: 1000, bounced: 4 });
    await goesOn();
  });
});

describe("a halted business", () => {
  beforeEach(async () => {
    await mailed(24, { accepted: 1000, bounced: 50 });
    await trip(await latest(), now);
    bus.events.length = 0;
  });

  test("is resumed with its rates counted anew; repeating that changes nothing", async () => {
    const resumed = await resume(shop.id, owner, at(24, 9));
    expect(resumed).toMatchObject({ resumed: 1, resumedAt: at(24, 9) });
    expect(resumed).not.toHaveProperty("halted");
    expect(await resume(shop.id, owner, at(24, 10))).toEqual(resumed);
    expect(await reputation.recent(resumed, now)).toEqual({ accepted: 0, bounced: 0, complained: 0 });
  });

  test("is not halted again by what was sent before it was resumed", async () => {
    await resume(shop.id, owner, at(24, 9));
    const business = await latest();
    await transact([reputation.accepted(business, { shard: "00", at: at(24, 10), count: 1000 })]);
    for (let number = 0; number < 45; number++) {
      const late = { customer: newId("cus"), acceptedAt: at(24) };
      await transact([reputation.reported(business, late, { bounced: 1 })]);
    }
    await trip(business, at(24, 11));
    expect(await latest()).not.toHaveProperty("halted");
  });

  test("stays halted when its settings are changed, at the same moment too", async () => {
    const patch = { breaker: { bounceRate: 0.08 } };
    expect(await businesses.update(shop.id, patch, now)).toMatchObject({ halted: { reason: "bounces" } });
    await resume(shop.id, owner, at(24, 9));
    const before = await latest();
    const reason = { reason: "bounces", rate: 0.6, sample: 1000, at: now } as const;
    await Promise.all([
      halt(before, reason),
      ...[2, 3, 4].map((perWeek) => businesses.update(shop.id, { frequencyCap: { perWeek } }, now)),
    ]);
    expect(await latest()).toMatchObject({ halted: reason, resumed: 1 });
  });

  test("is not halted by a reading of before it was resumed", async () => {
    const before = await latest();
    await resume(shop.id, owner, at(24, 9));
    const reason = { reason: "bounces", rate: 0.6, sample: 1000, at: now } as const;
    expect(await halt(before, reason)).toBe(false);
    expect(await latest()).not.toHaveProperty("halted");
  });
});
