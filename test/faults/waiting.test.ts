import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as books from "../../core/runs/books.ts";
import * as runs from "../../core/runs.ts";
import { activateAt } from "./world/activation.ts";
import { fire, play } from "./world/acts.ts";
import type { Fault } from "./world/faults.ts";
import { violations } from "./world/invariants.ts";
import type { WorldPlan } from "./world/plan.ts";
import type { Mail } from "./world/ses.ts";
import type { ShopPlan } from "./world/shop.ts";
import { type Act, openStory, scheduledAt, type Told } from "./world/story.ts";
import { enterWorlds, type World } from "./world/world.ts";

let leave: () => void;
beforeAll(() => {
  leave = enterWorlds();
});
afterAll(() => leave());

const [minute, hour, day] = [60_000, 3_600_000, 86_400_000];
const nine = Date.parse(scheduledAt);
const patience = 600_000;

/** AWS as it is for an account that is new. */
const unkind = { loopDetection: true, concurrency: 10, controlPlane: true, quotaHours: 24 };

type Given = Partial<WorldPlan> & { shops: Partial<ShopPlan>[]; shards?: 16 };

/** Shops in a world without chance, whose customers get their mail and never open it. */
async function open({ shops, ...plan }: Given): Promise<Told> {
  const told = await openStory({
    seed: 1,
    rate: 14,
    quota: -1,
    chaos: { duplicates: 0, lostEvents: 0 },
    faults: [],
    maxSteps: 10_000_000,
    acts: [],
    ...plan,
    unkind: { ...unkind, ...plan.unkind },
    shops: shops.map((shop) => ({ customers: 20, cap: {}, quietHours: undefined, mix: 0, ...shop })),
  });
  told.world.ses.fate = () => 0.3;
  return told;
}

/** Has the first campaign of a shop fire, as its schedule does. */
function fireFirst(told: Told, shop = 0): void {
  const one = told.shops[shop];
  if (one) fire(told, one, { campaign: 0, at: told.world.timeline.now });
}

const act = (kind: Act["kind"], who = 0): Act => ({ kind, who, shop: 0, afterSeconds: 0 });
const at = ({ world }: Told, time: number, happen: () => void) =>
  world.timeline.after(time - world.timeline.now, happen);

const mailsOf = ({ world, shops }: Told, shop = 0): Mail[] =>
  world.ses.mails.filter(({ business }) => business === shops[shop]?.business.id);
const lastAt = (mails: readonly Mail[]): number => Math.max(...mails.map((mail) => mail.at));

const deadLetters = ({ queues }: World): number =>
  Object.values(queues).reduce((sum, { died }) => sum + died, 0);

/** The batches that mails were selected in. */
const batchesIn = ({ queues }: World): Set<string> =>
  new Set(queues.sends.sent.map((body) => `${JSON.parse(body).run} ${JSON.parse(body).id}`));

/** The first run of a shop, and its counts. */
async function runOf({ shops }: Told, shop = 0) {
  const business = shops[shop]?.business.id ?? "biz_one";
  const { items } = await runs.list(business, { limit: 5 });
  const counts = await books.read(business, items[0]?.id ?? "run_none");
  return { all: items, state: items[0]?.state, ...counts };
}

describe("a campaign that fires into eleven hours of quiet hours", () => {
  let told: Told;
  const ended = nine + 11 * hour;
  beforeAll(async () => {
    told = await open({ shops: [{ customers: 200, quietHours: { from: "09:00", to: "20:00" } }] });
    fireFirst(told);
    await told.world.goOn(nine + 3 * day);
  }, patience);

  test("goes out within minutes of their end", async () => {
    const mails = mailsOf(told);
    expect(mails).toHaveLength(200);
    expect(Math.min(...mails.map((mail) => mail.at))).toBeGreaterThanOrEqual(ended);
    expect(lastAt(mails)).toBeLessThan(ended + 3 * minute);
    expect(await violations(told)).toEqual([]);
  });

  test("loops nowhere, and hardly a function runs until then", async () => {
    const { lambda, queues } = told.world;
    expect(lambda.stopped).toEqual({});
    expect(deadLetters(told.world)).toBe(0);
    expect(queues.sends.sent.length).toBeLessThanOrEqual(2 * batchesIn(told.world).size);
    // Looks at the books come twice as far apart each time; each has a look at the backlog, and so has the end of the hours.
    expect(lambda.begun["settle-run"]).toBeLessThan(12);
    expect(lambda.begun["release-batches"]).toBeLessThan(20);
  });
});

