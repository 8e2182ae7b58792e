import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { withBoundary } from "../../core/campaigns/boundary.ts";
import type { Campaign } from "../../core/campaigns.ts";
import { newId, runIdOf } from "../../core/ids.ts";
import { lastOrdersAfter, recordLate } from "../../core/orders/late.ts";
import { lapsesOf, whyNotLapsed } from "../../core/runs/lapses.ts";
import type { Run } from "../../core/runs.ts";
import * as runs from "../../core/runs.ts";
import { addSeconds, type Instant } from "../../core/time.ts";
import { useDatabase } from "../support/database.ts";
import { aBusiness } from "../support/shop.ts";

useDatabase();

const day = 86_400;
const begin = "2026-03-01T00:00:00.000Z";

type Order = { kind: "order"; customer: number; late: number; visible: number };
type Firing = { kind: "run"; stopped: boolean };
type Step = { pass: number } & (Order | Firing);
type Story = { days: number; newlyLapsedOnly: boolean; zone: string; steps: Step[] };

const soon = fc.integer({ min: 0, max: day });
const longAgo = fc.oneof(soon, fc.integer({ min: 0, max: 200 * day }));
const stepsOf = (late: fc.Arbitrary<number>) =>
  fc.array(
    fc.oneof(
      {
        weight: 3,
        arbitrary: fc.record({
          kind: fc.constant("order" as const),
          pass: fc.oneof(fc.integer({ min: 0, max: 600 }), fc.integer({ min: 0, max: day / 2 })),
          customer: fc.integer({ min: 0, max: 3 }),
          late,
          // How long it takes until the index shows the order.
          visible: fc.integer({ min: 0, max: 840 }),
        }),
      },
      {
        weight: 2,
        arbitrary: fc.record({
          kind: fc.constant("run" as const),
          pass: fc.oneof(fc.integer({ min: 1, max: 600 }), fc.integer({ min: 1, max: 2 * day })),
          stopped: fc.oneof(fc.constant(false), fc.constant(false), fc.boolean()),
        }),
      },
    ),
    { minLength: 4, maxLength: 14, size: "max" },
  );
const storyOf = (late: fc.Arbitrary<number>, days: fc.Arbitrary<number>): fc.Arbitrary<Story> =>
  fc.record({
    days,
    newlyLapsedOnly: fc.boolean(),
    // Both change to summer time within the story.
    zone: fc.constantFrom("Asia/Jakarta", "America/New_York", "Europe/Berlin"),
    steps: stepsOf(late),
  });
const anyDays = fc.constantFrom(1, 1, 2, 7, 60);

/** Where a run began, where the campaign had looked until then, the last orders that it found, and those it should have. */
type Look = {
  from: Instant | undefined;
  watermark: Instant | undefined;
  seen: Instant[];
  missed: Instant[];
};

/** Lives a story with a campaign's real records of runs and of late orders, and customers of whom only the last order counts. */
async function live({
  days,
  newlyLapsedOnly,
  zone,
  steps,
}: Story): Promise<{ looks: Look[]; since?: Instant }> {
  const business = aBusiness({ timeZone: zone });
  let now = begin;
  let campaign = withBoundary(campaignOf(business.id, { days, newlyLapsedOnly }), business, now) as Winback;
  const orders: { customer: number; at: Instant; visibleAt: Instant }[] = [];
  const lastOrders = (isThere: (order: { visibleAt: Instant }) => boolean) => {
    const last = new Map<number, Instant>();
    for (const { customer, at } of orders.filter(isThere)) {
      if (at > (last.get(customer) ?? "")) last.set(customer, at);
    }
    return last;
  };
  /** What has been looked at by a run that was not stopped, as customer and last order. */
  const done = new Set<string>();
  const looks: Look[] = [];
  for (const step of steps) {
    now = addSeconds(now, step.pass);
    if (step.kind === "order") {
      const at = addSeconds(now, -step.late);
      const before = lastOrders(() => true).get(step.customer);
      await recordLate(business.id, lastOrdersAfter(before, [[at]]), now);
      // The index shows a customer's changes in their sequence.
      const [visibleAt = now] = orders
        .filter(({ customer }) => customer === step.customer)
        .map((order) => order.visibleAt)
        .concat(addSeconds(now, step.visible))
        .sort()
        .toReversed();
      orders.push({ customer: step.customer, at, visibleAt });
      continue;
    }
    const occasion = await lapsesOf(campaign, business, now);
    const { from = "", before } = occasion.lastOrder;
    const visible = lastOrders(({ visibleAt }) => visibleAt <= now);
    const seen = [...visible].filter(([, at]) => at >= from && at < before);
    const due = [...visible].filter(([, at]) => at < before && at >= (campaign.lapsesFrom ?? ""));
    if (!step.stopped) for (const one of seen) done.add(one.join());
    looks.push({
      from: occasion.lastOrder.from,
      watermark: campaign.watermark,
      seen: seen.map(([, at]) => at),
      missed: step.stopped ? [] : due.filter((one) => !done.has(one.join())).map(([, at]) => at),
    });
    const run = runOf(campaign, { at: now, occasion, stopped: step.stopped });
    if (!(await runs.insert(run))) continue;
    // As watermarkWrite does it: it never moves back.
    if (before >= (campaign.watermark ?? "")) campaign = { ...campaign, watermark: before, lastRun: run.id };
  }
  return { looks, ...(campaign.lapsesFrom && { since: campaign.lapsesFrom }) };
}

