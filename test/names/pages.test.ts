import fc from "fast-check";
import { beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { Business } from "../../core/businesses.ts";
import * as customers from "../../core/customers.ts";
import { RunId, SignUpId } from "../../core/ids.ts";
import * as responses from "../../core/responses.ts";
import { confirm } from "../../core/sign-ups/confirm.ts";
import { holdsLink } from "../../core/stranger-text.ts";
import { useBus } from "../support/bus.ts";
import { useDatabase } from "../support/database.ts";
import { useKeys } from "../support/keys.ts";
import { form, pathFor, secret, visit } from "../support/links.ts";
import { aBusiness, saveBusiness } from "../support/shop.ts";
import { anyName, hostileNames, isKept } from "./hostile.ts";

useDatabase();
const bus = useBus();
useKeys(secret);

const now = "2026-11-24T02:00:00.000Z";
const topics = ["constructor", "then", "length"].map((key) => ({ key, name: { id: key, en: key } }));
const run = RunId.parse("run_6789bcdfghjkmnpq_tiowk0");
let shop: Business;
let ani: customers.Customer;

beforeAll(async () => {
  shop = await saveBusiness(aBusiness({ topics }));
  const details = { email: "ani@example.com", name: "Ani" };
  ani = (await customers.upsert(shop, { details, consent: "subscribed", evidence: { way: "api" } }, now))
    .customer;
});
beforeEach(() => {
  vi.useFakeTimers({ now: new Date(now), toFake: ["Date"] });
});

let guests = 0;

/** Joins by the form as a new guest from a place of their own, and presses the button in the letter. */
async function joining(fields: [string, string][], query: Record<string, string> = {}) {
  guests += 1;
  bus.events.length = 0;
  const request = form([["email", `guest${guests}@example.com`], ...fields]);
  const { statusCode } = await visit(`/join/${shop.id}`, {
    ...request,
    query,
    ip: `2001:db8:0:${guests.toString(16)}::1`,
  });
  const [event] = bus.events;
  if (!event) return { statusCode, customer: undefined };
  const standing = await confirm(shop, SignUpId.parse(event.detail.signUp), { way: "confirmation" }, now);
  return { statusCode, customer: standing.state === "confirmed" ? standing.customer : undefined };
}

describe("the sign-up page", () => {
  const keptOrRefused = async (name: string) => {
    const { statusCode, customer } = await joining([["nickname", name]]);
    expect([200, 400]).toContain(statusCode);
    if (statusCode === 200) expect(isKept(customer?.nickname, name), JSON.stringify(name)).toBe(true);
    else expect(name.trim().length > 60 || holdsLink(name), JSON.stringify(name)).toBe(true);
  };

  test("keeps any nickname as it was typed, or says what is wrong with it", { timeout: 60_000 }, async () => {
    for (const name of hostileNames) await keptOrRefused(name);
    await fc.assert(fc.asyncProperty(anyName, keptOrRefused), { numRuns: 30 });
  });

  test("keeps which topics were ticked, whatever they are called", async () => {
    const shown = topics.map(({ key }): [string, string] => ["shown", key]);
    const { customer } = await joining([...shown, ["topic", "constructor"]]);
    expect(new Map(Object.entries(customer?.topics ?? {}))).toEqual(
      new Map([
        ["then", false],
        ["length", false],
      ]),
    );
  });

  test("passes over fields, topics and words in its address that it does not know, whatever they are called", {
    timeout: 60_000,
  }, async () => {
    for (const name of hostileNames) {
      const { statusCode, customer } = await joining(
        [
          [name, name],
          ["shown", name],
          ["topic", name],
          ["wording", name],
        ],
        { lang: name, source: name },
      );
      // The field that people don't see is no name of these, nor is the address's.
      expect(statusCode, JSON.stringify(name)).toBeLessThan(500);
      if (statusCode === 200) expect(customer, JSON.stringify(name)).toBeDefined();
    }
  });
});

test("what a customer says of a mail is kept as it was typed, but for what can't be read", {
  timeout: 60_000,
}, async () => {
  const of = { business: shop.id, customer: ani.id, run };
  const said = async (name: string) => {
    const posted = form([
      ["stars", "1"],
      ["words", name],
    ]);
    const { statusCode } = await visit(pathFor("rating", ani, run), posted);
    expect(statusCode).toBe(200);
    const response = await responses.find(shop.id, responses.responseIdOf(of, "rating"));
    const kept = Array.from(name.trim()).slice(0, 1000).join("");
    expect(isKept(response?.words, kept), JSON.stringify([response?.words, name])).toBe(true);
  };
  for (const name of hostileNames) await said(name);
  await fc.assert(fc.asyncProperty(anyName, said), { numRuns: 30 });
});

test("a path of any name leads to no page, and to no fault", async () => {
  for (const name of hostileNames) {
    for (const kind of ["u", "p", "r", "c", "join"]) {
      for (const request of [{}, form([["confirm", "yes"]])]) {
        const { statusCode } = await visit(`/${kind}/${name}`, request);
        expect(statusCode, JSON.stringify(`/${kind}/${name}`.slice(0, 60))).toBe(404);
      }
    }
  }
});
