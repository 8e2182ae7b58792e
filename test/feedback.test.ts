import { PutCommand } from "@aws-sdk/lib-dynamodb";
import fc from "fast-check";
import { beforeEach, describe, expect, test, vi } from "vitest";
import type { Business } from "../core/businesses.ts";
import * as customers from "../core/customers.ts";
import { Feedback, record } from "../core/feedback.ts";
import { type CustomerId, newId, type RunId } from "../core/ids.ts";
import * as reputation from "../core/reputation.ts";
import * as books from "../core/runs/books.ts";
import * as outcomes from "../core/runs/outcomes.ts";
import * as sends from "../core/sends.ts";
import { documents, query, tableName } from "../core/store.ts";
import { isSuppressed } from "../core/suppressions.ts";
import { useBus } from "./support/bus.ts";
import { aCustomer } from "./support/customer.ts";
import { useDatabase } from "./support/database.ts";
import { aBusiness, saveBusiness } from "./support/shop.ts";

const putOff: unknown[] = [];
vi.mock("../core/queues.ts", () => ({
  enqueue: async (_: string, __: string, messages: { body: unknown }[]) => {
    putOff.push(...messages.map(({ body }) => JSON.parse(JSON.stringify(body))));
  },
}));
useDatabase();
const bus = useBus();

const second = (number: number) => new Date(Date.UTC(2026, 10, 24, 2, 0, number)).toISOString();
const phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148";
const apple = "Mozilla/5.0";

let business: Business;
let customer: CustomerId;
let run: RunId;
let email: string;

beforeEach(() => anotherCustomer());

/** A business of its own with a customer, and a send to them that was claimed. */
async function anotherCustomer(settings: Partial<Business> = {}) {
  putOff.length = 0;
  business = await saveBusiness(aBusiness(settings));
  customer = newId("cus");
  email = `${customer}@example.com`;
  const item = customers.toItem(aCustomer({ id: customer, business: business.id, email }));
  await documents.send(new PutCommand({ TableName: tableName("customers"), Item: item }));
  const identity = { identity: `${business.id}#email:${email}`, customer };
  await documents.send(new PutCommand({ TableName: tableName("identities"), Item: identity }));
  await anotherSend(1);
}

async function anotherSend(number: number) {
  run = `run_${customer.slice(4)}_${number}`;
  const item = {
    ...sends.keyOf(business.id, customer, run),
    business: business.id,
    customerId: customer,
    campaign: "cam_x",
    batch: "00#000001#000",
    claim: "c",
    claimedAt: second(0),
  };
  await documents.send(new PutCommand({ TableName: tableName("sends"), Item: item }));
}

type Told = { type: string; at?: string; part?: Record<string, unknown>; acceptedAt?: string };

function tell({ type, at = second(30), part = {}, acceptedAt = second(0) }: Told) {
  const who = [{ emailAddress: email }];
  const bounce = { bounceType: "Permanent", bounceSubType: "General", bouncedRecipients: who };
  const parts: Record<string, [string, object]> = {
    Delivery: ["delivery", {}],
    DeliveryDelay: ["deliveryDelay", {}],
    Bounce: ["bounce", bounce],
    Complaint: ["complaint", { complainedRecipients: who }],
    Open: ["open", { userAgent: phone }],
    Click: ["click", { userAgent: phone, link: "https://kopisenja.example/menu" }],
  };
  const [name, usual] = parts[type] ?? ["send", {}];
  const tags = { business: [business.id], run: [run], customer: [customer] };
  const detail = {
    eventType: type,
    mail: { timestamp: acceptedAt, tags },
    [name]: { timestamp: at, ...usual, ...part },
  };
  return record(Feedback.parse({ detail }));
}

/** What record-feedback has put off, as often as SQS may bring it. */
async function later(times = 1) {
  for (const message of putOff.splice(0).flatMap((one) => Array<unknown>(times).fill(one))) {
    await record(Feedback.parse(message));
  }
}

const sent = async () => (await sends.find(business.id, customer, run)) ?? expect.fail("There is no send");
const counted = async () => outcomes.sum(await books.talliesOf(business.id, run));
const engagement = async () => (await customers.get(business.id, customer)).engagement;
const click = (at: number, link: string, userAgent = phone) =>
  tell({ type: "Click", at: second(at), part: { link, userAgent } });

async function clicksOf(customer: CustomerId) {
  const { items } = await query("clicks", {
    KeyConditionExpression: "customer = :customer",
    ExpressionAttributeValues: { ":customer": `${business.id}#${customer}` },
  });
  return items;
}

