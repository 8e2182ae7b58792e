import Handlebars from "handlebars";
import { beforeAll, expect, test } from "vitest";
import { printableName } from "../../core/stranger-text.ts";
import { tidyName, visible } from "../../core/visible-text.ts";
import { useHost } from "../support/host.ts";
import { header, story } from "../support/story.ts";
import { hostileNames } from "./hostile.ts";

const host = useHost({ now: "2026-11-24T01:00:00Z" });
let shop: { business: string; key: string };
const owner = story(host, () => shop.key);

/** What every object answers to, as far as each may be the name of an attribute, or a topic's key. */
const attributes = [
  "drink",
  ...hostileNames.filter((name) => name in {} && /^[a-zA-Z][a-zA-Z0-9_]{0,40}$/.test(name)),
];
const topics = ["constructor", "then", "length", "news"];
/** Those that a customer may be called by, and have as the value of an attribute. */
const nicknames = hostileNames.filter((name) => tidyName(name) && name.length <= 60);
const things = [
  ...hostileNames.filter((name) => name in {} && name !== "__proto__"),
  ...["then", "0", "STATUS", "a.b", "$ref", "a b", "{{{", "☕️", "\u202egnp.exe", "<b>bold</b>"],
];

const addressOf = (index: number) => `c${index}@example.com`;
const escaped = Handlebars.Utils.escapeExpression;
const attributesWith = (value: string) => Object.fromEntries(attributes.map((name) => [name, value]));
const post = (url: string, fields: [string, string][]) =>
  fetch(url, { method: "POST", body: new URLSearchParams(fields), redirect: "manual" });

const mjml = `<mjml><mj-body><mj-section><mj-column>
<mj-text>Halo [{{customer.nickname}}]</mj-text>
${attributes.map((name) => `<mj-text>${name}=[{{customer.attributes.${name}}}]</mj-text>`).join("\n")}
</mj-column></mj-section></mj-body></mjml>`;

beforeAll(async () => {
  shop = await host.shop({
    attributes: Object.fromEntries(attributes.map((name) => [name, "text"])),
    topics: topics.map((key) => ({ key, name: { id: `Topik ${key}`, en: `Topic ${key}` } })),
  });
  await Promise.all(
    nicknames.map((nickname, index) =>
      owner.customer({ email: addressOf(index), nickname, attributes: attributesWith(nickname.trim()) }),
    ),
  );
}, 180_000);

test("a mail shows each customer's hostile names as text, and each customer their own", {
  timeout: 120_000,
}, async () => {
  const { id } = await owner.ask("POST /v1/templates", {
    name: "constructor",
    translations: { id: { subject: "Untuk {{customer.nickname}}", mjml } },
  });
  const campaign = await owner.campaign({
    name: "constructor",
    kind: "broadcast",
    template: id,
    topic: "constructor",
  });
  const { books } = await owner.run(campaign);
  expect(books).toMatchObject({
    selected: nicknames.length,
    accepted: nicknames.length,
    skipped: {},
    failed: {},
  });
  for (const [index, name] of nicknames.entries()) {
    const [mail, ...others] = host.mails(addressOf(index));
    expect(others).toEqual([]);
    const html = mail?.body.html ?? "";
    const shows = (text: string) => html.includes(text) || `no ${text}`;
    // A name that a mail program would make a link of is none.
    expect(shows(`Halo [${escaped(printableName(name) ?? "Kak")}]`)).toBe(true);
    for (const attribute of attributes) {
      expect(shows(`${attribute}=[${escaped(visible(name).trim())}]`)).toBe(true);
    }
    expect(mail?.subject).not.toMatch(/[\p{Cc}]/u);
  }
});

test("who turned off a topic called constructor gets nothing of it, and of others all the same", async () => {
  const [mail] = host.mails(addressOf(0));
  const [, unsubscribe = ""] = /<(https?:[^>]+)>/.exec(header(mail ?? {}, "List-Unsubscribe") ?? "") ?? [];
  expect((await post(unsubscribe, [["action", "topic"]])).status).toBe(200);
  const page = await (await fetch(unsubscribe)).text();
  expect(page).toContain("Topik constructor");

  const { items } = await owner.ask(`GET /v1/customers?email=${addressOf(0)}`);
  expect(Object.entries(items[0].topics)).toEqual([["constructor", false]]);
  const preferences = await (await fetch(unsubscribe.replace("/u/", "/p/"))).status;
  expect(preferences).toBe(404);
  const summary = await owner.ask("GET /v1/responses/summary");
  expect(summary.leavings).toEqual({ count: 1, reasons: {}, topics: { constructor: 1 } });

  const campaign = await owner.campaign({ kind: "broadcast", template: "broadcast", topic: "constructor" });
  const dry = await owner.ask(`POST /v1/campaigns/${campaign}/dry-run`);
  expect(dry).toMatchObject({
    wouldGet: { count: nicknames.length - 1 },
    skipped: { "topic-off": { count: 1 } },
  });
  const run = await owner.run(campaign);
  expect(run.books).toMatchObject({ accepted: nicknames.length - 1, skipped: { "topic-off": 1 } });
  const explained = await owner.ask(`GET /v1/runs/${run.id}/explain/${items[0].id}`);
  expect(explained).toMatchObject({ outcome: "skipped", reason: "topic-off" });
  const { items: sends } = await owner.ask(`GET /v1/customers/${items[0].id}/sends`);
  expect(sends.map(({ state }: { state: string }) => state).sort()).toEqual(["delivered"]);
});

