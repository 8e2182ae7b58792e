import {
  ChangeMessageVisibilityCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  PurgeQueueCommand,
  type QueueAttributeName,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
  StartMessageMoveTaskCommand,
} from "@aws-sdk/client-sqs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Throttled } from "../../../local/functions/concurrency.ts";
import { sqs } from "../../../local/services/sqs.ts";
import { client, type FakeHost, fakeHost, serve, useJournal } from "./support.ts";

let host: FakeHost;
let served: Awaited<ReturnType<typeof serve>>;
let queue: string;
let calls: SQSClient;

const create = (logicalId: string, properties: Record<string, unknown> = {}) =>
  served.service.create({
    logicalId,
    type: "AWS::SQS::Queue",
    properties: { QueueName: logicalId, ...properties },
  });
const mapping = (properties: Record<string, unknown>) =>
  served.service.create({
    logicalId: "Mapping",
    type: "AWS::Lambda::EventSourceMapping",
    properties: { EventSourceArn: arn("sends"), FunctionName: "deliver-sends", ...properties },
  });
const arn = (name: string) => `arn:aws:sqs:us-east-1:000000000000:${name}`;
const send = (MessageBody: string, more: { MessageGroupId?: string; DelaySeconds?: number } = {}) =>
  calls.send(new SendMessageCommand({ QueueUrl: queue, MessageBody, ...more }));
const receive = async (more: object = {}, QueueUrl = queue) =>
  (await calls.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, ...more }))).Messages ??
  [];
const bodies = (messages: { Body?: string | undefined }[]) => messages.map((message) => message.Body);

beforeEach(async () => {
  host = fakeHost();
  served = await serve((url) => sqs(host, { url }));
  process.env.AWS_ENDPOINT_URL_SQS = served.url;
  calls = new SQSClient(client);
  await create("dead");
  queue = (
    await create("sends", {
      VisibilityTimeout: 60,
      RedrivePolicy: { deadLetterTargetArn: arn("dead"), maxReceiveCount: 2 },
    })
  ).ref;
});
afterEach(async () => {
  delete process.env.AWS_ENDPOINT_URL_SQS;
  await served.close();
});

