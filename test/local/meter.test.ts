import { expect, test } from "vitest";
import type { AwsAnswer, AwsRequest, Service } from "../../local/contract.ts";
import { type Count, Meter } from "../../local/meter.ts";

const service = (endpoint: string, status: number, body: unknown): Service & { seen: unknown[] } => {
  const seen: unknown[] = [];
  return {
    types: [],
    endpoint,
    seen,
    create: async () => ({ ref: "", attributes: {} }),
    answer: async ({ body: sent }): Promise<AwsAnswer> => {
      seen.push(JSON.parse(String(sent)));
      return { status, body: JSON.stringify(body) };
    },
    stop: async () => {},
  };
};
const request = (target: string, body: unknown): AwsRequest => ({
  method: "POST",
  path: "/",
  query: new URLSearchParams(),
  headers: { "x-amz-target": target },
  body: Buffer.from(JSON.stringify(body)),
  caller: "deliver",
});
const counted = (counts: Count[], unit: string) =>
  counts.filter((count) => count.unit === unit).map(({ who, detail, amount }) => [who, detail, amount]);

test("what DynamoDB says that a call consumed is counted by table, and the caller sees nothing of it", async () => {
  const meter = new Meter();
  const database = service("DYNAMODB", 200, {
    ConsumedCapacity: [
      { TableName: "sends", CapacityUnits: 4 },
      { TableName: "customers", CapacityUnits: 6 },
    ],
  });
  const answer = await meter.call(database, request("DynamoDB_20120810.TransactWriteItems", {}));
  expect(JSON.parse(String(answer.body))).toEqual({});
  expect(database.seen).toEqual([{ ReturnConsumedCapacity: "INDEXES" }]);
  const counts = meter.take();
  expect(counted(counts, "dynamodb.write")).toEqual([
    ["deliver", "sends", 4],
    ["deliver", "customers", 6],
  ]);
  expect(counted(counts, "calls")).toEqual([["deliver", "DYNAMODB TransactWriteItems", 1]]);
  expect(meter.take()).toEqual([]);
});

test("a write whose condition fails is counted too, and twice in a transaction", async () => {
  const meter = new Meter();
  const failing = service("DYNAMODB", 400, { __type: "x#ConditionalCheckFailedException" });
  await meter.call(failing, request("DynamoDB_20120810.UpdateItem", { TableName: "pace" }));
  const cancelled = service("DYNAMODB", 400, { __type: "x#TransactionCanceledException" });
  const items = [{ Put: { TableName: "sends" } }, { Update: { TableName: "customers" } }];
  await meter.call(cancelled, request("DynamoDB_20120810.TransactWriteItems", { TransactItems: items }));
  expect(counted(meter.take(), "dynamodb.write")).toEqual([
    ["deliver", "pace", 1],
    ["deliver", "sends", 2],
    ["deliver", "customers", 2],
  ]);
});

test("messages are counted by each 64 KB that is sent, received ten at a time and deleted", async () => {
  const meter = new Meter();
  const Entries = [{ MessageBody: "x".repeat(40_000) }, { MessageBody: "x".repeat(40_000) }];
  await meter.call(service("SQS", 200, {}), request("AmazonSQS.SendMessageBatch", { Entries }));
  const Records = Array.from({ length: 12 }, () => ({ eventSource: "aws:sqs", body: "x".repeat(10_000) }));
  meter.invoked({ who: "deliver", event: { Records }, milliseconds: 20, active: 5 });
  const counts = meter.take();
  expect(counted(counts, "sqs.requests")).toEqual([
    ["deliver", "SendMessageBatch", 2],
    ["deliver", "Receive", 3],
    ["deliver", "Delete", 2],
  ]);
  expect(counted(counts, "sqs.messages")).toEqual([["deliver", "", 12]]);
  expect(counted(counts, "lambda.invocations")).toEqual([["deliver", "", 1]]);
  expect(counted(counts, "lambda.active")).toEqual([["deliver", "", 5]]);
});

test("mails are those that SES accepted, and events those that it published", async () => {
  const meter = new Meter();
  const BulkEmailEntryResults = [
    { Status: "SUCCESS" },
    { Status: "ACCOUNT_THROTTLED" },
    { Status: "SUCCESS" },
  ];
  await meter.call(service("SESV2", 200, { BulkEmailEntryResults }), {
    ...request("", {}),
    headers: {},
    path: "/v2/email/outbound-bulk-emails",
  });
  meter.emitted({ source: "aws.ses", "detail-type": "Email Sent" });
  meter.delivered("arn:aws:sqs:us-east-1:000000000000:feedback", "{}");
  const counts = meter.take();
  expect(counted(counts, "ses.mails")).toEqual([["deliver", "accepted", 2]]);
  expect(counted(counts, "events.ses")).toEqual([["aws", "Email Sent", 1]]);
  expect(counted(counts, "sqs.requests")).toEqual([["aws", "Send by EventBridge", 1]]);
});