type Winback = Extract<Campaign, { kind: "winback" }>;

const campaignOf = (
  business: Campaign["business"],
  { days, newlyLapsedOnly }: { days: number; newlyLapsedOnly: boolean },
): Winback => ({
  id: newId("cam"),
  business,
  kind: "winback",
  name: "We miss you",
  days,
  newlyLapsedOnly,
  template: "winback",
  topic: "offers",
  schedule: { every: "day", at: "09:00" },
  state: "draft",
  createdAt: begin,
  updatedAt: begin,
  version: 1,
});

const runOf = (
  { id: campaign, business }: Winback,
  { at, occasion, stopped }: { at: Instant; occasion: Run["occasion"]; stopped: boolean },
): Run => ({
  id: runIdOf(campaign, at),
  business,
  campaign,
  campaignName: "We miss you",
  trigger: "schedule",
  scheduledAt: at,
  state: stopped ? "failed" : "settled",
  topic: "offers",
  occasion,
  template: { id: "winback", version: 1 },
  mailTemplates: {},
  attributes: [],
  startedAt: at,
});

describe("whatever orders come in when, and whichever runs are stopped", () => {
  test("a run that is not stopped has looked at everyone who has lapsed by then, since activation if it is for the newly lapsed", async () => {
    await fc.assert(
      fc.asyncProperty(storyOf(longAgo, anyDays), async (story) => {
        const { looks, since = "" } = await live(story);
        expect(looks.flatMap(({ missed }) => missed)).toEqual([]);
        for (const { seen } of looks) for (const at of seen) expect(at >= since).toBe(true);
      }),
      { numRuns: 100 },
    );
  }, 120_000);

  test("the next run looks at an order that was being written while a run looked", async () => {
    const run = { kind: "run" as const, stopped: false };
    const { looks } = await live({
      days: 60,
      newlyLapsedOnly: false,
      zone: "Asia/Jakarta",
      steps: [
        { ...run, pass: 1 },
        { kind: "order", pass: 14 * 60, customer: 0, late: 75 * day, visible: 840 },
        { ...run, pass: 120 },
        { ...run, pass: day },
        { ...run, pass: day },
      ],
    });
    const last = "2025-12-16T00:14:01.000Z";
    expect(looks.map(({ seen }) => seen)).toEqual([[], [], [last], []]);
  });
});

describe("where every order comes in within a day", () => {
  test("a winback of three days or more begins where the run before ended, and reads nothing twice", async () => {
    const days = fc.constantFrom(3, 7, 60);
    await fc.assert(
      fc.asyncProperty(storyOf(soon, days), async ({ steps, ...story }) => {
        const calm = steps.map((step) => (step.kind === "run" ? { ...step, stopped: false } : step));
        const { looks } = await live({ ...story, steps: calm });
        for (const { from, watermark } of looks) expect(from).toBe(watermark);
      }),
      { numRuns: 40 },
    );
  });
});

describe("why a run's span does not hold somebody", () => {
  const occasion = {
    kind: "winback" as const,
    lastOrder: { from: "2026-09-24T17:00:00.000Z", before: "2026-09-25T17:00:00.000Z" },
    notBefore: "2026-09-01T17:00:00.000Z",
  };
  test.each([
    ["they never ordered", undefined, "never-ordered"],
    ["they ordered too lately", "2026-09-25T17:00:00.000Z", "not-lapsed"],
    ["they lapsed before this run's span", "2026-09-24T16:59:59.999Z", "lapsed-earlier"],
    ["they had lapsed when the campaign was activated", "2026-09-01T16:59:59.999Z", "lapsed-before-campaign"],
  ])("because %s", (_, lastOrderAt, why) => {
    expect(whyNotLapsed(occasion, lastOrderAt)).toBe(why);
  });
});
