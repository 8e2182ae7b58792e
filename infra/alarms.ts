import { Duration } from "aws-cdk-lib";
import { Alarm, ComparisonOperator, Metric, TreatMissingData } from "aws-cdk-lib/aws-cloudwatch";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import { Topic } from "aws-cdk-lib/aws-sns";
import { EmailSubscription } from "aws-cdk-lib/aws-sns-subscriptions";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";

export type AlarmsProps = {
  undelivered: Queue;
  failedEvents: Queue;
  configurationSetName: string;
  /** Who is mailed when an alarm goes off; without it alarms only show in CloudWatch. */
  email: string | undefined;
};

/** Four alarms, for what someone has to act on; each bills about ten cents a month, beyond the ten that are free. */
export class Alarms extends Construct {
  constructor(
    scope: Construct,
    id: string,
    { undelivered, failedEvents, configurationSetName, email }: AlarmsProps,
  ) {
    super(scope, id);
    const waiting = (queue: Queue) =>
      queue.metricApproximateNumberOfMessagesVisible({ period: Duration.minutes(5), statistic: "Maximum" });
    const reputation = (metricName: string) =>
      new Metric({
        namespace: "AWS/SES",
        metricName,
        dimensionsMap: { "ses:configuration-set": configurationSetName },
        period: Duration.hours(1),
        statistic: "Maximum",
      });
    const alarms = [
      this.#alarm("undelivered-messages", {
        metric: waiting(undelivered),
        above: 0,
        description:
          "Messages failed ten times. Find the cause in the function's log (the attribute DeadLetterQueueSourceArn names the queue), then start a DLQ redrive in the SQS console.",
      }),
      this.#alarm("failed-events", {
        metric: waiting(failedEvents),
        above: 0,
        description:
          "A schedule, an upload or an SES event did not reach its function. The message holds the event and the error: fix the cause, then run the campaign again or upload the file again.",
      }),
      this.#alarm("bounces", {
        metric: reputation("Reputation.BounceRate"),
        above: 0.04,
        description:
          "More than 4 % of mails bounce; AWS reviews an account at 5 %. Pause campaigns and look where the addresses came from.",
      }),
      this.#alarm("complaints", {
        metric: reputation("Reputation.ComplaintRate"),
        above: 0.0008,
        description:
          "More than 0.08 % of mails are marked as spam; AWS and Gmail act at 0.1 %. Pause campaigns and mail only those who asked for it.",
      }),
    ];
    if (email) this.#tell(email, alarms);
  }

  #alarm(
    id: string,
    { metric, above, description }: { metric: Metric; above: number; description: string },
  ): Alarm {
    return new Alarm(this, id, {
      metric,
      threshold: above,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      alarmDescription: description,
    });
  }

  #tell(email: string, alarms: readonly Alarm[]): void {
    const topic = new Topic(this, "topic", { displayName: "Sapa alarms", enforceSSL: true });
    topic.addSubscription(new EmailSubscription(email));
    for (const alarm of alarms) alarm.addAlarmAction(new SnsAction(topic));
  }
}
