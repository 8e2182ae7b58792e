import { createRequire } from "node:module";
import { DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
import { ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LocalHost, startHost } from "../../../local/host.ts";
import type { Template } from "../../../local/template.ts";
import { apiResources, apiUrlOutput, functionResource, roleResources, stackOf } from "../support/stack.ts";

const at = (service: string, resource: string) => `arn:aws:${service}:us-east-1:000000000000:${resource}`;
const sdk = (name: string) => createRequire(import.meta.url).resolve(`@aws-sdk/${name}`);

/** Makes one call and tells what came of it, as the product's own functions would see it. */
const caller = `
  import { createRequire } from "node:module";
  const clients = {
    dynamodb: [${JSON.stringify(sdk("client-dynamodb"))}, "DynamoDBClient"],
    sqs: [${JSON.stringify(sdk("client-sqs"))}, "SQSClient"],
    ses: [${JSON.stringify(sdk("client-sesv2"))}, "SESv2Client"],
    s3: [${JSON.stringify(sdk("client-s3"))}, "S3Client"],
    scheduler: [${JSON.stringify(sdk("client-scheduler"))}, "SchedulerClient"],
    events: [${JSON.stringify(sdk("client-eventbridge"))}, "EventBridgeClient"],
    secrets: [${JSON.stringify(sdk("client-secrets-manager"))}, "SecretsManagerClient"],
  };
  const presigner = ${JSON.stringify(sdk("s3-request-presigner"))};
  export const handler = async ({ service, command, input, presigned }) => {
    console.log("called");
    const [path, name] = clients[service];
    const library = createRequire(path)(path);
    const client = new library[name]({ maxAttempts: 1, requestChecksumCalculation: "WHEN_REQUIRED" });
    const call = new library[command](input);
    if (presigned) return createRequire(presigner)(presigner).getSignedUrl(client, call);
    return client.send(call).then(
      ({ $metadata }) => ({ status: $metadata.httpStatusCode }),
      ({ name, message, $metadata }) => ({ name, message, status: $metadata.httpStatusCode }));
  };`;

const scheduleRole = "arn:aws:iam::000000000000:role/Schedules";
const table = { TableName: "orders", Key: { id: { S: "x" } } };
const target = { Arn: at("lambda", "function:Able"), RoleArn: scheduleRole };
const schedule = {
  Name: "s",
  GroupName: "g",
  ScheduleExpression: "rate(1 day)",
  FlexibleTimeWindow: { Mode: "OFF" },
};
const mail = {
  FromEmailAddress: "halo@example.com",
  Destination: { ToAddresses: ["ani@example.com"] },
  ConfigurationSetName: "set",
  Content: { Simple: { Subject: { Data: "s" }, Body: { Text: { Data: "t" } } } },
};

type Call = { service: string; command: string; input: object };
type Case = Call & { name: string; status: number; message: string | RegExp };
const user = at("sts", "assumed-role/BlindRole/Blind").replace("us-east-1", "");
const because = (action: string, resource: string) =>
  `User: ${user} is not authorized to perform: ${action} on resource: ${resource} because no identity-based policy allows the ${action} action`;

const cases: Record<string, Case> = {
  DynamoDB: {
    service: "dynamodb",
    command: "GetItemCommand",
    input: table,
    name: "AccessDeniedException",
    status: 400,
    message: because("dynamodb:GetItem", at("dynamodb", "table/orders")),
  },
  "a DynamoDB transaction": {
    service: "dynamodb",
    command: "TransactWriteItemsCommand",
    input: { TransactItems: [{ Delete: table }] },
    name: "AccessDeniedException",
    status: 400,
    message: because("dynamodb:DeleteItem", at("dynamodb", "table/orders")),
  },
  SQS: {
    service: "sqs",
    command: "SendMessageCommand",
    input: { QueueUrl: "/000000000000/sends", MessageBody: "x" },
    name: "AccessDenied",
    status: 403,
    message: because("sqs:sendmessage", at("sqs", "sends")),
  },
  SES: {
    service: "ses",
    command: "SendEmailCommand",
    input: mail,
    name: "AccessDeniedException",
    status: 403,
    message: `User \`${user}' is not authorized to perform \`ses:SendEmail' on resource \`${at("ses", "identity/halo@example.com")}'`,
  },
  S3: {
    service: "s3",
    command: "GetObjectCommand",
    input: { Bucket: "imports", Key: "a" },
    name: "AccessDenied",
    status: 403,
    message: because("s3:GetObject", '"arn:aws:s3:::imports/a"'),
  },
  Scheduler: {
    service: "scheduler",
    command: "CreateScheduleCommand",
    input: { ...schedule, Target: target },
    name: "AccessDeniedException",
    status: 403,
    message: because("scheduler:CreateSchedule", at("scheduler", "schedule/g/s")),
  },
  EventBridge: {
    service: "events",
    command: "PutEventsCommand",
    input: { Entries: [{ EventBusName: "bus", Source: "a", DetailType: "b", Detail: "{}" }] },
    name: "AccessDeniedException",
    status: 400,
    message: because("events:PutEvents", at("events", "event-bus/bus")),
  },
  "Secrets Manager": {
    service: "secrets",
    command: "GetSecretValueCommand",
    input: { SecretId: "keys" },
    name: "AccessDeniedException",
    status: 400,
    message:
      /^User: .* is not authorized to perform: secretsmanager:GetSecretValue on resource: arn:aws:secretsmanager:us-east-1:000000000000:secret:keys-\w{6} because/,
  },
};

/** What Able may do: all that Blind is refused, and no more. */
const rights = [
  { Action: ["dynamodb:GetItem", "dynamodb:DeleteItem"], Resource: { "Fn::GetAtt": ["Table", "Arn"] } },
  { Action: "sqs:SendMessage", Resource: [{ "Fn::GetAtt": ["Queue", "Arn"] }, at("sqs", "closed")] },
  { Action: "ses:SendEmail", Resource: [at("ses", "identity/*"), at("ses", "configuration-set/set")] },
  { Action: "s3:*Object", Resource: { "Fn::Join": ["/", [{ "Fn::GetAtt": ["Bucket", "Arn"] }, "*"]] } },
  { Action: "scheduler:CreateSchedule", Resource: at("scheduler", "schedule/g/*") },
  {
    Action: "iam:PassRole",
    Resource: [{ "Fn::GetAtt": ["Schedules", "Arn"] }, { "Fn::GetAtt": ["Others", "Arn"] }],
    Condition: { StringEquals: { "iam:PassedToService": "scheduler.amazonaws.com" } },
  },
  { Action: "events:PutEvents", Resource: { "Fn::GetAtt": ["Bus", "Arn"] } },
  { Action: "secretsmanager:GetSecretValue", Resource: { Ref: "Secret" } },
];

const withRole = (id: string) => functionResource(id, { Role: { "Fn::GetAtt": [`${id}Role`, "Arn"] } });
const trust = (group: string) => ({
  Type: "AWS::IAM::Role",
  Properties: {
    AssumeRolePolicyDocument: {
      Statement: [
        {
          Effect: "Allow",
          Action: "sts:AssumeRole",
          Principal: { Service: "scheduler.amazonaws.com" },
          Condition: {
            StringEquals: { "aws:SourceAccount": { Ref: "AWS::AccountId" } },
            ArnLike: { "aws:SourceArn": at("scheduler", `schedule-group/${group}`) },
          },
        },
      ],
    },
  },
});
const queue = (QueueName: string) => ({ Type: "AWS::SQS::Queue", Properties: { QueueName } });
/** A rule whose events are for a queue, and else for the graves. */
const rule = (detailType: string, QueueName: string) => ({
  Type: "AWS::Events::Rule",
  Properties: {
    EventBusName: { Ref: "Bus" },
    EventPattern: { "detail-type": [detailType] },
    Targets: [
      { Id: "t", Arn: at("sqs", QueueName), DeadLetterConfig: { Arn: { "Fn::GetAtt": ["Graves", "Arn"] } } },
    ],
  },
});
const letIn = (id: string, sources: string[]) => ({
  Type: "AWS::SQS::QueuePolicy",
  Properties: {
    Queues: [{ Ref: id }],
    PolicyDocument: {
      Statement: [
        {
          Effect: "Deny",
          Action: "sqs:*",
          Principal: "*",
          Resource: "*",
          Condition: { Bool: { "aws:SecureTransport": "false" } },
        },
        {
          Effect: "Allow",
          Action: "sqs:SendMessage",
          Principal: { Service: "events.amazonaws.com" },
          Resource: { "Fn::GetAtt": [id, "Arn"] },
          Condition: {
            ArnEquals: { "aws:SourceArn": sources.map((source) => ({ "Fn::GetAtt": [source, "Arn"] })) },
          },
        },
      ],
    },
  },
});

/** A resource's own policy that denies Able's role one action. */
const denying = (Type: string, properties: object, [Action, Resource]: [string, string]) => ({
  Type,
  Properties: {
    ...properties,
    PolicyDocument: {
      Statement: [
        { Effect: "Deny", Principal: { AWS: { "Fn::GetAtt": ["AbleRole", "Arn"] } }, Action, Resource },
      ],
    },
  },
});

const resources: Template["Resources"] = {
  Blind: withRole("Blind"),
  Able: withRole("Able"),
  ...roleResources("BlindRole", []),
  ...roleResources("AbleRole", rights),
  Table: {
    Type: "AWS::DynamoDB::Table",
    Properties: {
      TableName: "orders",
      BillingMode: "PAY_PER_REQUEST",
      KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
      AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
    },
  },
  Queue: queue("sends"),
  Heard: queue("heard"),
  Deaf: queue("deaf"),
  Graves: queue("graves"),
  Closed: queue("closed"),
  ClosedPolicy: denying("AWS::SQS::QueuePolicy", { Queues: [{ Ref: "Closed" }] }, ["sqs:SendMessage", "*"]),
  HeardPolicy: letIn("Heard", ["Loud"]),
  GravesPolicy: letIn("Graves", ["Loud", "Muted"]),
  Loud: rule("loud", "heard"),
  Muted: rule("muted", "deaf"),
  Bucket: { Type: "AWS::S3::Bucket", Properties: { BucketName: "imports" } },
  BucketPolicy: denying("AWS::S3::BucketPolicy", { Bucket: { Ref: "Bucket" } }, [
    "s3:GetObject",
    "arn:aws:s3:::imports/secret/*",
  ]),
  Bus: { Type: "AWS::Events::EventBus", Properties: { Name: "bus" } },
  Secret: { Type: "AWS::SecretsManager::Secret", Properties: { Name: "keys", SecretString: "x" } },
  Set: { Type: "AWS::SES::ConfigurationSet", Properties: { Name: "set" } },
  Group: { Type: "AWS::Scheduler::ScheduleGroup", Properties: { Name: "g" } },
  Schedules: trust("g"),
  Others: trust("other"),
  ...apiResources("Able"),
};

let host: LocalHost;
const printed: string[] = [];
beforeAll(async () => {
  const assembly = stackOf({ Blind: caller, Able: caller }, resources);
  assembly.template.Outputs = apiUrlOutput;
  host = await startHost(assembly, { port: 0, print: (line) => printed.push(line) });
}, 60_000);
afterAll(() => host.stop());

// biome-ignore lint/suspicious/noExplicitAny: what came of a call is said by the expectations.
const call = (functionName: string, given: object): Promise<any> => {
  const input = JSON.parse(
    JSON.stringify(given).replace('"/000000000000', `"${host.awsUrl}/sqs/000000000000`),
  );
  return host.host.invoke(functionName, input);
};

describe("a call that no policy allows is refused as AWS does it", () => {
  test.each(Object.entries(cases))("by %s", async (_, { service, command, input, name, status, message }) => {
    const refused = await call("Blind", { service, command, input });

    expect(refused).toMatchObject({ name, status });
    if (typeof message === "string") expect(refused.message).toBe(message);
    else expect(refused.message).toMatch(message);
  });
});

describe("a call that a policy allows gets through", () => {
  test.each(Object.entries(cases))("to %s", async (_, { service, command, input }) => {
    const { name, status } = await call("Able", { service, command, input });

    // There is nothing in the bucket, which is the service's own answer.
    expect({ name, status }).toEqual(service === "s3" ? { name: "NoSuchKey", status: 404 } : { status: 200 });
  });
});

describe("a policy of the resource itself that denies outweighs the caller's, which allows", () => {
  test.each([
    ["SQS", { ...cases.SQS, input: { QueueUrl: "/000000000000/closed", MessageBody: "x" } }, "AccessDenied"],
    ["S3", { ...cases.S3, input: { Bucket: "imports", Key: "secret/a" } }, "AccessDenied"],
  ])("of %s", async (_, { service, command, input }, name) => {
    expect(await call("Able", { service, command, input })).toMatchObject({
      name,
      status: 403,
      message: expect.stringMatching(/ with an explicit deny in a resource-based policy$/),
    });
  });
});

describe("a presigned URL", () => {
  const upload = { service: "s3", command: "PutObjectCommand", input: { Bucket: "imports", Key: "a.csv" } };
  const put = async (signer: string) => {
    const url = await call(signer, { ...upload, presigned: true });
    return fetch(url, { method: "PUT", body: "a,b", headers: { "content-length": "3" } });
  };

  test("is worth what its signer may do", async () => {
    expect((await put("Able")).status).toBe(200);
    const refused = await put("Blind");
    expect(refused.status).toBe(403);
    expect(await refused.text()).toContain("<Code>AccessDenied</Code>");
  });
});

describe("a role for Scheduler", () => {
  const create = (input: object) =>
    call("Able", { service: "scheduler", command: "CreateScheduleCommand", input });

  test("that whoever makes the schedule may not hand on is refused", async () => {
    const RoleArn = "arn:aws:iam::000000000000:role/AbleRole";
    expect(await create({ ...schedule, Name: "passed", Target: { ...target, RoleArn } })).toMatchObject({
      name: "AccessDeniedException",
      message: expect.stringContaining(`is not authorized to perform: iam:PassRole on resource: ${RoleArn}`),
    });
  });

  test("that does not trust schedules of this group is refused", async () => {
    const RoleArn = scheduleRole.replace("Schedules", "Others");
    expect(await create({ ...schedule, Name: "distrusted", Target: { ...target, RoleArn } })).toMatchObject({
      name: "ValidationException",
      message: "The execution role you provide must allow AWS EventBridge Scheduler to assume the role.",
    });
  });
});

describe("a rule", () => {
  const raise = async (DetailType: string) => {
    const Entries = [{ EventBusName: "bus", Source: "a", DetailType, Detail: "{}" }];
    await call("Able", { service: "events", command: "PutEventsCommand", input: { Entries } });
    await host.idle();
  };
  const taken = async (name: string) => {
    const sqs = new SQSClient({
      endpoint: `${host.awsUrl}/sqs`,
      region: "us-east-1",
      credentials: host.operator,
    });
    const QueueUrl = `${host.awsUrl}/sqs/000000000000/${name}`;
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }),
    );
    return Messages.map(({ Body = "" }) => JSON.parse(Body)["detail-type"]);
  };

  test("reaches a queue whose policy lets it in", async () => {
    await raise("loud");
    expect(await taken("heard")).toEqual(["loud"]);
  });

  test("does not reach a queue whose policy does not, however often it would try, and the event is kept", async () => {
    await raise("muted");
    expect(await taken("deaf")).toEqual([]);
    expect(await taken("graves")).toEqual(["muted"]);
  });
});

