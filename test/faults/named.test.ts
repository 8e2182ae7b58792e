import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as books from "../../core/runs/books.ts";
import * as runs from "../../core/runs.ts";
import type { Fault } from "./world/faults.ts";
import { violations } from "./world/invariants.ts";
import { type Act, type Schedule, type Told, tell } from "./world/story.ts";
import { enterWorlds, type World } from "./world/world.ts";

let leave: () => void;
beforeAll(() => {
  leave = enterWorlds();
});
afterAll(() => leave());

/** Found by the schedules: SES's events come hours late, and the day's quota holds up the second attempt for as long. */
const lateNews: Schedule = {
  seed: 2044892680,
  rate: 1,
  quota: 3,
  chaos: { duplicates: 0, lostEvents: 0.3 },
  faults: [
    { on: "receipt", nth: 1, kind: "throttle", pick: 627694 },
    { on: "receipt", nth: 2, kind: "fail-before", pick: 739095 },
  ],
  shops: [{ customers: 6, cap: {}, quietHours: undefined, mix: 46762 }],
  acts: [{ kind: "settle", afterSeconds: 1252, shop: 1, who: 24 }],
};

type Given = {
  customers?: number;
  quota?: number;
  faults?: Fault[];
  acts?: Act[];
  prepare?: (world: World) => void;
};

/** A story of one shop, without chance, that must break no promise. */
async function story({ customers = 4, quota = -1, faults = [], acts = [], prepare }: Given): Promise<Told> {
  const schedule: Schedule = {
    seed: 1,
    rate: 14,
    quota,
    chaos: { duplicates: 0, lostEvents: 0 },
    faults,
    shops: [{ customers, cap: {}, quietHours: undefined, mix: 0 }],
    acts,
  };
  const told = await tell(schedule, prepare);
  expect(await violations(told), told.world.trace.join("\n")).toEqual([]);
  return told;
}

async function booksOf({ shops }: Told) {
  const business = shops[0]?.business.id ?? "biz_one";
  const { items } = await runs.list(business, { limit: 1 });
  return books.read(business, items[0]?.id ?? "run_none");
}

const throttled: Fault = { on: "hand-over", nth: 0, kind: "throttle", pick: 0 };
const act = (kind: Act["kind"], afterSeconds: number, who = 0): Act => ({ kind, afterSeconds, who, shop: 0 });
const everyone = [0, 1, 2, 3];
/** Of an entry's refusal: the places of the statuses in SES's fake are told by the bits from the fourth on. */
const refused = (status: number, more = 0): Fault => ({
  on: "hand-over",
  nth: 0,
  kind: "partly",
  pick: (status << 3) | more,
});

describe("an entry that SES asks to have later", () => {
  test("is handed over again under the same claim, and once", async () => {
    const { world } = await story({ customers: 1, faults: [throttled] });
    expect(world.ses.calls).toHaveLength(2);
    expect(world.ses.mails).toHaveLength(1);
    expect(world.calls.claims).toHaveLength(1);
  });

  test("is not handed over again to who left in the meantime", async () => {
    const told = await story({ customers: 1, faults: [throttled], acts: [act("unsubscribe", 3)] });
    expect(told.world.ses.mails).toEqual([]);
    expect(await booksOf(told)).toMatchObject({ accepted: 0, skipped: { unsubscribed: 1 }, waiting: 0 });
  });

  test("is not handed over again to whose data is only kept since then", async () => {
    const told = await story({ customers: 1, faults: [throttled], acts: [act("restrict", 3)] });
    expect(told.world.ses.mails).toEqual([]);
    expect(await booksOf(told)).toMatchObject({ accepted: 0, skipped: { restricted: 1 }, waiting: 0 });
  });

  // Found by the schedules: the part that the quota had no room for was in no batch and no receipt any more.
  test("is not lost when the day's quota has room for a part of its claim only", async () => {
    const { world } = await story({ customers: 3, quota: 3, faults: [throttled] });
    const [first] = world.ses.calls;
    expect(first?.customers).toHaveLength(2);
    expect(new Set(world.ses.mails.map(({ customer }) => customer)).size).toBe(3);
  });

  test("nor when the run is canceled then", async () => {
    const acts = [act("cancel", 120)];
    const told = await story({ customers: 3, quota: 3, faults: [throttled], acts });
    expect(told.world.ses.mails).toHaveLength(2);
    expect(await booksOf(told)).toMatchObject({ accepted: 2, skipped: { "run-canceled": 1 }, waiting: 0 });
  });

  // Found by the schedules: settle-run went by the age of the attempt before, and took this one for an orphan.
  test("is not handed over a second time when settle-run looks while the retry, long delayed, is under way", async () => {
    const stalls: Fault = { on: "attempt", nth: 0, kind: "stall-after", pick: 55 };
    const acts = [act("jump", 5, 3), act("settle", 20)];
    const { world } = await story({ faults: [throttled, stalls], acts });
    expect(world.ses.mails).toHaveLength(4);
  });

  // Found while reading what the schedules try: the condition named the attempt, which both had read.
  test("is counted once when two settle-runs judge a retry that broke off", async () => {
    const dies: Fault = { on: "attempt", nth: 0, kind: "kill-after", pick: 0 };
    const acts = [act("settle", 3_640), act("settle", 3_640), act("settle", 3_640)];
    const told = await story({ customers: 1, faults: [throttled, dies], acts });
    expect(await booksOf(told)).toMatchObject({ selected: 1, unknown: 1, waiting: 0 });
  });
});

