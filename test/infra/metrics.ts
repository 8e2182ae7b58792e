import type { Resource } from "./synthesised.ts";

export type ReadMetric = { namespace: string; name: string; dimensions: Record<string, unknown> };

type Stat = {
  Namespace: string;
  MetricName: string;
  Dimensions?: { Name: string; Value: unknown }[];
};

/** The metrics that an alarm reads, by which CloudWatch bills it: one, or those of its expression. */
export function metricsOf({ properties }: Resource): ReadMetric[] {
  const { Metrics = [{ MetricStat: { Metric: properties } }] } = properties as {
    Metrics?: { MetricStat?: { Metric: unknown } }[];
  };
  return Metrics.flatMap(({ MetricStat }) => {
    if (!MetricStat) return [];
    const { Namespace, MetricName, Dimensions = [] } = MetricStat.Metric as Stat;
    const dimensions = Object.fromEntries(Dimensions.map(({ Name, Value }) => [Name, Value]));
    return [{ namespace: Namespace, name: MetricName, dimensions }];
  });
}

/** The metrics of ours and of AWS that exist, with the dimensions that each is told by, from each service's own page. */
export const documented: Record<string, readonly string[]> = {
  // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
  "AWS/SQS QueueName": ["ApproximateNumberOfMessagesVisible", "ApproximateAgeOfOldestMessage"],
  // https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html: without a dimension, of all functions
  "AWS/Lambda ": ["Errors", "Throttles", "ConcurrentExecutions"],
  "AWS/Lambda FunctionName": ["Errors", "Throttles"],
  // https://docs.aws.amazon.com/scheduler/latest/UserGuide/monitoring-cloudwatch.html
  "AWS/Scheduler ScheduleGroup": ["InvocationAttemptCount", "TargetErrorCount", "InvocationDroppedCount"],
  // https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-cloudwatch.html, by configuration set
  "AWS/SES ses:configuration-set": ["Reputation.BounceRate", "Reputation.ComplaintRate"],
};
