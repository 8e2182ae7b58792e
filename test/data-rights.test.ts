import { PutCommand, ScanCommand } from "@aws-sdk/lib-dynamodb";
import type { Context } from "aws-lambda";
import { beforeEach, describe, expect, test } from "vitest";
import type { Business } from "../core/businesses.ts";
import { removeRecord } from "../core/customers/erase.ts";
import { CustomerExport } from "../core/customers/export.ts";
import * as customers from "../core/customers.ts";
import { finish } from "../core/erasures/finish.ts";
import * as erasures from "../core/erasures.ts";
import { record, SesEvent } from "../core/feedback.ts";
import { type CustomerId, newId, type RunId } from "../core/ids.ts";
import { begin as beginImport } from "../core/imports/progress.ts";
import { run as runImport } from "../core/imports/run.ts";
import * as imports from "../core/imports.ts";
import * as orders from "../core/orders.ts";
import * as responses from "../core/responses.ts";
import { admit, confirm, look } from "../core/sign-ups/confirm.ts";
import * as signUps from "../core/sign-ups.ts";
import { documents, tableName } from "../core/store.ts";
import * as suppressions from "../core/suppressions.ts";
import { type TableName, tables } from "../core/tables.ts";
import { addSeconds } from "../core/time.ts";
import { handler as eraseCustomers } from "../functions/erase-customers.ts";
import { operations } from "../functions/http/operations.ts";
import { apiOf, keyOf } from "./http/api.ts";
import { useBus } from "./support/bus.ts";
import { useDatabase } from "./support/database.ts";
import { fileOf } from "./support/imports.ts";
import { aBusiness, saveBusiness } from "./support/shop.ts";

useDatabase();
const bus = useBus();
Object.assign(process.env, { IMPORTS_BUCKET_NAME: "sapa-imports", PUBLIC_URL: "https://sapa.example" });
const { call } = apiOf(operations);

const now = "2026-11-24T02:00:00.000Z";
const attributes = { drink: "text" } as const;

let shop: Business;
let key: string;
beforeEach(async () => {
  shop = await saveBusiness(aBusiness({ attributes }));
  key = await keyOf(shop);
});

/** Words of a person that occur nowhere else: whatever holds one of them knows something of her. */
const siti = {
  email: "siti.rahmawati@example.com",
  phone: "+6281298765432",
  externalId: "MEMBER-77123",
  name: "Siti Rahmawati",
  nickname: "Titi-Manis",
  birthday: "03-17",
  tags: ["vip-istimewa"],
  attributes: { drink: "teh-tarik-dingin" },
  consent: "subscribed",
};
const traces = [
  "siti",
  "rahmawati",
  "81298765432",
  "MEMBER-77123",
  "Titi-Manis",
  "vip-istimewa",
  "teh-tarik",
  "antre-panjang",
  "terlalu-sering",
  "203.0.113.77",
  "Peramban-Siti",
];

const importing = async (kind: "customers" | "orders", text: string) => {
  const asked = { kind, format: "csv", size: text.length, fileName: "pelanggan-siti.csv" } as const;
  const { id } = await imports.create(shop, asked, now);
  const imported = await beginImport({ business: shop.id, id }, "worker", now);
  if (!imported) throw new Error("There is no import");
  await runImport(shop, imported, fileOf(text), { now: () => now, timeIsLeft: () => true });
  return imports.get(shop.id, id, now);
};

const sesEvent = (customer: CustomerId, run: RunId, eventType: string, more: object = {}) =>
  record(
    SesEvent.parse({
      detail: {
        eventType,
        mail: { timestamp: now, tags: { business: [shop.id], run: [run], customer: [customer] } },
        ...more,
      },
    }),
  );
const opens = (customer: CustomerId, run: RunId) =>
  sesEvent(customer, run, "Open", { open: { timestamp: now, userAgent: "Mozilla/5.0 (Android)" } });

const put = (table: TableName, item: Record<string, unknown>) =>
  documents.send(new PutCommand({ TableName: tableName(table), Item: item }));

