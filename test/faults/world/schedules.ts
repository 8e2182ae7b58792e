import fc from "fast-check";
import { faultKinds } from "./faults.ts";
import { violations } from "./invariants.ts";
import { points } from "./points.ts";
import { commonActKinds, type Schedule, tell } from "./story.ts";
import { drawing, type Part, partNames } from "./unkind-schedules.ts";
import type { World } from "./world.ts";

/** The parts of the unkind world that SAPA_UNKIND names, parted by commas, or `all`, are drawn more often. */
const { SAPA_UNKIND = "" } = process.env;
const wanted = SAPA_UNKIND.split(",").filter((name) => name !== "");
const unknown = wanted.filter((name) => name !== "all" && !partNames.includes(name as Part));
if (unknown.length > 0) throw new Error(`SAPA_UNKIND: there is no ${unknown}, but ${partNames}`);

const shareOf = (part: Part): number => (wanted.includes("all") || wanted.includes(part) ? 1 / 3 : 1 / 5);

/** The first calls of a kind are the ones that matter: a small world makes only a few of each. */
const fault = fc.record({
  on: fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom("hand-over", "claim", "receipt", "attempt", "enqueue" as const) },
    { weight: 2, arbitrary: fc.constantFrom(...points) },
  ),
  nth: fc.oneof({ weight: 4, arbitrary: fc.nat(3) }, { weight: 1, arbitrary: fc.nat(40) }),
  kind: fc.constantFrom(...faultKinds),
  pick: fc.nat(1_000_000),
});

const act = fc.record({
  kind: fc.constantFrom(...commonActKinds),
  afterSeconds: fc.oneof(fc.nat(20), fc.nat(7_200), fc.nat(100_000)),
  shop: fc.nat(1),
  who: fc.nat(40),
});

const shop = fc.record({
  customers: fc.integer({ min: 1, max: 8 }),
  cap: fc.constantFrom({}, { perDay: 1 }, { perDay: 2 }),
  quietHours: fc.oneof(
    { weight: 4, arbitrary: fc.constant(undefined) },
    // 02:00 UTC is 09:00 in Jakarta.
    { weight: 1, arbitrary: fc.constantFrom({ from: "09:00", to: "11:00" }, { from: "20:00", to: "09:05" }) },
  ),
  mix: fc.nat(1_000_000),
});

/** Worlds, faults and people. Half the worlds are ones in which SES's events all come, and come in time. */
const common: fc.Arbitrary<Schedule> = fc.record({
  seed: fc.nat(),
  rate: fc.constantFrom(1, 14, 500),
  quota: fc.constantFrom(-1, -1, -1, -1, 3),
  chaos: fc.record({
    duplicates: fc.constantFrom(0, 0.2),
    lostEvents: fc.constantFrom(0, 0, 0.3),
  }),
  faults: fc.array(fault, { maxLength: 6 }),
  shops: fc.oneof(
    { weight: 5, arbitrary: fc.array(shop, { minLength: 1, maxLength: 1 }) },
    { weight: 1, arbitrary: fc.array(shop, { minLength: 2, maxLength: 2 }) },
  ),
  acts: fc.array(act, { maxLength: 4 }),
});

export const schedules = drawing(common, shareOf);

/**
 * Tries a share of 1,000 random schedules, the same ones in each ordinary test run, so that it fails for those
 * who broke something and for nobody else. A soak tries others, as many as SAPA_SOAK says. A failure prints the seed;
 * SAPA_SEED tries that one again, and SAPA_SHRINK=1 looks for the smallest schedule that fails alike.
 */
export async function trySchedules(share: number, ordinarySeed: number): Promise<void> {
  const { SAPA_SOAK, SAPA_SEED = SAPA_SOAK ? undefined : ordinarySeed, SAPA_SHRINK } = process.env;
  await fc.assert(
    fc.asyncProperty(schedules, (schedule) => keepsItsPromises(schedule)),
    {
      numRuns: Math.ceil(Number(SAPA_SOAK ?? 1000) * share),
      endOnFailure: !SAPA_SHRINK,
      ...(SAPA_SEED !== undefined && { seed: Number(SAPA_SEED) }),
    },
  );
}

/** Lives a schedule through and throws what it broke, with the world's own account of it. */
export async function keepsItsPromises(schedule: Schedule, prepare?: (world: World) => void): Promise<void> {
  const told = await tell(schedule, prepare);
  const broken = await violations(told);
  if (broken.length === 0) return;
  throw new Error(`${broken.join("\n")}\n\nWhat happened:\n${told.world.trace.join("\n")}`);
}
