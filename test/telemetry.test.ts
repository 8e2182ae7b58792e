import { readFileSync } from "node:fs";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { TransactionCanceledException } from "@aws-sdk/client-dynamodb";
import middy from "@middy/core";
import type { Context, SQSEvent, SQSRecord } from "aws-lambda";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { functionNames } from "../infra/functions.ts";

// The loggers write past the console that a test can watch, unless this is set before they are made.
process.env.POWERTOOLS_DEV = "true";
process.env.POWERTOOLS_METRICS_DISABLED = "false";
const { Logger } = await import("@aws-lambda-powertools/logger");
const { eachRecord, returnFailures } = await import("../functions/queues/records.ts");
const { count, counted } = await import("../functions/telemetry/counts.ts");
const { faultOf, faults } = await import("../functions/telemetry/faults.ts");
const { countMails } = await import("../functions/telemetry/mails.ts");
const { placeOf } = await import("../functions/telemetry/places.ts");

const logger = new Logger({ serviceName: "test" });
const logged: string[] = [];
beforeEach(() => {
  logged.length = 0;
  for (const level of ["info", "warn", "error", "log"] as const) {
    vi.spyOn(console, level).mockImplementation((...line: unknown[]) => void logged.push(line.join(" ")));
  }
});
const countsIn = (lines: readonly string[]) =>
  lines.filter((line) => line.includes("CloudWatchMetrics")).map((line) => JSON.parse(line));

const business = "biz_23456789bcdfghjk";
const run = "run_23456789bcdfghjk_tk1q2w";
const ani = { id: "cus_23456789bcdfghjk", email: "ani@example.com", name: "Ani Lestari" };

/** What DynamoDB's SDK throws when a condition fails and the record that it met is asked for. */
const conditionFailed = () =>
  new TransactionCanceledException({
    message: "Transaction cancelled, please refer cancellation reasons [ConditionalCheckFailed]",
    $metadata: {},
    CancellationReasons: [
      { Code: "ConditionalCheckFailed", Item: { name: { S: ani.name }, email: { S: ani.email } } },
    ],
  });

describe("where something happened", () => {
  test("is read from a batch, a shard's message and an event of SES: ids alone", () => {
    const place = { business, campaign: "cam_23456789bcdfghjk", run };

    const batch = { business, run, id: "07#000001#000", locale: "id", recipients: [ani] };
    expect(placeOf(JSON.stringify(batch))).toEqual({ ...place, batch: "07#000001#000" });
    expect(placeOf(JSON.stringify({ business, run, shard: "07" }))).toEqual({ ...place, batch: "07" });
    const mail = { tags: { business: [business], run: [run] }, destination: [ani.email] };
    expect(placeOf(JSON.stringify({ detail: { eventType: "Bounce", mail } }))).toEqual(place);
    expect(placeOf(JSON.stringify({ judge: { business, run, customer: ani.id } }))).toEqual(place);
    const raised = { "detail-type": "letters.due", detail: { business, import: "imp_1", email: ani.email } };
    expect(placeOf(JSON.stringify(raised))).toEqual({ business });
  });

  test.each(['{"broken', "null", "[]", '{"business":"ani@example.com","run":7,"id":"Ani"}'])(
    "is left out where a message does not tell: %s",
    (body) => expect(placeOf(body)).toEqual({}),
  );
});

describe("what a log may hold of an error", () => {
  test("is none of the records that DynamoDB shows with it", () => {
    expect(JSON.stringify(faultOf(conditionFailed()))).not.toMatch(/Ani|example\.com/);
    expect(faultOf(conditionFailed())).toMatchObject({ name: "TransactionCanceledException" });
  });

  test("is no address and no telephone number, and nothing of a text that could not be read", () => {
    const refused = new Error("Address is not verified: Ani <ani@example.com>, +62 812-3456-7890");
    expect(faultOf(refused).message).toBe("Address is not verified: Ani <(address)>, (phone)");

    let broken: unknown;
    try {
      JSON.parse(`{"email": ${ani.email}}`);
    } catch (error) {
      broken = error;
    }
    expect(faultOf(broken)).toMatchObject({ name: "SyntaxError", message: "(left out)" });
    expect(faultOf(broken).stack).not.toContain("ani@");
  });
});