/** What is left of a story, without what tells one telling from another. */
async function outcome() {
  const { suppressed, consent, engagement, softBounces } = await customers.get(business.id, customer);
  const {
    customerId,
    run: _,
    customer: __,
    business: ___,
    ...instants
  } = (await sent()) as Record<string, unknown>;
  return {
    known: { suppressed, consent, engagement, strikes: Object.values(softBounces ?? {}) },
    instants,
    counts: await counted(),
    reputation: await reputation.recent(business, second(0)),
    suppressed: await isSuppressed(business.id, email),
  };
}

describe("events of SES, in any order and number,", () => {
  const bounce = (bounceType: string, bounceSubType: string): Partial<Told> => ({
    type: "Bounce",
    part: { bounceType, bounceSubType },
  });
  const kinds: Partial<Told>[] = [
    ...["Send", "Delivery", "DeliveryDelay", "Complaint", "Open", "Click"].map((type) => ({ type })),
    { type: "Open", part: { userAgent: apple } },
    { type: "Click", part: { link: "https://kopisenja.example/promo" } },
    { type: "Click", part: { link: "https://kopisenja.example/ig" } },
    { type: "Click", part: { link: "https://kopisenja.example/ig", userAgent: "curl/8.5.0" } },
    bounce("Permanent", "General"),
    bounce("Transient", "MailboxFull"),
    bounce("Transient", "ContentRejected"),
    bounce("Undetermined", "Undetermined"),
  ];

  test("leave the same state and the same counts", async () => {
    const told = fc.record({ kind: fc.constantFrom(...kinds), at: fc.integer({ min: 1, max: 40 }) });
    const story = fc.array(told, { minLength: 1, maxLength: 8 });
    const tellings = story.chain((events) =>
      fc.tuple(
        fc.constant(events),
        fc.shuffledSubarray([...events, ...events], { minLength: events.length * 2 }),
      ),
    );
    type Story = { kind: Partial<Told>; at: number }[];
    const tellAll = async (events: Story, times: number) => {
      await anotherCustomer();
      for (const { kind, at } of events) await tell({ type: "Send", ...kind, at: second(at) });
      await later(times);
      return outcome();
    };
    await fc.assert(
      fc.asyncProperty(tellings, async ([events, again]) => {
        const once = await tellAll(events, 1);
        const twice = await tellAll(again, 2);
        // The first reason for a suppression stays, so that a story with two reasons may end with either.
        const reasons = new Set(
          events.flatMap(({ kind: { type, part } }) =>
            type === "Complaint" ? ["complaint"] : part?.bounceType === "Permanent" ? ["bounce"] : [],
          ),
        );
        const plain = ({ known, ...rest }: typeof once) => ({
          ...rest,
          known: reasons.size > 1 ? { ...known, suppressed: "either" } : known,
        });
        expect(plain(twice)).toEqual(plain(once));
      }),
      { numRuns: 15 },
    );
  }, 60_000);
});

describe("a bounce", () => {
  test("for good suppresses the address at once and tells the owner", async () => {
    await tell({ type: "Bounce" });
    expect(await isSuppressed(business.id, email)).toBe(true);
    expect(await sent()).toMatchObject({ bouncedAt: second(30) });
    const about = { business: business.id, run, customer };
    expect(bus.events).toMatchObject([{ type: "customer.bounced", detail: about }]);
  });

  test.each([
    ["a mail that is too large", "Transient", "MessageTooLarge", undefined],
    ["content that is refused", "Transient", "ContentRejected", undefined],
    ["an attachment that is refused", "Transient", "AttachmentRejected", undefined],
    ["a policy of the receiver's", "Permanent", "General", "5.7.26"],
    ["a policy told in passing", "Undetermined", "Undetermined", "4.7.0"],
  ])("for %s is a block, which says nothing of the address", async (_, bounceType, bounceSubType, status) => {
    const bouncedRecipients = [{ emailAddress: email, ...(status && { status }) }];
    await tell({ type: "Bounce", part: { bounceType, bounceSubType, bouncedRecipients } });
    expect(await sent()).toMatchObject({ blockedAt: second(30) });
    expect(await sent()).not.toHaveProperty("bouncedAt");
    expect(await customers.get(business.id, customer)).not.toHaveProperty("softBounces");
    expect(await counted()).toMatchObject({ blocked: 1, bounced: 0, softBounced: 0 });
    expect(await isSuppressed(business.id, email)).toBe(false);
    expect(bus.events).toEqual([]);
  });

  test("of an address that SES knows to be bad is for good, whatever status comes with it", async () => {
    const bouncedRecipients = [{ emailAddress: email, status: "5.7.1" }];
    await tell({ type: "Bounce", part: { bounceSubType: "NoEmail", bouncedRecipients } });
    expect(await isSuppressed(business.id, email)).toBe(true);
  });
});

