import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { type LocalHost, startHost } from "../local/host.ts";
import { type Count, Meter } from "../local/meter.ts";
import { synthesise } from "../local/synthesis.ts";
import { billOf, type Line, type Memories, readPrices, sum, waiting } from "./cost/bill.ts";
import { afterFree, idleMonth } from "./cost/idle.ts";
import { type Measured, type Measuring, makeCampaign, runOnce, taken } from "./scale/measure.ts";
import { morning, openShop, tablesOf } from "./scale/shop.ts";

const project = fileURLToPath(new URL("..", import.meta.url));
const budgets = { perMillion: 5, idle: 1 };
/** What readers do with a hundred mails. Assumed, and high: mail programs that load every picture count as opening. */
const reactions = { opens: 40, clicks: 3 };

const say = (text: string) => process.stderr.write(`${text}\n`);
const dollars = (usd: number) => `$${usd.toFixed(2)}`;
const prices = readPrices();

type Scenario = {
  name: string;
  size: number;
  rate: number;
  /** Mails a day; any number without it. */
  quota?: number;
  kind: string;
  daysBefore?: number;
  tomorrow?: number;
  /** Whether readers open and click. */
  read?: boolean;
};

/** `reading` is what the reactions of readers cost beside the run. */
type Run = Measured & { memories: Memories; reading: Count[] };

async function measure(scenario: Scenario): Promise<Run> {
  const { name, size, rate, quota = -1, kind, daysBefore, tomorrow = 0, read } = scenario;
  say(name);
  const meter = new Meter();
  const host = await startHost(await synthesise(project), {
    port: 0,
    now: morning,
    meter,
    // As many of each as AWS would start.
    instances: 10,
    sending: { maxSendRate: rate, max24HourSend: quota },
  });
  try {
    const measuring: Measuring = { host, meter };
    const shop = await openShop(host, { size, tomorrow, bounces: 200 });
    const details = {
      kind,
      template: kind,
      ...(daysBefore !== undefined && { daysBefore, topic: "birthday" }),
    };
    const run = await runOnce(measuring, shop, await makeCampaign(shop, details));
    meter.take();
    if (read) await reactTo(host);
    const { nounOf } = tablesOf(host);
    const withNouns = (count: Count): Count => ({ ...count, detail: nounOf(count.detail) });
    const reading = taken(measuring).map(withNouns);
    return { ...run, counts: run.counts.map(withNouns), reading, memories: memoriesOf(host) };
  } finally {
    await host.stop();
  }
}

async function reactTo(host: LocalHost): Promise<void> {
  for (const [index, { messageId }] of host.ses.mails().entries()) {
    if (index % 100 < reactions.opens) await host.ses.happen(messageId, "Open");
    if (index % 100 < reactions.clicks) await host.ses.happen(messageId, "Click");
  }
  await host.idle();
  // Clicks are judged a minute later.
  await host.clock.move(host.clock.now() + 70_000);
  await host.idle();
}

const memoriesOf = ({ stack }: LocalHost): Memories =>
  new Map(
    [...stack.resources.values()]
      .filter(({ type }) => type === "AWS::Lambda::Function")
      .map(({ properties }) => [
        String(properties.FunctionName).replace(/^Sapa-/, ""),
        Number(properties.MemorySize),
      ]),
  );

function perMillion({ mailed, memories }: Run, counts: readonly Count[]): Line[] {
  const share = 1_000_000 / mailed;
  return billOf(counts, memories, prices).map((line) => ({
    ...line,
    amount: line.amount * share,
    usd: line.usd * share,
  }));
}

/** What mail costs that waits: the backlog's writes, the timers, and the function that hands it out. */
const isOfBacklog = ({ service, what }: Line): boolean =>
  service === "Scheduler" || /release-batches|backlog|account/.test(what);

function show(title: string, lines: readonly Line[]): string {
  const shown = lines.filter(({ usd }) => usd >= 0.005);
  const width = Math.max(...shown.map(({ service, what }) => service.length + what.length));
  const rest = sum(lines) - sum(shown);
  const rows = shown.map(
    ({ service, what, amount, usd }) =>
      `  ${`${service}: ${what}`.padEnd(width + 2)}  ${Math.round(amount).toLocaleString("en").padStart(12)}  ${dollars(usd).padStart(7)}`,
  );
  return [title, ...rows, `  ${"all else".padEnd(width + 16)}  ${dollars(rest).padStart(7)}`].join("\n");
}

