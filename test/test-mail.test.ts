import { beforeEach, describe, expect, test, vi } from "vitest";
import { halt } from "../core/businesses/halts.ts";
import { type Business, OperatorLimits } from "../core/businesses.ts";
import { erase } from "../core/customers/erase.ts";
import { restrict } from "../core/customers/restrict.ts";
import * as customers from "../core/customers.ts";
import { Feedback, record } from "../core/feedback.ts";
import * as reputation from "../core/reputation.ts";
import { suppress } from "../core/suppressions.ts";
import { routes } from "../functions/http/templates.ts";
import { apiOf, keyOf } from "./http/api.ts";
import { useBus } from "./support/bus.ts";
import { useDatabase } from "./support/database.ts";
import { useSes } from "./support/ses.ts";
import { aBusiness, saveBusiness } from "./support/shop.ts";

vi.mock("../core/secrets.ts", () => ({ keys: async () => ({ adminKey: "sapa_admin_x", linkKeys: [] }) }));
useDatabase();
useBus();
const ses = useSes();
const { call } = apiOf(routes);

const now = "2026-11-24T02:00:00.000Z";
let shop: Business;
let key: string;
beforeEach(async () => {
  shop = await saveBusiness(aBusiness());
  key = await keyOf(shop);
});

const sendTo = (to: string, more: { key?: string; now?: string } = {}) =>
  call("POST /v1/templates/birthday/test", { key, body: { to }, ...more });
async function customer(email: string, consent: customers.Consent = "subscribed") {
  const evidence = { way: "api" as const };
  const { customer: added } = await customers.upsert(shop, { details: { email }, evidence, consent }, now);
  return added;
}
/** Another shop, whose operator has set something else. */
async function reopen(limits: Partial<Business["limits"]>) {
  shop = await saveBusiness(aBusiness({ limits: { ...shop.limits, ...limits } }));
  key = await keyOf(shop);
}

describe("a test mail goes", () => {
  test("to the business's own addresses, and to those that the operator has listed", async () => {
    await reopen({ testAddresses: ["agency@example.com"] });
    for (const to of ["kasir@kopisenja.example", "Agency@Example.com"]) {
      expect({ to, status: (await sendTo(to)).status }).toEqual({ to, status: 202 });
    }
    expect(ses.mails.map(({ tags }) => tags)).toEqual([
      { business: shop.id, letter: "test" },
      { business: shop.id, letter: "test" },
    ]);
  });

  test("to a customer who may be mailed, for a key that may read customers", async () => {
    await customer("ani@example.com");
    const blind = await keyOf(shop, ["templates:read", "templates:write"]);
    expect((await sendTo("ani@example.com")).status).toBe(202);
    const [hidden, unknown] = [
      await sendTo("ani@example.com", { key: blind }),
      await sendTo("nobody@example.com", { key: blind }),
    ];
    expect(hidden).toMatchObject({ status: 409 });
    expect(hidden).toEqual(unknown);
  });

  test("to nobody who is a stranger, suppressed, erased, restricted, unsubscribed or not confirmed, and says the same of each", async () => {
    await suppress(shop.id, "complained@example.com", "complaint", now);
    const erased = await customer("erased@example.com");
    await erase({ business: shop.id, customer: erased.id, way: "api" }, now);
    const kept = await customer("kept@example.com");
    await restrict({ business: shop.id, id: kept.id, evidence: { way: "api" } }, now);
    await customer("out@example.com", "unsubscribed");
    await customer("waits@example.com", "pending");
    const answers = [];
    for (const name of ["stranger", "complained", "erased", "kept", "out", "waits"]) {
      answers.push(await sendTo(`${name}@example.com`));
    }
    expect(answers[0]).toMatchObject({ status: 409, body: { errors: [{ field: "to" }] } });
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect(ses.mails).toEqual([]);
  });

  test("to no address of the business's own that has complained or unsubscribed", async () => {
    await suppress(shop.id, "halo@kopisenja.example", "complaint", now);
    await customer("kasir@kopisenja.example", "unsubscribed");
    expect((await sendTo("halo@kopisenja.example")).status).toBe(409);
    expect((await sendTo("kasir@kopisenja.example")).status).toBe(409);
  });

  test("to nobody while the business's sending is halted, or the account's quota is used up", async () => {
    ses.quota(0);
    expect((await sendTo("halo@kopisenja.example")).status).toBe(429);
    await halt(shop, { reason: "complaints", rate: 0.01, sample: 1000, at: now });
    expect((await sendTo("halo@kopisenja.example")).status).toBe(409);
    expect(ses.mails).toEqual([]);
  });
});