/** Everything that Sapa can know of a customer, by each way that it comes to know it. */
async function someoneWellKnown(): Promise<{ id: CustomerId; run: RunId }> {
  const headers = { "idempotency-key": "first" };
  const saved = await call("PUT /v1/customers", { key, body: siti, headers });
  const id: CustomerId = saved.body.id;
  for (const [index, total] of [25_000, 30_000].entries()) {
    const order = {
      id: `INV-${shop.id}-${index}`,
      placedAt: addSeconds(now, -86_400 * (index + 1)),
      total,
      customer: { email: siti.email, name: siti.name },
    };
    await call("POST /v1/orders", { key, body: order, headers: { "idempotency-key": `order-${index}` } });
  }
  await importing("customers", `email,nickname\n${siti.email},${siti.nickname}\n`);
  const run = newId("run");
  const campaign = newId("cam");
  await put("campaigns", { business: shop.id, id: campaign, name: "Kabar Senja" });
  await put("sends", {
    customer: `${shop.id}#${id}`,
    run,
    business: shop.id,
    customerId: id,
    campaign,
    batch: "00#000001#000",
    claim: "c",
    claimedAt: now,
  });
  await put("receipts", {
    run: `${shop.id}#${run}`,
    batch: "00#000001#000#c",
    at: now,
    attempt: 1,
    accepted: { [id]: "message" },
    failed: {},
    skipped: {},
    unknown: [],
    retrying: {},
  });
  await opens(id, run);
  await put("clicks", {
    customer: `${shop.id}#${id}`,
    click: `${run}#${now}#0123456789ab`,
    at: now,
    link: "https://kopisenja.example/teh-tarik-dingin",
    machine: false,
  });
  const of = { business: shop.id, customer: id, run };
  await responses.rate(of, { stars: 2, words: "antre-panjang sekali" }, now);
  await responses.leave(of, { reason: "too-many", words: "terlalu-sering" }, now);
  const browser = { ip: "203.0.113.77", userAgent: "Peramban-Siti/1.0" };
  await customers.unsubscribe(shop.id, id, { way: "link", run, ...browser }, now);
  await signUps.request(shop.id, wish(browser), now);
  for (const verb of ["unsubscribe", "restrict", "unrestrict"])
    await call(`POST /v1/customers/${id}/${verb}`, { key, headers: { "idempotency-key": verb } });
  return { id, run };
}

const wish = (browser: object): signUps.SignUpRequest => ({
  email: siti.email,
  nickname: siti.nickname,
  birthday: siti.birthday,
  topics: {},
  locale: "id",
  evidence: { way: "form", ...browser },
});

/** What erase-customers does with the last event that woke it. */
const wakeUp = async () => {
  const { detail } = bus.events.findLast(({ type }) => type === "erasure.requested") ?? {};
  await eraseCustomers({ detail }, {} as Context);
};

/** Every item of every table that holds one of the words, `customers: {…}`. */
async function found(words: readonly string[]): Promise<string[]> {
  const all: string[] = [];
  for (const table of Object.keys(tables) as TableName[]) {
    const { Items = [] } = await documents.send(new ScanCommand({ TableName: tableName(table) }));
    for (const item of Items) {
      const text = JSON.stringify(item).toLowerCase();
      // Other tests have shops of their own, whose ids all their keys begin with.
      if (!text.includes(shop.id)) continue;
      if (words.some((word) => text.includes(word.toLowerCase()))) all.push(`${table}: ${text}`);
    }
  }
  return all;
}
const tablesOf = (items: readonly string[]) => [...new Set(items.map((item) => item.split(":")[0]))].sort();

