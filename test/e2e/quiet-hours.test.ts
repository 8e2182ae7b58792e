import { beforeEach, expect, test } from "vitest";
import { useHost } from "../support/host.ts";
import { story } from "../support/story.ts";

// 19:30 in Jakarta, 21:30 in Jayapura, 13:30 in London.
const host = useHost({ now: "2026-11-24T12:30:00Z" });
let shop: { business: string; key: string };
const owner = story(host, () => shop.key);
const arrived = () =>
  host
    .mails()
    .map(({ destination }) => destination.to[0]?.split("@")[0])
    .sort();

beforeEach(async () => {
  shop = await host.shop({ quietHours: { from: "21:00", to: "08:00" } });
});

test("mail waits for the quiet hours of the customer's own time zone, else of the business's", async () => {
  await owner.customer({ email: "jakarta@example.com" });
  await owner.customer({ email: "jayapura@example.com", timeZone: "Asia/Jayapura" });
  const london = await owner.customer({ email: "london@example.com", timeZone: "Europe/London" });
  const moved = await owner.customer({ email: "moved@example.com", timeZone: "Asia/Jayapura" });
  await owner.ask(`PATCH /v1/customers/${moved}`, { timeZone: null });
  expect(await owner.ask(`GET /v1/customers/${london}`)).toMatchObject({ timeZone: "Europe/London" });

  const campaign = await owner.campaign({
    kind: "broadcast",
    template: "broadcast",
    topic: "news",
    schedule: { every: "day", at: "21:30" },
  });
  const run = await owner.run(campaign);
  expect(run.books).toMatchObject({ selected: 4, accepted: 3, waiting: 1 });
  expect(arrived()).toEqual(["jakarta", "london", "moved"]);

  // 08:00 in Jayapura is 23:00 UTC. By then the schedule has fired as well, at 14:30 UTC: 21:30 in Jakarta.
  await host.moveTo("2026-11-24T22:30:00Z");
  expect(arrived()).toEqual(["jakarta", "london", "london", "moved"]);
  await host.moveTo("2026-11-24T23:20:00Z");
  expect(host.mails("jayapura")).toHaveLength(2);
  expect(host.mails("jakarta")).toHaveLength(1);
  await host.moveTo("2026-11-25T01:20:00Z");
  expect(host.mails("jakarta")).toHaveLength(2);
  expect((await owner.ask(`GET /v1/runs/${run.id}`)).books).toMatchObject({ accepted: 4, waiting: 0 });
  expect((await owner.lastRun(campaign)).books).toMatchObject({ selected: 4, accepted: 4, waiting: 0 });
}, 60_000);

test("quiet hours that begin while mail waits go by the customer's own clock as well", async () => {
  shop = await host.shop();
  await owner.customer({ email: "nearby@example.com" });
  await owner.customer({ email: "faraway@example.com", timeZone: "Asia/Jayapura" });
  let refusals = 2;
  host.host.ses.onSend = () => (refusals-- > 0 ? "ACCOUNT_THROTTLED" : undefined);
  const campaign = await owner.campaign({
    kind: "broadcast",
    template: "broadcast",
    topic: "news",
    schedule: { once: "2030-01-01T09:00" },
  });
  const now = () => new Date(host.host.clock.now());
  const inZone = (minutes: number, timeZone: string) =>
    new Date(now().getTime() + minutes * 60_000).toLocaleTimeString("en-GB", {
      timeZone,
      timeStyle: "short",
    });
  const run = await owner.run(campaign);
  expect(run.books).toMatchObject({ waiting: 2 });

  // Quiet in Jayapura from a quarter of an hour ago on; in Jakarta two hours later.
  await owner.ask(`PATCH /v1/businesses/${shop.business}`, {
    quietHours: { from: inZone(-15, "Asia/Jayapura"), to: inZone(30, "Asia/Jayapura") },
  });
  await host.moveTo(new Date(now().getTime() + 5 * 60_000).toISOString());
  expect(host.mails("nearby@example.com")).toHaveLength(1);
  expect(host.mails("faraway@example.com")).toEqual([]);
  await host.moveTo(new Date(now().getTime() + 60 * 60_000).toISOString());
  expect(host.mails("faraway@example.com")).toHaveLength(1);
}, 60_000);

test("a time zone that does not exist is refused by name", async () => {
  const answer = await host.request("PUT /v1/customers", {
    key: shop.key,
    body: { email: "atlantis@example.com", timeZone: "Atlantis/Capital" },
  });
  expect(answer.status).toBe(400);
  expect(answer.body.errors?.[0] ?? answer.body.problems?.[0]).toMatchObject({ field: "timeZone" });
});
