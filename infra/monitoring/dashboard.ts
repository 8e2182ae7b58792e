import { Duration, Stack } from "aws-cdk-lib";
import { Dashboard, GraphWidget, type IMetric, type IWidget } from "aws-cdk-lib/aws-cloudwatch";
import { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import { Construct } from "constructs";
import { SapaFunction } from "../sapa-function.ts";
import { counted, oldest, reputation, waiting } from "./metrics.ts";
import type { Watched } from "./monitoring.ts";

/**
 * One screen: mail and runs above, then what waits, then the functions. An account's first three dashboards are free,
 * with up to fifty metrics each.
 */
export class Board extends Construct {
  readonly name: string;

  constructor(scope: Construct, id: string, watched: Watched) {
    super(scope, id);
    this.name = Stack.of(this).stackName;
    new Dashboard(this, "dashboard", {
      dashboardName: this.name,
      defaultInterval: Duration.days(1),
      widgets: [this.#mail(watched), this.#work(watched), this.#functions()],
    });
  }

  #mail({ configurationSetName, schedules }: Watched): IWidget[] {
    const of = (name: Parameters<typeof counted>[1], label: string) => counted(this, name, { label });
    return [
      graph("Mail", [
        of("MailsAccepted", "taken by SES"),
        of("MailsFailed", "refused"),
        of("MailsUnknown", "not known"),
        of("FeedbackRecorded", "events of SES"),
      ]),
      graph("Runs and imports", [
        of("RunsStarted", "runs started"),
        of("RunsFailed", "failed to start"),
        of("RunsSettled", "settled"),
        of("RunsStuck", "stuck"),
        of("RowsImported", "rows imported"),
      ]),
      graph("Bounces and complaints, a share of 1", [
        reputation(configurationSetName, "BounceRate"),
        reputation(configurationSetName, "ComplaintRate"),
      ]),
      graph("Schedules", [
        schedules.metricAttempts({ label: "fired" }),
        schedules.metricTargetErrors({ label: "could not call" }),
        schedules.metricDropped({ label: "given up" }),
      ]),
    ];
  }

  #work({ runs, sends, feedback, undelivered, failedEvents }: Watched): IWidget[] {
    const queues = { runs, sends, feedback };
    const each = (read: typeof waiting) => Object.entries(queues).map(([label, queue]) => read(queue, label));
    return [
      graph("Oldest message, seconds", each(oldest)),
      graph("Messages waiting", each(waiting)),
      graph("Dead letters", [waiting(undelivered, "undelivered"), waiting(failedEvents, "failed-events")]),
      graph("Faults that functions met", [counted(this, "Faults", { label: "faults" })]),
    ];
  }

  #functions(): IWidget[] {
    const functions = Stack.of(this)
      .node.findAll()
      .filter((construct) => construct instanceof SapaFunction);
    return [
      graph(
        "Errors",
        functions.map((one) => one.metricErrors({ label: one.node.id })),
      ),
      graph(
        "Throttles",
        functions.map((one) => one.metricThrottles({ label: one.node.id })),
      ),
      graph("At once, in the whole account", [LambdaFunction.metricAllConcurrentExecutions()]),
    ];
  }
}

const graph = (title: string, left: IMetric[]): GraphWidget =>
  new GraphWidget({ title, left, width: 6, height: 6, leftYAxis: { min: 0 } });
