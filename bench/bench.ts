import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundleSize } from "../infra/bundle.ts";
import { functionNames } from "../infra/functions.ts";
import { buildAll } from "./build.ts";
import { median } from "./numbers.ts";
import { type Aws, type Figures, measure } from "./processes.ts";
import { report } from "./report.ts";

/**
 * `npm run bench`: how much of our own CPU, memory and time each function takes, with AWS answered by another
 * process. `-- --quick` for a first look, `-- --only deliver` for what begins with that.
 */
const quick = process.argv.includes("--quick");
const only = process.argv[process.argv.indexOf("--only") + 1];
const wanted = (name: string) => !process.argv.includes("--only") || name.startsWith(only ?? "");

const directory = mkdtempSync(join(tmpdir(), "sapa-bench-"));
try {
  await buildAll(directory);
  const figures: Figures = {
    ...(wanted("deliver") && (await run("deliver"))),
    ...(wanted("select") && (await select())),
    ...(wanted("feedback") && (await run("feedback"))),
    ...(wanted("owner-api") && (await run("owner-api"))),
    ...(wanted("import") && (await imports())),
    ...(wanted("start-up") && (await startUp())),
  };
  report(figures, { quick, whole: !process.argv.includes("--only") });
} finally {
  rmSync(directory, { recursive: true });
}

function run(name: string, { argument, aws = {} }: { argument?: string; aws?: Aws } = {}): Promise<Figures> {
  return measure(directory, { name, quick, aws, ...(argument && { argument }) });
}

async function select(): Promise<Figures> {
  const small = await run("select", { argument: "small", aws: { customers: "small" } });
  if (quick) return small;
  return { ...small, ...(await run("select", { argument: "large", aws: { customers: "large" } })) };
}

async function imports(): Promise<Figures> {
  const sizes = quick ? [2_000] : [10_000, 100_000];
  const figures: Figures[] = [];
  for (const rows of sizes) {
    figures.push(await run("import", { argument: String(rows), aws: { rows } }));
  }
  return Object.assign({}, ...figures);
}

async function startUp(): Promise<Figures> {
  const figures: Figures = {};
  for (const name of functionNames) {
    const turns: Figures[] = [];
    for (let turn = 0; turn < (quick ? 1 : 3); turn++) {
      turns.push(await measure(directory, { name: "load", argument: name, quick }));
    }
    const { milliseconds = Number.NaN } = medians(turns);
    figures[`${name}, bundle KB`] = bundleSize(name, join(directory, "functions")) / 1024;
    figures[`${name}, import ms`] = milliseconds;
  }
  return figures;
}

function medians(turns: readonly Figures[]): Figures {
  const names = Object.keys(turns[0] ?? {});
  return Object.fromEntries(
    names.map((name) => [name, median(turns.map((turn) => turn[name] ?? Number.NaN))]),
  );
}
