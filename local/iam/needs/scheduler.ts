import { isObject, text } from "../../services/protocol.ts";
import { arnOf, inputOf, type NeedsOf } from "./need.ts";

const operations: Record<string, string> = {
  GET: "GetSchedule",
  POST: "CreateSchedule",
  PUT: "UpdateSchedule",
  DELETE: "DeleteSchedule",
};

/**
 * A schedule is a resource below its group. Whoever makes or changes one hands a role to Scheduler, and must be
 * allowed to.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridgescheduler.html,
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/security_iam_service-with-iam.html
 */
export const schedulerNeeds: NeedsOf = (request, names) => {
  const { method, path, query } = request;
  const name = decodeURIComponent(path.split("/")[2] ?? "");
  if (name === "" && method === "GET") return [{ action: "scheduler:ListSchedules", resource: "*" }];
  const input = inputOf(request);
  const group = text(input.GroupName) ?? query.get("groupName") ?? "default";
  const { RoleArn } = isObject(input.Target) ? input.Target : {};
  const passed = { "iam:passedtoservice": "scheduler.amazonaws.com" };
  return [
    {
      action: `scheduler:${operations[method] ?? method}`,
      resource: arnOf(names, "scheduler", `schedule/${group}/${name}`),
    },
    ...(typeof RoleArn === "string" ? [{ action: "iam:PassRole", resource: RoleArn, context: passed }] : []),
  ];
};