async function main(): Promise<void> {
  const run = await measure({
    name: "5,000 mails",
    size: 5_000,
    rate: 10_000,
    kind: "new-items",
    read: true,
  });
  const birthday = { size: 10_000, rate: 10_000, kind: "birthday", daysBefore: 1, tomorrow: 27 };
  const daily = await measure({ name: "A birthday run of 27", ...birthday });
  const slow = await measure({ name: "560 mails at 14 a second", size: 560, rate: 14, kind: "broadcast" });
  const slowest = await measure({ name: "120 mails at 1 a second", size: 120, rate: 1, kind: "broadcast" });
  const rationed = await measure({
    name: "1,200 mails at 500 a day",
    size: 1_200,
    rate: 10_000,
    quota: 500,
    kind: "broadcast",
  });

  const sent = perMillion(run, run.counts);
  const million = perMillion(run, [...run.counts, ...run.reading]);
  const birthdays = perMillion(daily, daily.counts);
  const slowly = perMillion(slow, slow.counts);
  const asSlowAsCanBe = perMillion(slowest, slowest.counts);
  const byQuota = perMillion(rationed, rationed.counts);
  const wait = (measured: Run) =>
    (waiting(measured.counts, measured.memories, "deliver-sends") / measured.mailed) *
    1_000_000 *
    (prices.prices["lambda.duration"]?.usd ?? 0);
  const optIn =
    (million.find(({ what }) => what === "SES's events")?.amount ?? 0) *
    ((prices.prices["events.ses.optIn"]?.usd ?? 0) / (prices.prices["events.ses.optIn"]?.per ?? 1));
  const idle = idleMonth((await synthesise(project)).template, prices);
  const free = afterFree(idle, prices);
  const ses = ["ses.mails", "ses.mails.older"].map((name) => (prices.prices[name]?.usd ?? 0) * 1_000);

  const totals = {
    perMillion: sum(million),
    perMillionNobodyReads: sum(sent),
    perMillionIfSesEventsAreBilled: sum(million) + optIn,
    perMillionBirthdays: sum(birthdays),
    perMillionAt14ASecond: sum(slowly) + wait(slow),
    waitingAt14ASecond: wait(slow),
    perMillionAt1ASecond: sum(asSlowAsCanBe) + wait(slowest),
    waitingAt1ASecond: wait(slowest),
    perMillionAt500ADay: sum(byQuota) + wait(rationed),
    backlog: sum(million.filter(isOfBacklog)),
    backlogAt14ASecond: sum(slowly.filter(isOfBacklog)),
    backlogAt1ASecond: sum(asSlowAsCanBe.filter(isOfBacklog)),
    backlogAt500ADay: sum(byQuota.filter(isOfBacklog)),
    withSes: ses.map((usd) => usd + sum(million)),
    idle: sum(idle),
    idleAfterFree: sum(free),
  };
  const verdict = (usd: number, budget: number) =>
    usd <= budget ? `${dollars(usd)}, met` : `${dollars(usd)}, missed by ${dollars(usd - budget)}`;
  const within = totals.perMillionNobodyReads <= budgets.perMillion && totals.idleAfterFree <= budgets.idle;
  process.stdout.write(
    `${[
      show(`A million mails that are read, at list prices of ${prices.date} in ${prices.region}`, million),
      `  Sapa ${dollars(totals.perMillion)}; with SES ${totals.withSes.map(dollars).join(" or, for older accounts, ")}`,
      `  if nobody opened them ${dollars(totals.perMillionNobodyReads)}; if SES's events are billed as opt-in events ${dollars(totals.perMillionIfSesEventsAreBilled)}`,
      `  as birthday runs of ${daily.mailed} mails ${dollars(totals.perMillionBirthdays)}`,
      `  of it ${dollars(totals.backlog)} for the backlog: its writes, its timers, and release-batches`,
      `  at 14 mails a second ${dollars(totals.perMillionAt14ASecond)}, of it ${dollars(totals.waitingAt14ASecond)} for functions that wait for their permits, and ${dollars(totals.backlogAt14ASecond)} for the backlog`,
      `  at 1 mail a second ${dollars(totals.perMillionAt1ASecond)}, of it ${dollars(totals.waitingAt1ASecond)} and ${dollars(totals.backlogAt1ASecond)}`,
      `  at 500 mails a day ${dollars(totals.perMillionAt500ADay)}, of it ${dollars(totals.backlogAt500ADay)} for the backlog`,
      "",
      show("A month in which nothing happens", idle),
      `  ${dollars(totals.idle)}; ${dollars(totals.idleAfterFree)} after what AWS gives every account for ever`,
      "",
      `Budget of ${dollars(budgets.perMillion)} a million: sent and delivered ${verdict(totals.perMillionNobodyReads, budgets.perMillion)}; read as well ${verdict(totals.perMillion, budgets.perMillion)}`,
      `Budget of ${dollars(budgets.idle)} idle: at list price ${verdict(totals.idle, budgets.idle)}; after the free allowances ${verdict(totals.idleAfterFree, budgets.idle)}`,
    ].join("\n")}\n`,
  );
  const machine = { cpu: cpus()[0]?.model, cpus: cpus().length, node: process.version };
  const results = {
    machine,
    prices: prices.date,
    budgets,
    totals,
    million,
    sent,
    birthdays,
    slowly,
    slowest: asSlowAsCanBe,
    byQuota,
    idle,
    free,
  };
  const file = new URL("cost-results.json", import.meta.url);
  writeFileSync(
    file,
    `${JSON.stringify(results, (_, value) => (typeof value === "number" ? Number(value.toPrecision(6)) : value), 2)}\n`,
  );
  process.exitCode = within ? 0 : 1;
}

await main();
process.exit();
