import { beforeAll, expect, test } from "vitest";
import { type BirthdayRuns, disproportions, measureSizes } from "../bench/scale/birthdays.ts";
import { morning } from "../bench/scale/shop.ts";
import { Meter } from "../local/meter.ts";
import { useHost } from "./support/host.ts";

const meter = new Meter();
const host = useHost({ now: new Date(morning).toISOString(), meter, instances: 1 });

let runs: BirthdayRuns[];

beforeAll(async () => {
  runs = await measureSizes({ host: host.host, meter }, { sizes: [200, 2_000], tomorrow: 20 });
});

test("a birthday run reads its matches, however many customers the shop has", () => {
  expect(runs.map(({ nobody, fixed }) => [nobody.matches, fixed.matches])).toEqual([
    [0, 20],
    [0, 20],
  ]);
  expect(runs.map(({ natural }) => natural.matches > 0)).toEqual([true, true]);
  expect(disproportions(runs)).toEqual([]);
});

test("a run whose reads grow with the shop is found out", () => {
  const run = (matches: number, reads: number) => ({ matches, reads });
  const small = { size: 100, nobody: run(0, 40), fixed: run(10, 60), natural: run(5, 50) };
  const scanning = { size: 1_000, nobody: run(0, 120), fixed: run(10, 140), natural: run(50, 300) };
  expect(disproportions([small, scanning])).toEqual([
    "reads of a run that finds nobody: 40.00, 120.00",
    "reads of a run with the same matches: 60.00, 140.00",
    "reads a match as the shop grows: 2.00, 5.20",
  ]);
});
