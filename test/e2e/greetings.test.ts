import { beforeEach, describe, expect, test } from "vitest";
import { useHost } from "../support/host.ts";
import { story } from "../support/story.ts";

const host = useHost({ now: "2026-11-24T01:00:00Z" });
let shop: { business: string; key: string };
const owner = story(host, () => shop.key);
const birthday = { kind: "birthday", template: "birthday", topic: "birthday" };
/** How many greetings somebody has got; each test has people of its own. */
const greetings = (name: string) => host.mails(`${name}@example.com`).length;
const somebody = (name: string, details: Record<string, unknown> = {}) =>
  owner.customer({ email: `${name}@example.com`, name, ...details });
/** Changes a campaign's definition and keeps the rest of it. */
async function change(id: string, changes: Record<string, unknown>): Promise<void> {
  const { name, kind, template, topic, schedule } = await owner.ask(`GET /v1/campaigns/${id}`);
  await owner.ask(`PUT /v1/campaigns/${id}`, { name, kind, template, topic, schedule, ...changes });
}
const at = (day: string) => `${day}T02:05:00Z`;

let campaign: string;
/** The days that a test lives through; each test begins where the one before it ended. */
let days: string[] = [];
beforeEach(async () => {
  if (campaign) await owner.ask(`POST /v1/campaigns/${campaign}/archive`);
  shop = await host.shop();
  const today = host.host.clock.now() + 86_400_000;
  days = Array.from({ length: 10 }, (_, n) => new Date(today + n * 86_400_000).toISOString().slice(0, 10));
  await host.moveTo(`${days[0]}T01:00:00Z`);
  campaign = await owner.campaign(birthday);
});
const dayAt = (index: number): string => days[index] ?? "";
const monthDay = (index: number) => dayAt(index).slice(5);

describe("a customer is greeted once a year", () => {
  test("although their birthday is moved on by a day each day, and the answer to why not says so", async () => {
    const ani = await somebody("ani", { birthday: monthDay(0) });
    await host.moveTo(at(dayAt(0)));
    for (const index of [1, 2, 3]) {
      await owner.ask(`PATCH /v1/customers/${ani}`, { birthday: monthDay(index) });
      await host.moveTo(at(dayAt(index)));
    }

    expect(greetings("ani")).toBe(1);
    const run = await owner.lastRun(campaign);
    expect(run.books).toMatchObject({ selected: 1, accepted: 0, skipped: { "already-greeted": 1 } });
    expect(await owner.ask(`GET /v1/runs/${run.id}/explain/${ani}`)).toMatchObject({
      outcome: "skipped",
      reason: "already-greeted",
      sentence: {
        en: "The customer was skipped: this campaign greeted them less than a year ago.",
        id: "Pelanggan dilewati: kampanye ini sudah memberi ucapan ulang tahun kurang dari setahun yang lalu.",
      },
    });
  });

  test("when the campaign is run by hand and then fires by its schedule", async () => {
    await somebody("budi", { birthday: monthDay(0) });
    await owner.run(campaign);
    await host.moveTo(at(dayAt(0)));
    await owner.run(campaign);
    expect(greetings("budi")).toBe(1);
  });

  test("when the campaign greets days before the birthday, and then on the day", async () => {
    await somebody("citra", { birthday: monthDay(6) });
    await change(campaign, { daysBefore: 6 });
    await host.moveTo(at(dayAt(0)));
    expect(greetings("citra")).toBe(1);
    await change(campaign, { daysBefore: 0 });
    await host.moveTo(at(dayAt(6)));
    expect(greetings("citra")).toBe(1);
  });

  test("when a campaign fires once a week", async () => {
    const weekday = (day: string) =>
      new Date(day).toLocaleDateString("en", { weekday: "long", timeZone: "UTC" }).toLowerCase();
    await change(campaign, {
      schedule: { every: "week", on: [weekday(dayAt(1))], at: "09:00" },
      daysBefore: 0,
    });
    const dewi = await somebody("dewi", { birthday: monthDay(1) });
    await host.moveTo(at(dayAt(1)));
    await owner.ask(`PATCH /v1/customers/${dewi}`, { birthday: monthDay(8) });
    await host.moveTo(at(dayAt(8)));
    expect((await owner.lastRun(campaign)).books.skipped).toEqual({ "already-greeted": 1 });
    expect(greetings("dewi")).toBe(1);
  });

  test("when they come in again, by the API and by a file", async () => {
    const eko = { birthday: monthDay(0), externalId: "M-1" };
    await somebody("eko", eko);
    await owner.run(campaign);
    await somebody("eko", { ...eko, name: "Eko Prasetyo", tags: ["vip"] });
    const file = `external id,email,birthday\nM-1,eko@example.com,${monthDay(1)}\n`;
    const size = Buffer.byteLength(file);
    const { uploadUrl } = await owner.ask("POST /v1/imports", { kind: "customers", format: "csv", size });
    expect((await fetch(uploadUrl, { method: "PUT", body: file })).status).toBe(200);
    await host.host.idle();
    const { items } = await owner.ask("GET /v1/customers?email=eko%40example.com");
    expect(items).toMatchObject([{ birthday: monthDay(1), tags: ["vip"] }]);
    await host.moveTo(at(dayAt(1)));
    expect(greetings("eko")).toBe(1);
  });
});