describe("a caller", () => {
  const get = (credentials: { accessKeyId: string; secretAccessKey: string }) => {
    const client = new DynamoDBClient({
      endpoint: `${host.awsUrl}/dynamodb`,
      region: "us-east-1",
      credentials,
    });
    return client.send(new GetItemCommand(table));
  };

  test("that nobody knows is refused", async () => {
    await expect(get({ accessKeyId: "AKIAUNKNOWN", secretAccessKey: "x" })).rejects.toMatchObject({
      name: "UnrecognizedClientException",
    });
  });

  test("that does not sign is refused", async () => {
    const answer = await fetch(`${host.awsUrl}/dynamodb`, {
      method: "POST",
      headers: { "x-amz-target": "DynamoDB_20120810.GetItem" },
      body: JSON.stringify(table),
    });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({
      __type: expect.stringContaining("MissingAuthenticationToken"),
    });
    expect((await fetch(`${host.awsUrl}/s3/imports/a.csv`)).status).toBe(403);
    expect((await fetch(`${host.awsUrl}/s3/imports/new`, { method: "PUT", body: "x" })).status).toBe(403);
  });

  test("who is the operator may do everything", async () => {
    await expect(get(host.operator)).resolves.toMatchObject({ $metadata: { httpStatusCode: 200 } });
  });
});

