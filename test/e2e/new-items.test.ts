import { beforeAll, expect, test } from "vitest";
import { useHost } from "../support/host.ts";
import { story } from "../support/story.ts";

const host = useHost({ now: "2026-11-24T01:00:00Z" });
let shop: { business: string; key: string };
const owner = story(host, () => shop.key);
let campaign: string;

const item = (id: string, name: string, category: string) =>
  owner.ask(`PUT /v1/items/${id}`, { name, category, price: { amount: 2_500_000, currency: "IDR" } });

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
