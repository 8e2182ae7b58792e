import type { App } from "aws-cdk-lib";
import { AwsSolutionsChecks } from "cdk-nag";
import { describe, expect, test } from "vitest";
import { environmentName, type TableName, type Table as TableShape, tables } from "../../core/tables.ts";
import { functionNames, functionSettings } from "../../infra/functions.ts";
import { everything, statementsOf, synthesise, text } from "./synthesised.ts";

const stack = synthesise(everything);
const usual = synthesise();
const functions = stack.ofType("AWS::Lambda::Function");
const environmentOf = (properties: Record<string, unknown>) =>
  (properties.Environment as { Variables: Record<string, unknown> }).Variables;

test("cdk-nag's AwsSolutions rules find nothing that is not accepted with a reason", () => {
  expect(findingsOn(stack.app)).toEqual([]);
});

test("cdk-nag finds nothing more when a sender domain and an address for alarms are given", () => {
  const { app, ofType, outputs } = synthesise({
    name: "Kopi",
    senderDomain: "kopisenja.id",
    alarmEmail: "ops@kopisenja.id",
  });

  expect(findingsOn(app)).toEqual([]);
  expect(ofType("AWS::SES::EmailIdentity")).toHaveLength(1);
  expect(Object.keys(outputs)).toEqual(
    expect.arrayContaining(["DkimRecord1", "DkimRecord2", "DkimRecord3", "ReturnPathMx", "ReturnPathSpf"]),
  );
  for (const { properties } of ofType("AWS::CloudWatch::Alarm"))
    expect(properties.AlarmActions).toHaveLength(1);
});

test.each([
  [{ senderDomain: "kopi senja" }, "-c senderDomain: must be a domain such as kopisenja.id"],
  [{ senderDomain: "kopi.id", replyDomain: "kopi.id" }, "-c replyDomain: must be a domain of its own"],
  [{ alarmEmail: "ops" }, "-c alarmEmail: must be an email address"],
  [{ name: "4 kopi" }, "-c name: must begin with a letter"],
  [{ sharedSuppressions: "perhaps" }, "-c sharedSuppressions: must be true or false"],
  [{ tracing: "yes" }, "-c tracing: must be true or false"],
  [{ restoredTables: "customers" }, "-c restoredTables: must read customers=a-table"],
  [{ restoredTables: "guests=a-table" }, '-c restoredTables: Unrecognized key: "guests"'],
])("a wrong context value %o stops synthesis and is named", (context, message) => {
  expect(() => synthesise(context)).toThrow(message);
});

test("the outputs tell where the APIs are, the name of the bus and where the keys lie", () => {
  expect(Object.keys(usual.outputs)).toEqual([
    "ApiUrl",
    "PublicUrl",
    "EventBusName",
    "LambdaConcurrency",
    "DashboardName",
    "KeysSecretArn",
  ]);
});

describe("mail that unsubscribes", () => {
  const [rule] = stack.ofType("AWS::SES::ReceiptRule");
  const variablesOf = ({ ofType }: typeof stack, name: string) =>
    ofType("AWS::Lambda::Function")
      .filter(({ properties }) => properties.FunctionName === `Sapa-${name}`)
      .map(({ properties }) => environmentOf(properties));

  test("is received for one address only, scanned, and read by one function", () => {
    expect(stack.ofType("AWS::SES::ReceiptRule")).toHaveLength(1);
    expect(rule?.properties.Rule).toMatchObject({
      Name: "unsubscribe",
      Enabled: true,
      ScanEnabled: true,
      Recipients: ["unsubscribe@in.kopisenja.id"],
      Actions: [{ LambdaAction: { InvocationType: "Event" } }],
    });
    expect(stack.ofType("AWS::SES::ReceiptRuleSet")[0]?.properties.RuleSetName).toBe("Sapa-replies");
  });

  test("only this rule of this account may call that function", () => {
    const [permission, ...others] = stack
      .ofType("AWS::Lambda::Permission")
      .filter(({ properties }) => properties.Principal === "ses.amazonaws.com");

    expect(others).toEqual([]);
    expect(text(permission?.properties.SourceAccount)).toBe("<AWS::AccountId>");
    expect(text(permission?.properties.SourceArn)).toBe(
      "arn:<AWS::Partition>:ses:<AWS::Region>:<AWS::AccountId>:receipt-rule-set/Sapa-replies:receipt-rule/unsubscribe",
    );
  });

  test("has its DNS records and the rule set to activate among the outputs", () => {
    expect(text(stack.outputs.ReplyMx?.Value)).toBe(
      "in.kopisenja.id MX 10 inbound-smtp.<AWS::Region>.amazonaws.com",
    );
    expect(Object.keys(stack.outputs)).toEqual(
      expect.arrayContaining(["ReplyDkimRecord1", "ReplyDkimRecord2", "ReplyDkimRecord3", "ReplyRuleSet"]),
    );
    expect(variablesOf(stack, "deliver-sends")).toMatchObject([
      { UNSUBSCRIBE_ADDRESS: "unsubscribe@in.kopisenja.id" },
    ]);
  });

  test("is no part of the stack unless a domain for it is given", () => {
    expect(usual.ofType("AWS::SES::ReceiptRuleSet")).toEqual([]);
    expect(usual.ofType("AWS::SES::ReceiptRule")).toEqual([]);
    expect(variablesOf(usual, "read-replies")).toEqual([]);
    expect(variablesOf(usual, "deliver-sends")[0]).not.toHaveProperty("UNSUBSCRIBE_ADDRESS");
    expect(findingsOn(usual.app)).toEqual([]);
  });
});

