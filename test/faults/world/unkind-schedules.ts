import fc from "fast-check";
import { sesFaultKinds } from "./faults.ts";
import { queueNames } from "./functions.ts";
import type { Stretch, Unkindness } from "./plan.ts";
import type { Act, Schedule } from "./story.ts";

/** What a part of the unkind world makes of a schedule. */
type Change = (schedule: Schedule) => Schedule;

const unkindly = (arbitrary: fc.Arbitrary<Partial<Unkindness>>): fc.Arbitrary<Change> =>
  arbitrary.map((more) => (schedule) => ({ ...schedule, unkind: { ...schedule.unkind, ...more } }));

const always = (more: Partial<Unkindness>) => unkindly(fc.constant(more));

/** Stretches that begin within the first half hour, and last up to so many seconds; or, now and then, a day later. */
const stretch = (seconds: number): fc.Arbitrary<Stretch> =>
  fc
    .tuple(
      fc.oneof({ weight: 3, arbitrary: fc.nat(1_800) }, { weight: 1, arbitrary: fc.nat(100_000) }),
      fc.integer({ min: 1, max: seconds }),
    )
    .map(([from, length]) => ({ from, until: from + length }));

const stretches = <T>(seconds: number, more: fc.Arbitrary<T>): fc.Arbitrary<(Stretch & T)[]> =>
  fc.array(
    fc.tuple(stretch(seconds), more).map(([one, other]) => ({ ...one, ...other })),
    { minLength: 1, maxLength: 2 },
  );

type When = { who?: fc.Arbitrary<number>; after?: fc.Arbitrary<number> };

const act = (
  kind: Act["kind"],
  { who = fc.nat(40), after = fc.oneof(fc.nat(20), fc.nat(7_200), fc.nat(100_000)) }: When = {},
): fc.Arbitrary<Act> => fc.record({ kind: fc.constant(kind), afterSeconds: after, shop: fc.nat(1), who });

const adding = (...more: fc.Arbitrary<Act>[]): fc.Arbitrary<Change> =>
  fc.tuple(...more).map((acts) => (schedule) => ({ ...schedule, acts: [...schedule.acts, ...acts] }));

const both = (one: fc.Arbitrary<Change>, other: fc.Arbitrary<Change>): fc.Arbitrary<Change> =>
  fc.tuple(one, other).map(
    ([first, second]) =>
      (schedule) =>
        second(first(schedule)),
  );

const itemBetweenRuns = act("add-item", { after: fc.integer({ min: 900, max: 80_000 }) });

/** All within the day for which the key of a request is kept. */
const byHand = act("run-now", { after: fc.oneof(fc.nat(20), fc.nat(7_200), fc.nat(60_000)) });

/** A campaign of another kind fires at the beginning. */
const firing = (first: number): fc.Arbitrary<Change> => fc.constant((schedule) => ({ ...schedule, first }));

/** One fires at the beginning, and on each of the two days that follow. */
const daily = (campaign: number): fc.Arbitrary<Change> =>
  both(firing(campaign), adding(act("next-days", { who: fc.constant(campaign), after: fc.nat(80_000) })));

/** The parts of the unkind world, each of which a random schedule may draw. */
export const parts = {
  "loop-detection": always({ loopDetection: true }),
  concurrency: unkindly(fc.constantFrom(1, 3, 10).map((concurrency) => ({ concurrency }))),
  "slow-calls": unkindly(
    stretches(600, fc.record({ milliseconds: fc.constantFrom(500, 5_000, 40_000) })).map((slowCalls) => ({
      slowCalls,
    })),
  ),
  queues: unkindly(
    stretches(
      7_200,
      fc.record({
        queue: fc.constantFrom(...queueNames),
        how: fc.constantFrom("silent" as const, "throttled" as const),
      }),
    ).map((queues) => ({ queues })),
  ),
  "refused-messages": unkindly(
    stretches(600, fc.record({ share: fc.constantFrom(0.1, 0.5, 1) })).map((refusedMessages) => ({
      refusedMessages,
    })),
  ),
  "control-plane": always({ controlPlane: true }),
  // A pipeline that asks every quarter of an hour takes many steps until the next day.
  "day-of-quota": always({ quotaHours: 24 }).map(
    (change) => (schedule) => change({ ...schedule, maxSteps: 300_000 }),
  ),
  "unverified-sender": unkindly(
    stretches(3_600, fc.constant({})).map((unverifiedSender) => ({ unverifiedSender })),
  ),
  "late-feedback": unkindly(
    stretches(1_800, fc.record({ seconds: fc.constantFrom(300, 3_600, 20_000) })).map((lateFeedback) => ({
      lateFeedback,
    })),
  ),
  "stale-reads": unkindly(fc.constantFrom(300, 3_000, 10_000).map((staleReads) => ({ staleReads }))),
  "ses-faults": fc
    .array(
      fc.record({
        on: fc.constant("hand-over" as const),
        nth: fc.nat(5),
        kind: fc.constantFrom(...sesFaultKinds),
        pick: fc.nat(1_000_000),
      }),
      { minLength: 1, maxLength: 2 },
    )
    .map(
      (more): Change =>
        (schedule) => ({ ...schedule, faults: [...schedule.faults, ...more] }),
    ),
  "all-shards": fc.constant<Change>((schedule) => ({ ...schedule, shards: 16 })),
  "own-zones": fc.constant<Change>((schedule) => ({
    ...schedule,
    shops: schedule.shops.map((shop) => ({
      ...shop,
      ownZones: true,
      quietHours: shop.quietHours ?? { from: "21:00", to: "07:00" },
    })),
  })),
  occasions: fc
    .integer({ min: 1, max: 3 })
    .chain((first) => both(first === 3 ? firing(first) : daily(first), adding(act("other-campaign")))),
  "new-items-daily": both(daily(3), adding(itemBetweenRuns)),
  // An item that comes into the catalogue just when a run looks what is new.
  "racing-items": both(
    daily(3),
    adding(act("add-item", { after: fc.oneof(fc.nat(5), fc.integer({ min: 86_380, max: 86_405 })) })),
  ),
  "resend-unknown": adding(act("resend-unknown"), act("resend-unknown")),
  "canceled-runs": adding(act("cancel")),
  "run-by-hand": adding(byHand, byHand),
  "changed-hours": adding(act("change-hours"), act("change-hours")),
  "moved-birthdays": both(daily(2), adding(act("change-birthday"), act("change-birthday"))),
} satisfies Record<string, fc.Arbitrary<Change>>;
export type Part = keyof typeof parts;
export const partNames = Object.keys(parts) as Part[];

/** Has each schedule draw some of the parts, each as often as `shareOf` says: 0.2 for every fifth time. */
export const drawing = (
  base: fc.Arbitrary<Schedule>,
  shareOf: (part: Part) => number,
): fc.Arbitrary<Schedule> =>
  fc
    .tuple(base, ...partNames.map((part) => sometimes(part, shareOf(part))))
    .map(([schedule, ...changes]) => changes.reduce((changed, change) => change(changed), schedule));

const sometimes = (part: Part, share: number): fc.Arbitrary<Change> =>
  fc.oneof(
    { weight: Math.round(100 * (1 - share)), arbitrary: fc.constant<Change>((schedule) => schedule) },
    { weight: Math.round(100 * share), arbitrary: parts[part] },
  );