describe("erasing a customer", () => {
  test("takes every word about them out of every table, and leaves a receipt", async () => {
    const { id, run } = await someoneWellKnown();
    // The test itself sees whether it looks everywhere.
    expect(tablesOf(await found(traces))).toEqual([
      "clicks",
      "consents",
      "customers",
      "identities",
      "imports",
      "responses",
      "signUps",
    ]);

    const asked = await call(`DELETE /v1/customers/${id}`, { key });
    expect(asked).toMatchObject({ status: 202, body: { customer: id, way: "api", requestedAt: now } });
    expect((await call(`GET /v1/customers/${id}`, { key })).status).toBe(404);
    // What tells who it was is gone by the answer.
    expect(tablesOf(await found([siti.email, siti.phone, siti.externalId, siti.name]))).toEqual(["signUps"]);
    await wakeUp();

    // The name of the owner's file, which may hold anyone, is not about her.
    expect((await found(traces)).map((item) => item.replace("pelanggan-siti.csv", ""))).toEqual([
      expect.stringMatching(/^imports: /),
    ]);
    const receipt = await call(`GET /v1/erasures/${asked.body.id}`, { key });
    expect(receipt.body).toMatchObject({
      customer: id,
      finishedAt: expect.any(String),
      addressHash: suppressions.hashOf(shop.id, siti.email),
      orders: 2,
      removed: { identities: 3, orders: 2, consents: 1, sends: 1, clicks: 1, responses: 2, signUps: 1 },
    });
    // Asking again, and the event a second time, change nothing.
    expect(await call(`DELETE /v1/customers/${id}`, { key })).toMatchObject({
      status: 200,
      body: receipt.body,
    });
    await wakeUp();
    expect((await call("GET /v1/erasures", { key })).body.items).toEqual([receipt.body]);
    expect(bus.events.filter(({ type }) => type === "customer.erased")).toEqual([
      {
        type: "customer.erased",
        bus: "sapa-test",
        detail: { business: shop.id, customer: id, erasure: receipt.body.id },
      },
    ]);
    // That there was a mail is still known, and the sales are still in the figures.
    expect(await call(`GET /v1/runs/${run}/sends`, { key })).toMatchObject({ status: 404 });
    expect((await orders.get(shop.id, `INV-${shop.id}-0`)).total).toBe(25_000);
  });

  test("is finished by the function alone where the request broke off before it did anything", async () => {
    const { id } = await someoneWellKnown();
    await eraseCustomers({ detail: { business: shop.id, customer: id, way: "link" } }, {} as Context);
    expect(await erasures.get(shop.id, erasures.idFor(id))).toMatchObject({
      way: "link",
      finishedAt: expect.any(String),
    });
    expect(tablesOf(await found(traces))).toEqual(["imports"]);
  });

  test("counts each thing once, though two functions work on it at once", async () => {
    const { id } = await someoneWellKnown();
    const erasing = { business: shop.id, customer: id, way: "api" as const };
    await Promise.all([finish(erasing, now), finish(erasing, now), finish(erasing, now)]);
    expect((await erasures.get(shop.id, erasures.idFor(id))).removed).toEqual({
      identities: 3,
      orders: 2,
      consents: 1,
      sends: 1,
      clicks: 1,
      responses: 2,
      signUps: 1,
    });
  });

  test("is not said to be finished while the index of orders lags behind", async () => {
    const { id } = await someoneWellKnown();
    const erasing = { business: shop.id, customer: id, way: "api" as const };
    await removeRecord(erasing, now);
    const receipt = await erasures.get(shop.id, erasures.idFor(id));
    await put("erasures", { ...receipt, orders: 3 });
    await expect(finish(erasing, addSeconds(now, 1))).rejects.toThrow("2 of 3 orders");
    await finish(erasing, addSeconds(now, 180));
    expect(await erasures.get(shop.id, receipt.id)).toMatchObject({ finishedAt: addSeconds(now, 180) });
  });

  test("of who was never a customer, or is another business's, is not found and leaves nothing", async () => {
    const { id } = await someoneWellKnown();
    const stranger = await keyOf(await saveBusiness(aBusiness()));
    expect((await call(`DELETE /v1/customers/${id}`, { key: stranger })).status).toBe(404);
    expect((await call(`DELETE /v1/customers/${newId("cus")}`, { key })).status).toBe(404);
    expect(bus.events.filter(({ type }) => type === "erasure.requested")).toEqual([]);
    await call(`DELETE /v1/customers/${id}`, { key });
    expect((await call(`GET /v1/erasures/${erasures.idFor(id)}`, { key: stranger })).status).toBe(404);
    expect((await call("GET /v1/erasures", { key: stranger })).body.items).toEqual([]);
  });
});