test.each([
  [{}, "no"],
  [{ sharedSuppressions: "true" }, "yes"],
  [{ sharedSuppressions: "false" }, "no"],
])("with %o whoever looks up suppressed addresses is told whether they are shared: %s", (context, told) => {
  const variables = synthesise(context)
    .ofType("AWS::Lambda::Function")
    .map(({ properties }) => environmentOf(properties).SHARED_SUPPRESSIONS);
  expect(variables.filter((variable) => variable === told).length).toBeGreaterThanOrEqual(3);
  expect(new Set(variables)).toEqual(new Set([told, undefined]));
});

test("X-Ray is told nothing, and costs nothing, unless tracing is asked for", () => {
  expect(JSON.stringify(stack.resources)).not.toMatch(/TracingConfig|xray:/);

  const traced = synthesise({ ...everything, tracing: "true" });

  expect(findingsOn(traced.app)).toEqual([]);
  for (const { properties } of traced.ofType("AWS::Lambda::Function")) {
    expect(properties.TracingConfig).toEqual({ Mode: "Active" });
  }
  const sending = traced
    .ofType("AWS::IAM::Policy")
    .filter(({ properties }) =>
      statementsOf(properties.PolicyDocument).some(({ actions }) =>
        actions.includes("xray:PutTraceSegments"),
      ),
    );
  expect(sending).toHaveLength(functions.length);
});

describe("functions", () => {
  test("run on Node 24 on arm64, with the memory and time that functions.ts gives them", () => {
    for (const { properties } of functions) {
      const name = String(properties.FunctionName).replace("Sapa-", "") as (typeof functionNames)[number];
      expect(properties).toMatchObject({
        Runtime: "nodejs24.x",
        Architectures: ["arm64"],
        Handler: "index.handler",
        MemorySize: functionSettings[name].memory,
        Timeout: functionSettings[name].timeout,
      });
    }
    expect(functions.map(({ properties }) => properties.FunctionName).sort()).toEqual(
      functionNames.map((name) => `Sapa-${name}`).sort(),
    );
  });

  test("each write a log group of their name that is kept for a month", () => {
    const groups = new Map(stack.ofType("AWS::Logs::LogGroup").map(({ id, properties }) => [id, properties]));
    for (const { properties } of functions) {
      const { LogGroup } = properties.LoggingConfig as { LogGroup: { Ref: string } };
      expect(groups.get(LogGroup.Ref)).toMatchObject({
        LogGroupName: `/Sapa/${String(properties.FunctionName).replace("Sapa-", "")}`,
        RetentionInDays: 30,
      });
    }
    for (const properties of groups.values()) expect(properties.RetentionInDays).toBe(30);
  });

  test.each(functionNames)(
    "%s is told the names of the tables that it may reach, and of no other",
    (name) => {
      const { properties } = functionNamed(name);
      const variables = environmentOf(properties);

      const told = Object.keys(variables).filter((key) => key.startsWith("TABLE_"));
      expect(told.sort()).toEqual(tablesOf(name).map(environmentName).sort());
      const reached = policyOf(properties)
        .filter(({ actions }) => actions.some((action) => action.startsWith("dynamodb:")))
        .flatMap(({ resources }) => resources.map((arn) => arn.replace(/^<(\w+)\.Arn>.*$/, "<$1>")));
      expect(new Set(reached)).toEqual(new Set(told.map((key) => text(variables[key]))));
    },
  );
});

