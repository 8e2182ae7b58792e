import { ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { beforeAll, expect, test } from "vitest";
import { useHost } from "../support/host.ts";
import { arnOf, story } from "../support/story.ts";

/**
 * What the other end-to-end tests leave out, so that every right that the functions have is seen to be of use: the
 * host refuses what their policies do not allow, and `npm run permissions` complains of what was never used.
 */
const host = useHost({ now: "2026-11-24T01:00:00Z", print: () => {} });
let shop: { business: string; key: string };
const owner = story(host, () => shop.key);

beforeAll(async () => {
  shop = await host.shop({
    topics: [{ key: "news", name: { id: "Kabar", en: "News" } }],
    signUp: { open: true, doubleOptIn: true },
  });
});

const placedAt = "2026-11-23T08:00:00+07:00";
const lastMail = (to: string) => host.mails(to).at(-1)?.body.text ?? "";
const linkIn = (address: string, kind: string) =>
  new RegExp(`https?://\\S+/${kind}/[\\w.~-]+`).exec(lastMail(address))?.[0] ?? "";
async function post(url: string, fields: Record<string, string>): Promise<string> {
  const answer = await fetch(url, { method: "POST", body: new URLSearchParams(fields) });
  const page = await answer.text();
  expect(answer.status, page).toBeLessThan(300);
  await host.host.idle();
  return page;
}

const join = (email: string) =>
  post(`${host.host.publicUrl}/join/${shop.business}`, { email, shown: "news", topic: "news" });

async function importFile(settings: object, file: string) {
  const size = Buffer.byteLength(file);
  const { id, uploadUrl } = await owner.ask("POST /v1/imports", { format: "csv", size, ...settings });
  expect((await fetch(uploadUrl, { method: "PUT", body: new Blob([file]) })).status).toBe(200);
  await host.host.idle();
  return owner.ask(`GET /v1/imports/${id}`);
}

test("an operator lists businesses, and takes a key back", async () => {
  const key = await host.adminKey();
  const keys = `/v1/businesses/${shop.business}/keys` as const;
  const { body } = await host.request(`POST ${keys}`, { key, body: { name: "lost" } });
  expect((await host.request("GET /v1/businesses", { key })).body.items.length).toBeGreaterThan(0);
  expect((await host.request(`DELETE ${keys}/${body.id}`, { key })).status).toBe(204);
  expect((await host.request("GET /v1/customers", { key: body.token })).status).toBe(401);
});

test("a call that is repeated under its Idempotency-Key is answered as before, and one that failed is not kept", async () => {
  const headers = { "idempotency-key": "till-1" };
  const add = (body: object) => host.request("POST /v1/segments", { key: shop.key, headers, body });
  const draft = await owner.ask("POST /v1/campaigns", {
    kind: "birthday",
    name: "Draft",
    template: "birthday",
    topic: "birthday",
    schedule: { every: "day", at: "09:00" },
  });
  const run = `POST /v1/campaigns/${draft.id}/run` as const;
  expect((await host.request(run, { key: shop.key, headers })).status).toBe(409);
  const first = await add({ name: "VIPs", definition: { tag: "vip" } });
  const again = await add({ name: "VIPs", definition: { tag: "vip" } });
  expect([first.status, again.body.id]).toEqual([201, first.body.id]);
});

test("files of customers and orders come in, and again, and who is new is asked by a letter", async () => {
  const kind = "customers";
  const first = await importFile(
    { kind, doubleOptIn: true },
    "email,external_id,name\nani@example.com,A1,Ani\nbudi@example.com,B1,Budi\n",
  );
  expect(first).toMatchObject({ state: "finished", counts: { created: 2, rejected: 0 } });
  const again = await importFile(
    { kind },
    "email,external_id,name\nani.lestari@example.com,A1,Ani Lestari\n",
  );
  expect(again).toMatchObject({ state: "finished", counts: { updated: 1, rejected: 0 } });
  await owner.ask("PUT /v1/items/kopi", {
    name: "Kopi",
    category: "Kopi",
    price: { amount: 2_500_000, currency: "IDR" },
  });
  const file = "order,email,date,item,quantity,price\nO1,budi@example.com,2026-11-20,kopi,1,25000\n";
  const orders = { kind: "orders", mapping: [{ column: "date", field: "placedAt" }] };
  for (const created of [1, 0]) {
    expect(await importFile(orders, file)).toMatchObject({ state: "finished", counts: { created } });
  }
  expect(linkIn("budi@example.com", "c")).not.toBe("");
  const { items } = await owner.ask("GET /v1/customers?name=bud");
  expect(items).toMatchObject([{ name: "Budi" }]);
  const { items: bought } = await owner.ask(`GET /v1/customers/${items[0].id}/orders`);
  expect(bought).toMatchObject([{ id: "O1" }]);
});

test("someone signs up on the shop's page, confirms, chooses, reads what is known of them, and is erased", async () => {
  await join("dewi@example.com");
  await post(linkIn("dewi@example.com", "c"), { confirm: "yes" });
  const { items } = await owner.ask("GET /v1/customers?email=dewi@example.com");
  expect(items).toMatchObject([{ consent: "subscribed" }]);
  await owner.order("dewi@example.com", "2026-11-24T08:00:00+07:00");
  const campaign = await owner.campaign({ kind: "broadcast", template: "broadcast", topic: "news" });
  await owner.run(campaign);
  const preferences = linkIn("dewi@example.com", "p");
  const [{ messageId = "" } = {}] = host.mails("dewi@example.com").slice(-1);
  await post(linkIn("dewi@example.com", "r"), { stars: "4", words: "Enak" });
  await post(preferences, { action: "save", nickname: "De", "was-nickname": "" });
  await post(preferences, { action: "mail-export" });
  const data = linkIn("dewi@example.com", "d");
  expect(await post(data, { action: "see-data" })).toContain("dewi@example.com");
  expect(JSON.parse(await post(data, { action: "download-data" }))).toMatchObject({ orders: [{}] });
  await host.host.ses.happen(messageId, "Click");
  await join("dewi@example.com");
  await post(preferences, { action: "mail-erasure" });
  await post(linkIn("dewi@example.com", "e"), { action: "erase-now" });
  await host.moveTo(new Date(host.host.clock.now() + 5 * 60_000).toISOString());
  expect((await owner.ask("GET /v1/customers?email=dewi@example.com")).items).toEqual([]);
  expect((await owner.ask("GET /v1/erasures")).items).toMatchObject([{ finishedAt: expect.any(String) }]);

  // Whoever comes back by their own hand is welcome.
  await join("dewi@example.com");
  await post(linkIn("dewi@example.com", "c"), { confirm: "yes" });
  expect((await owner.ask("GET /v1/customers?email=dewi@example.com")).items).toMatchObject([
    { consent: "subscribed" },
  ]);
});

test("whoever reads a customer's former address stops mail to it by the link of an old mail, and to no other", async () => {
  const id = await owner.customer({ email: "eka@example.com" });
  await owner.run(await owner.campaign({ kind: "broadcast", template: "broadcast", topic: "news" }));
  const link = linkIn("eka@example.com", "u");
  await owner.ask(`PATCH /v1/customers/${id}`, { email: "eka@kantor.example" });

  expect(await post(link, { "List-Unsubscribe": "One-Click" })).not.toContain("kantor");

  expect(await owner.ask(`GET /v1/customers/${id}`)).toMatchObject({
    email: "eka@kantor.example",
    consent: "subscribed",
  });
  const again = await owner.customer({ email: "eka@example.com" });
  expect(await owner.ask(`GET /v1/customers/${again}`)).toMatchObject({ suppressed: "unsubscribed" });
});

test("a campaign for a segment goes out by its schedule, in a template that can be deleted afterwards", async () => {
  await owner.customer({ email: "citra@example.com", tags: ["regular"] });
  const results = {
    orders: [{ id: "T1", customer: { email: "till@example.com" }, placedAt, total: 1, lines: [] }],
  };
  expect((await owner.ask("POST /v1/orders/batch", results)).results).toMatchObject([{ outcome: "added" }]);
  const { id: segment } = await owner.ask("POST /v1/segments", {
    name: "Regulars",
    definition: { tag: "regular" },
  });
  const mjml =
    "<mjml><mj-body><mj-section><mj-column><mj-text>Halo</mj-text></mj-column></mj-section></mj-body></mjml>";
  const translations = { id: { subject: "Halo", mjml } };
  const { id: template } = await owner.ask("POST /v1/templates", { name: "Own", translations });
  const campaign = await owner.campaign({ kind: "broadcast", template, topic: "news", segment });
  await host.moveTo(new Date(host.host.clock.now() + 24 * 3_600_000).toISOString());
  expect(host.mails("citra@example.com").filter(({ subject }) => subject === "Halo")).toHaveLength(1);
  await owner.ask(`POST /v1/campaigns/${campaign}/archive`);
  expect((await host.request(`DELETE /v1/templates/${template}`, { key: shop.key })).status).toBe(204);
});

test("new items are announced at once, and where there are none the books are closed at once", async () => {
  const campaign = await owner.campaign({ kind: "new-items", template: "new-items", topic: "news" });
  await owner.run(campaign);
  expect(await owner.run(campaign)).toMatchObject({ books: { selected: 0 } });
});

test("what a function fails at for good is kept with the dead letters", async () => {
  const names = ["settle-run", "import-file", "send-letters", "erase-customers"];
  for (const name of names) {
    const arn = `arn:aws:lambda:us-east-1:000000000000:function:Sapa-${name}`;
    await host.host.host.deliver(arn, JSON.stringify({ of: name }));
  }
  // Lambda tries twice more, one minute and then two minutes later.
  await host.moveTo(new Date(host.host.clock.now() + 10 * 60_000).toISOString());

  const sqs = new SQSClient({
    endpoint: `${host.host.awsUrl}/sqs`,
    region: "us-east-1",
    credentials: host.host.operator,
  });
  const name = arnOf(host, "AWS::SQS::Queue", "failedevents").split(":").at(-1);
  const QueueUrl = `${host.host.awsUrl}/sqs/000000000000/${name}`;
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
  expect(Messages.map(({ Body = "" }) => JSON.parse(Body).of).sort()).toEqual(names.sort());
});
