import { describe, expect, test } from "vitest";
import { functionSettings } from "../../infra/functions.ts";
import { metricsOf } from "./metrics.ts";
import { statementsOf, synthesise, text } from "./synthesised.ts";

const stack = synthesise({ senderDomain: "kopisenja.id", alarmEmail: "ops@kopisenja.id" });
const policies = [
  "AWS::IAM::Policy",
  "AWS::SQS::QueuePolicy",
  "AWS::S3::BucketPolicy",
  "AWS::SNS::TopicPolicy",
];
const statements = policies
  .flatMap((type) => stack.ofType(type))
  .flatMap(({ id, properties }) =>
    statementsOf(properties.PolicyDocument).map((statement) => ({ id, ...statement })),
  );

describe("permissions", () => {
  test("no statement allows an action with a wildcard", () => {
    const wild = statements.filter(
      ({ effect, actions }) => effect === "Allow" && actions.some((a) => a.includes("*")),
    );
    expect(wild).toEqual([]);
  });

  test("a wildcard resource is one that AWS forces or that names things made while Sapa runs", () => {
    const wild = statements
      .filter(({ effect }) => effect === "Allow")
      .flatMap(({ actions, resources }) =>
        resources
          .filter((arn) => arn.includes("*"))
          .flatMap((arn) =>
            actions.map(
              (action) => `${action} on ${arn.replace(/^.*<AWS::AccountId>:/, "").replace(/^<.*>/, "")}`,
            ),
          ),
      );
    expect([...new Set(wild)].sort()).toEqual([
      "s3:GetObject on /imports/*",
      "s3:PutObject on /imports/*",
      "scheduler:CreateSchedule on schedule/Sapa/*",
      "scheduler:DeleteSchedule on schedule/Sapa/*",
      "scheduler:UpdateSchedule on schedule/Sapa/*",
      "ses:CreateEmailTemplate on template/sapa-*",
      "ses:DeleteEmailTemplate on template/sapa-*",
      "ses:GetAccount on *",
      "ses:GetEmailIdentity on identity/*",
      "ses:SendBulkEmail on identity/*",
      "ses:SendBulkEmail on template/sapa-*",
      "ses:SendBulkTemplatedEmail on identity/*",
      "ses:SendBulkTemplatedEmail on template/sapa-*",
      "ses:SendEmail on identity/*",
      "ses:TestRenderEmailTemplate on template/sapa-*",
    ]);
  });

  test("mail can be sent with this stack's configuration set only", () => {
    const sets = statements
      .flatMap(({ resources }) => resources)
      .filter((arn) => arn.includes("configuration-set"));
    expect(new Set(sets.map((arn) => arn.split(":configuration-set/")[1]))).toEqual(new Set(["Sapa"]));
  });

  test("no role carries a policy that AWS manages and may widen", () => {
    for (const { properties } of stack.ofType("AWS::IAM::Role"))
      expect(properties.ManagedPolicyArns).toBeUndefined();
  });

  test("Scheduler's role calls release-batches, settle-run and send-letters and nothing else, for schedules of this group only", () => {
    const role = stack
      .ofType("AWS::IAM::Role")
      .find(({ properties }) => JSON.stringify(properties).includes("scheduler.amazonaws.com"));
    const [trust] = statementsOf(role?.properties.AssumeRolePolicyDocument);
    const condition = trust?.condition as { StringEquals: Record<string, unknown> };
    const called = statements.filter(({ actions }) => actions.includes("lambda:InvokeFunction"));

    expect(text(condition.StringEquals["aws:SourceAccount"])).toBe("<AWS::AccountId>");
    expect(text(condition.StringEquals["aws:SourceArn"])).toMatch(/:schedule-group\/Sapa$/);
    expect(
      called.flatMap(({ resources }) => resources.map((arn) => arn.split(":function:")[1])).sort(),
    ).toEqual(["Sapa-release-batches", "Sapa-send-letters", "Sapa-settle-run"]);
  });

  test("functions may pass Scheduler's role on to Scheduler, and no other role to anyone", () => {
    const passing = statements.filter(({ actions }) => actions.includes("iam:PassRole"));

    expect(passing).toHaveLength(6);
    expect(new Set(passing.flatMap(({ resources }) => resources))).toHaveProperty("size", 1);
    for (const { actions, condition } of passing) {
      expect(actions).toEqual(["iam:PassRole"]);
      expect(condition).toEqual({ StringEquals: { "iam:PassedToService": "scheduler.amazonaws.com" } });
    }
  });
});

