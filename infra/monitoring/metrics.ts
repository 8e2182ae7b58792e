import { Duration, Stack } from "aws-cdk-lib";
import { MathExpression, Metric, type MetricOptions, Stats } from "aws-cdk-lib/aws-cloudwatch";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";

/** What the functions count by themselves (functions/telemetry/counts.ts). */
export const counts = [
  "Faults",
  "MailsAccepted",
  "MailsFailed",
  "MailsUnknown",
  "RunsStarted",
  "RunsFailed",
  "RunsSettled",
  "RunsStuck",
  "FeedbackRecorded",
  "RowsImported",
] as const;

/** One of the functions' own counts, in the namespace of the stack's name. */
export const counted = (scope: Construct, metricName: (typeof counts)[number], options: MetricOptions = {}) =>
  new Metric({
    namespace: Stack.of(scope).stackName,
    metricName,
    dimensionsMap: { service: "sapa" },
    statistic: Stats.SUM,
    period: Duration.minutes(15),
    ...options,
  });

/** How many of the mails sent with a configuration set bounce, or are marked as spam: a share of 1. */
export const reputation = (configurationSetName: string, rate: "BounceRate" | "ComplaintRate") =>
  new Metric({
    namespace: "AWS/SES",
    metricName: `Reputation.${rate}`,
    dimensionsMap: { "ses:configuration-set": configurationSetName },
    period: Duration.hours(1),
    statistic: Stats.MAXIMUM,
    label: rate === "BounceRate" ? "bounces" : "complaints",
  });

/** The most messages that lay in a queue. */
export const waiting = (queue: Queue, label?: string) =>
  queue.metricApproximateNumberOfMessagesVisible({
    period: Duration.minutes(5),
    statistic: Stats.MAXIMUM,
    ...(label && { label }),
  });

/** The age of a queue's oldest message, in seconds. */
export const oldest = (queue: Queue, label?: string) =>
  queue.metricApproximateAgeOfOldestMessage({
    period: Duration.minutes(5),
    statistic: Stats.MAXIMUM,
    ...(label && { label }),
  });

/** An expression over metrics that may have nothing to report: CloudWatch then takes them for zero. */
export const calculated = (
  expression: string,
  usingMetrics: Record<string, Metric>,
  { label, period = Duration.minutes(15) }: { label: string; period?: Duration },
) => new MathExpression({ expression, usingMetrics, label, period });
