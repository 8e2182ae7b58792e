import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { useHost } from "../support/host.ts";
import { story } from "../support/story.ts";

const host = useHost({ now: "2026-11-24T01:00:00Z" });
let shop: { business: string; key: string };
const owner = story(host, () => shop.key);
const winback = { kind: "winback", days: 60, template: "winback", schedule: { every: "day", at: "09:00" } };
const mails = (name: string) => host.mails(`${name}@example.com`).length;
const lapsed = async (name: string, placedAt: string) => {
  await owner.customer({ email: `${name}@example.com`, name });
  await owner.order(`${name}@example.com`, placedAt);
};
const idOf = async (name: string) =>
  (await owner.ask(`GET /v1/customers?email=${name}%40example.com`)).items[0].id;
const why = async (run: string, name: string) => owner.ask(`GET /v1/runs/${run}/explain/${await idOf(name)}`);

async function importOrders(file: string): Promise<void> {
  const { uploadUrl } = await owner.ask("POST /v1/imports", {
    kind: "orders",
    format: "csv",
    size: Buffer.byteLength(file),
    mapping: [{ column: "total", field: "total", type: "decimal" }],
  });
  expect((await fetch(uploadUrl, { method: "PUT", body: file })).status).toBe(200);
  await host.host.idle();
}

describe("a winback whose history comes in after its first run", () => {
  let campaign: string;
  beforeAll(async () => {
    shop = await host.shop();
    await lapsed("first", "2026-08-01T10:00:00+07:00");
    campaign = await owner.campaign(winback);
    await host.moveTo("2026-11-24T02:05:00Z");
  });

  test("reads nothing twice while every order comes in within a day", async () => {
    expect(mails("first")).toBe(1);
    await owner.customer({ email: "today@example.com" });
    await owner.order("today@example.com", "2026-11-24T08:00:00+07:00");
    await host.moveTo("2026-11-25T02:05:00Z");
    const run = await owner.lastRun(campaign);
    expect(run.books).toMatchObject({ selected: 0, skipped: {} });
    expect(run.occasion.lastOrder).toEqual({
      from: "2026-09-25T17:00:00.000Z",
      before: "2026-09-26T17:00:00.000Z",
    });
  });

  test("reaches each of those who had lapsed by then, once, and says of the run before why it did not", async () => {
    const before = await owner.lastRun(campaign);
    await lapsed("late", "2026-09-11T10:00:00+07:00");
    // Its till is synchronised once a week.
    await lapsed("till", "2026-09-24T10:00:00+07:00");
    for (const name of ["late", "till"]) {
      expect(await why(before.id, name)).toMatchObject({ outcome: "not-selected", reason: "joined-later" });
    }
    await owner.customer({ email: "known@example.com" });
    await host.moveTo("2026-11-26T02:05:00Z");
    const [late, till] = [mails("late"), mails("till")];
    expect([late, till]).toEqual([1, 1]);
    await host.moveTo("2026-11-28T02:05:00Z");
    expect([mails("late"), mails("till"), mails("first")]).toEqual([1, 1, 1]);
    expect((await owner.lastRun(campaign)).books).toMatchObject({ selected: 0 });
  });

  test("reaches whom a file of last year's orders brings, and nobody whom it has mailed before", async () => {
    const run = await owner.lastRun(campaign);
    for (const name of ["once", "twice"]) await owner.customer({ email: `${name}@example.com`, name });
    await importOrders(
      [
        "order id,email,placed at,total",
        "F-1,once@example.com,2025-12-01,10.00",
        "F-2,twice@example.com,2025-12-01,10.00",
        "F-3,twice@example.com,2026-02-01,10.00",
        "F-4,known@example.com,2025-11-01,10.00",
      ].join("\n"),
    );
    expect(await why(run.id, "known")).toMatchObject({
      reason: "lapsed-earlier",
      judgedNow: true,
      sentence: {
        en: "The customer is not in the audience: their last order is older than this run looks for: an earlier run has looked at them, or the next one will if that order came in afterwards.",
      },
    });
    await host.moveTo("2026-11-29T02:05:00Z");
    expect((await owner.lastRun(campaign)).books).toMatchObject({
      selected: 6,
      accepted: 3,
      skipped: { "already-won-back": 3 },
    });
    for (const name of ["once", "twice", "known", "first", "late", "till"]) expect(mails(name)).toBe(1);
    await host.moveTo("2026-11-30T02:05:00Z");
    expect((await owner.lastRun(campaign)).books).toMatchObject({ selected: 0 });
  });

  test("reaches them by the run after one that was stopped", async () => {
    await lapsed("stopped", "2026-01-05T10:00:00+07:00");
    host.host.ses.onSend = () => "MAIL_FROM_DOMAIN_NOT_VERIFIED";
    await host.moveTo("2026-12-01T02:05:00Z");
    host.host.ses.onSend = undefined;
    expect(await owner.lastRun(campaign)).toMatchObject({ state: "failed" });
    expect(mails("stopped")).toBe(0);
    // What comes in after the one that was stopped reaches even further back.
    await lapsed("older", "2025-03-05T10:00:00+07:00");
    await host.moveTo("2026-12-02T02:05:00Z");
    expect(mails("older")).toBe(1);
    const run = await owner.lastRun(campaign);
    expect(run.occasion.lastOrder.from).toBe("2025-03-05T03:00:00.000Z");
    await owner.ask(`POST /v1/campaigns/${campaign}/archive`);
  });
});

