import { describe, expect, test, vi } from "vitest";
import * as consents from "../core/consents.ts";
import * as customers from "../core/customers.ts";
import type { CustomerId } from "../core/ids.ts";
import * as suppressions from "../core/suppressions.ts";
import { useDatabase } from "./support/database.ts";
import { aBusiness } from "./support/shop.ts";

useDatabase();

const raise = vi.hoisted(() => vi.fn(async () => {}));
vi.mock("../core/events.ts", () => ({ raise }));

const now = "2026-11-24T02:00:00.000Z";
const later = "2026-11-25T02:00:00.000Z";
const byApi = { way: "api" } as const;
const byLink = { way: "one-click", ip: "203.0.113.9", userAgent: "Mail/1.0" } as const;
const shop = () =>
  aBusiness({ attributes: { favourite: "text", visits: "number", since: "date", vip: "boolean" } });

const save = async (business: ReturnType<typeof shop>, details: customers.DetailsPatch, more = {}) =>
  (await customers.upsert(business, { details, evidence: byApi, ...more }, now)).customer;

const problems = (work: Promise<unknown>) =>
  work.then(
    () => "no error",
    ({ code, problems }) => ({ code, problems }),
  );

describe("saving a customer", () => {
  test("a new customer is found by each of their identities, however it is spelt", async () => {
    const business = shop();
    const ani = await save(business, {
      email: " Ani@Example.com ",
      phone: "0812-3456-7890",
      externalId: "A1",
      name: "Ani Wijaya",
    });

    expect(ani).toMatchObject({
      email: "ani@example.com",
      phone: "+6281234567890",
      consent: "pending",
      version: 1,
    });
    for (const identity of [
      { email: "ANI@example.com" },
      { phone: "+62 812 3456 7890" },
      { externalId: "A1" },
    ]) {
      expect(await customers.findBy(business, identity)).toEqual(ani);
    }
    expect(await customers.get(business.id, ani.id)).toEqual(ani);
    expect(await customers.getMany(business.id, [ani.id])).toEqual([ani]);
  });
});