describe("a queue", () => {
  test("gives a message to one receiver at a time, again after the visibility timeout, and never once deleted", async () => {
    await send("one");
    const [first] = await receive({ MessageSystemAttributeNames: ["All"] });
    expect(first).toMatchObject({ Body: "one", Attributes: { ApproximateReceiveCount: "1" } });
    expect(await receive()).toEqual([]);

    await host.advance(60_000);
    const [second] = await receive({ MessageSystemAttributeNames: ["ApproximateReceiveCount"] });
    expect(second?.Attributes).toEqual({ ApproximateReceiveCount: "2" });

    await calls.send(new DeleteMessageCommand({ QueueUrl: queue, ReceiptHandle: second?.ReceiptHandle }));
    await host.advance(600_000);
    expect(await receive()).toEqual([]);
  });

  test("ignores the receipt of an earlier delivery", async () => {
    await send("one");
    const [first] = await receive({ VisibilityTimeout: 10 });
    await host.advance(10_000);
    await receive({ VisibilityTimeout: 10 });
    await calls.send(new DeleteMessageCommand({ QueueUrl: queue, ReceiptHandle: first?.ReceiptHandle }));
    await host.advance(10_000);
    expect(
      bodies(await receive({}, (await calls.send(new GetQueueUrlCommand({ QueueName: "dead" }))).QueueUrl)),
    ).toEqual(["one"]);
  });

  test("keeps a delayed message back until its time", async () => {
    await send("later", { DelaySeconds: 30 });
    expect(await receive()).toEqual([]);
    await host.advance(29_999);
    expect(await receive()).toEqual([]);
    await host.advance(1);
    expect(bodies(await receive())).toEqual(["later"]);
  });

  test("lets a receiver shorten or lengthen its hold", async () => {
    await send("one");
    const [held] = await receive();
    const change = (VisibilityTimeout: number) =>
      calls.send(
        new ChangeMessageVisibilityCommand({
          QueueUrl: queue,
          ReceiptHandle: held?.ReceiptHandle,
          VisibilityTimeout,
        }),
      );
    await change(120);
    await host.advance(119_000);
    expect(await receive()).toEqual([]);
    await change(0);
    expect(bodies(await receive())).toEqual(["one"]);
  });

  test("lets groups take turns, so that one's thousand don't hold up another's first", async () => {
    for (const body of ["a1", "a2", "a3"]) await send(body, { MessageGroupId: "a" });
    await send("b1", { MessageGroupId: "b" });
    expect(bodies(await receive())).toEqual(["a1", "b1", "a2", "a3"]);
  });

  test("sends what was received too often to its dead-letter queue, from where it can be moved back", async () => {
    const dead = (await calls.send(new GetQueueUrlCommand({ QueueName: "dead" }))).QueueUrl ?? "";
    await send("poison");
    await receive();
    await host.advance(60_000);
    await receive();
    await host.advance(60_000);
    expect(await receive()).toEqual([]);
    const counts = await calls.send(
      new GetQueueAttributesCommand({ QueueUrl: dead, AttributeNames: ["ApproximateNumberOfMessages"] }),
    );
    expect(counts.Attributes).toEqual({ ApproximateNumberOfMessages: "1" });
    const [buried] = await receive({ MessageSystemAttributeNames: ["All"], VisibilityTimeout: 0 }, dead);
    expect(buried?.Attributes?.DeadLetterQueueSourceArn).toBe(arn("sends"));

    await calls.send(new StartMessageMoveTaskCommand({ SourceArn: arn("dead") }));
    expect(bodies(await receive())).toEqual(["poison"]);
    expect(await receive({}, dead)).toEqual([]);
  });

  test("forgets messages after its retention period", async () => {
    await send("old");
    await host.advance(345_600_000);
    expect(await receive()).toEqual([]);
  });

  test("carries message attributes whose digest it names", async () => {
    const MessageAttributes = { kind: { DataType: "String", StringValue: "birthday" } };
    const sent = await calls.send(
      new SendMessageCommand({ QueueUrl: queue, MessageBody: "x", MessageAttributes }),
    );
    // Worked out independently: md5 of len"kind" len"String" 01 len"birthday", lengths as 4 bytes, big-endian.
    expect(sent.MD5OfMessageAttributes).toBe("cfb35caa0f69f70f51e7fb306981e71b");
    const [received] = await receive({ MessageAttributeNames: ["All"] });
    expect(received?.MessageAttributes).toEqual(MessageAttributes);
  });

  test("takes batches of ten, judging each entry alone", async () => {
    const Entries = [
      { Id: "good", MessageBody: "x" },
      { Id: "bad", MessageBody: "y", DelaySeconds: 901 },
    ];
    const answer = await calls.send(new SendMessageBatchCommand({ QueueUrl: queue, Entries }));
    expect(answer.Successful?.map(({ Id }) => Id)).toEqual(["good"]);
    expect(answer.Failed).toMatchObject([{ Id: "bad", SenderFault: true, Code: "InvalidParameterValue" }]);
    const messages = await receive();
    const deletions = messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
    await calls.send(new DeleteMessageBatchCommand({ QueueUrl: queue, Entries: deletions }));
    await host.advance(60_000);
    expect(await receive()).toEqual([]);
  });

  test("refuses what SQS refuses, with its errors", async () => {
    const entries = (count: number, body = "x") =>
      Array.from({ length: count }, (_, index) => ({ Id: `e${index}`, MessageBody: body }));
    const batch = (Entries: { Id: string; MessageBody: string }[]) =>
      calls.send(new SendMessageBatchCommand({ QueueUrl: queue, Entries }));
    await expect(batch(entries(11))).rejects.toMatchObject({ name: "TooManyEntriesInBatchRequest" });
    await expect(batch([])).rejects.toMatchObject({ name: "EmptyBatchRequest" });
    await expect(batch([...entries(1), ...entries(1)])).rejects.toMatchObject({
      name: "BatchEntryIdsNotDistinct",
    });
    await expect(batch(entries(2, "x".repeat(600_000)))).rejects.toMatchObject({
      name: "BatchRequestTooLong",
    });
    for (const text of ["a\u0000", "\u000b", "\ufffe", "a\uffffb"]) {
      await expect(send(text)).rejects.toMatchObject({ name: "InvalidMessageContents" });
    }
    expect((await send("\t\n\r\u007f\ufffd\u{1f600}\u{10ffff}")).MessageId).toBeDefined();
    await expect(send("x".repeat(1_048_577))).rejects.toMatchObject({ name: "InvalidParameterValue" });
    await expect(receive({}, `${served.url}/000000000000/none`)).rejects.toMatchObject({
      name: "QueueDoesNotExist",
    });
    await expect(receive({ MaxNumberOfMessages: 11 })).rejects.toMatchObject({
      name: "InvalidParameterValue",
    });
  });

  test("can be emptied", async () => {
    await send("one");
    await calls.send(new PurgeQueueCommand({ QueueUrl: queue }));
    expect(await receive()).toEqual([]);
  });

  test("answers a long poll as soon as a message comes", async () => {
    const polled = receive({ WaitTimeSeconds: 20 });
    await new Promise((resolve) => setTimeout(resolve, 20));
    await send("fresh");
    expect(bodies(await polled)).toEqual(["fresh"]);
  });

  test("is refused with a property that is not understood", async () => {
    await expect(create("fifo", { FifoQueue: true })).rejects.toThrow(
      "fifo (AWS::SQS::Queue): the local host does not understand the property FifoQueue",
    );
  });

  test("tells how many messages wait, are in flight and are delayed", async () => {
    const counts = async () => {
      const names = ["", "NotVisible", "Delayed"].map((end) => `ApproximateNumberOfMessages${end}`);
      const AttributeNames = names as QueueAttributeName[];
      const { Attributes } = await calls.send(
        new GetQueueAttributesCommand({ QueueUrl: queue, AttributeNames }),
      );
      return names.map((name) => Number(Attributes?.[name as QueueAttributeName]));
    };
    for (const body of ["a", "b", "c"]) await send(body);
    await send("later", { DelaySeconds: 30 });
    expect(await counts()).toEqual([3, 0, 1]);
    const [held] = await receive({ MaxNumberOfMessages: 2 });
    expect(await counts()).toEqual([1, 2, 1]);
    await calls.send(new DeleteMessageCommand({ QueueUrl: queue, ReceiptHandle: held?.ReceiptHandle }));
    await host.advance(30_000);
    expect(await counts()).toEqual([2, 1, 0]);
    await host.advance(30_000);
    expect(await counts()).toEqual([3, 0, 0]);
  });

  /** https://docs.aws.amazon.com/xray/latest/devguide/xray-services-sqs.html */
  test("keeps the trace header of a call with its messages, unless a message brings its own", async () => {
    calls.middlewareStack.add(
      (next) => (args) => {
        (args.request as { headers: Record<string, string> }).headers["X-Amzn-Trace-Id"] = "Root=1-of-call";
        return next(args);
      },
      { step: "build", name: "traced" },
    );
    const own = { AWSTraceHeader: { DataType: "String", StringValue: "Root=1-own" } };
    await send("one");
    await calls.send(
      new SendMessageBatchCommand({
        QueueUrl: queue,
        Entries: [
          { Id: "a", MessageBody: "two" },
          { Id: "b", MessageBody: "three", MessageSystemAttributes: own },
        ],
      }),
    );
    const traces = (await receive({ MessageSystemAttributeNames: ["AWSTraceHeader"] })).map(
      ({ Body, Attributes }) => [Body, Attributes?.AWSTraceHeader],
    );
    expect(Object.fromEntries(traces)).toEqual({
      one: "Root=1-of-call",
      two: "Root=1-of-call",
      three: "Root=1-own",
    });
  });
});

