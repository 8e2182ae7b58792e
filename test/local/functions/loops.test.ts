import { createRequire } from "node:module";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type LocalHost, startHost } from "../../../local/host.ts";
import type { Template } from "../../../local/template.ts";
import { everything, functionResource, stackOf, withRights } from "../support/stack.ts";

/*
 * Lambda developer guide, "Use Lambda recursive loop detection to prevent infinite loops":
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
 */

const resolve = createRequire(import.meta.url).resolve;
const load = (name: string) => {
  const path = JSON.stringify(resolve(name));
  return `createRequire(${path})(${path})`;
};
/** Says what it got, and sends the next number with the AWS SDK, up to 40. */
const passesOn = `
  import { createRequire } from "node:module";
  const { SQSClient, SendMessageCommand } = ${load("@aws-sdk/client-sqs")};
  const client = new SQSClient({});
  export const handler = async ({ Records }) => {
    for (const { body } of Records) {
      console.log("got " + body);
      if (Number(body) >= 40) continue;
      const MessageBody = String(Number(body) + 1);
      await client.send(new SendMessageCommand({ QueueUrl: process.env.NEXT, MessageBody }));
    }
  };`;
/** The same with a client of its own, which carries on the header, or doesn't. */
const passesOnByHand = (header: string) => `
  export const handler = async ({ Records }) => {
    for (const { body } of Records) {
      console.log("got " + body);
      if (Number(body) >= 40) continue;
      const { AWS_ENDPOINT_URL_SQS, AWS_ACCESS_KEY_ID, NEXT } = process.env;
      await fetch(AWS_ENDPOINT_URL_SQS, {
        method: "POST",
        headers: {
          authorization: "AWS4-HMAC-SHA256 Credential=" + AWS_ACCESS_KEY_ID + "/20261124/us-east-1/sqs/aws4_request",
          "x-amz-target": "AmazonSQS.SendMessage",
          ${header}
        },
        body: JSON.stringify({ QueueUrl: NEXT, MessageBody: String(Number(body) + 1) }),
      });
    }
  };`;

const queue = (id: string): Template["Resources"] => ({
  [id]: {
    Type: "AWS::SQS::Queue",
    Properties: {
      QueueName: id,
      VisibilityTimeout: 30,
      RedrivePolicy: { deadLetterTargetArn: { "Fn::GetAtt": ["Dead", "Arn"] }, maxReceiveCount: 3 },
    },
  },
});
const feeds = (from: string, to: string): Template["Resources"] => ({
  [`${from}To${to}`]: {
    Type: "AWS::Lambda::EventSourceMapping",
    Properties: { EventSourceArn: { "Fn::GetAtt": [from, "Arn"] }, FunctionName: { Ref: to }, BatchSize: 1 },
  },
});
const dead = { Dead: { Type: "AWS::SQS::Queue", Properties: { QueueName: "Dead" } } };
const sendsTo = (id: string, next: string, more: Record<string, unknown> = {}) => ({
  [id]: functionResource(id, { Environment: { Variables: { NEXT: { Ref: next } } }, ...more }),
});

let host: LocalHost | undefined;
let printed: string[];
beforeEach(() => {
  printed = [];
});
afterEach(async () => {
  await host?.stop();
  host = undefined;
});

async function start(bundles: Record<string, string>, resources: Template["Resources"], detectLoops = true) {
  host = await startHost(withRights(stackOf(bundles, { ...dead, ...resources }), [everything]), {
    port: 0,
    verbose: true,
    detectLoops,
    print: (line) => printed.push(line),
  });
  return host;
}
const send = async (queueName: string, body: string) => {
  await host?.host.deliver(`arn:aws:sqs:us-east-1:000000000000:${queueName}`, body);
  await host?.idle();
};
/** The numbers that a function got, in order. */
const got = (id: string) =>
  printed.flatMap((line) => (line.startsWith(`${id} | got `) ? [Number(line.split(" ").at(-1))] : []));
const numbers = (from: number, to: number, step = 1) =>
  Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) => from + index * step);
async function deadLetters(): Promise<string[]> {
  // Past every visibility timeout and receive.
  await host?.clock.move(host.clock.now() + 600_000);
  const answer = await fetch(`${host?.awsUrl}/sqs`, {
    method: "POST",
    headers: {
      authorization: `AWS4-HMAC-SHA256 Credential=${host?.operator.accessKeyId}/20261124/us-east-1/sqs/aws4_request`,
      "x-amz-target": "AmazonSQS.ReceiveMessage",
    },
    body: JSON.stringify({ QueueUrl: `${host?.awsUrl}/sqs/000000000000/Dead`, MaxNumberOfMessages: 10 }),
  });
  const { Messages = [] } = (await answer.json()) as { Messages?: { Body: string }[] };
  return Messages.map(({ Body }) => Body);
}

