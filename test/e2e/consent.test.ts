import { beforeAll, expect, test } from "vitest";
import { useHost } from "../support/host.ts";
import { header, story } from "../support/story.ts";

const host = useHost({ now: "2026-11-24T02:00:00Z" });
let shop: { business: string; key: string };
const owner = story(host, () => shop.key);

beforeAll(async () => {
  shop = await host.shop();
});

const post = (url: string, fields: Record<string, string>) =>
  fetch(url, { method: "POST", body: new URLSearchParams(fields), redirect: "manual" });
const known = async (email: string) =>
  (await owner.ask(`GET /v1/customers?email=${encodeURIComponent(email)}`)).items[0];
const historyOf = async (email: string) =>
  (await owner.ask(`GET /v1/customers/${(await known(email)).id}/consent`)).items;
const broadcast = async () =>
  owner.run(await owner.campaign({ kind: "broadcast", template: "broadcast", topic: "news" }));

test("who signs up is asked by one letter, is mailed once they confirmed, and each step is proven", async () => {
  const { url } = await owner.ask("GET /v1/sign-up");
  const form = { email: "ani@example.com", nickname: "Ani", day: "24", month: "11" };
  const answer = await post(`${url}?lang=en&source=instagram`, form);
  expect(answer.status).toBe(200);
  await host.host.idle();
  await broadcast();
  const [letter, ...others] = host.mails("ani@example.com");
  expect(others).toEqual([]);
  expect(letter?.subject).toBe("One more click to get emails from Kopi Senja");
  expect(await known("ani@example.com")).toBeUndefined();

  const link = /https?:\/\/\S+\/c\/[\w.~-]+/.exec(letter?.body.text ?? "")?.[0] ?? "";
  expect((await fetch(link)).status).toBe(200);
  expect(await known("ani@example.com")).toBeUndefined();
  expect((await post(link, { confirm: "yes" })).status).toBe(200);
  await broadcast();
  const mail = host.mails("ani@example.com").at(-1);
  const [, unsubscribe = ""] = /<(https?:[^>]+)>/.exec(header(mail ?? {}, "List-Unsubscribe") ?? "") ?? [];
  await post(unsubscribe, { "List-Unsubscribe": "One-Click" });

  expect(await historyOf("ani@example.com")).toMatchObject([
    { way: "form", source: "instagram", ip: "127.0.0.1", wording: { version: "2026-11/en" } },
    { way: "confirmation", consent: "subscribed", source: "instagram", ip: "127.0.0.1" },
    { way: "one-click", consent: "unsubscribed", was: "subscribed", run: expect.stringMatching(/^run_/) },
  ]);
});

test("an import is proven by its file, row and legal basis, a change by the API and a complaint by what they were", async () => {
  const body = "email\nbudi@example.com\ncomplaint@simulator.amazonses.com\n";
  const { uploadUrl } = await owner.ask("POST /v1/imports", {
    kind: "customers",
    format: "csv",
    size: body.length,
    fileName: "pelanggan.csv",
    consent: "subscribed",
    legalBasis: "Signed up at the till",
  });
  expect((await fetch(uploadUrl, { method: "PUT", body })).status).toBe(200);
  await host.host.idle();
  await broadcast();
  const { id } = await known("budi@example.com");
  await owner.ask(`POST /v1/customers/${id}/unsubscribe`);

  const imported = { way: "import", fileName: "pelanggan.csv", legalBasis: "Signed up at the till" };
  expect(await historyOf("budi@example.com")).toMatchObject([
    { ...imported, row: 2, consent: "subscribed", file: expect.stringMatching(/^imp_/) },
    { way: "api", consent: "unsubscribed" },
  ]);
  expect(await historyOf("complaint@simulator.amazonses.com")).toMatchObject([
    { ...imported, row: 3, consent: "subscribed" },
    { way: "complaint", consent: "unsubscribed", run: expect.stringMatching(/^run_/) },
  ]);
});

test("an import that asks for each one's own word sends each a letter, and mails nobody else", async () => {
  const body = "email\nbudi@example.com\ncici@example.com\n";
  const { uploadUrl } = await owner.ask("POST /v1/imports", {
    kind: "customers",
    format: "csv",
    size: body.length,
    fileName: "undangan.csv",
    doubleOptIn: true,
  });
  expect((await fetch(uploadUrl, { method: "PUT", body })).status).toBe(200);
  await host.host.idle();
  await broadcast();
  const [letter, ...others] = host.mails("cici@example.com");
  expect(others).toEqual([]);
  const link = /https?:\/\/\S+\/c\/[\w.~-]+/.exec(letter?.body.text ?? "")?.[0] ?? "";
  await post(link, { confirm: "yes" });
  expect(await historyOf("cici@example.com")).toMatchObject([
    { way: "import", fileName: "undangan.csv", row: 3 },
    { way: "confirmation", consent: "subscribed" },
  ]);
});
