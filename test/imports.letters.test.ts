import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { DeleteCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import type { Context } from "aws-lambda";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import type { Business } from "../core/businesses.ts";
import * as consents from "../core/consents.ts";
import * as customers from "../core/customers.ts";
import * as progress from "../core/imports/progress.ts";
import { run, Unfinished } from "../core/imports/run.ts";
import * as imports from "../core/imports.ts";
import { documents, tableName } from "../core/store.ts";
import { suppress } from "../core/suppressions.ts";
import { handler } from "../functions/send-letters.ts";
import { useBus } from "./support/bus.ts";
import { useDatabase } from "./support/database.ts";
import { fileOf } from "./support/imports.ts";
import { useKeys } from "./support/keys.ts";
import { form, secret, visit } from "./support/links.ts";
import { useSes } from "./support/ses.ts";
import { aBusiness, saveBusiness } from "./support/shop.ts";

vi.hoisted(() => {
  process.env.POWERTOOLS_LOG_LEVEL = "SILENT";
});

useDatabase();
const bus = useBus();
const ses = useSes();
const schedules = useScheduler();
useKeys(secret);
process.env.IMPORTS_BUCKET_NAME = "sapa-imports";

const now = "2026-11-24T02:00:00.000Z";
let shop: Business;

beforeEach(async () => {
  vi.useFakeTimers({ now: new Date(now), toFake: ["Date"] });
  shop = await saveBusiness(aBusiness());
  await documents.send(new DeleteCommand({ TableName: tableName("account"), Key: { name: "rate#sending" } }));
});

/** A Scheduler that remembers what it was asked to fire, and when. */
function useScheduler(): { at: string; input: unknown }[] {
  const made: { at: string; input: unknown }[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { ScheduleExpression, Target } = JSON.parse(Buffer.concat(chunks).toString());
    made.push({ at: ScheduleExpression, input: JSON.parse(Target.Input) });
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ ScheduleArn: "arn" }));
  });
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    Object.assign(process.env, {
      AWS_ENDPOINT_URL_SCHEDULER: `http://127.0.0.1:${port}`,
      SCHEDULE_GROUP_NAME: "Sapa",
      SCHEDULE_ROLE_ARN: "arn:aws:iam::000000000000:role/schedules",
      SCHEDULE_DEAD_LETTER_ARN: "arn:aws:sqs:us-east-1:000000000000:failed",
      SEND_LETTERS_ARN: "arn:aws:lambda:us-east-1:000000000000:function:Sapa-send-letters",
    });
  });
  beforeEach(() => {
    made.length = 0;
  });
  afterAll(() => new Promise<void>((resolve) => server.close(() => resolve())));
  return made;
}

const fileName = "pelanggan-2026.csv";
const start = async (input: Partial<imports.ImportInput> = {}) => {
  const asked = {
    kind: "customers",
    format: "csv",
    size: 100,
    fileName,
    doubleOptIn: true,
    ...input,
  } as const;
  return (await imports.create(shop, asked, now)).id;
};

async function work(
  id: imports.Import["id"],
  lines: readonly string[],
  worker = "one",
  left: () => boolean = () => true,
) {
  const imported = await progress.begin({ business: shop.id, id }, worker, now);
  if (!imported) throw new Error("There was nothing to do");
  const text = ["email,name,consent", ...lines].join("\n");
  await run(shop, imported, fileOf(text), { now: () => now, timeIsLeft: left });
}

/** Does what the events ask for, and those that they lead to, in so many rounds; `seconds` is the time that each has. */
async function deliver(seconds = 60): Promise<number> {
  for (let rounds = 0; ; rounds++) {
    const due = bus.events.filter(({ type }) => type === "letters.due");
    bus.events.length = 0;
    if (due.length === 0) return rounds;
    for (const event of due) await invoke(event, seconds);
  }
}
const invoke = ({ type, detail }: { type: string; detail: unknown }, seconds = 60) => {
  // Each look at the time left takes one second of it.
  let left = seconds * 1000;
  const getRemainingTimeInMillis = () => {
    left -= 1000;
    return left;
  };
  return handler({ "detail-type": type, detail }, { getRemainingTimeInMillis } as Context);
};
const recipients = () => ses.mails.map(({ to }) => to).sort();
const find = (email: string) => customers.findBy(shop, { email });
const add = async (email: string, consent: customers.Consent) => {
  const details = { email };
  return customers.upsert(shop, { details, consent, evidence: { way: "api" } }, "2026-11-01T02:00:00.000Z");
};

test("new customers come in as pending and each gets one letter; who was known is left in peace", async () => {
  await add("known@example.com", "pending");
  await add("in@example.com", "subscribed");
  await add("out@example.com", "unsubscribed");
  await suppress(shop.id, "stopped@example.com", "complaint", now);
  const emails = ["ani", "budi", "known", "in", "out", "stopped"].map((name) => `${name}@example.com`);
  const id = await start({ legalBasis: "Asked at the till" });
  await work(
    id,
    emails.map((email) => `${email},,yes`),
  );

  expect(bus.events).toEqual([
    { bus: "sapa-test", type: "letters.due", detail: { business: shop.id, import: id } },
  ]);
  await deliver();
  expect(recipients()).toEqual(["ani@example.com", "budi@example.com"]);
  expect(ses.mails[0]?.text).toContain("Kopi Senja ingin mengirimi Anda kabar");
  expect(ses.mails[0]?.text).toContain("Anda tercatat sebagai pelanggan Kopi Senja");
  expect(await find("ani@example.com")).toMatchObject({ consent: "pending" });
});

