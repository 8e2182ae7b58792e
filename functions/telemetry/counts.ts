import { Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";
import type { MiddlewareObj } from "@middy/core";

/**
 * All that Sapa counts by itself; what AWS counts of queues, functions and APIs is not counted again. CloudWatch bills
 * each name that was counted in a month ($0.30), and ten are free: so there are ten, and none is split by business,
 * campaign or function, which the log lines name.
 */
export type Count =
  | "Faults" // a request answered 500, or a message or event that could not be worked off
  | "MailsAccepted"
  | "MailsFailed"
  | "MailsUnknown"
  | "RunsStarted"
  | "RunsFailed"
  | "RunsSettled"
  | "RunsStuck" // looked at, and waiting for more than a day for the same mails
  | "FeedbackRecorded"
  | "RowsImported";

// One service for all functions, so that each count is one metric. The namespace is the stack's name.
const metrics = new Metrics({ serviceName: "sapa" });

export function count(name: Count, amount = 1): void {
  if (amount > 0) metrics.addMetric(name, MetricUnit.Count, amount);
}

const publish = (): void => {
  if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
};

/** Prints what was counted when an invocation ends, well or not: CloudWatch reads it from the log. */
export const counted: MiddlewareObj = { after: publish, onError: publish };
