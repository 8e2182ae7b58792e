/**
 * Every place where MiniStack is not AWS, and what the test does instead. The product knows of none of them.
 *
 * **SES** (mail.ts). Its SendBulkEmail drops the replacement headers and tags, so that mails would have no link to
 * unsubscribe by; it lacks TestRenderEmailTemplate, and publishes no events.
 * https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendBulkEmail.html
 * https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_TestRenderEmailTemplate.html
 * https://docs.aws.amazon.com/ses/latest/dg/event-publishing-add-event-destination-eventbridge.html
 */

import { randomUUID } from "node:crypto";
import { request } from "node:http";
import {
  EventBridgeClient,
  ListRulesCommand,
  ListTargetsByRuleCommand,
  TestEventPatternCommand,
} from "@aws-sdk/client-eventbridge";
import { CreateScheduleCommand, GetScheduleCommand, type SchedulerClient } from "@aws-sdk/client-scheduler";
import { DescribeSecretCommand, type SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { GetQueueUrlCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";

/** Where the emulator answers for AWS, and as whom the test asks. */
export type Emulator = {
  endpoint: string;
  region: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
};

/**
 * **Scheduler** reads every time as UTC, whatever the schedule's time zone, and leaves the words for context in the
 * input as they are. So a second schedule, a moment ahead in UTC, takes the first one's target with its input as AWS
 * would fill it in; the emulator's Scheduler then fires it by itself. It also spares the test the wait.
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#time-zone
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
 */
export async function bringForward(
  scheduler: SchedulerClient,
  { GroupName, Name }: { GroupName: string; Name: string },
): Promise<Date> {
  const { Target, FlexibleTimeWindow } = await scheduler.send(new GetScheduleCommand({ GroupName, Name }));
  if (!Target) throw new Error(`The schedule ${Name} fires nothing`);
  const second = 1000;
  const at = new Date(Math.ceil(Date.now() / second) * second + second);
  const time = at.toISOString().slice(0, 19);
  await scheduler.send(
    new CreateScheduleCommand({
      GroupName,
      Name: `${Name}-${at.getTime()}`,
      ScheduleExpression: `at(${time})`,
      FlexibleTimeWindow,
      ActionAfterCompletion: "DELETE",
      Target: { ...Target, Input: Target.Input?.replaceAll("<aws.scheduler.scheduled-time>", `${time}Z`) },
    }),
  );
  return at;
}

/**
 * **EventBridge** takes events of AWS's own services from nobody else, as AWS does, and so not from the SES that
 * stands in for its own. So each rule of the deployed stack is asked whether it wants the event, by the emulator's own
 * matching, and what it wants goes to its queues.
 * https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsRequestEntry.html
 * https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_TestEventPattern.html
 */
export async function publishAsAws(
  emulator: Emulator,
  event: { source: string; "detail-type": string; detail: unknown },
): Promise<void> {
  const bus = new EventBridgeClient(emulator);
  const queues = new SQSClient(emulator);
  const envelope = { version: "0", account: "000000000000", region: "us-east-1", resources: [] };
  const Event = JSON.stringify({ ...envelope, id: randomUUID(), time: new Date().toISOString(), ...event });
  for (const { Name: Rule, EventPattern } of (await bus.send(new ListRulesCommand({}))).Rules ?? []) {
    if (!(await bus.send(new TestEventPatternCommand({ EventPattern, Event }))).Result) continue;
    for (const { Arn = "" } of (await bus.send(new ListTargetsByRuleCommand({ Rule }))).Targets ?? []) {
      if (!Arn.includes(":sqs:")) throw new Error(`The rule ${Rule} has a target that is no queue: ${Arn}`);
      const { QueueUrl } = await queues.send(new GetQueueUrlCommand({ QueueName: Arn.split(":").at(-1) }));
      await queues.send(new SendMessageCommand({ QueueUrl, MessageBody: Event }));
    }
  }
}

/**
 * **CloudFormation** gives the secret's name for its `Ref`, where AWS gives its ARN.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-secretsmanager-secret.html#aws-resource-secretsmanager-secret-return-values
 */
export async function arnOfSecret(secrets: SecretsManagerClient, SecretId: string): Promise<string> {
  const { ARN } = await secrets.send(new DescribeSecretCommand({ SecretId }));
  if (!ARN) throw new Error(`The secret ${SecretId} has no ARN`);
  return ARN;
}

export type Answer = { status: number; headers: Record<string, string | string[] | undefined>; text: string };
type Sent = { method?: string; headers?: Record<string, string>; body?: string };

/**
 * **API Gateway** gives each API a name below `execute-api.localhost`, over plain HTTP and on the emulator's port. Not
 * every machine's resolver knows such names, so that the request goes to 127.0.0.1 and names the API as its host.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-publish.html
 */
export function fetchByHost(
  address: string,
  { method = "GET", headers = {}, body }: Sent = {},
): Promise<Answer> {
  const { host, port, pathname, search } = new URL(address);
  const options = { host: "127.0.0.1", port, method, path: pathname + search, headers: { ...headers, host } };
  return new Promise((resolve, reject) => {
    const call = request(options, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk) => {
        text += chunk;
      });
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
      );
    });
    call.on("error", reject);
    call.end(body);
  });
}
