import { randomUUID } from "node:crypto";
import type { AwsAnswer, AwsRequest, Host, Resource, Service, ServiceOptions } from "../contract.ts";
import { Journal, Records } from "../journal.ts";
import { allowOnly, nameOf } from "./properties.ts";
import { AwsError, answering, bodyOf, isObject, type Json, text } from "./protocol.ts";
import { PAST_MILLISECONDS, readSchedule, type Schedule } from "./schedule.ts";
import { readExpression, type ScheduleExpression } from "./schedule-expression.ts";
import { Deliveries, readTarget } from "./target-delivery.ts";

/** Schedules that fire their targets on the host's clock, in the time zone of each. */
export function scheduler(host: Host, { journal = Journal.none() }: ServiceOptions): Service {
  const groups = new Set(["default"]);
  const schedules = new Map<string, Schedule>();
  const timers = new Map<string, () => void>();
  const records = new Records<Schedule>(journal, "schedules");
  const deliveries = new Deliveries(host, new Records(journal, "schedule-deliveries"), ({ completes }) => {
    // Unless it was set anew meanwhile.
    if (completes === undefined || timers.has(completes)) return;
    if (schedules.get(completes)?.lastFiredAt !== undefined) forget(completes);
  });
  const arnOf = (kind: string, name: string) =>
    `arn:aws:scheduler:${host.region}:${host.account}:${kind}/${name}`;

  /**
   * A role's trust policy is asked about the schedule's group, not about the schedule.
   * https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
   */
  const actingFor = (group: string) => ({
    service: "scheduler.amazonaws.com",
    source: arnOf("schedule-group", group),
  });

  function plan(schedule: Schedule, after: number): void {
    const key = keyOf(schedule.groupName, schedule.name);
    timers.get(key)?.();
    timers.delete(key);
    const due = schedule.state === "ENABLED" ? nextOf(schedule, after) : undefined;
    if (due !== undefined)
      timers.set(
        key,
        host.clock.at(due, () => fire(schedule, due), `the schedule ${key}`),
      );
  }

  async function fire(schedule: Schedule, due: number): Promise<void> {
    const key = keyOf(schedule.groupName, schedule.name);
    if (schedules.get(key) !== schedule) return;
    schedule.lastFiredAt = due;
    plan(schedule, due);
    records.put(key, { ...schedule });
    // As on AWS it is still there while its target works, so the target can't make another of the same name.
    const ends = !timers.has(key) && schedule.actionAfterCompletion === "DELETE";
    await deliveries.begin({
      ...actingFor(schedule.groupName),
      target: readTarget(schedule.target),
      payload: text(schedule.target.Input) ?? notificationOf(schedule, due),
      context: { "scheduled-time": secondOf(due), "schedule-arn": schedule.arn },
      ...(ends && { completes: key }),
    });
  }

  function forget(key: string): void {
    schedules.delete(key);
    records.delete(key);
    timers.get(key)?.();
    timers.delete(key);
  }

  /** What a target is told whose schedule has no input of its own. */
  function notificationOf(schedule: Schedule, due: number): string {
    return JSON.stringify({
      version: "0",
      id: randomUUID(),
      "detail-type": "Scheduled Event",
      source: "aws.scheduler",
      account: host.account,
      time: secondOf(due),
      region: host.region,
      resources: [schedule.arn],
      detail: "{}",
    });
  }

  function put(input: Json, { existing, name }: { existing: Schedule | undefined; name: string }): Json {
    const groupName = text(input.GroupName) ?? "default";
    if (!groups.has(groupName))
      throw new AwsError("ResourceNotFoundException", `Schedule group ${groupName} does not exist.`, 404);
    const now = host.clock.now();
    const identity = { name, groupName, arn: arnOf("schedule", `${groupName}/${name}`) };
    const schedule = readSchedule(input, {
      ...identity,
      createdAt: existing?.createdAt ?? now,
      modifiedAt: now,
    });
    const key = keyOf(groupName, name);
    schedules.set(key, schedule);
    records.put(key, { ...schedule });
    plan(schedule, existing?.expression.startsWith("rate(") ? now : beginningOf(schedule));
    return { ScheduleArn: schedule.arn };
  }

  function checkRole(input: Json): void {
    const { RoleArn } = isObject(input.Target) ? input.Target : {};
    const role = text(RoleArn);
    if (role === undefined || host.trusts({ ...actingFor(text(input.GroupName) ?? "default"), role })) return;
    const message = "The execution role you provide must allow AWS EventBridge Scheduler to assume the role.";
    throw new AwsError("ValidationException", message);
  }

  function find(name: string, groupName: string): Schedule {
    const schedule = schedules.get(keyOf(groupName, name));
    if (schedule) return schedule;
    throw new AwsError("ResourceNotFoundException", `Schedule ${name} does not exist.`, 404);
  }

  function createSchedule(name: string, input: Json): Json {
    checkRole(input);
    const existing = schedules.get(keyOf(text(input.GroupName) ?? "default", name));
    if (existing === undefined) return put(input, { existing, name });
    const token = text(input.ClientToken);
    if (token !== undefined && existing.clientToken === token) return { ScheduleArn: existing.arn };
    throw new AwsError("ConflictException", `Schedule ${name} already exists.`, 409);
  }

  function remove(name: string, groupName: string): Json {
    find(name, groupName);
    forget(keyOf(groupName, name));
    return {};
  }

  function list(query: URLSearchParams): Json {
    const group = query.get("ScheduleGroup");
    const state = query.get("State");
    const prefix = query.get("NamePrefix") ?? "";
    const limit = Number(query.get("MaxResults") ?? 100);
    const after = query.get("NextToken") ?? "";
    const found = [...schedules.values()]
      .filter((one) => (group === null || one.groupName === group) && (state === null || one.state === state))
      .filter((one) => one.name.startsWith(prefix) && keyOf(one.groupName, one.name) > after)
      .sort((a, b) => (keyOf(a.groupName, a.name) < keyOf(b.groupName, b.name) ? -1 : 1));
    const page = found.slice(0, limit);
    const last = page.at(-1);
    return {
      Schedules: page.map((schedule) => summaryOf(schedule)),
      ...(last && found.length > limit ? { NextToken: keyOf(last.groupName, last.name) } : {}),
    };
  }

  function call({ method, path, query, ...request }: AwsRequest): Json {
    const [root, encoded, ...rest] = path.split("/").slice(1);
    const name = decodeURIComponent(encoded ?? "");
    if (root !== "schedules" || rest.length > 0) throw unanswered(method, path);
    if (name === "" && method === "GET") return list(query);
    const group = query.get("groupName") ?? "default";
    if (method === "GET") return detailsOf(find(name, group));
    if (method === "DELETE") return remove(name, group);
    const input = bodyOf({ method, path, query, ...request });
    if (method === "POST") return createSchedule(name, input);
    if (method === "PUT") {
      checkRole(input);
      return put(input, { existing: find(name, text(input.GroupName) ?? "default"), name });
    }
    throw unanswered(method, path);
  }

  function createFromTemplate(resource: Resource) {
    const { Name: _, ...properties } = resource.properties;
    const name = nameOf(resource, "Name");
    const group = text(properties.GroupName) ?? "default";
    // A template speaks for what it declares, whatever was kept from the last start.
    const { ScheduleArn } = put(properties, { existing: schedules.get(keyOf(group, name)), name });
    return { ref: name, attributes: { Arn: String(ScheduleArn) } };
  }

  /**
   * Goes on with a schedule of the last start. AWS is never off: what fell due since the host was killed is made up for,
   * as far as its target still takes it. Of what fell due while the owner had the host off only single times are, which
   * would else never come.
   */
  function continueWith(key: string, kept: Schedule): void {
    const schedule = schedules.get(key) ?? kept;
    const now = host.clock.now();
    const isSingle = schedule.expression.startsWith("at(");
    Object.assign(schedule, {
      lastFiredAt: kept.lastFiredAt,
      resumedAt: journal.killed ? kept.resumedAt : now,
    });
    schedules.set(key, schedule);
    records.put(key, { ...schedule });
    const { lastFiredAt, resumedAt = 0 } = schedule;
    const last = lastFiredAt ?? beginningOf(schedule);
    const oldest = now - readTarget(schedule.target).maximumAgeSeconds * 1000;
    plan(schedule, isSingle ? last : Math.max(last, resumedAt, oldest));
  }

  return {
    types: ["AWS::Scheduler::ScheduleGroup", "AWS::Scheduler::Schedule"],
    endpoint: "SCHEDULER",
    async create(resource) {
      if (resource.type === "AWS::Scheduler::Schedule") return createFromTemplate(resource);
      allowOnly(resource, ["Name", "Tags"]);
      const name = nameOf(resource, "Name");
      groups.add(name);
      return { ref: name, attributes: { Arn: arnOf("schedule-group", name) } };
    },
    answer: (request): Promise<AwsAnswer> => answering(() => call(request)),
    async start() {
      for (const [key, kept] of records.take()) continueWith(key, kept);
      deliveries.resume();
    },
    async stop() {
      for (const cancel of timers.values()) cancel();
      timers.clear();
    },
  };
}

