import { beforeAll, expect, test } from "vitest";
import { useHost } from "../support/host.ts";
import { story, takePermits } from "../support/story.ts";

const host = useHost({ now: "2026-11-24T01:00:00Z" });
let shop: { business: string; key: string };
const owner = story(host, () => shop.key);

beforeAll(async () => {
  shop = await host.shop({ quietHours: { from: "00:00", to: "12:00" } });
});

const broadcast = () =>
  owner.campaign({
    kind: "broadcast",
    template: "broadcast",
    topic: "news",
    schedule: { once: "2030-01-01T09:00" },
  });

test("a run shows what holds it, when it will be done, and at last only its books", async () => {
  for (const name of ["ani", "budi", "citra"]) await owner.customer({ email: `${name}@example.com` });
  const run = await owner.run(await broadcast());
  expect(run.books).toMatchObject({ selected: 3, waiting: 3 });
  expect(run.progress).toMatchObject({ heldBy: "quiet-hours" });
  // Noon in Jakarta, and a little.
  expect(run.progress.estimatedEnd).toMatch(/^2026-11-24T05:00:0/);

  await host.moveTo("2026-11-24T05:20:00Z");
  const done = await owner.ask(`GET /v1/runs/${run.id}`);
  expect(done.books).toMatchObject({ accepted: 3, waiting: 0 });
  expect(done.books.firstAcceptedAt <= done.books.lastAcceptedAt).toBe(true);
  expect(done.books.firstAcceptedAt >= "2026-11-24T05:00:00.000Z").toBe(true);
  expect(done.progress).toBeUndefined();
}, 60_000);

test("a test send goes out at once while a campaign waits for the send rate", async () => {
  const before = host.mails().length;
  await takePermits(host, 600_000);
  const run = await owner.run(await broadcast());
  expect(run.books).toMatchObject({ selected: 3, accepted: 0, waiting: 3 });

  await owner.ask("POST /v1/templates/broadcast/test", { to: "owner@kopisenja.example" });
  expect(host.mails().slice(before)).toMatchObject([{ destination: { to: ["owner@kopisenja.example"] } }]);

  await host.moveTo("2026-11-24T05:40:00Z");
  expect((await owner.ask(`GET /v1/runs/${run.id}`)).books).toMatchObject({ accepted: 3, waiting: 0 });
});
