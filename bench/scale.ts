import { mkdirSync, writeFileSync } from "node:fs";
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
import { morning, openShop, type Shop } from "./scale/shop.ts";

const project = fileURLToPath(new URL("..", import.meta.url));
const help = `npm run scale -- [options]

Runs campaigns over shops of 1,000, 10,000 and 100,000 customers on the local host and shows what they consume.

  --quick   1,000 and 10,000 customers only
  --all     mails everyone of the 100,000 too`;

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

async function main(args: readonly string[]): Promise<void> {
  if (args.includes("--help")) return void process.stdout.write(`${help}\n`);
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
    const machine = { cpu: cpus()[0]?.model, cpus: cpus().length, node: process.version };
    const file = new URL("scale-results.json", import.meta.url);
    mkdirSync(new URL(".", file), { recursive: true });
    writeFileSync(file, `${JSON.stringify({ machine, birthdays, rows, problems }, null, 2)}\n`);
    for (const problem of problems) process.stdout.write(`Not within ${tolerance} times: ${problem}\n`);
    if (problems.length === 0) process.stdout.write(`A birthday run's reads follow its matches.\n`);
    process.exitCode = problems.length === 0 ? 0 : 1;
  } finally {
    await host.stop();
  }
}

await main(process.argv.slice(2));
process.exit();
