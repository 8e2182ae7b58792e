import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { readPrices, sum } from "../../bench/cost/bill.ts";
import { afterFree, idleMonth } from "../../bench/cost/idle.ts";
import { functionNames } from "../../infra/functions.ts";
import { counts } from "../../infra/monitoring/metrics.ts";
import { documented, metricsOf, type ReadMetric } from "./metrics.ts";
import { everything, type Resource, synthesise, text } from "./synthesised.ts";

const stack = synthesise({ ...everything, alarmEmail: "ops@kopisenja.id" });
const alarms = stack.ofType("AWS::CloudWatch::Alarm");
const nameOf = ({ id }: Resource) =>
  id.replace(/^monitoringalarms(.*)[0-9A-F]{8}$/, (_, name: string) => name);
const alarm = (name: string) => {
  const found = alarms.find((one) => nameOf(one) === name);
  if (!found) throw new Error(`There is no alarm ${name}`);
  return found;
};
const exists = ({ namespace, name, dimensions }: ReadMetric) =>
  namespace === "Sapa"
    ? (counts as readonly string[]).includes(name) && dimensions.service === "sapa"
    : documented[`${namespace} ${Object.keys(dimensions).sort().join()}`]?.includes(name);

describe("the alarms", () => {
  test("watch dead letters, old messages, errors, throttling, schedules, stuck runs, bounces and complaints", () => {
    expect(alarms.map(nameOf).sort()).toEqual([
      "bounces",
      "complaints",
      "failedevents",
      "functionerrors",
      "missedschedules",
      "oldmessages",
      "stuckruns",
      "throttledfunctions",
      "undeliveredmessages",
    ]);
  });

  test.each(alarms.map((one) => [nameOf(one), one] as const))("%s says what to do about it", (_, one) => {
    const description = String(one.properties.AlarmDescription);
    const [, ...actions] = description.split(/[.;:] /);

    expect(actions.join(" ")).toMatch(
      /\b(find|fix|see|search|look|ask|check|pause|redrive|read|start a DLQ redrive)\b/i,
    );
    expect(description.length).toBeGreaterThan(60);
    expect(description.length).toBeLessThanOrEqual(1024); // CloudWatch's limit
  });

  test("stay quiet while there is nothing to report, and mail whoever was named", () => {
    for (const { properties } of alarms) {
      expect(properties).toMatchObject({
        TreatMissingData: "notBreaching",
        ComparisonOperator: "GreaterThanThreshold",
      });
      expect(properties.AlarmActions).toHaveLength(1);
    }
  });

  test("read metrics that AWS documents or the functions count", () => {
    const unknown = alarms.flatMap(metricsOf).filter((metric) => !exists(metric));

    expect(unknown).toEqual([]);
  });

  test("old-messages reads every queue that a function works off", () => {
    const worked = stack
      .ofType("AWS::Lambda::EventSourceMapping")
      .map(({ properties }) => text(properties.EventSourceArn).replace(".Arn>", ".QueueName>"));
    const read = metricsOf(alarm("oldmessages")).map(({ dimensions }) => text(dimensions.QueueName));

    expect(read.sort()).toEqual(worked.sort());
  });

  test("both queues in which paths end are read", () => {
    const ends = stack.ofType("AWS::SQS::Queue").filter(({ properties }) => !properties.RedrivePolicy);
    const read = ["undeliveredmessages", "failedevents"].flatMap((name) => metricsOf(alarm(name)));

    expect(read.map(({ dimensions }) => text(dimensions.QueueName)).sort()).toEqual(
      ends.map(({ id }) => `<${id}.QueueName>`).sort(),
    );
  });

  test("missed-schedules reads the group that all schedules are made in", () => {
    const [group] = stack.ofType("AWS::Scheduler::ScheduleGroup");
    const [metric] = metricsOf(alarm("missedschedules"));

    expect(metric?.dimensions.ScheduleGroup).toBe(group?.properties.Name);
  });
});

describe("the dashboard", () => {
  const [dashboard] = stack.ofType("AWS::CloudWatch::Dashboard");
  const body = JSON.parse(text(dashboard?.properties.DashboardBody).replace(/<[^>]+>/g, "a-name")) as {
    widgets: {
      properties: { title: string; metrics: [string, string, string, string, { label: string }][] };
    }[];
  };
  const shown = body.widgets.flatMap(({ properties }) => properties.metrics);

  test("shows what the functions count, all of it", () => {
    const own = shown.filter(([namespace]) => namespace === "Sapa").map(([, name]) => name);

    expect([...new Set(own)].sort()).toEqual([...counts].sort());
  });

  test("tells the functions apart", () => {
    const errors = body.widgets.find(({ properties }) => properties.title === "Errors");

    expect(errors?.properties.metrics.map(([, , , , options]) => options.label).sort()).toEqual(
      [...functionNames].sort(),
    );
  });

  test("shows metrics that AWS documents or the functions count, and no more than are free", () => {
    const unknown = shown.filter(([namespace, name, ...rest]) => {
      const pairs = rest.filter((part) => typeof part === "string");
      const dimensions: Record<string, unknown> = {};
      for (let at = 0; at < pairs.length; at += 2) dimensions[pairs[at] ?? ""] = pairs[at + 1];
      return !exists({ namespace, name, dimensions });
    });

    expect(unknown).toEqual([]);
    expect(shown.length).toBeLessThanOrEqual(50);
  });
});

test("the counts are the ten that the functions name, which are all that is free", () => {
  const source = readFileSync("functions/telemetry/counts.ts", "utf8");
  const [, type = ""] = /export type Count =([^;]+(?:;[^;]+)*?);\n\n/.exec(source) ?? [];
  const named = [...type.matchAll(/^ {2}\| "(\w+)"/gm)].map(([, name]) => name);

  expect(named).toEqual([...counts]);
  expect(counts.length).toBeLessThanOrEqual(10);
});

test("a month in which nothing happens costs less than a dollar after what is free", () => {
  const prices = readPrices();
  const template = synthesise().template as Parameters<typeof idleMonth>[0];
  const idle = idleMonth(template, prices);

  expect(sum(afterFree(idle, prices))).toBeLessThanOrEqual(1);
  // What docs/cost.md and docs/deploy.md say.
  const guide = readFileSync("docs/cost.md", "utf8") + readFileSync("docs/deploy.md", "utf8");
  for (const usd of [sum(idle), sum(afterFree(idle, prices))]) {
    expect(
      guide.split(`$${usd.toFixed(2)}`).length + guide.split(`**${usd.toFixed(2)}**`).length,
    ).toBeGreaterThanOrEqual(4);
  }
});

test("a second stack of the account counts by itself", () => {
  const other = synthesise({ name: "Kopi" });
  const own = other.ofType("AWS::CloudWatch::Alarm").flatMap(metricsOf);

  expect(own.map(({ namespace }) => namespace)).toContain("Kopi");
  for (const { properties } of other.ofType("AWS::Lambda::Function")) {
    expect(properties.Environment).toMatchObject({ Variables: { POWERTOOLS_METRICS_NAMESPACE: "Kopi" } });
  }
});
