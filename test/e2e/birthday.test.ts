import { beforeAll, describe, expect, test } from "vitest";
import { useHost } from "../support/host.ts";
import { arnOf, header, story } from "../support/story.ts";

// 08:00 in Jakarta, an hour before the campaigns fire.
const host = useHost({ now: "2026-11-24T01:00:00Z" });
let shop: { business: string; key: string };
const owner = story(host, () => shop.key);
let campaign: string;
let ani: string;

beforeAll(async () => {
  shop = await host.shop();
  ani = await owner.customer({ email: "ani@example.com", name: "Ani Lestari", birthday: "11-24" });
  await owner.customer({ email: "budi@example.com", nickname: "Bud", birthday: "11-25", locale: "en" });
  await owner.customer({ email: "leap@example.com", name: "Lila", birthday: "02-29" });
  await owner.customer({ email: "gone@example.com", birthday: "11-24", consent: "unsubscribed" });
  await owner.customer({ email: "quiet@example.com", birthday: "11-24", topics: { birthday: false } });
  campaign = await owner.campaign({ kind: "birthday", template: "birthday", topic: "birthday" });
});

describe("a birthday campaign", () => {
  test("greets, at its time by the business's clock, those whose birthday it is", async () => {
    expect(host.mails()).toEqual([]);
    await host.moveTo("2026-11-24T02:00:30Z");

    expect(host.mails()).toHaveLength(1);
    const [mail] = host.mails("ani@example.com");
    expect(mail?.subject).toContain("Ani");
    expect(mail?.body.html).toContain("Ani");
    expect(mail?.body.text).toContain("Ani");
    expect(mail?.body.html).toContain("Jl. Braga 12, Bandung 40111, Indonesia");
  });

  test("sends links and headers by which the customer can leave", async () => {
    const [mail] = host.mails("ani@example.com");
    const unsubscribe = /<(http[^>]+)>/.exec(header(mail ?? {}, "List-Unsubscribe") ?? "")?.[1] ?? "";
    expect(unsubscribe).toContain(`${host.host.publicUrl}/u/`);
    expect(header(mail ?? {}, "List-Unsubscribe-Post")).toBe("List-Unsubscribe=One-Click");
    expect(mail?.body.html).toContain(unsubscribe);
    expect(mail?.body.html).toMatch(/\/p\/[^"]+"/);
    expect(mail?.body.text).toContain(unsubscribe);
    expect((await fetch(unsubscribe)).status).toBe(200);
  });

  test("keeps books that balance, and says of each customer why", async () => {
    const run = await owner.lastRun(campaign);
    expect(run.books).toMatchObject({
      selected: 3,
      accepted: 1,
      skipped: { unsubscribed: 1, "topic-off": 1 },
      failed: {},
      unknown: 0,
      waiting: 0,
      finished: true,
    });
    const why = await owner.ask(`GET /v1/runs/${run.id}/explain/${ani}`);
    expect(why).toMatchObject({ outcome: "delivered" });
    expect(why.sentence.id).toBe("Email sudah sampai.");
    const { items } = await owner.ask(`GET /v1/runs/${run.id}/sends`);
    expect(items.map((send: { state: string }) => send.state).sort()).toEqual([
      "delivered",
      "skipped",
      "skipped",
    ]);
    const sent = await owner.ask(`GET /v1/customers/${ani}/sends`);
    expect(sent.items).toMatchObject([{ run: run.id, state: "delivered" }]);
  });

  test("fired twice for the same time, mails nobody a second time", async () => {
    const event = { business: shop.business, campaign, scheduledAt: "2026-11-24T02:00:00Z" };
    await host.host.host.deliver(arnOf(host, "AWS::SQS::Queue", "runs"), JSON.stringify(event));
    await host.host.idle();
    expect(host.mails()).toHaveLength(1);
    expect((await owner.ask(`GET /v1/runs?campaign=${campaign}`)).items).toHaveLength(1);
  });

  test("greets the next customer on their day, in their language and by their nickname", async () => {
    await host.moveTo("2026-11-25T02:00:30Z");
    const [mail] = host.mails("budi@example.com");
    expect(mail?.subject).toMatch(/happy birthday/i);
    expect(mail?.body.text).toContain("Bud");
    expect(host.mails()).toHaveLength(2);
  });

  test("closes a run's books a while later", async () => {
    const run = await owner.lastRun(campaign);
    expect(run.state).toBe("running");
    await host.moveTo("2026-11-25T02:30:00Z");
    expect((await owner.ask(`GET /v1/runs/${run.id}`)).state).toBe("settled");
  });

  test.each([
    ["on the 28th in common years", "february-28", "2027-02-27T17:00:00Z", "2027-02-28T17:00:00Z"],
    [
      "on March 1 in common years, if the business likes",
      "march-1",
      "2029-02-28T17:00:00Z",
      "2029-02-27T17:00:00Z",
    ],
    ["on the day itself in leap years", "march-1", "2032-02-28T17:00:00Z", "2032-02-29T17:00:00Z"],
  ])("greets those born on February 29 %s", async (_, leapDayRule, day, anotherDay) => {
    const leap = await host.shop({ leapDayRule });
    const other = story(host, () => leap.key);
    await other.customer({ email: `${day}@example.com`.replace(/[:T]/g, "-"), birthday: "02-29" });
    const id = await other.campaign({ kind: "birthday", template: "birthday", topic: "birthday" });
    // Paused, so that the clock can go on by years without firing on each day.
    for (const one of [campaign, id])
      await (one === id ? other : owner).ask(`POST /v1/campaigns/${one}/pause`);
    const selected: number[] = [];
    for (const at of [day, anotherDay].sort()) {
      await host.moveTo(at);
      selected.push((await other.run(id)).books.selected);
    }
    expect(selected).toEqual(day < anotherDay ? [1, 0] : [0, 1]);
  });
});
