import { PutSuppressedDestinationCommand, SESv2Client } from "@aws-sdk/client-sesv2";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { useHost } from "../support/host.ts";
import { arnOf, story } from "../support/story.ts";

const host = useHost({ now: "2026-11-24T01:00:00Z" });
let shop: { business: string; key: string };
const owner = story(host, () => shop.key);

beforeAll(async () => {
  await host.host.idle();
});
beforeEach(async () => {
  host.host.ses.onSend = undefined;
  shop = await host.shop();
});

const broadcast = () =>
  owner.campaign({
    kind: "broadcast",
    template: "broadcast",
    topic: "news",
    schedule: { once: "2030-01-01T09:00" },
  });

test("SES refusing one recipient fails that send with the reason; the rest go out", async () => {
  const bad = await owner.customer({ email: "refused@example.com" });
  await owner.customer({ email: "fine@example.com" });
  host.host.ses.onSend = (recipient) => (recipient.startsWith("refused") ? "MESSAGE_REJECTED" : undefined);
  const run = await owner.run(await broadcast());
  expect(run.books).toMatchObject({ selected: 2, accepted: 1, failed: { MESSAGE_REJECTED: 1 }, waiting: 0 });
  const why = await owner.ask(`GET /v1/runs/${run.id}/explain/${bad}`);
  expect(why).toMatchObject({ outcome: "failed", reason: "MESSAGE_REJECTED" });
});

test("mail that SES throttles is sent later, once", async () => {
  await owner.customer({ email: "later@example.com" });
  let refusals = 1;
  host.host.ses.onSend = () => (refusals-- > 0 ? "ACCOUNT_THROTTLED" : undefined);
  const run = await owner.run(await broadcast());
  expect(run.books).toMatchObject({ selected: 1, accepted: 0, waiting: 1 });
  await host.moveTo(new Date(host.host.clock.now() + 20_000).toISOString());
  expect((await owner.ask(`GET /v1/runs/${run.id}`)).books).toMatchObject({ accepted: 1, waiting: 0 });
  expect(host.mails("later@example.com")).toHaveLength(1);
});

test("mail beyond the day's quota waits until SES takes it again; nothing is dropped", async () => {
  await owner.customer({ email: "parked@example.com" });
  host.host.ses.onSend = () => "ACCOUNT_DAILY_QUOTA_EXCEEDED";
  const run = await owner.run(await broadcast());
  expect(run.books).toMatchObject({ accepted: 0, waiting: 1 });
  host.host.ses.onSend = undefined;
  await host.moveTo(new Date(host.host.clock.now() + 16 * 60_000).toISOString());
  expect((await owner.ask(`GET /v1/runs/${run.id}`)).books).toMatchObject({ accepted: 1, waiting: 0 });
});

test("an ambiguous answer of SES is reported as unknown and never repeated by itself", async () => {
  await owner.customer({ email: "maybe@example.com" });
  host.host.ses.onSend = () => "FAILED";
  const run = await owner.run(await broadcast());
  host.host.ses.onSend = undefined;
  await host.moveTo(new Date(host.host.clock.now() + 3 * 3_600_000).toISOString());
  expect((await owner.ask(`GET /v1/runs/${run.id}`)).books).toMatchObject({
    accepted: 0,
    unknown: 1,
    waiting: 0,
  });
  expect(host.mails("maybe@example.com")).toEqual([]);
});

