import type { Template } from "../../local/template.ts";
import type { Line, Prices } from "./bill.ts";

type Properties = Record<string, unknown>;

/** What the deployed stack costs in a month in which nothing happens: its secret, its alarms, and the polling of its queues. */
export function idleMonth({ Resources }: Pick<Template, "Resources">, prices: Prices): Line[] {
  const all = Object.values(Resources) as { Type: string; Properties?: Properties }[];
  const of = (type: string) =>
    all.filter(({ Type }) => Type === type).map(({ Properties = {} }) => Properties);
  const { assumptions } = prices;
  const polled = of("AWS::Lambda::EventSourceMapping").filter(({ Enabled }) => Enabled !== false).length;
  const polls = polled * assumptions.idlePollsPerQueueMinute.value * assumptions.minutesPerMonth.value;
  const line = (
    service: string,
    what: string,
    { price, amount }: { price: string; amount: number },
  ): Line => {
    const { usd = 0, per = 1 } = prices.prices[price] ?? {};
    return { service, what, amount, usd: (amount * usd) / per };
  };
  return [
    line("Secrets Manager", "secrets", {
      price: "secrets.stored",
      amount: of("AWS::SecretsManager::Secret").length,
    }),
    line("CloudWatch", "alarms, by their metrics", {
      price: "alarms",
      amount: of("AWS::CloudWatch::Alarm").reduce((count, alarm) => count + metricsOf(alarm), 0),
    }),
    line("SQS", `empty receives of ${polled} queues`, { price: "sqs.requests", amount: polls }),
  ];
}

/** The same month after what AWS gives every account for ever. */
export const afterFree = (lines: readonly Line[], { prices, free }: Prices): Line[] =>
  lines.map((line) => {
    const name = line.service === "SQS" ? "sqs.requests" : line.service === "CloudWatch" ? "alarms" : "";
    const { usd = 0, per = 1 } = prices[name] ?? {};
    const amount = Math.max(0, line.amount - (free[name]?.amount ?? 0));
    return name ? { ...line, amount, usd: (amount * usd) / per } : line;
  });

/** An alarm on an expression is billed for each metric in it. */
const metricsOf = ({ Metrics }: Properties): number =>
  Array.isArray(Metrics) ? Math.max(1, Metrics.filter((metric) => metric?.MetricStat).length) : 1;
