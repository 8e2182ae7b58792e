import { ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { enqueue } from "../core/queues.ts";
import { sqs } from "../local/services/sqs.ts";
import { client, fakeHost, serve } from "./local/services/support.ts";

let served: Awaited<ReturnType<typeof serve>>;
let queue: string;
let calls: SQSClient;

beforeEach(async () => {
  served = await serve((url) => sqs(fakeHost(), { url }));
  Object.assign(process.env, {
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
    AWS_ENDPOINT_URL_SQS: served.url,
  });
  calls = new SQSClient(client);
  const made = await served.service.create({
    logicalId: "sends",
    type: "AWS::SQS::Queue",
    properties: { QueueName: "sends" },
  });
  queue = made.ref;
  process.env.SENDS_QUEUE_URL = queue;
});
afterEach(async () => {
  delete process.env.AWS_ENDPOINT_URL_SQS;
  await served.close();
});

/** All that lies in the queue, as a function is given it. */
async function received(): Promise<unknown[]> {
  const bodies: unknown[] = [];
  for (;;) {
    const { Messages = [] } = await calls.send(
      new ReceiveMessageCommand({ QueueUrl: queue, MaxNumberOfMessages: 10, WaitTimeSeconds: 0 }),
    );
    if (Messages.length === 0) return bodies;
    bodies.push(...Messages.map(({ Body = "" }) => JSON.parse(Body)));
  }
}

const put = (bodies: readonly unknown[]) =>
  enqueue(
    "SENDS_QUEUE_URL",
    "biz_x",
    bodies.map((body) => ({ body })),
  );

test("as many messages go into a request as SQS takes, by their number and by their bytes, and all arrive", async () => {
  const bodies = Array.from({ length: 23 }, (_, at) => ({
    at,
    text: "x".repeat(at % 3 === 0 ? 400_000 : 90_000),
  }));
  await put(bodies);
  const found = (await received()) as typeof bodies;
  expect(found.map(({ at }) => at).sort((a, b) => a - b)).toEqual(bodies.map(({ at }) => at));
  expect(found.find(({ at }) => at === 0)).toEqual(bodies[0]);
});

test("messages of any size up to the largest, in any number and any characters, arrive as they were", async () => {
  const size = fc.oneof(fc.nat({ max: 2_000 }), fc.nat({ max: 300_000 }), fc.constantFrom(999_000, 499_990));
  const text = fc.oneof(
    fc.constantFrom("x", "é", "漢", "☕", "\u0001", "\ufffe", "\uffff", '"', "\\"),
    fc.string({ unit: "binary", minLength: 1, maxLength: 3 }),
  );
  const message = fc.tuple(size, text).map(([bytes, unit]) => ({
    text: unit.repeat(Math.floor(bytes / Math.max(1, Buffer.byteLength(JSON.stringify(unit)) * 3))),
  }));
  await fc.assert(
    fc.asyncProperty(fc.array(message, { maxLength: 25 }), async (bodies) => {
      await put(bodies);
      const found = await received();
      const sorted = (all: readonly unknown[]) => all.map((one) => JSON.stringify(one)).sort();
      expect(sorted(found)).toEqual(sorted(bodies));
    }),
    { numRuns: 25 },
  );
}, 60_000);
