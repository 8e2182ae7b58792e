import { beforeAll, expect, test } from "vitest";
import { useHost } from "../support/host.ts";
import { story } from "../support/story.ts";

const host = useHost({ now: "2026-11-24T02:00:00Z" });
let shop: { business: string; key: string };
const owner = story(host, () => shop.key);
const testTo = (to: string) =>
  host.request("POST /v1/templates/broadcast/test", { key: shop.key, body: { to } });

beforeAll(async () => {
  shop = await host.shop({
    breaker: { minimumSample: 50 },
  });
});

test("of sixty test mails to strangers none goes out, of sixty to the business's own address fifty", async () => {
  const strangers = await Promise.all(
    Array.from({ length: 60 }, (_, n) => testTo(`victim-${n}@example.com`)),
  );
  expect(new Set(strangers.map(({ status }) => status))).toEqual(new Set([409]));
  expect(host.mails()).toEqual([]);

  const own = await Promise.all(Array.from({ length: 60 }, () => testTo("owner@kopisenja.example")));
  expect(own.filter(({ status }) => status === 202)).toHaveLength(50);
  expect(own.filter(({ status }) => status === 429)).toHaveLength(10);
  expect(host.mails("owner@kopisenja.example")).toHaveLength(50);
});

test("test mails that bounce halt the business's sending, and no more go while it is", async () => {
  const operator = { key: await host.adminKey() };
  const bouncing = ["one", "two", "three"].map((name) => `bounce+${name}@simulator.amazonses.com`);
  const body = { testAddresses: bouncing };
  await host.request(`PATCH /v1/businesses/${shop.business}/limits`, { ...operator, body });
  await host.moveTo("2026-11-25T02:00:00Z");
  for (const to of bouncing) {
    expect((await testTo(to)).status).toBe(202);
    await host.host.idle();
  }

  const { halted } = await owner.ask(`GET /v1/businesses/${shop.business}`);
  expect(halted).toMatchObject({ reason: "bounces", sample: 53 });
  expect((await testTo("owner@kopisenja.example")).status).toBe(409);
});