describe("what stands in the template and can't work is refused at the start", () => {
  const start = (more: Template["Resources"]) =>
    startHost(stackOf({ Able: caller }, { Able: withRole("Able"), ...more }), { port: 0, print: () => {} });

  test("a function that may not read the queue that feeds it", async () => {
    const mapping = {
      Queue: queue("sends"),
      ...roleResources("AbleRole", [{ Action: "sqs:ReceiveMessage", Resource: at("sqs", "sends") }]),
      Mapping: {
        Type: "AWS::Lambda::EventSourceMapping",
        Properties: { EventSourceArn: { "Fn::GetAtt": ["Queue", "Arn"] }, FunctionName: { Ref: "Able" } },
      },
    };
    await expect(start(mapping)).rejects.toThrow(
      /not authorized to perform: sqs:DeleteMessage on resource: .*:sends /,
    );
  });

  test("a policy that the host does not understand", async () => {
    const Condition = { IpAddress: { "aws:SourceIp": "10.0.0.0/8" } };
    await expect(
      start(roleResources("AbleRole", [{ Action: "*", Resource: "*", Condition }])),
    ).rejects.toThrow(/^AbleRolePolicy: the local host does not/);
  });
});

test("API Gateway is an internal error to the outside where a function does not let it in", async () => {
  const { Permission: _, ...others } = apiResources("Able");
  const assembly = stackOf(
    { Able: "export const handler = async () => 1;" },
    { Able: withRole("Able"), ...roleResources("AbleRole", []), ...others },
  );
  assembly.template.Outputs = apiUrlOutput;
  const lines: string[] = [];
  const closed = await startHost(assembly, { port: 0, print: (line) => lines.push(line) });
  try {
    expect((await fetch(closed.apiUrl)).status).toBe(500);
    expect(lines.join()).toContain(
      "User: apigateway.amazonaws.com is not authorized to perform: lambda:InvokeFunction",
    );
  } finally {
    await closed.stop();
  }
});

test("a function whose role may not write its log is told of on the terminal, once", () => {
  const told = printed.filter((line) => line.includes("logs:CreateLogStream") && line.startsWith("Able"));

  expect(told).toEqual([expect.stringContaining("log-group:/aws/lambda/Able:log-stream:")]);
});
