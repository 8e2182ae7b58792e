import { beforeEach, expect, test } from "vitest";
import { useHost } from "../support/host.ts";
import { story, takePermits } from "../support/story.ts";

const host = useHost({ now: "2026-11-24T01:00:00Z" });
let shop: { business: string; key: string };
const owner = story(host, () => shop.key);

beforeEach(async () => {
  host.host.ses.onSend = undefined;
  shop = await host.shop();
});

const once = { schedule: { once: "2030-01-01T09:00" } };
const broadcast = () => owner.campaign({ kind: "broadcast", template: "broadcast", topic: "news", ...once });
const winback = () => owner.campaign({ kind: "winback", days: 30, template: "winback", ...once });
const pass = (hours: number) =>
  host.moveTo(new Date(host.host.clock.now() + hours * 3_600_000).toISOString());
const quiet = (quietHours: { from: string; to: string } | null, more = {}) =>
  owner.ask(`PATCH /v1/businesses/${shop.business}`, { quietHours, ...more });
const allDay = { from: "00:00", to: "23:59" };
async function lapsed(email: string) {
  await owner.customer({ email });
  await owner.order(email, new Date(host.host.clock.now() - 40 * 86_400_000).toISOString());
}

test("a customer who reached the frequency cap is won back by the first run that may, and once", async () => {
  await lapsed("overtaken@example.com");
  const campaign = await winback();
  await quiet(null, { frequencyCap: { perDay: 1 } });
  await takePermits(host, 600_000);
  const first = await owner.run(campaign);
  expect(first.books).toMatchObject({ selected: 1, waiting: 1 });
  await takePermits(host);
  // Another campaign is faster.
  await owner.run(await broadcast());
  await pass(0.5);
  expect((await owner.ask(`GET /v1/runs/${first.id}`)).books).toMatchObject({
    skipped: { "frequency-cap": 1 },
  });
  for (let run = 0; run < 2; run++) {
    expect((await owner.run(campaign)).books).toMatchObject({ selected: 1, skipped: { "frequency-cap": 1 } });
  }

  await pass(24);
  const rehearsed = await owner.ask(`POST /v1/campaigns/${campaign}/dry-run`);
  expect(rehearsed).toMatchObject({ selected: 1, wouldGet: { count: 1 } });
  expect((await owner.run(campaign)).books).toMatchObject({ selected: 1, accepted: 1 });
  expect((await owner.run(campaign)).books).toMatchObject({ selected: 0 });
  expect(host.mails("overtaken@example.com")).toHaveLength(2);
}, 60_000);

test("customers of a winback that was stopped are won back by the next", async () => {
  await lapsed("stopped@example.com");
  host.host.ses.onSend = () => "MAIL_FROM_DOMAIN_NOT_VERIFIED";
  const campaign = await winback();
  await quiet(allDay);
  await lapsed("waiting@example.com");
  await owner.run(campaign);
  await quiet(null);
  await pass(0.3);
  host.host.ses.onSend = undefined;
  expect(await owner.lastRun(campaign)).toMatchObject({
    state: "failed",
    books: { accepted: 0, waiting: 0 },
  });

  const { books } = await owner.run(campaign);
  expect(books.selected).toBe(2);
  expect(books.accepted + (books.skipped["already-won-back"] ?? 0)).toBe(2);
});
