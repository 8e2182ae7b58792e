import { beforeEach, describe, expect, test } from "vitest";
import { useHost } from "../support/host.ts";
import { story, takePermits } from "../support/story.ts";

const host = useHost({ now: "2026-11-24T01:00:00Z" });
let shop: { business: string; key: string };
const owner = story(host, () => shop.key);

beforeEach(async () => {
  host.host.ses.onSend = undefined;
  await takePermits(host);
  shop = await host.shop();
});

const pass = (minutes: number) =>
  host.moveTo(new Date(host.host.clock.now() + minutes * 60_000).toISOString());
const later = { schedule: { once: "2030-01-01T09:00" } };
const broadcast = () => owner.campaign({ kind: "broadcast", template: "broadcast", topic: "news", ...later });
const winback = () => owner.campaign({ kind: "winback", days: 30, template: "winback", ...later });
const people = async (count: number, name: string) => {
  const ids: string[] = [];
  for (let n = 0; n < count; n++) ids.push(await owner.customer({ email: `${name}-${n}@example.com` }));
  return ids;
};
async function lapsed(email: string) {
  await owner.customer({ email });
  await owner.order(email, new Date(host.host.clock.now() - 40 * 86_400_000).toISOString());
}

describe("a run that its owner cancels", () => {
  test("sends nothing more, counts balance, and everyone has a reason", async () => {
    const [first] = await people(5, "canceled");
    await takePermits(host, 600_000);
    const run = await owner.run(await broadcast());
    expect(run.books).toMatchObject({ selected: 5, waiting: 5 });

    const canceled = await owner.ask(`POST /v1/runs/${run.id}/cancel`);
    expect(canceled).toMatchObject({ state: "canceled" });
    await takePermits(host);
    await pass(30);

    const after = await owner.ask(`GET /v1/runs/${run.id}`);
    expect(after).toMatchObject({ state: "canceled", settledAt: expect.any(String) });
    expect(after.books).toMatchObject({
      selected: 5,
      accepted: 0,
      skipped: { "run-canceled": 5 },
      waiting: 0,
    });
    expect(host.mails("canceled-")).toEqual([]);
    expect(await owner.ask(`GET /v1/runs/${run.id}/explain/${first}`)).toMatchObject({
      outcome: "skipped",
      reason: "run-canceled",
    });
    const { items } = await owner.ask(`GET /v1/runs/${run.id}/sends`);
    expect(items).toHaveLength(5);
    for (const send of items) expect(send).toMatchObject({ state: "skipped", reason: "run-canceled" });
  });

  test("gives back what claims had written on those whose mail SES had put off", async () => {
    await lapsed("put-off@example.com");
    const campaign = await winback();
    await owner.ask(`PATCH /v1/businesses/${shop.business}`, { frequencyCap: { perDay: 1 } });
    host.host.ses.onSend = () => "ACCOUNT_THROTTLED";
    const run = await owner.run(campaign);
    expect(run.books).toMatchObject({ selected: 1, waiting: 1 });
    await owner.ask(`POST /v1/runs/${run.id}/cancel`);
    await host.host.idle();
    host.host.ses.onSend = undefined;
    await pass(5);

    expect((await owner.ask(`GET /v1/runs/${run.id}`)).books).toMatchObject({
      skipped: { "run-canceled": 1 },
      waiting: 0,
    });
    // Neither does the mail count for the cap, nor is the lapse answered.
    expect((await owner.run(campaign)).books).toMatchObject({ selected: 1, accepted: 1 });
    expect(host.mails("put-off@example.com")).toHaveLength(1);
  });

  test("can be canceled again, and can't once it has ended", async () => {
    await people(1, "ended");
    const campaign = await broadcast();
    await takePermits(host, 600_000);
    const run = await owner.run(campaign);
    await owner.ask(`POST /v1/runs/${run.id}/cancel`);
    const again = await owner.ask(`POST /v1/runs/${run.id}/cancel`);
    expect(again.state).toBe("canceled");

    await takePermits(host);
    const other = await owner.run(campaign);
    await pass(30);
    const { status, body } = await host.request(`POST /v1/runs/${other.id}/cancel`, { key: shop.key });
    expect({ status, detail: body.detail }).toEqual({
      status: 409,
      detail: "The run can't be canceled: it is settled",
    });
  });
});

describe("a sender that SES has not verified (any more)", () => {
  test("stops the run at its first mails, and nobody's winback is spent", async () => {
    for (let n = 0; n < 4; n++) await lapsed(`owed-${n}@example.com`);
    const campaign = await winback();
    const admin = { key: await host.adminKey() };
    const path = `/v1/businesses/${shop.business}` as const;
    const from = (address: string) =>
      host.request(`PATCH ${path}`, { ...admin, body: { sender: { address } } });
    const identities = ["toko.invalid", "kopisenja.example"];
    await host.request(`PATCH ${path}/limits`, { ...admin, body: { identities } });
    await from("halo@toko.invalid");
    // Its schedule fires it; by hand it would be told at once.
    const { schedule: _, ...rest } = await owner.ask(`GET /v1/campaigns/${campaign}`);
    expect(rest.state).toBe("active");
    await owner.ask(`PUT /v1/campaigns/${campaign}`, {
      kind: "winback",
      name: rest.name,
      days: 30,
      template: "winback",
      topic: rest.topic,
      schedule: { every: "day", at: "09:00" },
    });
    await host.moveTo("2026-11-25T02:05:00Z");

    const failed = await owner.lastRun(campaign);
    expect(failed).toMatchObject({ state: "failed", failure: { reason: "SENDER_NOT_VERIFIED" } });
    expect(failed.books).toMatchObject({ selected: 4, accepted: 0, waiting: 0 });

    await from("halo@kopisenja.example");
    await host.moveTo("2026-11-26T02:05:00Z");
    expect((await owner.lastRun(campaign)).books).toMatchObject({ selected: 4, accepted: 4 });
    expect(host.mails("owed-")).toHaveLength(4);
  });
});

test("a mail with a long part of its own goes out with others in as many requests as it takes", async () => {
  await people(60, "long");
  const paragraph = `<p>Halo {{customer.nickname}}, ${"kopi baru kami sudah datang dari Gayo dan Toraja. ".repeat(14)}</p>`;
  const texts = Array.from({ length: 40 }, () => `<mj-text>${paragraph}</mj-text>`).join("");
  const mjml = `<mjml><mj-body>{{#if customer.nickname}}<mj-section><mj-column>${texts}</mj-column></mj-section>{{/if}}</mj-body></mjml>`;
  const template = await owner.ask("POST /v1/templates", {
    name: "Long",
    translations: { id: { subject: "Halo {{customer.nickname}}", mjml } },
  });
  const campaign = await owner.campaign({
    kind: "broadcast",
    template: template.id,
    topic: "news",
    ...later,
  });

  expect((await owner.run(campaign)).books).toMatchObject({ selected: 60, accepted: 60, failed: {} });
});
