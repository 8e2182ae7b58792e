import { ArnFormat, Stack } from "aws-cdk-lib";
import { Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { ScheduleGroup } from "aws-cdk-lib/aws-scheduler";
import type { IQueue, Queue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import type { FunctionName } from "./functions.ts";
import { allow } from "./permissions.ts";
import type { WorkQueue } from "./queues.ts";
import { nameInAccount, type SapaFunction } from "./sapa-function.ts";

/** Functions that a schedule may call. */
const callable = ["release-batches", "settle-run", "send-letters"] as const satisfies FunctionName[];
/** What a schedule may fire: one of these, or the queue of prepare-runs. */
type Fired = (typeof callable)[number] | "runs";

const variables = {
  "release-batches": "RELEASE_BATCHES_ARN",
  "settle-run": "SETTLE_RUN_ARN",
  "send-letters": "SEND_LETTERS_ARN",
} as const;

export type SchedulesProps = { name: string; failedEvents: IQueue };

/**
 * Schedules of campaigns, and timers of runs, of the release of batches, and of imports whose letters wait are made in
 * this group; their role can call three functions, and put messages on one queue.
 */
export class Schedules extends Construct {
  readonly group: ScheduleGroup;
  readonly #role: Role;
  readonly #failedEvents: IQueue;
  #runs: Queue | undefined;

  constructor(scope: Construct, id: string, { name, failedEvents }: SchedulesProps) {
    super(scope, id);
    const stack = Stack.of(this);
    this.#failedEvents = failedEvents;
    this.group = new ScheduleGroup(this, "group", { scheduleGroupName: name });
    this.#role = new Role(this, "role", {
      // Only schedules of this group, in this account, may take the role: not another's that names it.
      assumedBy: new ServicePrincipal("scheduler.amazonaws.com", {
        conditions: {
          StringEquals: {
            "aws:SourceAccount": stack.account,
            "aws:SourceArn": stack.formatArn({
              service: "scheduler",
              resource: "schedule-group",
              resourceName: name,
            }),
          },
        },
      }),
    });
    allow(this.#role, {
      actions: ["lambda:InvokeFunction"],
      resources: callable.map((name) => this.arnOf(name)),
    });
    allow(this.#role, { actions: ["sqs:SendMessage"], resources: [failedEvents.queueArn] });
  }

  /** Lets schedules put messages on the queue of prepare-runs. */
  mayFire({ queue }: WorkQueue): void {
    this.#runs = queue;
    allow(this.#role, { actions: ["sqs:SendMessage"], resources: [queue.queueArn] });
  }

  /** Lets a function make and change schedules that fire these. */
  giveTo(target: SapaFunction, fired: readonly Fired[]): void {
    const name = this.group.scheduleGroupName;
    target.addEnvironment("SCHEDULE_GROUP_NAME", name);
    target.addEnvironment("SCHEDULE_ROLE_ARN", this.#role.roleArn);
    target.addEnvironment("SCHEDULE_DEAD_LETTER_ARN", this.#failedEvents.queueArn);
    if (fired.includes("runs") && this.#runs) target.addEnvironment("RUNS_QUEUE_ARN", this.#runs.queueArn);
    for (const name of callable) {
      if (fired.includes(name)) target.addEnvironment(variables[name], this.arnOf(name));
    }
    this.#allow(target, ["scheduler:CreateSchedule", "scheduler:UpdateSchedule"]);
    allow(target, {
      actions: ["iam:PassRole"],
      resources: [this.#role.roleArn],
      conditions: { StringEquals: { "iam:PassedToService": "scheduler.amazonaws.com" } },
    });
  }

  /** Lets a function remove schedules: those with one time only remove themselves. */
  mayRemove(target: SapaFunction): void {
    this.#allow(target, ["scheduler:DeleteSchedule"]);
  }

  #allow(target: SapaFunction, actions: readonly string[]): void {
    const resourceName = `${this.group.scheduleGroupName}/*`;
    allow(target, {
      actions,
      resources: [Stack.of(this).formatArn({ service: "scheduler", resource: "schedule", resourceName })],
      because: "Schedules are made while Sapa runs, one a campaign, all in this group.",
    });
  }

  /** By name and not by reference: settle-run schedules itself again, and cannot wait for its own creation. */
  arnOf(name: FunctionName): string {
    const stack = Stack.of(this);
    return stack.formatArn({
      service: "lambda",
      resource: "function",
      resourceName: nameInAccount(stack, name),
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
  }
}