describe("a queue that is kept", () => {
  const journals = useJournal();
  let running: Awaited<ReturnType<typeof serve>> | undefined;
  afterEach(async () => {
    await running?.close();
    running = undefined;
  });

  /** Starts again from what was kept; functions read the queue only where a test says so. */
  async function restart(how: "stopped" | "killed", { read = false } = {}) {
    const ended = running;
    const taken = how === "killed" ? await journals.restart("killed") : undefined;
    await ended?.close();
    host.die();
    const journal = taken ?? (await journals.restart());
    running = await serve((url) => sqs(host, { url, journal }));
    process.env.AWS_ENDPOINT_URL_SQS = running.url;
    calls = new SQSClient(client);
    const make = (logicalId: string, properties: object) =>
      running?.service.create({
        logicalId,
        type: "AWS::SQS::Queue",
        properties: { QueueName: logicalId, ...properties },
      });
    await make("dead", {});
    const redrive = { deadLetterTargetArn: arn("dead"), maxReceiveCount: 2 };
    queue = (await make("sends", { VisibilityTimeout: 60, RedrivePolicy: redrive }))?.ref ?? "";
    if (read) {
      await running.service.create({
        logicalId: "Mapping",
        type: "AWS::Lambda::EventSourceMapping",
        properties: { EventSourceArn: arn("sends"), FunctionName: "deliver-sends" },
      });
    }
    await running.service.start?.();
    return { written: () => journal.written() };
  }
  const wait = () => receive({ MessageSystemAttributeNames: ["ApproximateReceiveCount"] });

  test.each(["stopped", "killed"] as const)("has its messages again after the host was %s", async (how) => {
    const { written } = await restart("stopped");
    for (const body of ["sent", "deleted"]) await send(body, { MessageGroupId: "shop" });
    await send("delayed", { DelaySeconds: 90 });
    const held = (await receive()).find(({ Body }) => Body === "deleted");
    await calls.send(new DeleteMessageCommand({ QueueUrl: queue, ReceiptHandle: held?.ReceiptHandle }));
    await written();
    await restart(how);
    expect(bodies(await wait())).toEqual([]);
    // What was in flight comes back when its visibility timeout ends, and its receives go on counting.
    await host.advance(60_000);
    const [again] = await wait();
    expect(again).toMatchObject({ Body: "sent", Attributes: { ApproximateReceiveCount: "2" } });
    await host.advance(30_000);
    expect(bodies(await wait())).toEqual(["delayed"]);
  });

  test("buries what was received too often before the host was killed", async () => {
    const { written } = await restart("stopped");
    await send("poison");
    await receive();
    await host.advance(60_000);
    await receive();
    await written();
    await restart("killed");
    await host.advance(60_000);
    expect(await wait()).toEqual([]);
    const dead = await calls.send(new GetQueueUrlCommand({ QueueName: "dead" }));
    expect(bodies(await receive({}, dead.QueueUrl))).toEqual(["poison"]);
    await restart("killed");
    const buried = await calls.send(new GetQueueUrlCommand({ QueueName: "dead" }));
    await host.advance(60_000);
    expect(bodies(await receive({}, buried.QueueUrl))).toEqual(["poison"]);
  });

  test("gives its messages to the function that reads it", async () => {
    const { written } = await restart("stopped");
    await running?.service.deliver?.(arn("sends"), "hello");
    await written();
    await restart("killed", { read: true });
    await host.idle();
    expect(host.invocations).toMatchObject([{ event: { Records: [{ body: "hello" }] } }]);
  });
});