describe("a run under way", () => {
  test("does not mail who unsubscribes, or is erased, before their turn", async () => {
    await owner.ask(`PATCH /v1/businesses/${shop.business}`, { quietHours: { from: "00:00", to: "23:59" } });
    const leaving = await owner.customer({ email: "leaving@example.com" });
    const erased = await owner.customer({ email: "erased@example.com" });
    await owner.customer({ email: "staying@example.com" });
    const run = await owner.run(await broadcast());
    expect(run.books).toMatchObject({ selected: 3, waiting: 3 });

    await owner.ask(`POST /v1/customers/${leaving}/unsubscribe`);
    await owner.ask(`DELETE /v1/customers/${erased}`);
    await owner.ask(`PATCH /v1/businesses/${shop.business}`, { quietHours: null });
    await host.moveTo(new Date(host.host.clock.now() + 16 * 60_000).toISOString());

    expect((await owner.ask(`GET /v1/runs/${run.id}`)).books).toMatchObject({
      accepted: 1,
      skipped: { unsubscribed: 1, erased: 1 },
      waiting: 0,
    });
    expect(host.mails("leaving@example.com")).toEqual([]);
    expect(host.mails("erased@example.com")).toEqual([]);
    expect(host.mails("staying@example.com")).toHaveLength(1);
    const why = await owner.ask(`GET /v1/runs/${run.id}/explain/${leaving}`);
    expect(why).toMatchObject({ outcome: "skipped", reason: "unsubscribed" });
  });

  test("waits through quiet hours and sends when they are over", async () => {
    const now = host.host.clock.now();
    const jakarta = (milliseconds: number) =>
      new Date(milliseconds + 7 * 3_600_000).toISOString().slice(11, 16);
    const quietHours = { from: jakarta(now - 60_000), to: jakarta(now + 60 * 60_000) };
    await owner.ask(`PATCH /v1/businesses/${shop.business}`, { quietHours });
    await owner.customer({ email: "asleep@example.com" });
    await owner.run(await broadcast());
    await host.moveTo(new Date(now + 45 * 60_000).toISOString());
    expect(host.mails("asleep@example.com")).toEqual([]);
    await host.moveTo(new Date(now + 80 * 60_000).toISOString());
    expect(host.mails("asleep@example.com")).toHaveLength(1);
  });

  test("and another one together keep to the frequency cap", async () => {
    await owner.ask(`PATCH /v1/businesses/${shop.business}`, { frequencyCap: { perDay: 1 } });
    await owner.customer({ email: "capped@example.com" });
    const [one, two] = [await broadcast(), await broadcast()];
    const started = await Promise.all([one, two].map((id) => owner.ask(`POST /v1/campaigns/${id}/run`)));
    await host.host.idle();
    const runs = await Promise.all(started.map(({ id }) => owner.ask(`GET /v1/runs/${id}`)));
    expect(host.mails("capped@example.com")).toHaveLength(1);
    expect(runs.map(({ books }) => books.accepted).sort()).toEqual([0, 1]);
    expect(runs.map(({ books }) => books.skipped["frequency-cap"] ?? 0).sort()).toEqual([0, 1]);
  });
});

test("a message that SQS delivers twice mails nobody twice", async () => {
  await owner.customer({ email: "twice@example.com" });
  const run = await owner.run(await broadcast());
  const { items } = await owner.ask(`GET /v1/runs/${run.id}/sends`);
  const [customer] = await owner
    .ask("GET /v1/customers?email=twice%40example.com")
    .then((page) => page.items);
  const again = {
    business: shop.business,
    run: run.id,
    id: "00#000001#000",
    locale: "id",
    customers: [customer.id],
    position: "none",
    perSecond: 10,
  };
  await host.host.host.deliver(arnOf(host, "AWS::SQS::Queue", "sends"), JSON.stringify(again));
  await host.host.idle();
  expect(items).toHaveLength(1);
  expect(host.mails("twice@example.com")).toHaveLength(1);
  expect((await owner.ask(`GET /v1/runs/${run.id}`)).books).toMatchObject({
    selected: 1,
    accepted: 1,
    waiting: 0,
  });
});

test("a hard bounce and a complaint stop all further mail to the address", async () => {
  const bounced = await owner.customer({ email: "bounce@simulator.amazonses.com" });
  const complained = await owner.customer({ email: "complaint@simulator.amazonses.com" });
  await owner.run(await broadcast());
  expect(await owner.ask(`GET /v1/customers/${bounced}`)).toMatchObject({ suppressed: "bounce" });
  expect(await owner.ask(`GET /v1/customers/${complained}`)).toMatchObject({
    suppressed: "complaint",
    consent: "unsubscribed",
  });
  const next = await owner.run(await broadcast());
  expect(next.books).toMatchObject({ selected: 2, accepted: 0, skipped: { suppressed: 2 } });
});

test("what the account's own list of SES holds keeps no mail back: one shop's complaint is not another's", async () => {
  const ses = new SESv2Client({
    endpoint: `${host.host.awsUrl}/sesv2`,
    region: "us-east-1",
    credentials: host.host.operator,
  });
  await ses.send(
    new PutSuppressedDestinationCommand({ EmailAddress: "ani@example.com", Reason: "COMPLAINT" }),
  );
  const customer = await owner.customer({ email: "ani@example.com" });
  const run = await owner.run(await broadcast());
  expect(run.books).toMatchObject({ selected: 1, accepted: 1, skipped: {} });
  expect(host.mails("ani@example.com")).toHaveLength(1);
  expect(await owner.ask(`GET /v1/customers/${customer}`)).toMatchObject({ consent: "subscribed" });
  expect(await owner.ask(`GET /v1/runs/${run.id}/explain/${customer}`)).toMatchObject({
    outcome: "delivered",
  });
});
