import { beforeAll, describe, expect, test } from "vitest";
import { useHost } from "../support/host.ts";
import { story } from "../support/story.ts";

const host = useHost({ now: "2026-11-24T01:00:00Z" });
let shop: { business: string; key: string };
const owner = story(host, () => shop.key);
let broadcast: string;
let winback: string;

const refused = async (operation: `POST /${string}`, asked?: unknown) => {
  const given = { key: shop.key, ...(asked !== undefined && { body: asked }) };
  const { status, body } = await host.request(operation, given);
  expect(status, JSON.stringify(body)).toBe(409);
  return body;
};
const messageIdOf = (to: string) => host.mails(to)[0]?.messageId ?? "";
const pass = (seconds: number) => host.moveTo(new Date(host.host.clock.now() + seconds * 1000).toISOString());

beforeAll(async () => {
  shop = await host.shop({
    breaker: { minimumSample: 10, bounceRate: 0.2 },
    limits: { breaker: { bounceRate: 0.2 } },
  });
  for (const name of ["ani", "budi", "citra", "dewi", "eka", "fitri", "gita", "hana"]) {
    await owner.customer({ email: `${name}@example.com` });
  }
  broadcast = await owner.campaign({
    kind: "broadcast",
    template: "broadcast",
    topic: "news",
    schedule: { once: "2030-01-01T09:00" },
  });
  winback = await owner.campaign({ kind: "winback", template: "winback", days: 30 });
});

describe("a run that goes well", () => {
  test("says what became of its mails, by whomever and by people", async () => {
    const run = await owner.run(broadcast);
    const { ses } = host.host;
    await ses.happen(messageIdOf("ani@"), "Open");
    await ses.happen(messageIdOf("budi@"), "Open", { userAgent: "Mozilla/5.0" });
    await ses.happen(messageIdOf("ani@"), "Click", { link: "https://kopisenja.example/menu" });
    for (const link of ["menu", "promo", "ig"]) {
      await ses.happen(messageIdOf("citra@"), "Click", { link: `https://kopisenja.example/${link}` });
    }
    const again = { bounceType: "Transient", bounceSubType: "MailboxFull" };
    const bouncedRecipients = [{ emailAddress: "dewi@example.com" }];
    await ses.happen(messageIdOf("dewi@"), "Bounce", { ...again, bouncedRecipients });
    await host.host.idle();
    // A minute later it is known what else was clicked.
    await pass(70);

    expect((await owner.ask(`GET /v1/runs/${run.id}`)).outcomes).toMatchObject({
      opened: 2,
      openedByPeople: 1,
      clicked: 2,
      clickedByPeople: 1,
      softBounced: 1,
      bounced: 0,
      complained: 0,
    });
    const { items } = await owner.ask(`GET /v1/runs/${run.id}/sends`);
    const explained = async (email: string) => {
      const [customer] = (await owner.ask(`GET /v1/customers?email=${email}`)).items;
      return owner.ask(`GET /v1/runs/${run.id}/explain/${customer.id}`);
    };
    expect((await explained("ani@example.com")).sentence.en).toBe("A link in the mail was clicked.");
    expect(await explained("citra@example.com")).toMatchObject({ outcome: "clicked", reason: "by-program" });
    const states = items.map(({ state }: { state: string }) => state).sort();
    expect(states).toEqual([
      "clicked",
      "clicked",
      "delivered",
      "delivered",
      "delivered",
      "delivered",
      "opened",
      "soft-bounced",
    ]);
  }, 60_000);
});

describe("when too much of a business's mail comes back", () => {
  test("nothing is sent any more, and each answer says why", async () => {
    for (let number = 0; number < 6; number++) {
      await owner.customer({ email: `bounce+${number}@simulator.amazonses.com` });
    }
    await owner.order("ani@example.com", "2026-10-01T03:00:00Z");
    const mailed = await owner.run(broadcast);
    // Not all six, perhaps: the run may have been stopped by the first of them.
    expect(mailed.outcomes.bounced).toBeGreaterThan(2);

    const { halted } = await owner.ask(`GET /v1/businesses/${shop.business}`);
    expect(halted).toMatchObject({ reason: "bounces" });
    expect(halted.rate).toBeGreaterThan(0.2);
    expect(halted.sample).toBeGreaterThanOrEqual(10);
    expect(await owner.ask(`GET /v1/campaigns/${broadcast}`)).toMatchObject({
      state: "active",
      held: { reason: "bounces", at: halted.at },
    });
    const { detail } = await refused(`POST /v1/campaigns/${broadcast}/run`);
    expect(detail).toContain("mails came back for good");
    expect(detail).toContain(`POST /v1/businesses/${shop.business}/resume`);
    await refused(`POST /v1/campaigns/${winback}/activate`);
    await refused(`POST /v1/runs/${mailed.id}/resend`, {});
  });

  test("a campaign that falls due fails for that reason, and mails nobody", async () => {
    const before = host.mails().length;
    await host.moveTo("2026-11-24T02:00:30Z");
    const run = await owner.lastRun(winback);
    expect(run).toMatchObject({ state: "failed", failure: { reason: "halted" }, books: { selected: 0 } });
    expect(host.mails()).toHaveLength(before);
    const { items } = await owner.ask("GET /v1/customers?limit=50");
    const ani = items.find(({ email }: { email: string }) => email === "ani@example.com");
    const why = await owner.ask(`GET /v1/runs/${run.id}/explain/${ani.id}`);
    expect(why).toMatchObject({ outcome: "not-selected", reason: "halted" });
  });

  test("it sends again once it is resumed, beginning where it had stopped; resuming twice is harmless", async () => {
    const resume = `POST /v1/businesses/${shop.business}/resume` as const;
    const resumed = await owner.ask(resume);
    expect(resumed).not.toHaveProperty("halted");
    expect(await owner.ask(resume)).toMatchObject({ resumed: 1, version: resumed.version });
    expect(await owner.ask(`GET /v1/campaigns/${broadcast}`)).not.toHaveProperty("held");

    const before = host.mails("ani@example.com").length;
    await host.moveTo("2026-11-25T02:00:30Z");
    expect(await owner.lastRun(winback)).toMatchObject({ books: { selected: 1, accepted: 1 } });
    expect(host.mails("ani@example.com")).toHaveLength(before + 1);
  });
});
