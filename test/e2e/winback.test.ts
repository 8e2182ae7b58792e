import { beforeAll, expect, test } from "vitest";
import { useHost } from "../support/host.ts";
import { story } from "../support/story.ts";

const host = useHost({ now: "2026-11-24T01:00:00Z" });
let shop: { business: string; key: string };
const owner = story(host, () => shop.key);
let campaign: string;
let fresh: string;

beforeAll(async () => {
  shop = await host.shop();
  for (const name of ["lapsed", "edge", "recent"]) {
    await owner.customer({ email: `${name}@example.com`, name });
  }
  await owner.customer({ email: "never@example.com", name: "Never" });
  await owner.order("lapsed@example.com", "2026-08-01T10:00:00+07:00");
  // Seven days before November 24 is November 17, by the calendar of Jakarta.
  await owner.order("edge@example.com", "2026-11-17T23:59:00+07:00");
  await owner.order("recent@example.com", "2026-11-18T00:01:00+07:00");
  campaign = await owner.campaign({ kind: "winback", days: 7, template: "winback" });
  fresh = await owner.campaign({ kind: "winback", days: 7, template: "winback", newlyLapsedOnly: true });
});

const mailed = () =>
  host
    .mails()
    .map(({ destination }) => destination.to[0])
    .sort();

test("a first run takes everyone whose last order is so many calendar days ago, and no one who never ordered", async () => {
  const run = await owner.run(campaign);
  expect(run.books).toMatchObject({ selected: 2, accepted: 2 });
  expect(mailed()).toEqual(["edge@example.com", "lapsed@example.com"]);
});

test("a campaign for the newly lapsed leaves the backlog out", async () => {
  expect((await owner.run(fresh)).books).toMatchObject({ selected: 0 });
  expect(mailed()).toHaveLength(2);
});

test("a day later only those who lapsed since are mailed, and no one again for the same lapse", async () => {
  await host.moveTo("2026-11-25T02:00:30Z");
  expect(host.mails("recent@example.com")).toHaveLength(2); // by both campaigns
  expect(host.mails("lapsed@example.com")).toHaveLength(1);
  expect((await owner.lastRun(campaign)).books).toMatchObject({ selected: 1, accepted: 1 });
});

test("who came back and lapses again is won back again", async () => {
  await owner.order("lapsed@example.com", "2026-11-25T10:00:00+07:00");
  await host.moveTo("2026-12-01T02:30:00Z");
  expect(host.mails("lapsed@example.com")).toHaveLength(1);
  await host.moveTo("2026-12-02T02:30:00Z");
  expect(host.mails("lapsed@example.com")).toHaveLength(3); // by both campaigns
});

test("a run's answer to why not names the last order", async () => {
  const never = await owner.ask("GET /v1/customers?email=never%40example.com");
  const run = await owner.lastRun(campaign);
  const why = await owner.ask(`GET /v1/runs/${run.id}/explain/${never.items[0].id}`);
  expect(why).toMatchObject({ outcome: "not-selected", judgedNow: true });
  expect(why.sentence.en).toContain("last order");
});