describe("queues", () => {
  const queues = stack.ofType("AWS::SQS::Queue");
  const ids = new Map(queues.map(({ id }) => [`<${id}.Arn>`, id]));

  test("are encrypted, keep messages for two weeks, and refuse plain HTTP", () => {
    for (const { id, properties } of queues) {
      expect(properties).toMatchObject({ SqsManagedSseEnabled: true, MessageRetentionPeriod: 1_209_600 });
      const denied = statements.filter(
        ({ effect, resources }) => effect === "Deny" && resources.includes(`<${id}.Arn>`),
      );
      expect(denied.map(({ condition }) => condition)).toContainEqual({
        Bool: { "aws:SecureTransport": "false" },
      });
    }
  });

  test("that feed a function have dead letters, and hide a message for six times the function's timeout", () => {
    const functions = new Map(
      stack.ofType("AWS::Lambda::Function").map(({ id, properties }) => [id, properties]),
    );
    const mappings = stack.ofType("AWS::Lambda::EventSourceMapping");

    expect(mappings).toHaveLength(3);
    for (const { properties } of mappings) {
      const queue = queues.find(({ id }) => id === ids.get(text(properties.EventSourceArn)));
      const { Timeout } = functions.get(text(properties.FunctionName).slice(1, -1)) as { Timeout: number };
      expect(Number(queue?.properties.VisibilityTimeout)).toBeGreaterThanOrEqual(6 * Timeout);
      expect(queue?.properties.RedrivePolicy).toMatchObject({ maxReceiveCount: 10 });
      expect(properties.FunctionResponseTypes).toEqual(["ReportBatchItemFailures"]);
      expect(properties.ScalingConfig).toMatchObject({ MaximumConcurrency: expect.any(Number) });
    }
  });

  test("that end a path are watched by an alarm that says what to do", () => {
    const ends = queues.filter(({ properties }) => !properties.RedrivePolicy).map(({ id }) => id);
    const alarms = stack.ofType("AWS::CloudWatch::Alarm");

    expect(ends).toHaveLength(2);
    for (const id of ends) {
      const alarm = alarms.find(({ properties }) => JSON.stringify(properties.Dimensions ?? "").includes(id));
      expect(String(alarm?.properties.AlarmDescription).length).toBeGreaterThan(60);
    }
  });
});

describe("events", () => {
  test("every target of a rule has a dead letter", () => {
    const targets = stack
      .ofType("AWS::Events::Rule")
      .flatMap(({ properties }) => properties.Targets as object[]);

    expect(targets).toHaveLength(6);
    for (const target of targets) expect(target).toHaveProperty("DeadLetterConfig.Arn");
  });

  test("every function that is called asynchronously keeps what failed", () => {
    const kept = stack.ofType("AWS::Lambda::EventInvokeConfig").map(({ properties }) => {
      expect(properties).toHaveProperty("DestinationConfig.OnFailure.Destination");
      return stack
        .ofType("AWS::Lambda::Function")
        .find(({ id }) => text(properties.FunctionName) === `<${id}>`);
    });

    expect(kept.map((made) => made?.properties.FunctionName).sort()).toEqual([
      "Sapa-erase-customers",
      "Sapa-import-file",
      "Sapa-release-batches",
      "Sapa-send-letters",
      "Sapa-settle-run",
    ]);
  });

  test("a function sends messages to its own queue only where its code bounds the chain, and says so", () => {
    const bounds: Record<string, string> = {
      "Sapa-prepare-runs": "core/runs/select.ts: maxHops",
      "Sapa-record-feedback": "core/feedback/clicks.ts: a click is judged once",
    };
    const functions = stack.ofType("AWS::Lambda::Function");
    const loops = stack.ofType("AWS::Lambda::EventSourceMapping").flatMap(({ properties }) => {
      const worker = functions.find(({ id }) => text(properties.FunctionName) === `<${id}>`);
      const role = JSON.stringify(worker?.properties.Role);
      const own = stack
        .ofType("AWS::IAM::Policy")
        .filter(({ properties: { Roles } }) => role.includes((Roles as { Ref: string }[])[0]?.Ref ?? "none"));
      const sends = own
        .flatMap((policy) => statementsOf(policy.properties.PolicyDocument))
        .some(
          ({ actions, resources }) =>
            actions.includes("sqs:SendMessage") && resources.includes(text(properties.EventSourceArn)),
        );
      return sends ? [worker] : [];
    });

    expect(loops.map((worker) => worker?.properties.FunctionName).sort()).toEqual(Object.keys(bounds).sort());
    for (const { properties } of functions) {
      const isBounded = Object.hasOwn(bounds, String(properties.FunctionName));
      expect(properties.RecursiveLoop, String(properties.FunctionName)).toBe(isBounded ? "Allow" : undefined);
    }
  });

  test("SES's events of this configuration set, and of no other, come back; Send events only of sampled mails", () => {
    const patterns = stack.ofType("AWS::Events::Rule").map(({ properties }) => properties.EventPattern);
    const [destination] = stack.ofType("AWS::SES::ConfigurationSetEventDestination");

    expect(patterns).toContainEqual({
      source: ["aws.ses"],
      detail: {
        eventType: [{ "anything-but": ["Send"] }],
        mail: { tags: { "ses:configuration-set": ["Sapa"] } },
      },
    });
    expect(patterns).toContainEqual({
      source: ["aws.ses"],
      detail: {
        eventType: ["Send"],
        mail: { tags: { "ses:configuration-set": ["Sapa"], sampled: ["yes"] } },
      },
    });
    expect(destination?.properties.EventDestination).toMatchObject({
      Enabled: true,
      MatchingEventTypes: expect.arrayContaining([
        "send",
        "delivery",
        "bounce",
        "complaint",
        "reject",
        "renderingFailure",
      ]),
    });
  });
});

