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
import { readFile, writeFile } from "node:fs/promises";
import { request as plainly } from "node:http";
import { request as securely } from "node:https";
import {
  EventBridgeClient,
  ListRulesCommand,
  ListTargetsByRuleCommand,
  TestEventPatternCommand,
} from "@aws-sdk/client-eventbridge";
import { CreateScheduleCommand, GetScheduleCommand, type SchedulerClient } from "@aws-sdk/client-scheduler";
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
 * **CloudFormation** refuses alarms on metric math: in the synthesised template each of them watches the first of its
 * metrics instead, and nothing here depends on what they watch. And it gives a secret's name for its `Ref`, where AWS
 * gives the ARN, so that policies and outputs would name nothing: they get the ARN by `Fn::GetAtt`. **IAM** takes each
 * schedule for one of the default group, where AWS has its own group in its ARN, and asks for a right of its own to
 * send a batch of messages, which AWS gives with the right to send one.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudwatch-alarm.html#cfn-cloudwatch-alarm-metrics
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-secretsmanager-secret.html#aws-resource-secretsmanager-secret-return-values
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridgescheduler.html
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-api-permissions-reference.html
 */
export async function adapt(file: string): Promise<void> {
  const { Resources, ...rest }: Template = JSON.parse(await readFile(file, "utf8"));
  for (const { Type, Properties } of Object.values(Resources)) {
    if (Type !== "AWS::CloudWatch::Alarm" || !Properties.Metrics) continue;
    const { Metric, Period, Stat } =
      Properties.Metrics.find(({ MetricStat }) => MetricStat)?.MetricStat ?? {};
    Object.assign(Properties, { ...Metric, Period, Statistic: Stat });
    delete Properties.Metrics;
  }
  let text = JSON.stringify({ ...rest, Resources })
    .replaceAll(":schedule/Sapa/*", ":schedule/default/*")
    .replaceAll('"sqs:SendMessage"', '"sqs:SendMessage*"');
  for (const [id, { Type }] of Object.entries(Resources)) {
    if (Type !== "AWS::SecretsManager::Secret") continue;
    text = text.replaceAll(`{"Ref":"${id}"}`, `{"Fn::GetAtt":["${id}","Arn"]}`);
  }
  await writeFile(file, text);
}
type Metric = { MetricStat?: { Metric: object; Period: number; Stat: string } };
type Template = { Resources: Record<string, { Type: string; Properties: { Metrics?: Metric[] } }> };

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
  const { protocol, host, port, pathname, search } = new URL(address);
  const options = { host: "127.0.0.1", port, method, path: pathname + search, headers: { ...headers, host } };
  return new Promise((resolve, reject) => {
    const request = protocol === "https:" ? securely : plainly;
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