describe("a function that sends to the queue that invokes it", () => {
  const round = { ...queue("Round"), ...feeds("Round", "Loop"), ...sendsTo("Loop", "Round") };

  test("is stopped after 16 invocations, and the message ends among the queue's dead letters", async () => {
    await start({ Loop: passesOn }, round);
    await send("Round", "1");
    expect(await deadLetters()).toEqual(["17"]);
    expect(got("Loop")).toEqual(numbers(1, 16));
    expect(printed.join("\n")).toContain("Loop was stopped: a chain of requests has invoked it 16 times");
  });

  test("goes on where its RecursiveLoop is Allow", async () => {
    await start({ Loop: passesOn }, { ...round, ...sendsTo("Loop", "Round", { RecursiveLoop: "Allow" }) });
    await send("Round", "1");
    expect(await deadLetters()).toEqual([]);
    expect(got("Loop")).toEqual(numbers(1, 40));
  });

  test("goes on where the host does not look for loops", async () => {
    await start({ Loop: passesOn }, round, false);
    await send("Round", "1");
    expect(got("Loop")).toEqual(numbers(1, 40));
  });

  test("is stopped for one chain and not for others, also when they come in one batch", async () => {
    const batched = feeds("Round", "Loop");
    Object.assign(batched.RoundToLoop?.Properties ?? {}, {
      BatchSize: 10,
      MaximumBatchingWindowInSeconds: 1,
    });
    await start({ Loop: passesOn }, { ...round, ...batched });
    await send("Round", "1");
    await send("Round", "38");
    expect(await deadLetters()).toEqual(["17"]);
    expect(got("Loop").filter((number) => number > 16)).toEqual([38, 39, 40]);
  });

  test("sends its event to its own destination for failures as well", async () => {
    const own = {
      Kept: { Type: "AWS::SQS::Queue", Properties: { QueueName: "Kept" } },
      Config: {
        Type: "AWS::Lambda::EventInvokeConfig",
        Properties: {
          FunctionName: { Ref: "Loop" },
          Qualifier: "$LATEST",
          DestinationConfig: { OnFailure: { Destination: { "Fn::GetAtt": ["Kept", "Arn"] } } },
        },
      },
      Tell: functionResource("Tell"),
      ...feeds("Kept", "Tell"),
    };
    const tell = `export const handler = async ({ Records }) =>
      Records.forEach(({ body }) => console.log("got " + JSON.parse(body).Records[0].body));`;
    await start({ Loop: passesOn, Tell: tell }, { ...round, ...own });
    await send("Round", "1");
    expect(got("Tell")[0]).toBe(17);
  });

  test.each([
    [
      "carries on the header from its environment, as the SDK does",
      `"x-amzn-trace-id": process.env._X_AMZN_TRACE_ID`,
      16,
    ],
    ["drops the header, and is not found out", "", 40],
  ])("with a client of its own that %s", async (_, header, last) => {
    await start({ Loop: passesOnByHand(header) }, round);
    await send("Round", "1");
    expect(got("Loop")).toEqual(numbers(1, last));
  });
});

test("two functions that send to each other's queue are stopped after 16 invocations of one", async () => {
  await start(
    { Ping: passesOn, Pong: passesOn },
    {
      ...{ ...queue("ToPing"), ...queue("ToPong"), ...feeds("ToPing", "Ping"), ...feeds("ToPong", "Pong") },
      ...{ ...sendsTo("Ping", "ToPong"), ...sendsTo("Pong", "ToPing") },
    },
  );
  await send("ToPing", "1");
  expect(await deadLetters()).toEqual(["33"]);
  expect(got("Ping")).toEqual(numbers(1, 31, 2));
  expect(got("Pong")).toEqual(numbers(2, 32, 2));
});

test("a way round through EventBridge is a new chain each time: it is not stopped", async () => {
  const raises = `
    import { createRequire } from "node:module";
    const { EventBridgeClient, PutEventsCommand } = ${load("@aws-sdk/client-eventbridge")};
    const client = new EventBridgeClient({});
    export const handler = async ({ Records }) => {
      for (const { body } of Records) {
        console.log("got " + body);
        if (Number(body) >= 40) continue;
        const Detail = JSON.stringify({ number: Number(body) + 1 });
        await client.send(new PutEventsCommand({ Entries: [{ Source: "test", DetailType: "next", Detail }] }));
      }
    };`;
  const rule = {
    Type: "AWS::Events::Rule",
    Properties: {
      EventPattern: { source: ["test"] },
      Targets: [{ Id: "queue", Arn: { "Fn::GetAtt": ["Round", "Arn"] }, InputPath: "$.detail.number" }],
    },
  };
  const policy = {
    Type: "AWS::SQS::QueuePolicy",
    Properties: {
      Queues: [{ Ref: "Round" }],
      PolicyDocument: {
        Statement: [
          {
            Effect: "Allow",
            Action: "sqs:SendMessage",
            Principal: { Service: "events.amazonaws.com" },
            Resource: { "Fn::GetAtt": ["Round", "Arn"] },
          },
        ],
      },
    },
  };
  await start(
    { Loop: raises },
    {
      ...queue("Round"),
      ...feeds("Round", "Loop"),
      Rule: rule,
      Policy: policy,
      Loop: functionResource("Loop"),
    },
  );
  await send("Round", "1");
  expect(got("Loop")).toEqual(numbers(1, 40));
});

test("a RecursiveLoop that AWS does not know is refused", async () => {
  const odd = { ...queue("Round"), ...sendsTo("Loop", "Round", { RecursiveLoop: "Sometimes" }) };
  await expect(start({ Loop: passesOn }, odd)).rejects.toThrow("RecursiveLoop=Sometimes");
});