test("mail that an event reports is not handed over again, though settle-run had judged that it never arrived", async () => {
  expect(await violations(await tell(lateNews))).toEqual([]);
});

// Found by the schedules: looks a day apart all fell into the night, in which settle-run does nothing.
test("a run whose books are first looked at in quiet hours is settled all the same", async () => {
  const night: Schedule = {
    ...lateNews,
    seed: 2077161082,
    rate: 500,
    quota: -1,
    chaos: { duplicates: 0, lostEvents: 0 },
    faults: [0, 1].map((nth) => ({ on: "hand-over", nth, kind: "kill-before", pick: 0 })),
    shops: [{ customers: 4, cap: {}, quietHours: { from: "20:00", to: "09:05" }, mix: 4 }],
    acts: [{ kind: "jump", afterSeconds: 11, shop: 0, who: 34 }],
  };
  expect(await violations(await tell(night))).toEqual([]);
});

// Found by the schedules: the timer of its books was set last, and never, since a stopped run is not started again.
test("a run that is stopped while prepare-runs breaks off has its books closed", async () => {
  const stop = refused(7);
  const breaksOff: Fault = { on: "timer", nth: 0, kind: "fail-before", pick: 0 };
  const told = await story({ customers: 1, faults: [breaksOff, stop] });
  expect(await booksOf(told)).toMatchObject({ selected: 1, accepted: 0, waiting: 0 });
});

test("whoever is erased between the claim and the call is not mailed, and the run ends", async () => {
  const dies: Fault = { on: "hand-over", nth: 0, kind: "kill-before", pick: 0 };
  const told = await story({ faults: [dies], acts: everyone.map((who) => act("erase", 60, who)) });
  const { selected, accepted, skipped, unknown, waiting } = await booksOf(told);
  // Nothing was sent after the call that broke off: whether it arrived can't be known.
  expect(unknown + (skipped.erased ?? 0)).toBeGreaterThan(0);
  expect({ selected, ended: accepted + unknown + (skipped.erased ?? 0), waiting }).toEqual({
    selected: 4,
    ended: 4,
    waiting: 0,
  });
  expect(told.world.ses.mails).toHaveLength(accepted);
});

describe("an entry that SES answers with FAILED", () => {
  test("is never handed over again, whether its mail went out", async () => {
    const told = await story({ customers: 1, faults: [refused(3)], acts: [act("settle", 90_000)] });
    expect(told.world.ses.calls).toHaveLength(1);
    expect(told.world.ses.mails).toHaveLength(1);
    expect(await booksOf(told)).toMatchObject({ accepted: 0, unknown: 1, waiting: 0 });
  });

  test("or did not", async () => {
    const told = await story({ customers: 1, faults: [refused(3, 1 << 6)], acts: [act("settle", 90_000)] });
    expect(told.world.ses.calls).toHaveLength(1);
    expect(told.world.ses.mails).toEqual([]);
    expect(await booksOf(told)).toMatchObject({ accepted: 0, unknown: 1, waiting: 0 });
  });
});

describe("dead letters", () => {
  /** Nothing can be sent for so long that SQS gives every message up. */
  const outage = (world: World) => {
    const over = world.timeline.now + 3 * 3_600_000;
    world.tamper = (point, input) => {
      if (point === "permit" && world.timeline.now < over)
        throw new Error("The table of the permits is gone");
      return input;
    };
  };

  test("are worked off after an outage, once", async () => {
    const told = await story({ prepare: outage });
    expect(told.world.queues.sends.died).toBeGreaterThan(0);
    expect(told.world.ses.mails).toHaveLength(4);
  });

  test("that are put back long after their mails went out change nothing", async () => {
    const told = await story({});
    const { world } = told;
    for (const queue of [world.queues.runs, world.queues.sends])
      for (const body of [...queue.sent]) queue.put(body);
    await world.goOn(world.timeline.now + 86_400_000);
    expect(world.ses.mails).toHaveLength(4);
    expect(await violations(told)).toEqual([]);
  });
});