test("the letter's button subscribes, and the proof names file, row and legal basis before the click", async () => {
  await work(await start({ legalBasis: "Asked at the till" }), [
    "ani@example.com,Ani,",
    "budi@example.com,Budi,",
  ]);
  await deliver();
  const mail = ses.mails.find(({ to }) => to === "budi@example.com");
  const path = /\/c\/[\w.~-]+/.exec(mail?.text ?? "")?.[0] ?? "";
  vi.setSystemTime("2026-11-24T03:00:00.000Z");
  await visit(path, form([["confirm", "yes"]]));
  const budi = await find("budi@example.com");
  expect(budi).toMatchObject({ consent: "subscribed", name: "Budi", joined: { way: "link" } });
  expect(await consents.history(shop.id, budi?.id ?? "cus_")).toMatchObject([
    { at: now, way: "import", fileName, row: 3, legalBasis: "Asked at the till" },
    { at: "2026-11-24T03:00:00.000Z", way: "confirmation", consent: "subscribed", was: "pending" },
  ]);
});

test("events that come twice, an import that is interrupted, and one of the same file again send nothing twice", async () => {
  const lines = Array.from({ length: 12 }, (_, at) => `a${at}@example.com,,`);
  const id = await start();
  await expect(work(id, lines, "one", () => false)).rejects.toThrow(Unfinished);
  // As if it had died before it could say how far it came.
  await documents.send(
    new UpdateCommand({
      TableName: tableName("imports"),
      Key: { business: shop.id, id },
      UpdateExpression: "REMOVE #position",
      ExpressionAttributeNames: { "#position": "position" },
    }),
  );
  await work(id, lines);
  const [event = { type: "", detail: {} }] = bus.events;
  await Promise.all([invoke(event), invoke(event)]);
  await invoke(event);
  expect(ses.mails).toHaveLength(12);
  expect(new Set(recipients()).size).toBe(12);

  bus.events.length = 0;
  vi.setSystemTime("2026-11-24T04:00:00.000Z");
  const again = await imports.create(
    shop,
    { kind: "customers", format: "csv", size: 100, doubleOptIn: true },
    "2026-11-24T04:00:00.000Z",
  );
  const imported = await progress.begin(
    { business: shop.id, id: again.id },
    "one",
    "2026-11-24T04:00:00.000Z",
  );
  const file = fileOf(["email,name,consent", ...lines].join("\n"));
  if (!imported) throw new Error("There was nothing to do");
  const host = { now: () => "2026-11-24T04:00:00.000Z", timeIsLeft: () => true };
  await run(shop, imported, file, host);
  await deliver();
  expect(ses.mails).toHaveLength(12);
});

test("out of time the rest goes on in a further event", async () => {
  const lines = Array.from({ length: 25 }, (_, at) => `a${at}@example.com,,`);
  await work(await start(), lines);
  // Beside the reserve of fifteen seconds there is one more, for ten of them.
  expect(await deliver(17)).toBe(3);
  expect(new Set(recipients()).size).toBe(25);
  expect(ses.mails).toHaveLength(25);
});

test("while SES takes nothing the rest waits for a quarter of an hour, in a timer and not in a function", async () => {
  const id = await start();
  await work(id, ["ani@example.com,,", "budi@example.com,,"]);
  ses.quota(0);
  await deliver();
  expect(ses.mails).toEqual([]);
  const detail = { business: shop.id, import: id };
  expect(schedules).toEqual([
    { at: "at(2026-11-24T02:15:00)", input: { "detail-type": "letters.due", detail } },
  ]);
  // The last of a day's quota is kept for mail that answers someone who waits for it.
  ses.quota(4_400);
  vi.setSystemTime("2026-11-24T02:15:00.000Z");
  await invoke({ type: "letters.due", detail });
  expect(ses.mails).toEqual([]);
  ses.quota(10_000);
  vi.setSystemTime("2026-11-24T02:30:00.000Z");
  await invoke({ type: "letters.due", detail });
  expect(recipients()).toEqual(["ani@example.com", "budi@example.com"]);
});

test("who unsubscribes, or confirms by another way, before the letter is sent gets none", async () => {
  await work(await start(), ["ani@example.com,,", "budi@example.com,,", "cici@example.com,,"]);
  const evidence = { way: "api" as const };
  const ani = await find("ani@example.com");
  await customers.unsubscribe(shop.id, ani?.id ?? "cus_", evidence, now);
  const budi = await find("budi@example.com");
  await customers.update(shop, budi?.id ?? "cus_", { consent: "subscribed", evidence }, now);
  await deliver();
  expect(recipients()).toEqual(["cici@example.com"]);
});

test("an import can't both ask and be told the answer, nor ask for orders", async () => {
  const problem = (input: Partial<imports.ImportInput>) =>
    start(input).then(
      () => [],
      ({ problems }) => problems.map(({ field }: { field: string }) => field),
    );
  expect(await problem({ consent: "subscribed", legalBasis: "Paper forms" })).toEqual(["doubleOptIn"]);
  expect(await problem({ consent: "unsubscribed" })).toEqual(["doubleOptIn"]);
  expect(await problem({ kind: "orders" })).toEqual(["doubleOptIn"]);
  expect(await problem({ consent: "pending", legalBasis: "Asked at the till" })).toEqual([]);
});

test("the letters of an import wait while the sender's address is not bound to the business", async () => {
  const id = await start({ legalBasis: "Asked at the till" });
  await work(id, ["ani@example.com,,yes"]);
  await saveBusiness({ ...shop, limits: { ...shop.limits, identities: [] } });
  await deliver();
  expect(ses.mails).toEqual([]);
  expect(schedules).toHaveLength(1);

  await saveBusiness(shop);
  await invoke({ type: "letters.due", detail: { business: shop.id, import: id } });
  expect(recipients()).toEqual(["ani@example.com"]);
});
