import { describe, expect, test } from "vitest";
import type { AwsRequest } from "../../../local/contract.ts";
import { dynamoDbNeeds } from "../../../local/iam/needs/dynamodb.ts";
import { eventsNeeds } from "../../../local/iam/needs/events.ts";
import type { NeedsOf } from "../../../local/iam/needs/need.ts";
import { s3Needs } from "../../../local/iam/needs/s3.ts";
import { schedulerNeeds } from "../../../local/iam/needs/scheduler.ts";
import { secretsNeeds } from "../../../local/iam/needs/secrets.ts";
import { sesNeeds } from "../../../local/iam/needs/ses.ts";
import { sqsNeeds } from "../../../local/iam/needs/sqs.ts";

const at = (service: string, resource: string) => `arn:aws:${service}:us-east-1:000000000000:${resource}`;
const secret = at("secretsmanager", "secret:keys-Ab12Cd");
const names = {
  account: "000000000000",
  region: "us-east-1",
  buckets: new Set(["imports"]),
  secrets: [secret],
};

type Call = { target?: string; http?: string; host?: string; body?: unknown };
/** What a call needs, `dynamodb:GetItem on arn:…`. */
function needs(of: NeedsOf, { target, http = "POST /", host = "127.0.0.1:3003", body }: Call): string[] {
  const [method = "", address = ""] = http.split(" ");
  const { pathname, searchParams } = new URL(address, "http://127.0.0.1");
  const request: AwsRequest = {
    method,
    path: pathname,
    query: searchParams,
    headers: { host, ...(target && { "x-amz-target": target }) },
    body: Buffer.from(typeof body === "string" ? body : JSON.stringify(body ?? {})),
    caller: undefined,
  };
  return of(request, names).map(({ action, resource }) => `${action} on ${resource}`);
}

