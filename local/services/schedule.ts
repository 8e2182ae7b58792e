import { AwsError, isObject, type Json, text } from "./protocol.ts";
import { readExpression } from "./schedule-expression.ts";

/** A schedule as it was asked for; times are epoch milliseconds. */
export type Schedule = {
  name: string;
  groupName: string;
  arn: string;
  expression: string;
  timezone: string;
  startAt: number | undefined;
  endAt: number | undefined;
  state: "ENABLED" | "DISABLED";
  actionAfterCompletion: "NONE" | "DELETE";
  description: string | undefined;
  clientToken: string | undefined;
  target: Json;
  createdAt: number;
  modifiedAt: number;
  /** The latest occurrence that fired. */
  lastFiredAt?: number;
  /** When the host last went on with it after it had been stopped. */
  resumedAt?: number;
};

const FIELDS = [
  ...[
    "ScheduleExpression",
    "ScheduleExpressionTimezone",
    "Target",
    "FlexibleTimeWindow",
    "GroupName",
    "State",
  ],
  ...["StartDate", "EndDate", "Description", "KmsKeyArn", "ClientToken", "ActionAfterCompletion"],
];
const TARGET_FIELDS = ["Arn", "RoleArn", "DeadLetterConfig", "RetryPolicy", "Input", "SqsParameters"];
/** A single time in the past is refused; this much counts as still now, since AWS fires to the minute. */
export const PAST_MILLISECONDS = 60_000;

type Identity = Pick<Schedule, "name" | "groupName" | "arn" | "createdAt" | "modifiedAt">;

/** Reads what CreateSchedule, UpdateSchedule or a template asks for; throws Scheduler's ValidationException. */
export function readSchedule(input: Json, identity: Identity): Schedule {
  if (!/^[0-9a-zA-Z-_.]{1,64}$/.test(identity.name))
    throw invalid(`${identity.name} is not a name of a schedule`);
  refuseUnknown(input, FIELDS);
  const schedule: Schedule = {
    ...identity,
    expression: text(input.ScheduleExpression) ?? "",
    timezone: text(input.ScheduleExpressionTimezone) ?? "UTC",
    startAt: dateOf(input.StartDate),
    endAt: dateOf(input.EndDate),
    state: oneOf(input.State ?? "ENABLED", ["ENABLED", "DISABLED"]),
    actionAfterCompletion: oneOf(input.ActionAfterCompletion ?? "NONE", ["NONE", "DELETE"]),
    description: text(input.Description),
    clientToken: text(input.ClientToken),
    target: targetOf(input.Target),
  };
  const window = isObject(input.FlexibleTimeWindow) ? input.FlexibleTimeWindow.Mode : undefined;
  if (window !== "OFF")
    throw invalid(`FlexibleTimeWindow ${String(window)} is not understood by the local host`);
  checkTimes(schedule);
  return schedule;
}

function checkTimes({ expression, timezone, startAt, endAt, modifiedAt }: Schedule): void {
  try {
    new Intl.DateTimeFormat("en", { timeZone: timezone });
  } catch {
    throw invalid(`Invalid ScheduleExpressionTimezone ${timezone}.`);
  }
  try {
    const times = readExpression(expression, timezone, startAt ?? modifiedAt);
    if (times.kind === "at" && times.next(modifiedAt - PAST_MILLISECONDS) === undefined)
      throw new Error("it is past");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw invalid(`Invalid Schedule Expression ${expression}. (${reason})`);
  }
  if (startAt !== undefined && startAt < modifiedAt - 300_000) {
    throw invalid("The StartDate you specify cannot be earlier than 5 minutes ago.");
  }
  if (endAt !== undefined && endAt < Math.max(modifiedAt, startAt ?? 0)) {
    throw invalid("The EndDate you specify must come after the StartDate and must not be past.");
  }
}

function targetOf(value: unknown): Json {
  const target = isObject(value) ? value : {};
  refuseUnknown(target, TARGET_FIELDS, "Target.");
  for (const name of ["Arn", "RoleArn"]) {
    if (!text(target[name])?.startsWith("arn:")) throw invalid(`Target.${name} must be an ARN.`);
  }
  checkInput(target);
  const retry = isObject(target.RetryPolicy) ? target.RetryPolicy : {};
  inRange(retry.MaximumRetryAttempts, { name: "MaximumRetryAttempts", from: 0, to: 185 });
  inRange(retry.MaximumEventAgeInSeconds, { name: "MaximumEventAgeInSeconds", from: 60, to: 86_400 });
  return target;
}

/**
 * Lambda and EventBridge take JSON, a queue any text.
 * https://docs.aws.amazon.com/scheduler/latest/APIReference/API_Target.html
 */
function checkInput({ Arn, Input, SqsParameters }: Json): void {
  const service = text(Arn)?.split(":")[2];
  if (SqsParameters !== undefined && service !== "sqs") throw invalid("Target.SqsParameters is for a queue.");
  const input = text(Input);
  if (input === undefined || service === "sqs") return;
  try {
    // Context attributes may stand for text or for a number.
    JSON.parse(input.replace(/<aws\.scheduler\.[a-z-]+>/g, "0"));
  } catch {
    throw invalid("Target.Input must be well-formed JSON for this target.");
  }
}

function inRange(value: unknown, { name, from, to }: { name: string; from: number; to: number }): void {
  if (value === undefined || (Number(value) >= from && Number(value) <= to)) return;
  throw invalid(`Target.RetryPolicy.${name} must be from ${from} to ${to}.`);
}

function refuseUnknown(value: Json, known: readonly string[], prefix = ""): void {
  const unknown = Object.keys(value).find((name) => !known.includes(name));
  if (unknown !== undefined) throw invalid(`${prefix}${unknown} is not understood by the local host`);
}

/** Seconds since 1970 in an API call, ISO 8601 in a template. */
function dateOf(value: unknown): number | undefined {
  if (value === undefined || value === null) return undefined;
  const time = typeof value === "number" ? value * 1000 : Date.parse(String(value));
  if (!Number.isFinite(time)) throw invalid(`${String(value)} is not a date`);
  return time;
}

function oneOf<T extends string>(value: unknown, options: readonly T[]): T {
  const found = options.find((option) => option === value);
  if (found === undefined) throw invalid(`${String(value)} is none of ${options.join(", ")}`);
  return found;
}

const invalid = (message: string) => new AwsError("ValidationException", message);
