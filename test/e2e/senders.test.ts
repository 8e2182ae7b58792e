import { beforeEach, describe, expect, test } from "vitest";
import { useHost } from "../support/host.ts";
import { story, takePermits } from "../support/story.ts";

const host = useHost({ now: "2026-11-24T01:00:00Z" });
let shop: { business: string; key: string };
const owner = story(host, () => shop.key);

beforeEach(async () => {
  await takePermits(host);
  shop = await host.shop();
});

const later = { schedule: { once: "2030-01-01T09:00" } };
const broadcast = () => owner.campaign({ kind: "broadcast", template: "broadcast", topic: "news", ...later });
const bind = async (...identities: string[]) => {
  const operator = { key: await host.adminKey(), body: { identities } };
  const { status } = await host.request(`PATCH /v1/businesses/${shop.business}/limits`, operator);
  expect(status).toBe(200);
};
const pass = (minutes: number) =>
  host.moveTo(new Date(host.host.clock.now() + minutes * 60_000).toISOString());
const signUp = async (email: string) => {
  const { url } = await owner.ask("GET /v1/sign-up");
  await fetch(url, { method: "POST", body: new URLSearchParams({ email }) });
  await host.host.idle();
};

test("a business can't send as another, whose domain SES has verified too", async () => {
  const other = await host.shop({ name: "Kopi Pagi", sender: { address: "halo@kopipagi.example" } });
  await owner.customer({ email: "victim@example.com" });
  const campaign = await broadcast();
  const taken = await host.request(`PATCH /v1/businesses/${shop.business}`, {
    key: shop.key,
    body: { sender: { address: "halo@kopipagi.example" } },
  });

  expect(taken.status).toBe(409);
  expect((await owner.run(campaign)).books).toMatchObject({ accepted: 1 });
  expect(host.mails("victim@example.com")).toMatchObject([{ from: '"Kopi Senja" <halo@kopisenja.example>' }]);
  expect(other.business).not.toBe(shop.business);
});

describe("a business whose sender's address the operator has taken away", () => {
  test("has a run under way stop, with a reason for everyone, and sends again once it is bound", async () => {
    const ids = await Promise.all(
      ["a", "b", "c"].map((name) => owner.customer({ email: `${name}.run@example.com` })),
    );
    const campaign = await broadcast();
    await takePermits(host, 600_000);
    const run = await owner.run(campaign);
    expect(run.books).toMatchObject({ selected: 3, waiting: 3 });
    await bind();
    await takePermits(host);
    await pass(30);

    const after = await owner.ask(`GET /v1/runs/${run.id}`);
    expect(after).toMatchObject({ state: "failed", failure: { reason: "sender-not-bound" } });
    expect(after.books).toMatchObject({ accepted: 0, waiting: 0, skipped: { "run-stopped": 3 } });
    expect(await owner.ask(`GET /v1/runs/${run.id}/explain/${ids[0]}`)).toMatchObject({ outcome: "skipped" });
    expect(host.mails(".run@example.com")).toEqual([]);

    await bind("kopisenja.example");
    expect((await owner.run(campaign)).books).toMatchObject({ accepted: 3 });
  });

  test("can't activate or run a campaign, and a schedule that falls due sends nothing", async () => {
    await owner.customer({ email: "due@example.com" });
    const active = await owner.campaign({ kind: "broadcast", template: "broadcast", topic: "news" });
    await bind();
    for (const verb of ["activate", "run"]) {
      const { status, body } = await host.request(`POST /v1/campaigns/${active}/${verb}`, { key: shop.key });
      expect({ verb, status }).toEqual({ verb, status: 409 });
      expect(body.errors).toEqual([
        {
          field: "sender.address",
          message: "is not an address that the operator has bound to this business",
        },
      ]);
    }
    await pass(24 * 60);
    expect(await owner.lastRun(active)).toMatchObject({
      state: "failed",
      failure: { reason: "sender-not-bound" },
    });
    expect(host.mails("due@example.com")).toEqual([]);
  });

  test("sends no test mail and no letter; who signs up again afterwards gets theirs", async () => {
    await bind();
    const body = { to: "halo@kopisenja.example" };
    const { status } = await host.request("POST /v1/templates/broadcast/test", { key: shop.key, body });
    expect(status).toBe(409);
    await signUp("joins@example.com");
    expect(host.mails("joins@example.com")).toEqual([]);
    expect(host.mails("halo@kopisenja.example")).toEqual([]);

    await bind("kopisenja.example");
    await signUp("joins@example.com");
    expect(host.mails("joins@example.com")).toHaveLength(1);
  });
});