describe("two thousand mails at a quota of 500 a day", () => {
  let told: Told;
  beforeAll(async () => {
    told = await open({ quota: 500, shops: [{ customers: 2_000 }] });
    fireFirst(told);
    await told.world.goOn(nine + 9 * day);
  }, patience);

  test("go out as the quota returns, each once", async () => {
    expect(mailsOf(told)).toHaveLength(2_000);
    expect(lastAt(mailsOf(told))).toBeLessThan(nine + 4 * day + hour);
    expect(await violations(told)).toEqual([]);
  });

  test("take at most two messages a batch, and a timer for each return of quota", () => {
    const { lambda, queues } = told.world;
    expect(queues.sends.sent.length).toBeLessThanOrEqual(2 * batchesIn(told.world).size);
    expect(deadLetters(told.world)).toBe(0);
    expect(lambda.begun["release-batches"]).toBeLessThan(5 * 25);
  });

  test("leave no timer behind: an idle account has none", () => {
    expect(told.world.scheduler.armed).toEqual([]);
  });
});

describe("three thousand mails of one business at a quota of 500 a day", () => {
  let told: Told;
  const fired = nine + 90 * minute;
  beforeAll(async () => {
    told = await open({ quota: 500, shops: [{ customers: 3_000 }, { customers: 20 }] });
    fireFirst(told);
    at(told, fired, () => fireFirst(told, 1));
    await told.world.goOn(nine + 9 * day);
  }, patience);

  test("don't hold up the twenty of another, which fires after they have used up the day", () => {
    expect(mailsOf(told).filter((mail) => mail.at < fired).length).toBeGreaterThan(400);
    expect(mailsOf(told, 1)).toHaveLength(20);
    expect(lastAt(mailsOf(told, 1))).toBeLessThan(fired + 5 * minute);
  });

  test("leave a twenty-fifth of each day to mail that answers one person", async () => {
    const { mails } = told.world.ses;
    const busiest = Math.max(
      ...mails.map(({ at: from }, index) => mails.slice(index).filter((mail) => mail.at < from + day).length),
    );
    expect(busiest).toBeLessThanOrEqual(0.96 * 500);
    expect(mailsOf(told)).toHaveLength(3_000);
    expect(await violations(told)).toEqual([]);
  });
});

describe("a hundred campaigns that fire at nine", () => {
  let told: Told;
  beforeAll(async () => {
    const shops = Array.from({ length: 100 }, (_, number) => ({
      customers: 3,
      number,
      drafts: { once: "2026-11-25T09:00" },
    }));
    told = await open({ shops });
    // Each owner activates theirs the day before, all in ten minutes.
    for (const [number, shop] of told.shops.entries()) {
      activateAt(told.world, shop, { campaign: 0, at: nine + number * 6_000 });
    }
    await told.world.goOn(nine + 4 * day);
  }, patience);

  test("all begin and mail everyone", async () => {
    for (const [shop] of told.shops.entries()) {
      expect(await runOf(told, shop)).toMatchObject({ state: "settled", accepted: 3 });
    }
    expect(lastAt(told.world.ses.mails)).toBeLessThan(nine + day + 5 * minute);
    expect(await violations(told)).toEqual([]);
  });

  test("ask nothing of SES's control plane but what the quota is, less than once a second", () => {
    const { calls } = told.world.ses.templates;
    const before = calls.filter((call) => call.at < nine + day);
    const after = calls.filter((call) => call.at >= nine + day);
    expect(before.filter(({ operation }) => operation === "TestRenderEmailTemplateCommand")).toHaveLength(
      100,
    );
    expect(new Set(after.map(({ operation }) => operation))).toEqual(new Set(["GetAccountCommand"]));
    expect(told.world.ses.templates.refused).toBe(0);
  });
});