describe("the number of test mails in a day", () => {
  test("is held to however many are asked for at once, and begins anew the day after", async () => {
    await reopen({ testMailsPerDay: 5 });
    const statuses = await Promise.all(
      Array.from({ length: 12 }, async () => (await sendTo("halo@kopisenja.example")).status),
    );
    expect(statuses.filter((status) => status === 202)).toHaveLength(5);
    expect(statuses.filter((status) => status === 429)).toHaveLength(7);
    expect(ses.mails).toHaveLength(5);
    const refused = await sendTo("halo@kopisenja.example");
    expect(refused.body.detail).toBe("The 5 test mails of this day have gone; more can be sent in 22 hours");
    const tomorrow = await sendTo("halo@kopisenja.example", { now: "2026-11-25T00:00:00.000Z" });
    expect(tomorrow.status).toBe(202);
  });

  test("is fifty unless the operator says otherwise, and one business's are not another's", async () => {
    expect(OperatorLimits.parse({}).testMailsPerDay).toBe(50);
    await reopen({ testMailsPerDay: 1 });
    await sendTo("halo@kopisenja.example");
    expect((await sendTo("halo@kopisenja.example")).status).toBe(429);
    await reopen({ testMailsPerDay: 1 });
    expect((await sendTo("halo@kopisenja.example")).status).toBe(202);
  });
});

describe("what becomes of a test mail, or of an answer to feedback,", () => {
  const recent = () => reputation.recent(shop, now);
  const parts = {
    Delivery: () => ({ delivery: {} }),
    Bounce: (emailAddress: string) => ({
      bounce: { bounceType: "Permanent", bounceSubType: "General", bouncedRecipients: [{ emailAddress }] },
    }),
    Complaint: (emailAddress: string) => ({ complaint: { complainedRecipients: [{ emailAddress }] } }),
  };
  const told = async (kind: string, messageId: string, eventType: keyof typeof parts) => {
    const tags = { business: [shop.id], letter: [kind] };
    const part = parts[eventType](`${messageId}@example.com`);
    await record(
      Feedback.parse({ detail: { eventType, mail: { timestamp: now, messageId, tags }, ...part } }),
    );
  };

  test("counts in the business's rates, once however often it is told", async () => {
    for (const _ of [1, 2]) {
      await told("test", "one", "Delivery");
      await told("test", "two", "Bounce");
      await told("answer", "three", "Delivery");
      await told("answer", "three", "Complaint");
      // It arrived first, and came back then.
      await told("answer", "four", "Bounce");
      await told("answer", "four", "Delivery");
    }
    expect(await recent()).toEqual({ accepted: 4, bounced: 2, complained: 1 });
  });

  test("halts the business's sending like any other mail", async () => {
    shop = await saveBusiness(aBusiness({ breaker: { ...shop.breaker, minimumSample: 1 } }));
    key = await keyOf(shop);
    await told("test", "one", "Bounce");
    expect((await sendTo("kasir@kopisenja.example")).status).toBe(409);
  });

  test("does not count for letters that a stranger can bring about by a form", async () => {
    await told("confirmation", "one", "Bounce");
    await told("welcome", "two", "Complaint");
    expect(await recent()).toEqual({ accepted: 0, bounced: 0, complained: 0 });
  });
});
