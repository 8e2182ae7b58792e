import type { RequestListener } from "node:http";
import { beforeEach } from "vitest";
import { useService } from "./service.ts";

type Queue = "audience" | "sends" | "feedback";

/** Gives the tests of a file an SQS that takes every message and remembers it, emptied before each test. */
export function useQueues(): Record<Queue, unknown[]> {
  const messages: Record<Queue, unknown[]> = { audience: [], sends: [], feedback: [] };
  const answer: RequestListener = async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { QueueUrl, Entries } = JSON.parse(Buffer.concat(chunks).toString()) as {
      QueueUrl: string;
      Entries: { MessageBody: string }[];
    };
    const queue = QueueUrl.split("/").at(-1) as Queue;
    messages[queue].push(...Entries.map(({ MessageBody }): unknown => JSON.parse(MessageBody)));
    response.setHeader("content-type", "application/x-amz-json-1.0");
    // Of those named as successful the SDK would want a checksum; the product looks at the failed ones only.
    response.end(JSON.stringify({ Successful: [], Failed: [] }));
  };
  useService(answer, (url) => ({
    AWS_ENDPOINT_URL_SQS: url,
    AUDIENCE_QUEUE_URL: `${url}/audience`,
    SENDS_QUEUE_URL: `${url}/sends`,
    FEEDBACK_QUEUE_URL: `${url}/feedback`,
  }));
  beforeEach(() => {
    for (const queue of Object.values(messages)) queue.length = 0;
  });
  return messages;
}