test("in an account of ten executions one-click unsubscribing is never refused while a run goes on", async () => {
  // So slow that each queue has as many executions as it may.
  const slow = (by: string) => ({ from: 0, until: 200, milliseconds: 2_000, by });
  const slowCalls = ["deliver-sends", "record-feedback"].map(slow);
  const told = await open({ shops: [{ customers: 600 }], unkind: { slowCalls } });
  const { world } = told;
  world.ses.fate = () => 0.85;
  fireFirst(told);
  const clicks = 300;
  for (let click = 0; click < clicks; click++) {
    at(told, nine + 20_000 + click * 400, () => play(told, act("follow-link")));
  }
  await world.goOn(nine + 4 * day);

  expect(world.lambda.begun["public-links"]).toBeGreaterThanOrEqual(clicks);
  expect(world.lambda.unavailable.filter(({ name }) => name === "public-links")).toEqual([]);
  expect(mailsOf(told)).toHaveLength(600);
  expect(await violations(told)).toEqual([]);
}, 600_000);

/**
 * Has a function stop in the middle of its call number `nth`, which has its effect; says whether it got so far. With
 * `answered` its message counts as done, and does not come again.
 */
function dies(
  world: World,
  { name, nth, how }: { name: string; nth: number; how: "crashed" | "answered" },
): { did: boolean } {
  const outcome = { did: false };
  let calls = 0;
  world.tamper = (_, input, by) => {
    if (by.name !== name || outcome.did) return input;
    if (calls++ === nth) {
      outcome.did = true;
      by.finish({ how });
    }
    return input;
  };
  return outcome;
}

describe("a run that breaks off while it begins", () => {
  /** Wherever its function may die, call by call: there is one run, which mails everyone once, or, if it may be, none. */
  async function wherever(
    name: string,
    begin: (told: Told) => void,
    { mayBeNone = false, how = "crashed" }: { mayBeNone?: boolean; how?: "crashed" | "answered" } = {},
  ): Promise<number> {
    for (let nth = 0; ; nth++) {
      const told = await open({ shops: [{ customers: 8 }] });
      const death = dies(told.world, { name, nth, how });
      begin(told);
      await told.world.goOn(nine + 3 * day);
      if (!death.did) return nth;

      const { all, state, accepted } = await runOf(told);
      if (mayBeNone && all.length === 0) continue;
      expect(all.length, `${name} died at its call ${nth}`).toBe(1);
      expect({ state, accepted }, `${name} died at its call ${nth}`).toEqual({
        state: "settled",
        accepted: 8,
      });
      expect(mailsOf(told)).toHaveLength(8);
      expect(await violations(told), told.world.trace.join("\n")).toEqual([]);
    }
  }

  test("is one run, when its owner asks for it again under the same key, and mails nobody twice", async () => {
    const calls = await wherever("owner-api", (told) => {
      play(told, act("run-now"));
      at(told, nine + 2 * minute, () => play(told, act("run-now")));
    });
    expect(calls).toBeGreaterThan(8);
  }, 600_000);

  test("is resumed by the timer that was set before it, when nobody asks for it again", async () => {
    const calls = await wherever("owner-api", (told) => play(told, act("run-now")), { mayBeNone: true });
    expect(calls).toBeGreaterThan(8);
  }, 600_000);

  test.each(["crashed", "answered"] as const)(
    "is resumed, and all of its shards are looked at, whether or not its message comes again: %s",
    async (how) => {
      const mayBeNone = how === "answered";
      const calls = await wherever("prepare-runs", (told) => fireFirst(told), { how, mayBeNone });
      expect(calls).toBeGreaterThan(40);
    },
    600_000,
  );
});

test("a batch whose answer was lost is not sent again while SES reports its time hours late", async () => {
  // Of a minute of mail the first third is reported at once. The lost answer lies in the rest.
  const lost: Fault = { on: "hand-over", nth: 30, kind: "fail-after", pick: 0 };
  const told = await open({
    rate: 1,
    faults: [lost],
    unkind: { lateFeedback: [{ from: 20, until: 600, seconds: 6 * 3_600 }] },
    shops: [{ customers: 60 }],
  });
  fireFirst(told);
  await told.world.goOn(nine + 12 * day);

  expect(mailsOf(told)).toHaveLength(60);
  expect(await runOf(told)).toMatchObject({ state: "settled", accepted: 59, unknown: 1, waiting: 0 });
  expect(await violations(told)).toEqual([]);
}, 600_000);