describe("DynamoDB", () => {
  const table = (name: string) => at("dynamodb", `table/${name}`);
  const key = { id: { S: "x" } };
  const dynamoDb = (operation: string, body: unknown) =>
    needs(dynamoDbNeeds, { target: `DynamoDB_20120810.${operation}`, body });

  test.each(["GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "Scan", "DescribeTable"])(
    "%s needs its own action on the table",
    (operation) => {
      expect(dynamoDb(operation, { TableName: "orders", Key: key })).toEqual([
        `dynamodb:${operation} on ${table("orders")}`,
      ]);
    },
  );

  test("an index is a resource of its own", () => {
    expect(dynamoDb("Query", { TableName: "orders", IndexName: "byCustomer" })).toEqual([
      `dynamodb:Query on ${table("orders")}/index/byCustomer`,
    ]);
  });

  test("a table may be given by its ARN", () => {
    expect(dynamoDb("GetItem", { TableName: table("orders") })).toEqual([
      `dynamodb:GetItem on ${table("orders")}`,
    ]);
  });

  test.each(["BatchGetItem", "BatchWriteItem"])("%s needs its action on each table", (operation) => {
    expect(dynamoDb(operation, { RequestItems: { orders: {}, items: {} } })).toEqual([
      `dynamodb:${operation} on ${table("orders")}`,
      `dynamodb:${operation} on ${table("items")}`,
    ]);
  });

  test("a transaction needs the action of each of its writes, on the table of each", () => {
    const TransactItems = [
      { Put: { TableName: "orders", Item: key } },
      { Update: { TableName: "customers", Key: key } },
      { Delete: { TableName: "identities", Key: key } },
      { ConditionCheck: { TableName: "suppressions", Key: key } },
    ];
    expect(dynamoDb("TransactWriteItems", { TransactItems })).toEqual([
      `dynamodb:PutItem on ${table("orders")}`,
      `dynamodb:UpdateItem on ${table("customers")}`,
      `dynamodb:DeleteItem on ${table("identities")}`,
      `dynamodb:ConditionCheckItem on ${table("suppressions")}`,
    ]);
  });

  test("reads in a transaction need GetItem", () => {
    expect(
      dynamoDb("TransactGetItems", { TransactItems: [{ Get: { TableName: "orders", Key: key } }] }),
    ).toEqual([`dynamodb:GetItem on ${table("orders")}`]);
  });

  test("a body that can't be read names no table of anyone's", () => {
    expect(dynamoDb("PutItem", "{")).toEqual([`dynamodb:PutItem on ${table("undefined")}`]);
  });
});

describe("SQS", () => {
  const queue = at("sqs", "sends");
  const sqs = (operation: string, body: object) =>
    needs(sqsNeeds, { target: `AmazonSQS.${operation}`, body });
  const QueueUrl = "http://127.0.0.1:3003/sqs/000000000000/sends";

  test.each([
    ["SendMessage", "SendMessage"],
    ["SendMessageBatch", "SendMessage"],
    ["ReceiveMessage", "ReceiveMessage"],
    ["DeleteMessage", "DeleteMessage"],
    ["DeleteMessageBatch", "DeleteMessage"],
    ["ChangeMessageVisibilityBatch", "ChangeMessageVisibility"],
    ["GetQueueAttributes", "GetQueueAttributes"],
    ["PurgeQueue", "PurgeQueue"],
  ])("%s needs %s on the queue", (operation, action) => {
    expect(sqs(operation, { QueueUrl })).toEqual([`sqs:${action} on ${queue}`]);
  });

  test("a queue that is asked for by name is the same", () => {
    expect(sqs("GetQueueUrl", { QueueName: "sends" })).toEqual([`sqs:GetQueueUrl on ${queue}`]);
  });

  test("moving dead letters needs both ends of the way", () => {
    const SourceArn = at("sqs", "undelivered");
    expect(sqs("StartMessageMoveTask", { SourceArn, DestinationArn: queue })).toEqual([
      `sqs:StartMessageMoveTask on ${SourceArn}`,
      `sqs:ReceiveMessage on ${SourceArn}`,
      `sqs:DeleteMessage on ${SourceArn}`,
      `sqs:GetQueueAttributes on ${SourceArn}`,
      `sqs:SendMessage on ${queue}`,
    ]);
  });
});

describe("SES", () => {
  const ses = (http: string, body?: object) => needs(sesNeeds, { http, body });
  const sending = {
    FromEmailAddress: "Kopi Senja <halo@kopisenja.id>",
    ConfigurationSetName: "Sapa",
  };
  const identity = at("ses", "identity/halo@kopisenja.id");
  const set = at("ses", "configuration-set/Sapa");
  const template = at("ses", "template/sapa-1");

  test("a bulk send needs its action on identity, template and configuration set", () => {
    const body = {
      ...sending,
      DefaultContent: { Template: { TemplateName: "sapa-1" } },
      BulkEmailEntries: [],
    };
    expect(ses("POST /v2/email/outbound-bulk-emails", body)).toEqual([
      `ses:SendBulkEmail on ${identity}`,
      `ses:SendBulkEmail on ${template}`,
      `ses:SendBulkEmail on ${set}`,
    ]);
  });

  test("a mail of its own needs identity and configuration set", () => {
    expect(ses("POST /v2/email/outbound-emails", { ...sending, Content: { Simple: {} } })).toEqual([
      `ses:SendEmail on ${identity}`,
      `ses:SendEmail on ${set}`,
    ]);
  });

  test("a mail without configuration set needs the identity alone", () => {
    const { FromEmailAddress } = sending;
    expect(ses("POST /v2/email/outbound-emails", { FromEmailAddress, Content: { Simple: {} } })).toEqual([
      `ses:SendEmail on ${identity}`,
    ]);
  });

  test("a raw mail needs an action of its own", () => {
    const body = { FromEmailAddress: "halo@kopisenja.id", Content: { Raw: { Data: "" } } };
    expect(ses("POST /v2/email/outbound-emails", body)).toEqual([`ses:SendRawEmail on ${identity}`]);
  });

  test.each([
    ["GET /v2/email/account", "ses:GetAccount on *"],
    [
      "GET /v2/email/identities/kopisenja.id",
      `ses:GetEmailIdentity on ${at("ses", "identity/kopisenja.id")}`,
    ],
    ["GET /v2/email/identities/a%40b.id", `ses:GetEmailIdentity on ${at("ses", "identity/a@b.id")}`],
    ["DELETE /v2/email/identities/b.id", `ses:DeleteEmailIdentity on ${at("ses", "identity/b.id")}`],
    ["GET /v2/email/templates", "ses:ListEmailTemplates on *"],
    ["GET /v2/email/templates/sapa-1", `ses:GetEmailTemplate on ${template}`],
    ["PUT /v2/email/templates/sapa-1", `ses:UpdateEmailTemplate on ${template}`],
    ["DELETE /v2/email/templates/sapa-1", `ses:DeleteEmailTemplate on ${template}`],
    ["POST /v2/email/templates/sapa-1/render", `ses:TestRenderEmailTemplate on ${template}`],
  ])("%s needs %s", (http, expected) => {
    expect(ses(http)).toEqual([expected]);
  });

  test("a new template or identity is the resource that its making is about", () => {
    expect(ses("POST /v2/email/templates", { TemplateName: "sapa-1" })).toEqual([
      `ses:CreateEmailTemplate on ${template}`,
    ]);
    expect(ses("POST /v2/email/identities", { EmailIdentity: "b.id" })).toEqual([
      `ses:CreateEmailIdentity on ${at("ses", "identity/b.id")}`,
    ]);
  });
});

describe("S3", () => {
  test.each([
    ["GET /imports/imports/a.csv", "s3:GetObject on arn:aws:s3:::imports/imports/a.csv"],
    ["HEAD /imports/a", "s3:GetObject on arn:aws:s3:::imports/a"],
    ["PUT /imports/b%20c?X-Amz-Signature=0", "s3:PutObject on arn:aws:s3:::imports/b c"],
    ["DELETE /imports/a", "s3:DeleteObject on arn:aws:s3:::imports/a"],
    ["POST /imports/a", "s3:POST on arn:aws:s3:::imports/a"],
  ])("%s needs %s", (http, expected) => {
    expect(needs(s3Needs, { http })).toEqual([expected]);
  });

  test("a bucket may be named by the host", () => {
    expect(needs(s3Needs, { http: "GET /a/b", host: "imports.localhost:3003" })).toEqual([
      "s3:GetObject on arn:aws:s3:::imports/a/b",
    ]);
  });
});

describe("Scheduler", () => {
  const role = "arn:aws:iam::000000000000:role/schedules";
  const schedule = at("scheduler", "schedule/Sapa/cam_1");

  test.each([
    ["POST", "CreateSchedule"],
    ["PUT", "UpdateSchedule"],
  ])("%s needs %s on the schedule, and to hand its role to Scheduler", (method, action) => {
    const body = { GroupName: "Sapa", Target: { Arn: at("lambda", "function:x"), RoleArn: role } };
    expect(needs(schedulerNeeds, { http: `${method} /schedules/cam_1`, body })).toEqual([
      `scheduler:${action} on ${schedule}`,
      `iam:PassRole on ${role}`,
    ]);
  });

  test.each([
    ["GET /schedules/cam_1?groupName=Sapa", `scheduler:GetSchedule on ${schedule}`],
    ["DELETE /schedules/cam_1?groupName=Sapa", `scheduler:DeleteSchedule on ${schedule}`],
    ["DELETE /schedules/cam_1", `scheduler:DeleteSchedule on ${at("scheduler", "schedule/default/cam_1")}`],
    ["GET /schedules", "scheduler:ListSchedules on *"],
  ])("%s needs %s", (http, expected) => {
    expect(needs(schedulerNeeds, { http })).toEqual([expected]);
  });

  test("tells to whom the role is handed", () => {
    const request = {
      method: "POST",
      path: "/schedules/cam_1",
      query: new URLSearchParams(),
      headers: {},
      body: Buffer.from(JSON.stringify({ Target: { RoleArn: role } })),
      caller: undefined,
    };
    expect(schedulerNeeds(request, names)[1]?.context).toEqual({
      "iam:passedtoservice": "scheduler.amazonaws.com",
    });
  });
});

describe("EventBridge", () => {
  test("putting events needs each bus that they are for", () => {
    const Entries = [
      { EventBusName: "Sapa" },
      { EventBusName: at("events", "event-bus/Sapa") },
      {},
      { EventBusName: "Sapa" },
    ];
    expect(new Set(needs(eventsNeeds, { target: "AWSEvents.PutEvents", body: { Entries } }))).toEqual(
      new Set([
        `events:PutEvents on ${at("events", "event-bus/Sapa")}`,
        `events:PutEvents on ${at("events", "event-bus/default")}`,
      ]),
    );
  });
});

describe("Secrets Manager", () => {
  test.each([
    ["its ARN", secret],
    ["its ARN without the random end", secret.slice(0, -7)],
    ["its name", "keys"],
  ])("a secret by %s is the same", (_, SecretId) => {
    expect(needs(secretsNeeds, { target: "secretsmanager.GetSecretValue", body: { SecretId } })).toEqual([
      `secretsmanager:GetSecretValue on ${secret}`,
    ]);
  });

  test("a secret that is not of the stack is another", () => {
    const body = { SecretId: "other" };
    expect(needs(secretsNeeds, { target: "secretsmanager.GetSecretValue", body })).toEqual([
      `secretsmanager:GetSecretValue on ${at("secretsmanager", "secret:other")}`,
    ]);
  });
});
