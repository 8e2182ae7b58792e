import { writeFileSync } from "node:fs";
import { register } from "node:module";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { startHost } from "../local/host.ts";
import { Meter } from "../local/meter.ts";
import { synthesise } from "../local/synthesis.ts";
import {
  type BirthdayRuns,
  disproportions,
  measureBirthdays,
  readsPerMatch,
  tolerance,
} from "./scale/birthdays.ts";
import { type Measured, type Measuring, makeCampaign, runOnce, total } from "./scale/measure.ts";
import type { MorningResult } from "./scale/mornings.ts";
import { morning, openShop, type Shop } from "./scale/shop.ts";

const project = fileURLToPath(new URL("..", import.meta.url));
const help = `npm run scale -- [options]

Runs campaigns over shops of 1,000, 10,000 and 100,000 customers on the local host and shows what they consume. Then has
the campaigns of a hundred businesses fire at nine in the simulated world, for accounts with quotas of 500, 50,000 and
1,000,000 a day and rates of 1, 14 and 500 a second, and shows how long their mails wait.

  --quick     1,000 and 10,000 customers only
  --all       mails everyone of the 100,000 too
  --shops     the growing shops only
  --mornings  the hundred businesses only`;

const say = (text: string) => process.stderr.write(`${text}\n`);

type Row = { size: number; kind: string } & Omit<Measured, "counts"> & {
    reads: number;
    writes: number;
    sqs: number;
    messages: number;
    invocations: number;
    calls: number;
  };

function rowOf(size: number, kind: string, { counts, ...measured }: Measured): Row {
  return {
    size,
    kind,
    ...measured,
    reads: total(counts, "dynamodb.read"),
    writes: total(counts, "dynamodb.write"),
    sqs: total(counts, "sqs.requests"),
    messages: total(counts, "sqs.messages"),
    invocations: total(counts, "lambda.invocations"),
    calls: total(counts, "calls"),
  };
}

async function everyone(measuring: Measuring, shop: Shop): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [kind, template] of [
    ["new-items", "new-items"],
    ["broadcast", "broadcast"],
  ] as const) {
    say(`  ${kind} to ${shop.size}`);
    const campaign = await makeCampaign(shop, { kind, template });
    rows.push(rowOf(shop.size, kind, await runOnce(measuring, shop, campaign)));
  }
  return rows;
}

function table(rows: readonly string[][]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => row.map((cell, at) => cell.padStart(widths[at] ?? 0)).join("  ")).join("\n");
}

const number = (value: number, digits = 0) =>
  value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });

function show(birthdays: readonly BirthdayRuns[], rows: readonly Row[]): string {
  const fixedCost = birthdays[0]?.nobody.reads ?? 0;
  const first = birthdays.map(({ size, nobody, fixed, natural }) => [
    number(size),
    number(nobody.reads, 1),
    `${number(fixed.matches)}: ${number(fixed.reads, 1)}`,
    `${number(natural.matches)}: ${number(natural.reads, 1)}`,
    number(readsPerMatch(natural, fixedCost), 2),
  ]);
  const each = (amount: number, { mailed }: Row) => number(amount / mailed, 3);
  const second = rows.map((row) => [
    number(row.size),
    row.kind,
    number(row.mailed),
    each(row.reads, row),
    each(row.writes, row),
    each(row.sqs, row),
    each(row.messages, row),
    each(row.invocations, row),
    each(row.calls, row),
    `${number(row.seconds, 1)} s`,
  ]);
  const titles = ["customers", "nobody: reads", "set matches: reads", "1/365: reads", "reads/match"];
  const more = [
    "customers",
    "campaign",
    "mails",
    "reads",
    "writes",
    "SQS",
    "messages",
    "invocations",
    "calls",
    "wall",
  ];
  return [
    "Birthday runs, in read units",
    table([titles, ...first]),
    "",
    "Mailing everyone, per mail",
    table([more, ...second]),
  ].join("\n");
}

const machine = { cpu: cpus()[0]?.model, cpus: cpus().length, node: process.version };

