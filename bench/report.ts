import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { cpus, loadavg, totalmem } from "node:os";
import { fileURLToPath } from "node:url";
import type { Figures } from "./processes.ts";

/** What a figure must keep to (see the budgets in docs/speed.md); `import ms` and the like have none. */
const budgets: Record<string, { most?: number; least?: number }> = {
  "deliver-sends, CPU µs per email": { most: 150 },
  "times less than one by one": { least: 8 },
  "matching alone, customers per CPU-second": { least: 100_000 },
  "prepare-runs, customers per CPU-second of 200,000": { least: 100_000 },
  "owner-api, bundle KB": { most: 4096 },
};
const budgetOf = (name: string) =>
  budgets[name] ?? (name.endsWith(", bundle KB") ? { most: 700 } : { most: Number.POSITIVE_INFINITY });

/** Prints the figures as a table; those of a whole, unhurried run are also kept in bench/results.json. */
export function report(figures: Figures, { quick, whole }: { quick: boolean; whole: boolean }): void {
  const machine = {
    cpu: `${cpus().length} × ${cpus()[0]?.model.trim()}`,
    memoryGB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    system: `${process.platform} ${process.arch}`,
    // Other work on the machine makes each figure worse, the ratio to the baseline hardly.
    load: Number((loadavg()[0] ?? 0).toFixed(1)),
  };
  const width = Math.max(...Object.keys(figures).map((name) => name.length));
  console.log(`\n${machine.cpu}, Node ${machine.node}, load ${machine.load}\n`);
  for (const [name, value] of Object.entries(figures)) {
    console.log(`${name.padEnd(width)}  ${written(value).padStart(10)}  ${verdict(name, value)}`);
  }
  if (quick || !whole) return;
  const commit = execFileSync("git", ["rev-parse", "--short", "HEAD"]).toString().trim();
  const results = {
    measured: new Date().toISOString().slice(0, 10),
    commit,
    machine,
    figures: Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, rounded(value)])),
  };
  const file = fileURLToPath(new URL("results.json", import.meta.url));
  writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`);
}

function verdict(name: string, value: number): string {
  const { most = Number.POSITIVE_INFINITY, least = 0 } = budgetOf(name);
  if (most === Number.POSITIVE_INFINITY && least === 0) return "";
  const bound = least > 0 ? `≥ ${written(least)}` : `≤ ${written(most)}`;
  return value <= most && value >= least ? `✓ ${bound}` : `✗ ${bound}`;
}

/** Three figures that count: more would be noise. */
const rounded = (value: number): number =>
  Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3));
const written = (value: number): string => rounded(value).toLocaleString("en");