describe("after an erasure", () => {
  let id: CustomerId;
  let run: RunId;
  beforeEach(async () => {
    ({ id, run } = await someoneWellKnown());
    await call(`DELETE /v1/customers/${id}`, { key });
    await wakeUp();
  });
  const nothingNew = async () => expect(tablesOf(await found(traces))).toEqual(["imports"]);

  test("events of SES that come late keep nothing of what the person did", async () => {
    await opens(id, run);
    await sesEvent(id, run, "Click", {
      click: { timestamp: now, userAgent: "Peramban-Siti/1.0", link: "https://kopisenja.example/teh-tarik" },
    });
    await sesEvent(id, run, "Bounce", {
      bounce: { timestamp: now, bounceType: "Permanent", bouncedRecipients: [{ emailAddress: siti.email }] },
    });
    await sesEvent(id, run, "Complaint", {
      complaint: { timestamp: now, complainedRecipients: [{ emailAddress: siti.email }] },
    });
    await nothingNew();
    const { Items = [] } = await documents.send(new ScanCommand({ TableName: tableName("sends") }));
    const send = Items.find(({ run: of }) => of === run);
    expect(send).toMatchObject({ erasedAt: now, bouncedAt: now, complainedAt: now });
    expect(send).not.toHaveProperty("openedAt");
    expect(send).not.toHaveProperty("clickedAt");
  });

  test("a file that was uploaded before brings nobody back, neither of customers nor of orders", async () => {
    expect((await importing("customers", `email,nickname\n${siti.email},Titi\n`)).counts.rejected).toBe(1);
    const file = `order id,email,name,placed at,total\nNEW-1,${siti.email},${siti.name},2026-11-20,5000\n`;
    expect((await importing("orders", file)).counts.rejected).toBe(1);
    await nothingNew();
  });

  test("who signs up again, and confirms it in their own inbox, is back; who had signed up before is not", async () => {
    const later = addSeconds(now, 60);
    const { id: signUp } = await signUps.request(shop.id, wish({}), later);
    expect(await look(shop, signUp, later)).toMatchObject({ state: "waiting" });
    // The owner's own word does not do it, nor does a shop that asks for no confirmation.
    expect(await admit(shop, signUp, later)).toBeUndefined();
    await call("PUT /v1/customers", { key, body: { email: siti.email, consent: "subscribed" } });

    const back = await confirm(shop, signUp, { way: "confirmation" }, later);

    expect(back).toMatchObject({
      state: "confirmed",
      customer: { email: siti.email, consent: "subscribed" },
    });
    expect(back).not.toHaveProperty("customer.suppressed");
    expect(back).not.toHaveProperty("customer.id", id);
    expect(await suppressions.isSuppressed(shop.id, siti.email)).toBe(false);

    const { id: early } = await signUps.request(shop.id, { ...wish({}), email: "b@example.com" }, now);
    await suppressions.suppress(shop.id, "b@example.com", "erasure", later);
    expect(await confirm(shop, early, { way: "confirmation" }, later)).toMatchObject({ state: "stopped" });
    const { id: complained } = await signUps.request(shop.id, { ...wish({}), email: "c@example.com" }, later);
    await suppressions.suppress(shop.id, "c@example.com", "complaint", now);
    expect(await confirm(shop, complained, { way: "confirmation" }, later)).toMatchObject({
      state: "stopped",
    });
  });

  test("a save by the API keeps what the owner says, but no mail goes to the address", async () => {
    const again = await call("PUT /v1/customers", {
      key,
      body: { email: siti.email, consent: "subscribed" },
    });
    expect(again.body).toMatchObject({ suppressed: "erasure" });
    expect(again.body.id).not.toBe(id);
  });
});

describe("the export of a customer", () => {
  test("holds all that is kept about them, and leads to nobody else", async () => {
    const { id, run } = await someoneWellKnown();
    const other = {
      ...siti,
      email: "budi@example.com",
      phone: "+6281200000000",
      externalId: "B",
      name: "Budi",
    };
    await call("PUT /v1/customers", { key, body: other });

    const { body } = await call(`GET /v1/customers/${id}/export`, { key });

    const { consent: _, ...details } = siti;
    expect(body).toMatchObject({
      exportedAt: now,
      business: { id: shop.id, name: "Kopi Senja" },
      customer: { ...details, id, statistics: { orders: 2, spent: 55_000 } },
      orders: [{ total: 25_000 }, { total: 30_000 }],
      sends: [{ run, campaignName: "Kabar Senja", state: "opened", openedAt: now }],
      clicks: [{ run, link: "https://kopisenja.example/teh-tarik-dingin" }],
      signUps: [{ email: siti.email, nickname: siti.nickname }],
      leftOut: {},
    });
    expect(body.consents.map(({ way }: { way: string }) => way)).toContain("link");
    expect(body.responses.map(({ words }: { words: string }) => words).sort()).toEqual([
      "antre-panjang sekali",
      "terlalu-sering",
    ]);
    const text = JSON.stringify(body);
    for (const word of traces) expect(text.toLowerCase()).toContain(word.toLowerCase());
    expect(text).not.toContain("budi");
    const stranger = await keyOf(await saveBusiness(aBusiness()));
    expect((await call(`GET /v1/customers/${id}/export`, { key: stranger })).status).toBe(404);
    const reader = await keyOf(shop, ["orders:read"]);
    expect((await call(`GET /v1/customers/${id}/export`, { key: reader })).status).toBe(403);
  });

  test("ends at what an answer can hold, with the latest, and says how much older there is", async () => {
    const { id } = await someoneWellKnown();
    const lines = Array.from({ length: 100 }, (_, item) => ({
      item: `I${item}`,
      name: "x".repeat(100),
      quantity: 1,
    }));
    const many = Array.from({ length: 150 }, (_, day) => ({
      order: orders.NewOrder.parse({
        id: `BIG-${shop.id}-${day}`,
        placedAt: addSeconds(now, -86_400 * (day + 10)),
        total: 1,
        lines,
        customer: { id },
      }),
      evidence: { way: "api" as const },
    }));
    await orders.addMany(shop, many, now);

    const { body } = await call(`GET /v1/customers/${id}/export`, { key });

    expect(JSON.stringify(body).length).toBeLessThan(4_500_000);
    expect(body.orders.length).toBeGreaterThan(50);
    expect(body.orders[0].placedAt).toBe(addSeconds(now, -86_400));
    expect(body.leftOut).toEqual({ orders: 152 - body.orders.length });
    CustomerExport.parse(body);
  });
});