test("a table that was restored from a backup is used in place of the stack's own, which is kept", () => {
  const restored = synthesise({ restoredTables: "customers=Sapa-customers-1,identities=Sapa-identities-1" });
  const all = JSON.stringify(restored.resources);
  const own = restored
    .ofType("AWS::DynamoDB::Table")
    .filter(({ id }) => /^tables(customers|identities)[0-9A-F]{8}$/.test(id));

  const [api] = restored
    .ofType("AWS::Lambda::Function")
    .filter(({ properties }) => properties.FunctionName === "Sapa-owner-api");
  expect(environmentOf(api?.properties ?? {})).toMatchObject({
    TABLE_CUSTOMERS: "Sapa-customers-1",
    TABLE_IDENTITIES: "Sapa-identities-1",
    TABLE_ORDERS: { Ref: expect.any(String) },
  });
  expect(own).toHaveLength(2);
  for (const { id } of own) expect(all).not.toContain(`"Fn::GetAtt":["${id}"`);
  expect(all).toContain(":table/Sapa-customers-1/index/byBirthday");
  expect(findingsOn(restored.app)).toEqual([]);
});

describe("tables", () => {
  test("are those of core/tables.ts: on demand, recoverable, protected and kept", () => {
    const made = stack.ofType("AWS::DynamoDB::Table");

    expect(made).toHaveLength(Object.keys(tables).length);
    for (const { properties, deletionPolicy } of made) {
      expect(properties).toMatchObject({
        BillingMode: "PAY_PER_REQUEST",
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        DeletionProtectionEnabled: true,
      });
      expect(deletionPolicy).toBe("Retain");
    }
  });

  test.each(Object.entries(tables) as [TableName, TableShape][])(
    "%s has its keys, indexes and expiry",
    (name, shape) => {
      const made = stack
        .ofType("AWS::DynamoDB::Table")
        .find(({ id }) => new RegExp(`^tables${name}[0-9A-F]{8}$`).test(id));
      const keys = ({ partition, sort }: { partition: string; sort?: string }) => [
        { AttributeName: partition, KeyType: "HASH" },
        ...(sort ? [{ AttributeName: sort, KeyType: "RANGE" }] : []),
      ];
      const indexes = Object.entries(shape.indexes ?? {}).map(([IndexName, index]) => ({
        IndexName,
        KeySchema: keys(index),
        Projection: { ProjectionType: "KEYS_ONLY" },
      }));

      expect(made?.properties.KeySchema).toEqual(keys(shape));
      expect(made?.properties.GlobalSecondaryIndexes ?? []).toEqual(indexes);
      expect(made?.properties.TimeToLiveSpecification).toEqual(
        shape.expires && { AttributeName: shape.expires, Enabled: true },
      );
    },
  );
});

function findingsOn(app: App): string[] {
  return new AwsSolutionsChecks()
    .validateScope(app)
    .violations.flatMap(({ ruleName, violatingResources }) =>
      violatingResources.map(({ constructPath }) => `${ruleName} at ${constructPath}`),
    );
}

function functionNamed(name: string) {
  const found = functions.find(({ properties }) => properties.FunctionName === `Sapa-${name}`);
  if (!found) throw new Error(`The stack has no function ${name}`);
  return found;
}

function tablesOf(name: (typeof functionNames)[number]): TableName[] {
  return Object.keys(functionSettings[name].tables) as TableName[];
}

function policyOf(properties: Record<string, unknown>) {
  const role = text(properties.Role).replace(/^<(.*)\.Arn>$/, "$1");
  return stack
    .ofType("AWS::IAM::Policy")
    .filter((policy) => (policy.properties.Roles as { Ref: string }[]).some(({ Ref }) => Ref === role))
    .flatMap((policy) => statementsOf(policy.properties.PolicyDocument));
}
