import { type Measuring, makeCampaign, runOnce, total } from "./measure.ts";
import { openShop, type Shop } from "./shop.ts";

/** What one birthday run read, in read units, and whom it found. */
export type BirthdayRun = { matches: number; reads: number };

/** The birthday runs of one shop: of a day without birthdays, of one with a set number, of an ordinary one. */
export type BirthdayRuns = { size: number; nobody: BirthdayRun; fixed: BirthdayRun; natural: BirthdayRun };

/** How far measured reads may be apart and still count as the same. */
export const tolerance = 1.5;

export async function measureBirthdays(measuring: Measuring, shop: Shop): Promise<BirthdayRuns> {
  const run = async (daysBefore: number): Promise<BirthdayRun> => {
    const details = { kind: "birthday", template: "birthday", topic: "birthday", daysBefore };
    const campaign = await makeCampaign(shop, details);
    const { counts, selected } = await runOnce(measuring, shop, campaign);
    return { matches: selected, reads: total(counts, "dynamodb.read") };
  };
  return { size: shop.size, nobody: await run(2), fixed: await run(1), natural: await run(0) };
}

/** A shop for each size, in which `tomorrow` customers have their birthday on the day after. */
export async function measureSizes(
  measuring: Measuring,
  { sizes, tomorrow }: { sizes: readonly number[]; tomorrow: number },
): Promise<BirthdayRuns[]> {
  const measured: BirthdayRuns[] = [];
  for (const size of sizes) {
    measured.push(await measureBirthdays(measuring, await openShop(measuring.host, { size, tomorrow })));
  }
  return measured;
}

/** Reads of the matches alone: less what a run reads that finds nobody in the smallest shop. */
export const readsPerMatch = (run: BirthdayRun, fixedCost: number): number =>
  (run.reads - fixedCost) / run.matches;

/**
 * In what a birthday run's reads fail to follow its matches. Three things must hold, each within 1.5 times:
 * a run that finds nobody reads the same in every shop; a run with the same matches reads the same in every shop;
 * and with matches that grow with the shop, a match costs no more than in a smaller one (it may cost less, since
 * batches fill up).
 */
export function disproportions(all: readonly BirthdayRuns[]): string[] {
  const [smallest] = all;
  if (!smallest) return [];
  const fixedCost = smallest.nobody.reads;
  const problems: string[] = [];
  const compare = (what: string, values: number[], mayFall: boolean) => {
    const highest = Math.max(
      ...values.map((value, index) => value / Math.min(...values.slice(0, index + 1))),
    );
    const lowest = Math.max(...values) / Math.min(...values);
    if ((mayFall ? highest : lowest) <= tolerance) return;
    problems.push(`${what}: ${values.map((value) => value.toFixed(2)).join(", ")}`);
  };
  compare(
    "reads of a run that finds nobody",
    all.map(({ nobody }) => nobody.reads),
    false,
  );
  compare(
    "reads of a run with the same matches",
    all.map(({ fixed }) => fixed.reads),
    false,
  );
  compare(
    "reads a match as the shop grows",
    all.map(({ natural }) => readsPerMatch(natural, fixedCost)),
    true,
  );
  return problems;
}