function write(name: string, results: object): void {
  const file = new URL(name, import.meta.url);
  writeFileSync(file, `${JSON.stringify({ machine, ...results }, null, 2)}\n`);
}

/** Returns whether all held. */
async function fireAtNine(): Promise<boolean> {
  // The simulated world runs the functions in this process, and their templates are imported as text.
  register("./scale/templates-as-text.ts", import.meta.url);
  const { mornings, simulate } = await import("./scale/mornings.ts");
  const results: MorningResult[] = [];
  for (const morning of mornings) {
    say(`A hundred campaigns at nine, ${morning.quota} mails a day and ${morning.rate} a second`);
    results.push(await simulate(morning));
  }
  const rows = results.map((one) => [
    number(one.quota),
    number(one.rate),
    `${number(one.mails)}${one.scaled > 1 ? ` / ${one.scaled}` : ""}`,
    number(one.hours, 2),
    number(one.bound, 2),
    number(one.ratio, 2),
    `${number(one.begun)} s`,
    `${number(one.late)} s`,
    number(one.messagesPerBatch, 2),
    number(one.controlPlaneCalls),
    number(one.deadLetters + one.loops),
    number(one.releases),
  ]);
  const titles = [
    "quota a day",
    "rate a second",
    "mails",
    "hours",
    "the account's own",
    "ratio",
    "all begun",
    "late, with 20",
    "messages a batch",
    "control plane",
    "dead letters",
    "releases",
  ];
  const problems = results.flatMap((one) =>
    one.problems.map((problem) => `quota ${one.quota}, rate ${one.rate}: ${problem}`),
  );
  process.stdout.write(
    `${[
      "The campaigns of 100 businesses fire at nine, that of one with 20 customers ten minutes later",
      table([titles, ...rows]),
      "mails / 10: quota, rate and mails were all divided by ten. The account's own: mails / rate, or, where they are",
      "more than a day's quota, mails / quota in days.",
      ...problems.map((problem) => `Missed: ${problem}`),
    ].join("\n")}\n`,
  );
  write("mornings-results.json", { results });
  return problems.length === 0;
}

async function main(args: readonly string[]): Promise<void> {
  if (args.includes("--help")) return void process.stdout.write(`${help}\n`);
  const areProportionate = args.includes("--mornings") || (await grow(args));
  const allHeld = args.includes("--shops") || (await fireAtNine());
  process.exitCode = areProportionate && allHeld ? 0 : 1;
}

/** Shops of growing size, on the local host. Returns whether a birthday run's reads follow its matches. */
async function grow(args: readonly string[]): Promise<boolean> {
  const sizes = args.includes("--quick") ? [1_000, 10_000] : [1_000, 10_000, 100_000];
  const meter = new Meter();
  const host = await startHost(await synthesise(project, () => say("bundling")), {
    port: 0,
    now: morning,
    meter,
    // So many mails a second that the account's rate is not what is measured.
    sending: { maxSendRate: 100_000, max24HourSend: -1 },
  });
  try {
    const measuring = { host, meter };
    const birthdays: BirthdayRuns[] = [];
    const rows: Row[] = [];
    for (const size of sizes) {
      say(`A shop with ${size} customers`);
      const shop = await openShop(host, { size, tomorrow: 100 });
      say("  birthdays");
      birthdays.push(await measureBirthdays(measuring, shop));
      if (size <= 10_000 || args.includes("--all")) rows.push(...(await everyone(measuring, shop)));
    }
    const problems = disproportions(birthdays);
    process.stdout.write(`${show(birthdays, rows)}\n\n`);
    write("scale-results.json", { birthdays, rows, problems });
    for (const problem of problems) process.stdout.write(`Not within ${tolerance} times: ${problem}\n`);
    if (problems.length === 0) process.stdout.write(`A birthday run's reads follow its matches.\n`);
    return problems.length === 0;
  } finally {
    await host.stop();
  }
}

await main(process.argv.slice(2));
process.exit();