describe("a winback for the newly lapsed", () => {
  let campaign: string;
  beforeEach(async () => {
    shop = await host.shop();
    await host.moveTo(`${dayAfter()}T01:00:00Z`);
  });
  const dayAfter = (days = 1) =>
    new Date(host.host.clock.now() + days * 86_400_000).toISOString().slice(0, 10);
  const sent = async (days: number) => {
    await host.moveTo(`${dayAfter(days)}T02:05:00Z`);
    return owner.lastRun(campaign);
  };
  /** Noon in Jakarta, so many days ago. */
  const ago = (days: number) => `${dayAfter(-days)}T12:00:00+07:00`;

  test("leaves out those who had lapsed when it was activated, whenever their orders come in", async () => {
    campaign = await owner.campaign({ ...winback, days: 7, newlyLapsedOnly: true });
    await sent(0);
    const [before, after] = [ago(7), ago(6)];
    await host.moveTo(`${dayAfter(3)}T01:00:00Z`);
    await lapsed("before", before);
    await lapsed("after", after);
    const run = await sent(0);

    expect([mails("before"), mails("after")]).toEqual([0, 1]);
    expect(run.occasion.lastOrder.from >= run.occasion.notBefore).toBe(true);
    expect((await owner.ask(`GET /v1/campaigns/${campaign}`)).lapsesFrom).toBe(run.occasion.notBefore);
    await sent(1);
    expect([mails("before"), mails("after")]).toEqual([0, 1]);
    const later = await owner.lastRun(campaign);
    expect(await why(later.id, "before")).toMatchObject({
      reason: "lapsed-before-campaign",
      sentence: {
        en: "The customer is not in the audience: they had lapsed when this campaign was activated, and it is for the newly lapsed only.",
      },
    });
    await owner.ask(`POST /v1/campaigns/${campaign}/archive`);
  });

  test("keeps to that where an active campaign becomes one before it has run, and not once it is one for all", async () => {
    await lapsed("backlog", ago(100));
    campaign = await owner.campaign({ ...winback, days: 7 });
    const { name, kind, template, topic, schedule, days } = await owner.ask(`GET /v1/campaigns/${campaign}`);
    const details = { name, kind, template, topic, schedule, days };
    await owner.ask(`PUT /v1/campaigns/${campaign}`, { ...details, newlyLapsedOnly: true });
    await sent(0);
    expect(mails("backlog")).toBe(0);

    const other = await owner.campaign({ ...winback, days: 7, newlyLapsedOnly: true });
    await owner.ask(`PUT /v1/campaigns/${other}`, { ...details, newlyLapsedOnly: false });
    expect(await owner.ask(`GET /v1/campaigns/${other}`)).not.toHaveProperty("lapsesFrom");
    expect((await owner.run(other)).books).toMatchObject({ selected: 1, accepted: 1 });
    for (const id of [campaign, other]) await owner.ask(`POST /v1/campaigns/${id}/archive`);
  });
});
