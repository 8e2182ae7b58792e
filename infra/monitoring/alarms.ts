import { Duration, Stack } from "aws-cdk-lib";
import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from "aws-cdk-lib/aws-cloudwatch";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import { PolicyStatement, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import { Topic } from "aws-cdk-lib/aws-sns";
import { EmailSubscription } from "aws-cdk-lib/aws-sns-subscriptions";
import { Construct } from "constructs";
import { calculated, counted, oldest, reputation, waiting } from "./metrics.ts";
import type { Watched } from "./monitoring.ts";

export type AlarmsProps = Watched & {
  /** Who is mailed when an alarm goes off; without it alarms only show in CloudWatch. */
  email: string | undefined;
};

/**
 * An alarm for each thing that someone has to act on; its description says how. CloudWatch bills an alarm by the
 * metrics that it reads, ten cents each a month beyond the ten that are free: these read twelve.
 */
export class Alarms extends Construct {
  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    const { runs, sends, feedback, configurationSetName, email } = props;
    const quarter = { period: Duration.minutes(15) };
    const alarms = [
      this.#alarm("undelivered-messages", {
        metric: waiting(props.undelivered),
        above: 0,
        description:
          "Messages failed ten times. Find the cause in the log of the function (the attribute DeadLetterQueueSourceArn names its queue), then start a DLQ redrive of the queue undelivered in the SQS console.",
      }),
      this.#alarm("failed-events", {
        metric: waiting(props.failedEvents),
        above: 0,
        description:
          "A schedule, an upload or an SES event did not reach its function. The message in the queue failed-events holds the event and the error: fix the cause, then run the campaign again or upload the file again, and delete the message.",
      }),
      this.#alarm("old-messages", {
        // Mail that has to wait waits in a table: what lies on a queue is worked on within minutes.
        metric: calculated(
          "MAX([FILL(runs, 0), FILL(feedback, 0), FILL(sends, 0)])",
          { runs: oldest(runs), feedback: oldest(feedback), sends: oldest(sends) },
          { label: "age in seconds" },
        ),
        above: 3_600,
        description:
          "A message has waited on a queue for more than an hour. See on the dashboard which queue it is, and in the log of its function why: look for errors, throttling, or a trigger that is switched off, and switch it on again in the Lambda console.",
      }),
      this.#alarm("function-errors", {
        metric: calculated(
          "FILL(errors, 0) + FILL(faults, 0)",
          { errors: LambdaFunction.metricAllErrors(quarter), faults: counted(this, "Faults") },
          { label: "errors" },
        ),
        above: 4,
        description:
          "Five errors or more within a quarter of an hour, in any function of this account and Region. See on the dashboard which function it is, and search its log for ERROR: if a deployment came before, deploy the version before it again.",
      }),
      this.#alarm("throttled-functions", {
        metric: LambdaFunction.metricAllThrottles(quarter),
        above: 50,
        description:
          "Lambda could not start functions since too many ran at once in this account and Region. Nothing is lost, work only takes longer, but links in mails may have failed for a moment. Ask for more in the Service Quotas console (AWS Lambda, Concurrent executions, 1,000), then deploy with -c lambdaConcurrency=1000, which keeps some for the links.",
      }),
      this.#alarm("missed-schedules", {
        metric: props.schedules.metricTargetErrors(quarter),
        above: 0,
        description:
          "A schedule fired, and its function could not be called; Scheduler tries again for a day. Check in the IAM console that the role of the schedules still stands and may call release-batches and settle-run and put messages on the queue of prepare-runs; deploying again restores all.",
      }),
      this.#alarm("stuck-runs", {
        // A run that stands still is looked at every seven hours.
        metric: counted(this, "RunsStuck", { period: Duration.hours(8) }),
        above: 0,
        description:
          "A run has waited for more than a day for the same mails. The log of settle-run names it (search for stuck): read its progress in the API, see whether SES has paused the account, and redrive the queue undelivered. It goes on by itself once the cause is gone.",
      }),
      this.#alarm("bounces", {
        metric: reputation(configurationSetName, "BounceRate"),
        above: 0.04,
        description:
          "More than 4 % of mails bounce; AWS reviews an account at 5 %. Pause campaigns and look where the addresses came from.",
      }),
      this.#alarm("complaints", {
        metric: reputation(configurationSetName, "ComplaintRate"),
        above: 0.0008,
        description:
          "More than 0.08 % of mails are marked as spam; AWS and Gmail act at 0.1 %. Pause campaigns and mail only those who asked for it.",
      }),
    ];
    if (email) this.#tell(email, alarms);
  }

  #alarm(
    id: string,
    { metric, above, description }: { metric: IMetric; above: number; description: string },
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
    // A topic with a policy of its own, which refusing plain HTTP makes, has lost the default that lets CloudWatch in.
    topic.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal("cloudwatch.amazonaws.com")],
        actions: ["sns:Publish"],
        resources: [topic.topicArn],
        conditions: {
          StringEquals: { "aws:SourceAccount": Stack.of(this).account },
          ArnLike: { "aws:SourceArn": alarms.map(({ alarmArn }) => alarmArn) },
        },
      }),
    );
    for (const alarm of alarms) alarm.addAlarmAction(new SnsAction(topic));
  }
}
