import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { PutCommand } from "@aws-sdk/lib-dynamodb";
import type { Context } from "aws-lambda";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import type { Business } from "../../core/businesses.ts";
import { newId, type RunId, runIdOf } from "../../core/ids.ts";
import { partitionOf, type Run } from "../../core/runs.ts";
import { documents, tableName } from "../../core/store.ts";
import { useDatabase } from "../support/database.ts";
import { aBusiness, saveBusiness } from "../support/shop.ts";

useDatabase();

/** Scheduler, which takes every timer that is set, and SQS, which takes every message. */
const server = createServer((request, response) => {
  request.resume().on("end", () => response.end("{}"));
});
const logged: string[] = [];
let shop: Business;
let run: RunId;
let look: (event: unknown, context: Context) => Promise<unknown>;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_SCHEDULER: url,
    AWS_ENDPOINT_URL_SQS: url,
    RUNS_QUEUE_URL: `${url}/runs`,
    RELEASE_BATCHES_ARN: "arn:aws:lambda:us-east-1:000000000000:function:Sapa-release-batches",
    SCHEDULE_GROUP_NAME: "Sapa",
    SCHEDULE_ROLE_ARN: "arn:aws:iam::000000000000:role/schedules",
    SCHEDULE_DEAD_LETTER_ARN: "arn:aws:sqs:us-east-1:000000000000:failed-events",
    SETTLE_RUN_ARN: "arn:aws:lambda:us-east-1:000000000000:function:Sapa-settle-run",
    POWERTOOLS_DEV: "true",
    POWERTOOLS_METRICS_DISABLED: "false",
    POWERTOOLS_METRICS_NAMESPACE: "Sapa",
  });
  ({ handler: look } = (await import("../../functions/settle-run.ts")) as unknown as {
    handler: typeof look;
  });
});
afterAll(() => new Promise<void>((resolve) => server.close(() => resolve())));

beforeEach(async () => {
  logged.length = 0;
  for (const level of ["info", "warn", "log"] as const) {
    vi.spyOn(console, level).mockImplementation((...line: unknown[]) => void logged.push(line.join(" ")));
  }
  shop = await saveBusiness(aBusiness());
  const campaign = newId("cam");
  const startedAt = "2026-11-24T02:00:00.000Z";
  const started: Run = {
    id: runIdOf(campaign, startedAt),
    business: shop.id,
    campaign,
    campaignName: "News",
    trigger: "schedule",
    scheduledAt: startedAt,
    state: "running",
    topic: "news",
    occasion: { kind: "broadcast" },
    template: { id: newId("tpl"), version: 1 },
    mailTemplates: {},
    attributes: [],
    startedAt,
  };
  run = started.id;
  await put("runs", started);
  await wait(5);
});
afterEach(() => vi.useRealTimers());

const put = (table: "runs" | "tallies", item: Record<string, unknown>) =>
  documents.send(new PutCommand({ TableName: tableName(table), Item: item }));
const wait = (selected: number) =>
  put("tallies", { run: partitionOf(shop.id, run), shard: "00", selected, done: true });

/** What settle-run logs and counts when it looks at a time. */
async function lookAt(time: string): Promise<string> {
  logged.length = 0;
  vi.useFakeTimers({ toFake: ["Date"], now: Date.parse(time) });
  await look({ business: shop.id, run }, { getRemainingTimeInMillis: () => 90_000 } as Context);
  return logged.join("\n");
}

test("a run of which nothing moves for more than a day is counted as stuck, and named, at each look", async () => {
  expect(await lookAt("2026-11-24T04:00:00Z")).toContain("books are waiting");
  expect(await lookAt("2026-11-25T09:00:00Z")).not.toContain("RunsStuck");

  for (const time of ["2026-11-25T10:01:00Z", "2026-11-25T17:01:00Z"]) {
    const lines = await lookAt(time);
    expect(lines).toContain('"RunsStuck":1');
    expect(lines).toContain("books are stuck");
    expect(lines).toContain(run);
    expect(lines).toContain(shop.id);
  }
});

test("a large run that waits for the next day's quota is not stuck: some of it moves each day", async () => {
  await lookAt("2026-11-24T04:00:00Z");
  await wait(4);
  await lookAt("2026-11-25T05:00:00Z");

  expect(await lookAt("2026-11-25T12:00:00Z")).not.toContain("RunsStuck");
});
