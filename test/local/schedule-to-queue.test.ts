import { CreateScheduleCommand, SchedulerClient } from "@aws-sdk/client-scheduler";
import { afterEach, expect, test } from "vitest";
import { type LocalHost, startHost } from "../../local/host.ts";
import { everything, roleResources, stackOf, withRights } from "./support/stack.ts";

/* https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-templated.html */

const reads = `export const handler = async ({ Records }) =>
  Records.forEach(({ body, attributes }) => console.log("got " + body + " of " + attributes.MessageGroupId));`;
const scheduler = { Service: "scheduler.amazonaws.com" };

let host: LocalHost | undefined;
let printed: string[] = [];
afterEach(async () => {
  await host?.stop();
  host = undefined;
});

/** A queue that a function reads, a schedule in an hour that puts a message there, and its role's rights. */
async function schedule(rights: Parameters<typeof roleResources>[1]) {
  printed = [];
  const queue = (name: string) => ({ Type: "AWS::SQS::Queue", Properties: { QueueName: name } });
  const mapping = (name: string) => ({
    Type: "AWS::Lambda::EventSourceMapping",
    Properties: { EventSourceArn: { "Fn::GetAtt": [name, "Arn"] }, FunctionName: { Ref: "Reader" } },
  });
  const assembly = withRights(
    stackOf(
      { Reader: reads },
      { Sends: queue("Sends"), Dead: queue("Dead"), Mapping: mapping("Sends"), DeadMapping: mapping("Dead") },
    ),
    [everything],
  );
  const role = roleResources("Schedules", rights);
  Object.assign(role.Schedules?.Properties ?? {}, {
    AssumeRolePolicyDocument: {
      Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Principal: scheduler }],
    },
  });
  Object.assign(assembly.template.Resources, role);
  host = await startHost(assembly, {
    port: 0,
    now: Date.parse("2026-11-24T00:00:00Z"),
    verbose: true,
    print: (line) => printed.push(line),
  });
  const arn = (name: string) => `arn:aws:sqs:us-east-1:000000000000:${name}`;
  const client = new SchedulerClient({
    endpoint: `${host.awsUrl}/scheduler`,
    region: "us-east-1",
    credentials: host.operator,
  });
  await client.send(
    new CreateScheduleCommand({
      Name: "release",
      ScheduleExpression: "at(2026-11-24T01:00:00)",
      FlexibleTimeWindow: { Mode: "OFF" },
      ActionAfterCompletion: "DELETE",
      Target: {
        Arn: arn("Sends"),
        RoleArn: "arn:aws:iam::000000000000:role/Schedules",
        Input: "mail of <aws.scheduler.scheduled-time>",
        SqsParameters: { MessageGroupId: "biz_1" },
        DeadLetterConfig: { Arn: arn("Dead") },
      },
    }),
  );
  await host.clock.move(Date.parse("2026-11-24T02:00:00Z"));
}

test("a schedule puts its input on a queue, in its message group, and the queue's function gets it", async () => {
  await schedule([{ Action: "sqs:SendMessage", Resource: "arn:aws:sqs:us-east-1:000000000000:Sends" }]);
  expect(printed).toEqual(["Reader | got mail of 2026-11-24T01:00:00Z of biz_1"]);
});

test("a schedule whose role may not send to the queue keeps its input among the dead letters", async () => {
  await schedule([{ Action: "sqs:SendMessage", Resource: "arn:aws:sqs:us-east-1:000000000000:Dead" }]);
  expect(printed).toEqual(["Reader | got mail of 2026-11-24T01:00:00Z of undefined"]);
});
