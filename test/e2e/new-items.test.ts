import { beforeAll, expect, test } from "vitest";
import { useHost } from "../support/host.ts";
import { story } from "../support/story.ts";

const host = useHost({ now: "2026-11-24T01:00:00Z" });
let shop: { business: string; key: string };
const owner = story(host, () => shop.key);
let campaign: string;

const item = (id: string, name: string, category: string, more: Record<string, unknown> = {}) =>
  owner.ask(`PUT /v1/items/${id}`, {
    name,
    category,
    price: { amount: 2_500_000, currency: "IDR" },
    ...more,
  });
/** What the newest mail to somebody shows, and how many they have got by then. */
const shown = (name: string) => {
  const mails = host.mails(`${name}@example.com`);
  return { count: mails.length, html: mails.at(-1)?.body.html ?? "" };
};

beforeAll(async () => {
  shop = await host.shop();
  await item("gayo", "Kopi Gayo", "Coffee");
  await item("sencha", "Teh Sencha", "Tea");
  await owner.customer({ email: "tea@example.com", name: "Tia" });
  await owner.customer({ email: "all@example.com", name: "Alya" });
  const line = (id: string) => ({ lines: [{ item: id, quantity: 1, price: 2_500_000 }] });
  await owner.order("tea@example.com", "2026-11-01T10:00:00+07:00", {
    lines: [{ item: "old-tea", category: "Tea", quantity: 1 }],
  });
  await owner.order("all@example.com", "2026-11-23T10:00:00+07:00", line("gayo"));
  await owner.order("all@example.com", "2026-11-23T11:00:00+07:00", line("sencha"));
  campaign = await owner.campaign({ kind: "new-items", template: "new-items", topic: "news" });
});

test("each customer is shown the new items that they have not bought, of the categories they buy first", async () => {
  const run = await owner.run(campaign);
  const [mail] = host.mails("tea@example.com");
  const html = mail?.body.html ?? "";
  expect(html).toContain("Kopi Gayo");
  expect(html.indexOf("Teh Sencha")).toBeLessThan(html.indexOf("Kopi Gayo"));
  expect(html).toContain("Rp25.000");
  expect(run.books).toMatchObject({ selected: 2, accepted: 1, skipped: { "nothing-new": 1 } });
});

test("nobody is mailed an empty list", () => {
  expect(host.mails("all@example.com")).toEqual([]);
});

test("the next run shows only what was added since, and none runs when nothing was", async () => {
  await host.moveTo("2026-11-25T02:00:30Z");
  expect((await owner.lastRun(campaign)).books).toMatchObject({ selected: 0, finished: true });
  expect(host.mails()).toHaveLength(1);

  await item("toraja", "Kopi Toraja", "Coffee");
  await item("hidden", "Kopi Habis", "Coffee");
  await owner.ask("POST /v1/items/hidden/sold-out");
  await host.moveTo("2026-11-26T02:00:30Z");
  const mail = host.mails("tea@example.com").at(-1);
  expect(mail?.body.html).toContain("Kopi Toraja");
  expect(mail?.body.html).not.toContain("Kopi Gayo");
  expect(mail?.body.html).not.toContain("Kopi Habis");
  expect(host.mails("all@example.com")).toHaveLength(1);
});

test("what was sold out when its turn came is announced by the first run after it is back", async () => {
  const { count } = shown("tea");
  await host.moveTo("2026-11-27T02:00:30Z");
  expect(shown("tea").count).toBe(count);
  await owner.ask("POST /v1/items/hidden/back-in-stock");
  await host.moveTo("2026-11-28T02:00:30Z");
  expect(shown("tea")).toMatchObject({ count: count + 1, html: expect.stringContaining("Kopi Habis") });
  await host.moveTo("2026-11-29T02:00:30Z");
  expect(shown("tea").count).toBe(count + 1);
});

test("what was added days ago and is saved only now is announced, a catalogue of old items is not", async () => {
  const { count } = shown("tea");
  await item("dated", "Kopi Flores", "Coffee", { addedAt: "2026-11-26T03:00:00Z" });
  for (const id of ["one", "two"]) {
    await item(`old-${id}`, `Kopi Lama ${id}`, "Coffee", { addedAt: "2026-05-01T03:00:00Z" });
  }
  await host.moveTo("2026-11-30T02:00:30Z");
  const { count: after, html } = shown("tea");
  expect(after).toBe(count + 1);
  expect(html).toContain("Kopi Flores");
  expect(html).not.toContain("Kopi Lama");
});

test("what is back after a week is announced again, and what is sold out and back each day is not", async () => {
  const { count } = shown("tea");
  await owner.ask("POST /v1/items/old-one/sold-out");
  for (const day of ["01", "02", "03", "04", "05", "06", "07"]) {
    await owner.ask("POST /v1/items/toraja/sold-out");
    await host.moveTo(`2026-12-${day}T01:30:00Z`);
    await owner.ask("POST /v1/items/toraja/back-in-stock");
    await host.moveTo(`2026-12-${day}T02:00:30Z`);
  }
  expect(shown("tea").count).toBe(count);
  await host.moveTo("2026-12-08T01:00:00Z");
  await owner.ask("POST /v1/items/old-one/back-in-stock");
  const back = await owner.ask("GET /v1/items/old-one");
  expect(back).toMatchObject({ addedAt: "2026-05-01T03:00:00.000Z", restockedAt: back.availableAt });
  expect(back.availableAt).toMatch(/^2026-12-08T01:00/);
  await host.moveTo("2026-12-08T02:00:30Z");
  const { count: after, html } = shown("tea");
  expect(after).toBe(count + 1);
  expect(html).toContain("Kopi Lama one");
  expect(html).not.toContain("Kopi Toraja");
});
