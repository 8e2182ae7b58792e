import { PutCommand } from "@aws-sdk/lib-dynamodb";
import fc from "fast-check";
import { beforeEach, expect, test } from "vitest";
import * as customers from "../core/customers.ts";
import { record, SesEvent } from "../core/feedback.ts";
import { type CustomerId, newId, type RunId } from "../core/ids.ts";
import * as sends from "../core/sends.ts";
import { documents, tableName } from "../core/store.ts";
import { isSuppressed } from "../core/suppressions.ts";
import { useBus } from "./support/bus.ts";
import { aCustomer } from "./support/customer.ts";
import { useDatabase } from "./support/database.ts";

useDatabase();
const bus = useBus();

const business = "biz_23456789bcdfghjk" as const;
const minute = (number: number) => new Date(Date.UTC(2026, 10, 24, 2, number)).toISOString();

let customer: CustomerId;
let run: RunId;
let email: string;

beforeEach(anotherSend);

/** A customer, and a send to them that was claimed. */
async function anotherSend() {
  customer = newId("cus");
  run = `run_${customer.slice(4)}_1`;
  email = `${customer}@example.com`;
  const record = customers.toItem(aCustomer({ id: customer, email }));
  await documents.send(new PutCommand({ TableName: tableName("customers"), Item: record }));
  await documents.send(
    new PutCommand({
      TableName: tableName("identities"),
      Item: { identity: `${business}#email:${email}`, customer },
    }),
  );
  await documents.send(
    new PutCommand({
      TableName: tableName("sends"),
      Item: {
        ...sends.keyOf(business, customer, run),
        business,
        customerId: customer,
        campaign: "cam_x",
        batch: "00#0001#00",
        claim: "c",
        claimedAt: minute(0),
      },
    }),
  );
}

type Told = { type: string; at: number };

const tell = ({ type, at }: Told) => {
  const timestamp = minute(at);
  const part = {
    Send: {},
    Delivery: { delivery: { timestamp } },
    Open: { open: { timestamp } },
    Click: { click: { timestamp } },
    Bounce: { bounce: { timestamp, bounceType: "Permanent", bouncedRecipients: [{ emailAddress: email }] } },
    Complaint: { complaint: { timestamp, complainedRecipients: [{ emailAddress: email }] } },
  }[type];
  const tags = { business: [business], run: [run], customer: [customer] };
  return record(SesEvent.parse({ detail: { eventType: type, mail: { timestamp, tags }, ...part } }));
};

/** What is left of a story, without what tells one telling from another. */
async function outcome() {
  const { version, updatedAt, id, email: address, ...known } = await customers.get(business, customer);
  const send = await sends.find(business, customer, run);
  const { customerId, run: _, customer: __, ...milestones } = { ...send } as Record<string, unknown>;
  return { known, milestones, suppressed: await isSuppressed(business, email) };
}

test("events of SES, in any order and number, leave the same state", async () => {
  const told = fc.record({
    type: fc.constantFrom("Send", "Delivery", "Open", "Click", "Bounce", "Complaint"),
    at: fc.integer({ min: 1, max: 59 }),
  });
  const story = fc.array(told, { minLength: 1, maxLength: 8 });
  const tellings = story.chain((events) =>
    fc.tuple(
      fc.constant(events),
      fc.shuffledSubarray([...events, ...events], { minLength: events.length * 2 }),
    ),
  );
  await fc.assert(
    fc.asyncProperty(tellings, async ([events, again]) => {
      await anotherSend();
      for (const event of events) await tell(event);
      const once = await outcome();
      await anotherSend();
      for (const event of again) await tell(event);
      // The first reason for a suppression stays, so that a story with two reasons may end with either.
      const reasons = new Set(events.map(({ type }) => type).filter((type) => /Bounce|Complaint/.test(type)));
      const plain = ({ known, ...rest }: typeof once) => ({
        ...rest,
        known: reasons.size > 1 ? { ...known, suppressed: "either" } : known,
      });
      expect(plain(await outcome())).toEqual(plain(once));
    }),
    { numRuns: 20 },
  );
});

test("a hard bounce suppresses the address and tells the owner; a soft one does not", async () => {
  const soft = {
    timestamp: minute(1),
    bounceType: "Transient",
    bouncedRecipients: [{ emailAddress: email }],
  };
  const tags = { business: [business], run: [run], customer: [customer] };
  const mail = { timestamp: minute(1), tags };
  await record(SesEvent.parse({ detail: { eventType: "Bounce", mail, bounce: soft } }));
  expect(await isSuppressed(business, email)).toBe(false);

  await tell({ type: "Bounce", at: 2 });
  expect(await isSuppressed(business, email)).toBe(true);
  expect(bus.events).toMatchObject([{ type: "customer.bounced", detail: { business, run, customer } }]);
});

test("an event of a mail that no run sent, and of a kind that is not known, is passed over", async () => {
  await record(SesEvent.parse({ detail: { eventType: "Send", mail: { timestamp: minute(1), tags: {} } } }));
  await tell({ type: "Subscription", at: 3 });
  expect(await sends.find(business, customer, run)).not.toHaveProperty("sentAt");
});

test("a send that was erased is not brought back by a late event", async () => {
  const erased = newId("cus");
  const tags = { business: [business], run: [run], customer: [erased] };
  const mail = { timestamp: minute(1), tags };
  await record(SesEvent.parse({ detail: { eventType: "Delivery", mail, delivery: {} } }));
  expect(await sends.find(business, erased, run)).toBeUndefined();
});