describe("an event source mapping", () => {
  const events = () =>
    host.invocations.map(({ event }) =>
      (event as { Records: { body: string }[] }).Records.map(({ body }) => body),
    );

  test("invokes the function with Lambda's event and deletes what it finished", async () => {
    await mapping({ BatchSize: 2 });
    await served.service.start?.();
    for (const body of ["1", "2", "3"])
      await served.service.deliver?.(arn("sends"), body, { messageGroupId: "shop" });
    await host.idle();
    expect(events()).toEqual([["1", "2"], ["3"]]);
    expect(host.invocations[0]).toMatchObject({
      functionArn: "deliver-sends",
      event: {
        Records: [
          {
            messageId: expect.stringMatching(/^[0-9a-f-]{36}$/),
            receiptHandle: expect.any(String),
            body: "1",
            attributes: {
              ApproximateReceiveCount: "1",
              SentTimestamp: String(host.clock.now()),
              SenderId: expect.any(String),
              ApproximateFirstReceiveTimestamp: String(host.clock.now()),
              MessageGroupId: "shop",
            },
            messageAttributes: {},
            md5OfBody: "c4ca4238a0b923820dcc509a6f75849b",
            eventSource: "aws:sqs",
            eventSourceARN: arn("sends"),
            awsRegion: "us-east-1",
          },
          { body: "2" },
        ],
      },
    });
    await host.advance(600_000);
    expect(host.invocations).toHaveLength(2);
  });

  test("tries a failed batch again after the visibility timeout, and buries it in the end", async () => {
    host.onInvoke = () => {
      throw new Error("down");
    };
    await mapping({});
    await served.service.start?.();
    await send("one");
    await host.idle();
    expect(events()).toHaveLength(1);
    await host.advance(60_000);
    await host.advance(600_000);
    expect(events()).toHaveLength(2);
    const dead = await calls.send(new GetQueueUrlCommand({ QueueName: "dead" }));
    expect(bodies(await receive({}, dead.QueueUrl))).toEqual(["one"]);
  });

  test("retries only the messages that the function reports, if it reports them", async () => {
    host.onInvoke = (event) => {
      const { Records } = event as { Records: { body: string; messageId: string }[] };
      const failed = host.invocations.length === 1 ? Records.filter(({ body }) => body === "bad") : [];
      return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
    };
    await mapping({ FunctionResponseTypes: ["ReportBatchItemFailures"] });
    await served.service.start?.();
    for (const body of ["good", "bad"]) await served.service.deliver?.(arn("sends"), body);
    await host.advance(600_000);
    expect(events()).toEqual([["good", "bad"], ["bad"]]);
  });

  test.each([
    ["a list of nonsense", { batchItemFailures: [{ itemIdentifier: "unknown" }] }],
    ["an empty identifier", { batchItemFailures: [{ itemIdentifier: "" }] }],
    ["no list at all", { batchItemFailures: "all" }],
    ["text", "done"],
  ])("takes %s for the failure of the whole batch", async (_, answer) => {
    host.onInvoke = () => answer;
    await mapping({ FunctionResponseTypes: ["ReportBatchItemFailures"] });
    await served.service.start?.();
    await served.service.deliver?.(arn("sends"), "one");
    await host.advance(60_000);
    expect(events()).toEqual([["one"], ["one"]]);
  });

  test("keeps to its maximum concurrency", async () => {
    let now = 0;
    let most = 0;
    host.onInvoke = async () => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setTimeout(resolve, 2));
      now -= 1;
    };
    await mapping({ BatchSize: 1, ScalingConfig: { MaximumConcurrency: 2 } });
    await served.service.start?.();
    for (let index = 0; index < 9; index += 1) await served.service.deliver?.(arn("sends"), String(index));
    await host.idle();
    expect(most).toBe(2);
    expect(host.invocations).toHaveLength(9);
  });

  /** https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html */
  test("tries a throttled batch again with growing pauses, and each receive of it counts", async () => {
    const attempts: number[] = [];
    const began = host.clock.now();
    host.onInvoke = () => {
      attempts.push((host.clock.now() - began) / 1000);
      throw new Throttled("deliver-sends", "ConcurrentInvocationLimitExceeded");
    };
    await mapping({ ScalingConfig: { MaximumConcurrency: 2 } });
    await served.service.start?.();
    await send("one");
    await host.advance(59_000);
    expect(attempts).toEqual([0, 1, 3, 7, 15, 31]);
    expect(events()).toEqual(Array(6).fill(["one"]));
    await host.advance(120_000);
    const dead = await calls.send(new GetQueueUrlCommand({ QueueName: "dead" }));
    const [buried] = await receive({}, dead.QueueUrl);
    expect(buried?.Body).toBe("one");
    expect(attempts.slice(6, 8)).toEqual([60, 61]);
  });

  test("takes no more messages than its pollers hold while the function is throttled", async () => {
    host.onInvoke = () => {
      throw new Throttled("deliver-sends", "ConcurrentInvocationLimitExceeded");
    };
    await mapping({ BatchSize: 1, ScalingConfig: { MaximumConcurrency: 2 } });
    await served.service.start?.();
    for (const body of ["1", "2", "3", "4"]) await send(body);
    await host.advance(30_000);
    expect(new Set(events().flat())).toEqual(new Set(["1", "2"]));
    host.onInvoke = undefined;
    await host.advance(30_000);
    expect(events().slice(-4).flat().sort()).toEqual(["1", "2", "3", "4"]);
  });

  test("waits a little for a fuller batch when it has a batching window", async () => {
    await mapping({ BatchSize: 10, MaximumBatchingWindowInSeconds: 5 });
    await served.service.start?.();
    await served.service.deliver?.(arn("sends"), "1");
    await new Promise((resolve) => setTimeout(resolve, 5));
    await served.service.deliver?.(arn("sends"), "2");
    await host.idle();
    expect(events()).toEqual([["1", "2"]]);
  });

  test("is refused when it reads something else than a queue", async () => {
    const stream = "arn:aws:dynamodb:us-east-1:000000000000:table/x/stream/1";
    await expect(mapping({ EventSourceArn: stream })).rejects.toThrow("EventSourceArn");
    await expect(mapping({ FilterCriteria: {} })).rejects.toThrow("FilterCriteria");
  });
});
