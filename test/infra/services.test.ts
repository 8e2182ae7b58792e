import { describe, expect, test } from "vitest";
import { functionNames } from "../../infra/functions.ts";
import { statementsOf, synthesise, text } from "./synthesised.ts";

const stack = synthesise({
  senderDomain: "kopisenja.id",
  replyDomain: "in.kopisenja.id",
  alarmEmail: "ops@kopisenja.id",
});

const documents = [
  ["AWS::SQS::QueuePolicy", "PolicyDocument"],
  ["AWS::S3::BucketPolicy", "PolicyDocument"],
  ["AWS::SNS::TopicPolicy", "PolicyDocument"],
  ["AWS::IAM::Role", "AssumeRolePolicyDocument"],
] as const;

type LetIn = { id: string; service: string; actions: string[]; sources: string[] };

/** Everything that lets in a service: policies of resources, trust in roles, and permissions of functions. */
const letIn: LetIn[] = [
  ...documents.flatMap(([type, property]) =>
    stack.ofType(type).flatMap(({ id, properties }) =>
      statementsOf(properties[property]).flatMap(({ effect, principal, actions, condition }) => {
        const { Service: service } = (principal ?? {}) as { Service?: string };
        return effect === "Allow" && service ? [{ id, service, actions, sources: sourcesIn(condition) }] : [];
      }),
    ),
  ),
  ...stack.ofType("AWS::Lambda::Permission").map(({ id, properties }) => ({
    id,
    service: String(properties.Principal),
    actions: [String(properties.Action)],
    sources: [properties.SourceArn ?? []].flat().map(text),
  })),
];

function sourcesIn(condition: unknown): string[] {
  const operators = Object.values((condition ?? {}) as Record<string, Record<string, unknown>>);
  return operators.flatMap((keys) => [keys["aws:SourceArn"] ?? []].flat().map(text));
}

const services = (some: readonly LetIn[]) => [...new Set(some.map(({ service }) => service))].sort();

describe("a service of AWS", () => {
  test("is let in for resources of this stack only, so that nobody else's can use it as a deputy", () => {
    // A role can't be handed to Lambda from another account, and within this one it takes iam:PassRole.
    const others = letIn.filter(({ service }) => service !== "lambda.amazonaws.com");
    const ids = stack.resources.map(({ id }) => id);
    const ours = (source: string) =>
      ids.some((id) => source === `<${id}.Arn>` || source.endsWith(`:<AWS::AccountId>:<${id}>/*/*`)) ||
      source.endsWith(":<AWS::AccountId>:schedule-group/Sapa") ||
      source.endsWith(":<AWS::AccountId>:receipt-rule-set/Sapa-replies:receipt-rule/unsubscribe");

    expect(services(others)).toEqual([
      "apigateway.amazonaws.com",
      "cloudwatch.amazonaws.com",
      "events.amazonaws.com",
      "scheduler.amazonaws.com",
      "ses.amazonaws.com",
    ]);
    expect(others.filter(({ sources }) => sources.length === 0 || !sources.every(ours))).toEqual([]);
  });

  test("may call functions, put messages into queues and tell of alarms, but look at nothing", () => {
    expect([...new Set(letIn.flatMap(({ actions }) => actions))].sort()).toEqual([
      "lambda:InvokeFunction",
      "sns:Publish",
      "sqs:SendMessage",
      "sts:AssumeRole",
    ]);
  });

  test("has no role but Scheduler its one, and Lambda one for each function", () => {
    const trusted = letIn.filter(({ actions }) => actions.includes("sts:AssumeRole"));

    expect(trusted.map(({ service }) => service).sort()).toEqual([
      ...functionNames.map(() => "lambda.amazonaws.com"),
      "scheduler.amazonaws.com",
    ]);
  });
});

test("CloudWatch may tell of every alarm, although the topic has a policy of its own", () => {
  const alarms = stack.ofType("AWS::CloudWatch::Alarm").map(({ id }) => `<${id}.Arn>`);
  const telling = letIn.filter(({ actions }) => actions.includes("sns:Publish"));

  expect(telling.map(({ sources }) => sources.sort())).toEqual([alarms.sort()]);
});