describe("what is stored", () => {
  test("uploads are private, encrypted, asked for over HTTPS only and gone after a week", () => {
    const [bucket] = stack.ofType("AWS::S3::Bucket");

    expect(bucket?.properties).toMatchObject({
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      NotificationConfiguration: { EventBridgeConfiguration: { EventBridgeEnabled: true } },
    });
    expect(JSON.stringify(bucket?.properties.BucketEncryption)).toContain("AES256");
    expect(bucket?.properties.LifecycleConfiguration).toMatchObject({
      Rules: [{ ExpirationInDays: 7, Status: "Enabled" }],
    });
    const denied = statements.filter(({ effect, actions }) => effect === "Deny" && actions.includes("s3:*"));
    expect(denied.map(({ condition }) => condition)).toContainEqual({
      Bool: { "aws:SecureTransport": "false" },
    });
  });

  test("the root secret is random, 64 letters and digits, and outlives the stack", () => {
    const [secret] = stack.ofType("AWS::SecretsManager::Secret");

    expect(secret?.deletionPolicy).toBe("Retain");
    expect(secret?.properties.GenerateSecretString).toEqual({
      SecretStringTemplate: '{"previousRoots":[]}',
      GenerateStringKey: "root",
      PasswordLength: 64,
      ExcludePunctuation: true,
    });
  });

  test("the logs of requests hold no path, which may be a token or name somebody", () => {
    const formats = stack
      .ofType("AWS::ApiGatewayV2::Stage")
      .map(({ properties }) => String((properties.AccessLogSettings as { Format: string }).Format));

    expect(formats).toHaveLength(2);
    for (const format of formats) {
      expect(format).not.toMatch(
        /path|routeKey|\$context\.(?!requestId|requestTime|httpMethod|status|responseLatency|integrationErrorMessage)/i,
      );
    }
  });
});

describe("what bills while idle", () => {
  /** None of these costs anything by existing, but the secret and the alarms. */
  const free = [
    "AWS::ApiGatewayV2::Api",
    "AWS::ApiGatewayV2::Integration",
    "AWS::ApiGatewayV2::Route",
    "AWS::ApiGatewayV2::Stage",
    "AWS::CloudWatch::Dashboard",
    "AWS::DynamoDB::Table",
    "AWS::Events::EventBus",
    "AWS::Events::Rule",
    "AWS::IAM::Policy",
    "AWS::IAM::Role",
    "AWS::Lambda::EventInvokeConfig",
    "AWS::Lambda::EventSourceMapping",
    "AWS::Lambda::Function",
    "AWS::Lambda::Permission",
    "AWS::Logs::LogGroup",
    "AWS::S3::Bucket",
    "AWS::S3::BucketPolicy",
    "AWS::SES::ConfigurationSet",
    "AWS::SES::ConfigurationSetEventDestination",
    "AWS::SES::EmailIdentity",
    "AWS::SNS::Subscription",
    "AWS::SNS::Topic",
    "AWS::SNS::TopicPolicy",
    "AWS::SQS::Queue",
    "AWS::SQS::QueuePolicy",
    "AWS::Scheduler::ScheduleGroup",
  ];

  test("is one secret and alarms that read twelve metrics, of which ten are free", () => {
    const billing = stack.resources.filter(({ type }) => !free.includes(type)).map(({ type }) => type);

    expect(billing.filter((type) => type !== "AWS::CloudWatch::Alarm")).toEqual([
      "AWS::SecretsManager::Secret",
    ]);
    expect(stack.ofType("AWS::CloudWatch::Alarm").flatMap(metricsOf).length).toBeLessThanOrEqual(12);
  });

  test("is no capacity or concurrency bought in advance, no network, no key of the customer's own", () => {
    const all = JSON.stringify(stack.resources.map(({ properties }) => properties));

    expect(all).not.toMatch(
      /Provisioned|ReservedConcurrent|SnapStart|VpcConfig|KmsMaster|KMSMaster|KmsKeyId|"KmsKeyArn"|DedicatedIp|VdmOptions/,
    );
  });

  test("every function's timeout fits what fires it", () => {
    expect(functionSettings["owner-api"].timeout).toBeLessThan(30);
    expect(functionSettings["public-links"].timeout).toBeLessThan(30);
    for (const { timeout } of Object.values(functionSettings)) expect(timeout).toBeLessThanOrEqual(900);
  });
});
