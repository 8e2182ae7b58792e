import { beforeEach, describe, expect, test } from "vitest";
import { useHost } from "../support/host.ts";
import { story } from "../support/story.ts";

const host = useHost({ now: "2026-11-24T01:00:00Z" });
let shop: { business: string; key: string };
const owner = story(host, () => shop.key);

beforeEach(async () => {
  host.host.ses.onSend = undefined;
  shop = await host.shop();
});

const broadcast = (details: Record<string, unknown> = {}) =>
  owner.campaign({
    kind: "broadcast",
    template: "broadcast",
    topic: "news",
    schedule: { once: "2030-01-01T09:00" },
    ...details,
  });
const booksOf = async (run: string) => (await owner.ask(`GET /v1/runs/${run}`)).books;
const pass = (minutes: number) =>
  host.moveTo(new Date(host.host.clock.now() + minutes * 60_000).toISOString());
const resend = (run: string, body: unknown = {}) =>
  host.request(`POST /v1/runs/${run}/resend`, { key: shop.key, body });

/** A run that reached `fine`, that SES refused for `refused`, and of which nobody knows for `maybe`. */
async function runWithLosses(campaign: string) {
  host.host.ses.onSend = (recipient) =>
    recipient.startsWith("refused")
      ? "MESSAGE_REJECTED"
      : recipient.startsWith("maybe")
        ? "FAILED"
        : undefined;
  const run = await owner.run(campaign);
  host.host.ses.onSend = undefined;
  expect(run.books).toMatchObject({
    accepted: 1,
    failed: { MESSAGE_REJECTED: 1 },
    unknown: 1,
    waiting: 0,
  });
  return run;
}
async function threeCustomers() {
  for (const name of ["fine", "refused", "maybe"]) await owner.customer({ email: `${name}@example.com` });
}

describe("sending a run again", () => {
  test("reaches only those whom SES refused, however often and by how many it is asked for", async () => {
    await owner.ask(`PATCH /v1/businesses/${shop.business}`, { frequencyCap: { perDay: 1 } });
    await threeCustomers();
    const run = await runWithLosses(await broadcast());

    const answers = await Promise.all([resend(run.id), resend(run.id), resend(run.id)]);
    await host.host.idle();
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202]);
    const [again] = new Set(answers.map(({ body }) => body.id));
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    // The cap does not count mail that SES refused.
    expect(await booksOf(again)).toMatchObject({ selected: 1, accepted: 1, waiting: 0, finished: true });
    expect(host.mails("refused@example.com")).toHaveLength(1);

    expect((await resend(run.id)).body.id).toBe(again);
    await host.host.idle();
    expect(await booksOf(again)).toMatchObject({ selected: 1, accepted: 1 });
    expect(await booksOf(run.id)).toEqual(run.books);
    expect(host.mails()).toHaveLength(2);
    expect(await owner.ask(`GET /v1/runs/${again}`)).toMatchObject({
      resendOf: { run: run.id, include: ["failed"] },
    });
    expect(await owner.ask(`GET /v1/runs/${run.id}`)).toMatchObject({ failedResentBy: again });
  }, 60_000);

  test("reaches those of whom it is not known only when they are named", async () => {
    const before = host.mails().length;
    await threeCustomers();
    const run = await runWithLosses(await broadcast());
    const first = await resend(run.id);
    await host.host.idle();
    const both = await resend(run.id, { include: ["failed", "unknown"] });
    expect(both).toMatchObject({ status: 409 });
    expect(JSON.stringify(both.body)).toContain(first.body.id);

    const second = await resend(run.id, { include: ["unknown"] });
    await host.host.idle();
    expect(second.status).toBe(202);
    expect(second.body.id).not.toBe(first.body.id);
    expect(await booksOf(second.body.id)).toMatchObject({ selected: 1, accepted: 1 });
    expect(host.mails().slice(before)).toHaveLength(3);
  });

  test("leaves out who may not be mailed any more, and can itself be sent again", async () => {
    await threeCustomers();
    const leaving = await owner.customer({ email: "refused-and-left@example.com" });
    host.host.ses.onSend = (recipient) => (recipient.startsWith("fine") ? undefined : "MESSAGE_REJECTED");
    const run = await owner.run(await broadcast());
    await owner.ask(`POST /v1/customers/${leaving}/unsubscribe`);
    const first = (await resend(run.id)).body;
    await host.host.idle();
    expect(await booksOf(first.id)).toMatchObject({
      selected: 3,
      accepted: 0,
      failed: { MESSAGE_REJECTED: 2 },
      skipped: { unsubscribed: 1 },
      waiting: 0,
    });
    host.host.ses.onSend = undefined;
    const second = (await resend(first.id)).body;
    await host.host.idle();
    expect(await booksOf(second.id)).toMatchObject({ selected: 2, accepted: 2 });
    expect((await resend(second.id)).status).toBe(409);
    const fine = await owner.ask("GET /v1/customers?email=fine%40example.com");
    const why = await owner.ask(`GET /v1/runs/${second.id}/explain/${fine.items[0].id}`);
    expect(why).toMatchObject({ outcome: "not-selected", reason: "not-resent" });
  });

  test("waits until nothing of the run waits any more", async () => {
    await owner.ask(`PATCH /v1/businesses/${shop.business}`, { quietHours: { from: "00:00", to: "23:59" } });
    await owner.customer({ email: "waiting@example.com" });
    const run = await owner.run(await broadcast());
    expect(await resend(run.id)).toMatchObject({ status: 409 });
  });

  test("answers a lapse whose winback SES refused, unless the customer has ordered since", async () => {
    for (const name of ["refused-away", "refused-back"]) {
      await owner.customer({ email: `${name}@example.com` });
      await owner.order(`${name}@example.com`, "2026-08-01T10:00:00+07:00");
    }
    host.host.ses.onSend = () => "MESSAGE_REJECTED";
    const run = await owner.run(await owner.campaign({ kind: "winback", days: 30, template: "winback" }));
    host.host.ses.onSend = undefined;
    expect(run.books).toMatchObject({ failed: { MESSAGE_REJECTED: 2 } });
    await owner.order("refused-back@example.com", "2026-11-24T07:00:00+07:00");
    const again = (await resend(run.id)).body;
    await pass(1);
    expect(await booksOf(again.id)).toMatchObject({
      selected: 2,
      accepted: 1,
      skipped: { "no-longer-matches": 1 },
    });
    expect(host.mails("refused-away@example.com")).toHaveLength(1);
  });
});
