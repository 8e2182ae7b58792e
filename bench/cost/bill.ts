import { readFileSync } from "node:fs";
import { z } from "zod";
import type { Count } from "../../local/meter.ts";

const Price = z.object({ usd: z.number(), per: z.number(), unit: z.string(), source: z.string() });
const Prices = z.object({
  date: z.string(),
  region: z.string(),
  prices: z.record(z.string(), Price),
  free: z.record(z.string(), z.object({ amount: z.number(), source: z.string() })),
  assumptions: z.object({
    vcpuMegabytes: z.object({ value: z.number() }),
    latencyMilliseconds: z.object({ value: z.record(z.string(), z.number()) }),
    platformLogBytes: z.object({ value: z.number() }),
    idlePollsPerQueueMinute: z.object({ value: z.number() }),
    minutesPerMonth: z.object({ value: z.number() }),
  }),
});
export type Prices = z.infer<typeof Prices>;

export const readPrices = (): Prices =>
  Prices.parse(JSON.parse(readFileSync(new URL("../prices.json", import.meta.url), "utf8")));

/** One line of a bill: so much of a unit of a service, in US dollars. */
export type Line = { service: string; what: string; amount: number; usd: number };

export const sum = (lines: readonly Line[]): number => lines.reduce((all, { usd }) => all + usd, 0);

/** How a function is deployed: its memory in MiB, by its name. */
export type Memories = ReadonlyMap<string, number>;

/**
 * What counted units cost at list price. Lambda's duration is that of AWS, estimated: the CPU that was used here at
 * the share of a CPU that the function's memory buys, and each call at an assumed latency, as if none overlapped.
 * How long the calls took here, on a machine that is its own AWS, is left out.
 */
export function billOf(counts: readonly Count[], memories: Memories, prices: Prices): Line[] {
  const costOf = (name: string, amount: number): number => {
    const price = prices.prices[name];
    if (!price) throw new Error(`prices.json has no price of ${name}`);
    return (amount * price.usd) / price.per;
  };
  const totals = new Map<string, Line>();
  const add = (service: string, what: string, cost: { price: string; amount: number }) => {
    const key = `${service} ${what}`;
    const line = totals.get(key) ?? { service, what, amount: 0, usd: 0 };
    line.amount += cost.amount;
    line.usd += costOf(cost.price, cost.amount);
    totals.set(key, line);
  };
  for (const { who, unit, detail, amount } of counts) {
    const cost = { price: unit, amount };
    if (unit === "dynamodb.write") add("DynamoDB", `write units, ${detail}`, cost);
    else if (unit === "dynamodb.read") add("DynamoDB", "read units", cost);
    else if (unit === "sqs.requests")
      add("SQS", detail.startsWith("Send by") ? "requests by EventBridge" : `requests, ${who}`, cost);
    else if (unit === "lambda.invocations") {
      add("Lambda", `requests, ${who}`, cost);
      add("CloudWatch Logs", "bytes", {
        price: "logs.bytes",
        amount: amount * prices.assumptions.platformLogBytes.value,
      });
    } else if (unit === "logs.bytes") add("CloudWatch Logs", "bytes", cost);
    else if (unit === "scheduler.invocations") add("Scheduler", "invocations", cost);
    else if (unit === "events.custom") add("EventBridge", "Sapa's own events", cost);
    else if (unit === "events.ses") add("EventBridge", "SES's events", cost);
    else if (unit === "api.requests") add("HTTP API", "requests", cost);
    else if (unit === "secrets.calls") add("Secrets Manager", "calls", cost);
    else if (unit === "s3.requests") add("S3", "requests", cost);
  }
  for (const [who, amount] of durations(counts, memories, prices)) {
    add("Lambda", `GB-seconds, ${who}`, { price: "lambda.duration", amount });
  }
  return [...totals.values()].sort((a, b) => b.usd - a.usd);
}

/** GB-seconds of each function. */
export function durations(
  counts: readonly Count[],
  memories: Memories,
  { assumptions }: Prices,
): Map<string, number> {
  const milliseconds = new Map<string, number>();
  const spend = (who: string, amount: number) => milliseconds.set(who, (milliseconds.get(who) ?? 0) + amount);
  const latencies = assumptions.latencyMilliseconds.value;
  for (const { who, unit, detail, amount } of counts) {
    const memory = memories.get(who);
    if (memory === undefined) continue;
    if (unit === "lambda.active") spend(who, amount * Math.max(1, assumptions.vcpuMegabytes.value / memory));
    if (unit === "calls")
      spend(who, amount * (latencies[detail] ?? latencies[detail.split(" ")[0] ?? ""] ?? 0));
  }
  return new Map(
    [...milliseconds].map(([who, each]) => [who, ((memories.get(who) ?? 0) / 1024) * (each / 1000)]),
  );
}

/** The part of a function's time in which it waited for its place in SES's send rate, in GB-seconds a mail. */
export function waiting(counts: readonly Count[], memories: Memories, who: string): number {
  const of = (unit: string) =>
    counts
      .filter((count) => count.unit === unit && count.who === who)
      .reduce((all, { amount }) => all + amount, 0);
  return ((memories.get(who) ?? 0) / 1024) * ((of("lambda.milliseconds") - of("lambda.active")) / 1000);
}