test("items and categories of any name are announced to who has not bought them, and found by segments", {
  timeout: 120_000,
}, async () => {
  const price = { amount: 1_000, currency: "IDR" };
  for (const name of things) {
    await owner.ask(`PUT /v1/items/${encodeURIComponent(name)}`, { name, category: name, price });
  }
  // Ani has bought all of them, Budi one, Cici none.
  await owner.customer({ email: "ani@example.com" });
  await owner.customer({ email: "budi@example.com" });
  await owner.customer({ email: "cici@example.com" });
  const line = (item: string) => ({ item, quantity: 1 });
  await owner.order("ani@example.com", "2026-11-20T02:00:00Z", { lines: things.map(line) });
  await owner.order("budi@example.com", "2026-11-20T02:00:00Z", { lines: [line("constructor")] });

  const found = async (definition: object) =>
    (await owner.ask("POST /v1/segments/preview", { definition })).count;
  for (const name of things) {
    const bought = name.trim() === "constructor" ? 2 : 1;
    expect(await found({ bought: { item: name } }), name).toBe(bought);
    expect(await found({ bought: { category: name } }), name).toBe(bought);
    expect(await found({ not: { bought: { item: name } } }), name).toBe(nicknames.length + 3 - bought);
  }
  expect(await found({ attribute: "constructor", is: "constructor" })).toBe(1);
  expect(await found({ attribute: "constructor", exists: false })).toBe(3);
  expect(await found({ topic: "constructor", on: false })).toBe(1);

  const campaign = await owner.campaign({
    kind: "new-items",
    template: "new-items",
    topic: "then",
    items: 10,
  });
  const run = await owner.run(campaign);
  expect(run.books.skipped).toEqual({ "nothing-new": 1 });
  expect(host.mails("ani@example.com")).toEqual([]);
  const shown = (address: string) => host.mails(address).at(-1)?.body.text ?? "";
  const newest = things.at(-1)?.trim() ?? "";
  expect(shown("cici@example.com")).toContain(newest);
  expect(shown("budi@example.com")).toContain(newest);
  const { items } = await owner.ask("GET /v1/customers?email=cici@example.com");
  expect(await owner.ask(`GET /v1/runs/${run.id}/explain/${items[0].id}`)).toMatchObject({
    outcome: "delivered",
  });
});

test("someone joins by a form with topics of such names, and by fields that are no fields", async () => {
  const { url } = await owner.ask("GET /v1/sign-up");
  const page = await (await fetch(url)).text();
  for (const key of topics) expect(page).toContain(`value="${key}"`);
  const joined = await post(`${url}?source=constructor&__proto__=1&lang=__proto__`, [
    ["email", "dewi@example.com"],
    ["nickname", "constructor"],
    ...topics.map((key): [string, string] => ["shown", key]),
    ["topic", "then"],
    ["constructor", "1"],
    ["__proto__", "1"],
    ["toString", "1"],
  ]);
  expect(joined.status).toBe(200);
  await host.host.idle();
  const [letter] = host.mails("dewi@example.com");
  const link = /https?:\/\/\S+\/c\/[\w.~-]+/.exec(letter?.body.text ?? "")?.[0] ?? "";
  expect((await post(link, [["confirm", "yes"]])).status).toBe(200);
  const { items } = await owner.ask("GET /v1/customers?email=dewi@example.com");
  expect(items[0]).toMatchObject({
    consent: "subscribed",
    nickname: "constructor",
    joined: { source: "constructor" },
  });
  expect(new Map(Object.entries(items[0].topics))).toEqual(
    new Map([
      ["constructor", false],
      ["length", false],
      ["news", false],
    ]),
  );
});

test("an export holds all of it, and the page of one's data shows it as text", async () => {
  const index = nicknames.indexOf("<script>alert(1)</script>");
  const { items } = await owner.ask(`GET /v1/customers?email=${addressOf(index)}`);
  const exported = await owner.ask(`GET /v1/customers/${items[0].id}/export`);
  expect(Object.entries(exported.customer.attributes).sort()).toEqual(
    attributes.map((name) => [name, nicknames[index]]).sort(),
  );
  const html = host.mails(addressOf(index)).at(-1)?.body.html ?? "";
  const preferences = /href="([^"]+\/p\/[^"]+)"/.exec(html)?.[1]?.replaceAll("&amp;", "&") ?? "";
  await post(preferences, [["action", "mail-export"]]);
  await host.host.idle();
  const letter = host.mails(addressOf(index)).at(-1)?.body.text ?? "";
  const data = /https?:\S+\/d\/\S+/.exec(letter)?.[0] ?? "";
  const page = await (await post(data, [["action", "see-data"]])).text();
  for (const name of attributes) expect(page).toContain(name);
  expect(page).toContain(escaped("<script>alert(1)</script>"));
  expect(page).not.toContain("<script>");
});