describe("a function that a queue feeds", () => {
  const body = JSON.stringify({ business, run, id: "07#000001#000", recipients: [ani] });
  const record = { messageId: "m-1", body, attributes: { ApproximateReceiveCount: "3" } } as SQSRecord;

  test("returns what failed, counts it, and logs where it was without anything personal", async () => {
    const handler = middy(eachRecord(() => Promise.reject(conditionFailed())))
      .use(counted)
      .use(returnFailures(logger));

    const answer = await handler({ Records: [record] } as SQSEvent, {} as Context);

    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: "m-1" }] });
    const [line = ""] = logged;
    expect(JSON.parse(line)).toMatchObject({
      level: "ERROR",
      business,
      run,
      campaign: "cam_23456789bcdfghjk",
      batch: "07#000001#000",
      receiveCount: "3",
    });
    expect(logged.join()).not.toMatch(/Ani|example\.com/);
    expect(countsIn(logged)).toMatchObject([{ Faults: 1, service: "sapa" }]);
  });

  test("prints nothing of counts when there was nothing to count", async () => {
    const handler = middy(eachRecord(async () => {}))
      .use(counted)
      .use(returnFailures(logger));

    await handler({ Records: [record] } as SQSEvent, {} as Context);

    expect(logged).toEqual([]);
  });
});

describe("a function that events call", () => {
  const failing = (error: Error, expected?: (error: unknown) => boolean) =>
    middy(() => Promise.reject(error))
      .use(counted)
      .use(faults(logger, expected));

  test("throws on nothing that its log may not hold, since Lambda logs it as well", async () => {
    const event = { business, run, email: ani.email };
    const thrown = await failing(conditionFailed())(event, {} as Context).catch((error: unknown) => error);

    expect(thrown).toBeInstanceOf(Error);
    expect(thrown).toMatchObject({ name: "TransactionCanceledException" });
    expect(JSON.stringify({ ...(thrown as Error), text: String(thrown) })).not.toMatch(/Ani|example\.com/);
    expect(logged.join()).not.toMatch(/Ani|example\.com/);
    expect(logged.join()).toContain(run);
    expect(countsIn(logged)).toMatchObject([{ Faults: 1 }]);
  });

  test("that only asks to be called again met no fault", async () => {
    const again = failing(new Error("Stopped after row 500"), () => true);

    await expect(again({}, {} as Context)).rejects.toThrow("Stopped after row 500");
    expect(countsIn(logged)).toEqual([]);
    expect(logged.join()).not.toContain("ERROR");
  });
});

test.each(functionNames)("%s counts its faults, and logs of them what a log may hold", (name) => {
  const entry = readFileSync(`functions/${name}.ts`, "utf8");

  expect(entry).toContain(".use(counted)");
  expect(entry).toMatch(/\.use\((returnFailures|faults)\(logger|fault: faultOf\(/);
  // An error as it was thrown may hold a record.
  expect(entry).not.toMatch(/logger\.\w+\([^)]*\berror\b *[,}]/);
});

test("a trace goes on with the messages that a traced function sends", async () => {
  const headers: IncomingHttpHeaders[] = [];
  const server = createServer((request, response) => {
    headers.push(request.headers);
    request.resume().on("end", () => response.end("{}"));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const trace = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";
  for (const [name, value] of Object.entries({
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
    AWS_ENDPOINT_URL_SQS: url,
    SENDS_QUEUE_URL: `${url}/sends`,
    AWS_LAMBDA_FUNCTION_NAME: "Sapa-select-recipients",
    _X_AMZN_TRACE_ID: trace,
  })) {
    vi.stubEnv(name, value);
  }
  const { enqueue } = await import("../core/queues.ts");

  await enqueue("SENDS_QUEUE_URL", business, [{ body: {} }]);

  vi.unstubAllEnvs();
  server.close();
  // SQS takes the header as the message's own trace: "Amazon SQS and AWS X-Ray" in SQS's developer guide.
  expect(headers.map((one) => one["x-amzn-trace-id"])).toEqual([trace]);
});

test("mails are counted as the books count them, whatever the reason", async () => {
  const handler = middy(() => {
    countMails({
      accepted: 48,
      unknown: 3,
      "failed:MESSAGE_REJECTED": 2,
      "failed:FAILED": 1,
      "skipped:cap": 4,
    });
    count("RunsStarted", 0);
  }).use(counted);

  await handler({}, {} as Context);

  const [counts] = countsIn(logged);
  expect(counts).toMatchObject({ MailsAccepted: 48, MailsUnknown: 3, MailsFailed: [2, 1] });
  expect(counts).not.toHaveProperty("RunsStarted");
});