const keyOf = (group: string, name: string) => `${group}/${name}`;

/** The time after which a new schedule's first occurrence is sought. */
function beginningOf({ expression, modifiedAt }: Schedule): number {
  // The minute that is running still counts for a single time, since AWS fires anywhere within it.
  if (expression.startsWith("at(")) return modifiedAt - PAST_MILLISECONDS;
  // A rate without a start date begins at the moment that it is made.
  return expression.startsWith("rate(") ? modifiedAt - 1 : modifiedAt;
}

function nextOf(schedule: Schedule, after: number): number | undefined {
  const times: ScheduleExpression = readExpression(
    schedule.expression,
    schedule.timezone,
    schedule.startAt ?? schedule.createdAt,
  );
  if (times.kind === "at") return times.next(after);
  const due = times.next(Math.max(after, (schedule.startAt ?? Number.NEGATIVE_INFINITY) - 1));
  return due !== undefined && due <= (schedule.endAt ?? Number.POSITIVE_INFINITY) ? due : undefined;
}

/** Scheduler's times have whole seconds. */
const secondOf = (epoch: number): string => `${new Date(epoch).toISOString().slice(0, 19)}Z`;

const summaryOf = (schedule: Schedule): Json => ({
  Arn: schedule.arn,
  Name: schedule.name,
  GroupName: schedule.groupName,
  State: schedule.state,
  CreationDate: schedule.createdAt / 1000,
  LastModificationDate: schedule.modifiedAt / 1000,
  Target: { Arn: isObject(schedule.target) ? schedule.target.Arn : undefined },
});

const detailsOf = (schedule: Schedule): Json => ({
  ...summaryOf(schedule),
  ScheduleExpression: schedule.expression,
  ScheduleExpressionTimezone: schedule.timezone,
  ...(schedule.startAt === undefined ? {} : { StartDate: schedule.startAt / 1000 }),
  ...(schedule.endAt === undefined ? {} : { EndDate: schedule.endAt / 1000 }),
  ...(schedule.description === undefined ? {} : { Description: schedule.description }),
  ActionAfterCompletion: schedule.actionAfterCompletion,
  FlexibleTimeWindow: { Mode: "OFF" },
  Target: schedule.target,
});

const unanswered = (method: string, path: string) =>
  new AwsError("UnknownOperationException", `${method} ${path} is not answered by the local host`, 404);