describe("mail that comes back for the moment", () => {
  const full = { bounceType: "Transient", bounceSubType: "MailboxFull" };
  const day = (number: number) => new Date(Date.UTC(2026, 10, number)).toISOString();
  const strike = async (number: number, at: string) => {
    await anotherSend(number);
    await tell({ type: "Bounce", at, part: full });
  };

  test("suppresses the address once it has happened as often as the business allows within its days", async () => {
    await anotherCustomer({ softBounces: { limit: 3, withinDays: 10 } });
    await strike(1, day(1));
    await strike(2, day(5));
    // The same mail is one strike, however often it is reported.
    await tell({ type: "Bounce", at: day(6), part: full });
    expect(await isSuppressed(business.id, email)).toBe(false);
    await strike(3, day(11));
    expect(await customers.get(business.id, customer)).toMatchObject({ suppressed: "soft-bounces" });
    expect(await sent()).toMatchObject({ softBouncedAt: day(11) });
  });

  test("does not when it is spread over more days", async () => {
    await anotherCustomer({ softBounces: { limit: 3, withinDays: 10 } });
    for (const [number, at] of [day(1), day(6), day(12), day(17), day(23)].entries())
      await strike(number, at);
    expect(await isSuppressed(business.id, email)).toBe(false);
  });

  test("counts in whatever order it is reported", async () => {
    await anotherCustomer({ softBounces: { limit: 3, withinDays: 10 } });
    for (const [number, at] of [day(20), day(11), day(1), day(5)].entries()) await strike(number, at);
    expect(await isSuppressed(business.id, email)).toBe(true);
  });

  test("is held against an address only as long as the customer has it", async () => {
    await anotherCustomer({ softBounces: { limit: 2, withinDays: 10 } });
    await strike(1, day(1));
    const details = { email: `new-${email}` };
    const evidence = { way: "api" } as const;
    const moved = await customers.update(business, customer, { details, evidence }, day(2));
    expect(moved).not.toHaveProperty("softBounces");
    await strike(2, day(3));
    expect(await customers.get(business.id, customer)).not.toHaveProperty("softBounces");
  });

  test("never makes a customer's record grow without end", async () => {
    for (let number = 0; number < 45; number++) await strike(number, day(1 + number * 40));
    const { softBounces = {} } = await customers.get(business.id, customer);
    expect(Object.keys(softBounces)).toHaveLength(40);
    expect(Object.values(softBounces)).not.toContain(day(1));
  });
});

describe("a complaint", () => {
  test("suppresses the address, unsubscribes the customer and tells the owner", async () => {
    await tell({ type: "Complaint" });
    const { suppressed, consent } = await customers.get(business.id, customer);
    expect({ suppressed, consent }).toEqual({ suppressed: "complaint", consent: "unsubscribed" });
    expect(bus.events.map(({ type }) => type)).toEqual(["customer.unsubscribed", "customer.complained"]);
  });

  test("that takes one back, since a mail was no spam, is none", async () => {
    await tell({ type: "Complaint", part: { complaintFeedbackType: "not-spam" } });
    expect(await isSuppressed(business.id, email)).toBe(false);
    expect(await counted()).toMatchObject({ complained: 0 });
  });
});

test("a complaint about one shop leaves the mail and the rates of another alone", async () => {
  // Both have the customer; the operator shares what does not exist, and opinions are no such fact.
  process.env.SHARED_SUPPRESSIONS = "yes";
  try {
    await tell({ type: "Complaint" });
    const other = await saveBusiness(aBusiness());
    const { customer: same } = await customers.upsert(
      other,
      { details: { email }, consent: "subscribed", evidence: { way: "api" } },
      second(60),
    );
    expect(same).not.toHaveProperty("suppressed");
    expect(await isSuppressed(business.id, email)).toBe(true);
    expect(await isSuppressed(other.id, email)).toBe(false);
    expect(await reputation.recent(other, second(60))).toEqual({ accepted: 0, bounced: 0, complained: 0 });
  } finally {
    process.env.SHARED_SUPPRESSIONS = "no";
  }
});

test("mail that SES itself did not send, for a list that is the account's, says nothing of the address", async () => {
  await tell({ type: "Bounce", part: { bounceSubType: "OnAccountSuppressionList" } });

  expect(await isSuppressed(business.id, email)).toBe(false);
  expect(await sent()).toMatchObject({ blockedAt: second(30) });
  expect(await reputation.recent(business, second(60))).toMatchObject({ bounced: 0 });
});