test("each campaign greets by itself, and each of them again a year later", async () => {
  await somebody("fajar", { birthday: monthDay(0) });
  const another = await owner.campaign({ ...birthday, schedule: { every: "day", at: "10:00" } });
  await host.moveTo(`${dayAt(0)}T03:05:00Z`);
  expect(greetings("fajar")).toBe(2);

  // Paused, so that the clock can go on by a year without firing on each day.
  for (const id of [campaign, another]) await owner.ask(`POST /v1/campaigns/${id}/pause`);
  await host.moveTo(`${Number(dayAt(0).slice(0, 4)) + 1}${dayAt(0).slice(4)}T01:00:00Z`);
  for (const id of [campaign, another]) await owner.run(id);
  expect(greetings("fajar")).toBe(4);
  await owner.ask(`POST /v1/campaigns/${another}/archive`);
});

test("mail that SES refused can be sent again, and counts as the year's greeting then", async () => {
  const gita = await somebody("gita", { birthday: monthDay(0) });
  host.host.ses.onSend = () => "MESSAGE_REJECTED";
  const run = await owner.run(campaign);
  host.host.ses.onSend = undefined;
  expect(run.books).toMatchObject({ failed: { MESSAGE_REJECTED: 1 } });

  const again = await owner.ask(`POST /v1/runs/${run.id}/resend`, {});
  await host.host.idle();
  expect((await owner.ask(`GET /v1/runs/${again.id}`)).books).toMatchObject({ selected: 1, accepted: 1 });
  expect(greetings("gita")).toBe(1);
  expect((await owner.run(campaign)).books).toMatchObject({ skipped: { "already-greeted": 1 } });

  const { customer } = await owner.ask(`GET /v1/customers/${gita}/export`);
  expect(customer.greeted).toEqual({ [campaign]: dayAt(0) });
  expect(await owner.ask(`GET /v1/customers/${gita}`)).not.toHaveProperty("greeted");
});

test("a greeting that SES refused is not sent again once a later run has greeted", async () => {
  const hadi = await somebody("hadi", { birthday: monthDay(0) });
  host.host.ses.onSend = () => "MESSAGE_REJECTED";
  const refused = await owner.run(campaign);
  host.host.ses.onSend = undefined;
  await owner.ask(`POST /v1/campaigns/${campaign}/pause`);
  await host.moveTo(`${Number(dayAt(0).slice(0, 4)) + 1}${dayAt(0).slice(4)}T01:00:00Z`);
  await owner.run(campaign);
  expect(greetings("hadi")).toBe(1);

  const again = await owner.ask(`POST /v1/runs/${refused.id}/resend`, {});
  await host.host.idle();
  expect((await owner.ask(`GET /v1/runs/${again.id}`)).books).toMatchObject({
    accepted: 0,
    skipped: { "already-greeted": 1 },
  });
  expect(greetings("hadi")).toBe(1);
  expect((await owner.ask(`GET /v1/customers/${hadi}/export`)).customer.greeted).toEqual({
    [campaign]: `${Number(dayAt(0).slice(0, 4)) + 1}${dayAt(0).slice(4)}`,
  });
});
