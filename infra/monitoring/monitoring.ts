import type { ScheduleGroup } from "aws-cdk-lib/aws-scheduler";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { Alarms } from "./alarms.ts";
import { Board } from "./dashboard.ts";

/** What is watched. */
export type Watched = {
  undelivered: Queue;
  failedEvents: Queue;
  runs: Queue;
  sends: Queue;
  feedback: Queue;
  schedules: ScheduleGroup;
  configurationSetName: string;
};

export type MonitoringProps = Watched & {
  /** Who is mailed when an alarm goes off. */
  email: string | undefined;
};

/** What an operator sees of Sapa in CloudWatch: alarms that say what to do, and a dashboard to look closer. */
export class Monitoring extends Construct {
  readonly dashboardName: string;

  constructor(scope: Construct, id: string, props: MonitoringProps) {
    super(scope, id);
    new Alarms(this, "alarms", props);
    this.dashboardName = new Board(this, "dashboard", props).name;
  }
}
