import {
  ConflictException,
  CreateScheduleCommand,
  DeleteScheduleCommand,
  ResourceNotFoundException,
  SchedulerClient,
  type Target,
  UpdateScheduleCommand,
} from "@aws-sdk/client-scheduler";
import { environment } from "./environment.ts";
import type { Instant, TimeZone } from "./time.ts";

const scheduler = new SchedulerClient({});

type Timer = {
  name: string;
  /** `cron(…)` or `at(…)`, by the clock of `zone`. */
  expression: string;
  zone: TimeZone;
  /** What is fired: a function or a queue of the stack, with this input. */
  fires: "RUNS_QUEUE_ARN" | "RELEASE_BATCHES_ARN" | "SETTLE_RUN_ARN" | "SEND_LETTERS_ARN";
  input: Record<string, unknown>;
};

/** EventBridge Scheduler replaces it with the time that a schedule was meant to fire, however late it does. */
export const scheduledTime = "<aws.scheduler.scheduled-time>";

/** Sets a timer, or changes the one of this name: repeating it changes nothing. A one-time timer removes itself. */
export async function set({ name, expression, zone, fires, input }: Timer): Promise<void> {
  const target: Target = {
    Arn: environment(fires),
    RoleArn: environment("SCHEDULE_ROLE_ARN"),
    Input: JSON.stringify(input),
    DeadLetterConfig: { Arn: environment("SCHEDULE_DEAD_LETTER_ARN") },
    RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
  };
  const schedule = {
    Name: name,
    GroupName: environment("SCHEDULE_GROUP_NAME"),
    ScheduleExpression: expression,
    ScheduleExpressionTimezone: zone,
    FlexibleTimeWindow: { Mode: "OFF" as const },
    ActionAfterCompletion: expression.startsWith("at(") ? ("DELETE" as const) : ("NONE" as const),
    Target: target,
  };
  try {
    await scheduler.send(new CreateScheduleCommand(schedule));
  } catch (error) {
    if (!(error instanceof ConflictException)) throw error;
    await scheduler.send(new UpdateScheduleCommand(schedule));
  }
}

/** Takes a timer away; one that is gone already is fine. */
export async function clear(name: string): Promise<void> {
  try {
    await scheduler.send(
      new DeleteScheduleCommand({ Name: name, GroupName: environment("SCHEDULE_GROUP_NAME") }),
    );
  } catch (error) {
    if (!(error instanceof ResourceNotFoundException)) throw error;
  }
}

/** The expression of a one-time timer in UTC; Scheduler counts in whole seconds. */
export const once = (at: Instant): string => `at(${at.slice(0, 19)})`;