describe("an opening", () => {
  test("by a person counts for the mail, the run and the customer, once for each run", async () => {
    await tell({ type: "Open", at: second(20) });
    await tell({ type: "Open", at: second(40) });
    expect(await sent()).toMatchObject({ openedAt: second(20), openedByPersonAt: second(20) });
    expect(await counted()).toMatchObject({ opened: 1, openedByPeople: 1 });
    expect(await engagement()).toEqual({ lastOpenedAt: second(40) });
  });

  test("by a program counts as opened, and says nothing of the customer", async () => {
    await tell({ type: "Open", part: { userAgent: apple } });
    expect(await sent()).toMatchObject({ openedAt: second(30) });
    expect(await sent()).not.toHaveProperty("openedByPersonAt");
    expect(await counted()).toMatchObject({ opened: 1, openedByPeople: 0 });
    expect(await engagement()).toEqual({});
  });

  test("that SES itself calls a bot's is a program's", async () => {
    await tell({ type: "Open", part: { isBot: true } });
    expect(await counted()).toMatchObject({ opened: 1, openedByPeople: 0 });
  });

  test("by a person after a program's still counts", async () => {
    await tell({ type: "Open", at: second(1), part: { userAgent: apple } });
    await tell({ type: "Open", at: second(9) });
    expect(await sent()).toMatchObject({ openedAt: second(1), openedByPersonAt: second(9) });
    expect(await counted()).toMatchObject({ opened: 1, openedByPeople: 1 });
  });
});

describe("a click", () => {
  test("of a person counts when those around it are known", async () => {
    await click(10, "https://kopisenja.example/menu");
    expect(await counted()).toMatchObject({ clicked: 1, clickedByPeople: 0 });
    await later();
    expect(await sent()).toMatchObject({ clickedAt: second(10), clickedByPersonAt: second(10) });
    expect(await counted()).toMatchObject({ clicked: 1, clickedByPeople: 1 });
    expect(await engagement()).toEqual({ lastClickedAt: second(10) });
  });

  test("on one link after the other, as a scanner that looks like a browser makes them, counts no person", async () => {
    for (const [index, path] of ["menu", "promo", "ig", "peta", "logo"].entries()) {
      await click(10 + index * 2, `https://kopisenja.example/${path}`);
    }
    await later();
    expect(await counted()).toMatchObject({ clicked: 1, clickedByPeople: 0 });
    expect(await sent()).not.toHaveProperty("clickedByPersonAt");
    expect(await engagement()).toEqual({});
  });

  test("of a person after a scanner's counts as theirs", async () => {
    for (const path of ["menu", "promo", "ig"]) await click(1, `https://kopisenja.example/${path}`);
    await click(40, "https://kopisenja.example/promo");
    await later();
    expect(await sent()).toMatchObject({ clickedAt: second(1), clickedByPersonAt: second(40) });
  });

  test("of a program that says so is never put off, and never a person's", async () => {
    await click(10, "https://kopisenja.example/menu", "Barracuda Sentinel (EE)");
    expect(putOff).toEqual([]);
    expect(await counted()).toMatchObject({ clicked: 1, clickedByPeople: 0 });
  });

  test("is kept without where it came from, for as long as the business keeps events", async () => {
    await anotherCustomer({ retention: { eventsDays: 30 } });
    await click(10, "https://kopisenja.example/menu");
    const kept = await clicksOf(customer);
    const { click: key, customer: owner, ...rest } = kept[0] ?? {};
    expect(kept).toHaveLength(1);
    expect(rest).toEqual({
      link: "https://kopisenja.example/menu",
      at: second(10),
      machine: false,
      expiresAt: Date.parse(second(10)) / 1000 + 30 * 86_400,
    });
  });
});

test("an event of a mail that no run sent, and of a kind that is not known, is passed over", async () => {
  const mail = { timestamp: second(1), tags: {} };
  await record(Feedback.parse({ detail: { eventType: "Send", mail } }));
  await tell({ type: "Subscription" });
  expect(await sent()).not.toHaveProperty("sentAt");
});

test.each(["Delivery", "Open", "Click"])(
  "a send that was erased is not brought back by a late %s",
  async (type) => {
    const [erased, tags] = [newId("cus"), { business: [business.id], run: [run] }];
    const mail = { timestamp: second(1), tags: { ...tags, customer: [erased] } };
    const part = { userAgent: phone, link: "https://kopisenja.example" };
    await record(Feedback.parse({ detail: { eventType: type, mail, [type.toLowerCase()]: part } }));
    await later();
    expect(await sends.find(business.id, erased, run)).toBeUndefined();
    expect(await clicksOf(erased)).toEqual([]);
    expect(await counted()).toMatchObject({ opened: 0, clicked: 0 });
  },
);

test("a mail that SES still tries to deliver, or that came back for the moment, was taken by SES", async () => {
  await tell({ type: "DeliveryDelay" });
  expect(sends.isReported(await sent())).toBe(true);
  expect(sends.stateOf(await sent(), undefined)).toBe("delayed");
  await tell({ type: "Bounce", part: { bounceType: "Transient", bounceSubType: "General" } });
  expect(sends.stateOf(await sent(), undefined)).toBe("soft-bounced");
});
