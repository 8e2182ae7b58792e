import { beforeAll, expect, test } from "vitest";
import { useHost } from "../support/host.ts";
import { story } from "../support/story.ts";

const host = useHost({ now: "2026-11-24T01:00:00Z" });
let shop: { business: string; key: string };
const owner = story(host, () => shop.key);

beforeAll(async () => {
  shop = await host.shop();
  await owner.customer({ email: "ani@example.com", name: "Ani", birthday: "11-24", tags: ["vip"] });
  await owner.customer({ email: "budi@example.com", name: "Budi", birthday: "11-24" });
  await owner.customer({ email: "caca@example.com", name: "Caca", birthday: "11-24", consent: "pending" });
  await owner.customer({ email: "dewi@example.com", name: "Dewi", birthday: "11-25" });
  await owner.customer({ email: "eko@example.com", name: "Eko", birthday: "11-26" });
});

const birthday = {
  kind: "birthday",
  name: "Birthday",
  template: "birthday",
  topic: "birthday",
  schedule: { every: "day", at: "09:00" },
};

test("a campaign that lacks something is not activated, and all that it lacks is named", async () => {
  const other = await host.shop({ sender: { address: "halo@kopisenja.invalid" } });
  const key = other.key;
  const { body } = await host.request("POST /v1/campaigns", {
    key,
    body: { ...birthday, template: "tpl_none", segment: "seg_none", topic: "nothing" },
  });
  const answer = await host.request(`POST /v1/campaigns/${body.id}/activate`, { key });
  expect(answer.status).toBe(409);
  expect(answer.body.errors.map(({ field }: { field: string }) => field).sort()).toEqual([
    "segment",
    "sender.address",
    "template",
    "topic",
  ]);
  await host.moveTo("2026-11-24T02:30:00Z");
  expect(host.mails()).toEqual([]);
});

test("a dry run says who would get it, who not and why, and sends nothing", async () => {
  const segment = await owner.ask("POST /v1/segments", { name: "VIPs", definition: { tag: "vip" } });
  const everyone = await owner.ask("POST /v1/campaigns", birthday);
  const vips = await owner.ask("POST /v1/campaigns", { ...birthday, segment: segment.id });

  expect(await owner.ask(`POST /v1/campaigns/${everyone.id}/dry-run`)).toMatchObject({
    selected: 3,
    wouldGet: { count: 2 },
    skipped: { "not-confirmed": { count: 1, sample: [{ name: "Caca" }] } },
    complete: true,
  });
  expect(await owner.ask(`POST /v1/campaigns/${vips.id}/dry-run`)).toMatchObject({
    selected: 1,
    wouldGet: { count: 1, sample: [{ name: "Ani" }] },
  });
  expect(host.mails()).toEqual([]);
});

test("a paused campaign does not fire, a resumed one does, an archived one never again", async () => {
  const { id } = await owner.ask("POST /v1/campaigns", { ...birthday, schedule: { cron: "0 10 * * ? *" } });
  expect((await host.request(`POST /v1/campaigns/${id}/run`, { key: shop.key })).status).toBe(409);
  await owner.ask(`POST /v1/campaigns/${id}/activate`);
  await owner.ask(`POST /v1/campaigns/${id}/pause`);
  await host.moveTo("2026-11-24T03:30:00Z");
  expect(host.mails()).toEqual([]);

  await owner.ask(`POST /v1/campaigns/${id}/resume`);
  await host.moveTo("2026-11-25T03:30:00Z");
  expect(host.mails("dewi@example.com")).toHaveLength(1);

  await owner.ask(`POST /v1/campaigns/${id}/archive`);
  await host.moveTo("2026-11-26T03:30:00Z");
  expect(host.mails("eko@example.com")).toEqual([]);
  expect((await host.request(`POST /v1/campaigns/${id}/resume`, { key: shop.key })).status).toBe(409);
});

test("a changed schedule holds at once", async () => {
  const id = await owner.campaign({ ...birthday, schedule: { every: "day", at: "09:00" } });
  await owner.ask(`PUT /v1/campaigns/${id}`, { ...birthday, schedule: { every: "day", at: "20:00" } });
  await host.moveTo("2026-11-26T12:00:00Z");
  expect(host.mails("eko@example.com")).toEqual([]);
  await host.moveTo("2026-11-26T13:30:00Z");
  expect(host.mails("eko@example.com")).toHaveLength(1);
});

test.each([
  ["a day that no month has", { cron: "0 9 30 2 ? *" }, "schedule.cron"],
  ["five fields", { cron: "0 9 * * *" }, "schedule.cron"],
])("a cron of %s is refused and named", async (_, schedule, field) => {
  const answer = await host.request("POST /v1/campaigns", { key: shop.key, body: { ...birthday, schedule } });
  expect(answer.status).toBe(400);
  expect(answer.body.errors[0].field).toBe(field);
});

test("campaigns and runs of one business are not there for another", async () => {
  const id = await owner.campaign(birthday);
  const run = await owner.run(id);
  const { key } = await host.shop();
  const [customer] = (await owner.ask("GET /v1/customers?limit=1")).items;
  const paths = [
    `GET /v1/campaigns/${id}`,
    `POST /v1/campaigns/${id}/dry-run`,
    `POST /v1/campaigns/${id}/activate`,
    `POST /v1/campaigns/${id}/run`,
    `POST /v1/campaigns/${id}/archive`,
    `GET /v1/runs/${run.id}`,
    `GET /v1/runs/${run.id}/sends`,
    `GET /v1/runs/${run.id}/explain/${customer.id}`,
  ] as const;
  for (const path of paths) expect((await host.request(path, { key })).status, path).toBe(404);
  expect((await host.request(`GET /v1/runs?campaign=${id}`, { key })).body.items).toEqual([]);
  expect((await host.request(`GET /v1/customers/${customer.id}/sends`, { key })).body.items).toEqual([]);
  expect((await owner.ask(`GET /v1/campaigns/${id}`)).state).toBe("active");
});
