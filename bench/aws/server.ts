import { createHash, randomUUID } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { dynamoDb } from "./dynamodb.ts";
import { customersCsv } from "./file.ts";

/**
 * The AWS of the bench, in a process of its own: the right answer to each call, from memory, so that what is
 * measured is the caller's CPU and nothing else. It tells its port to the process that started it.
 */
const answerDynamoDb = await dynamoDb(process.argv[2] === "small" ? "small" : "large");
const file = process.argv[3] ? customersCsv(Number(process.argv[3])) : Buffer.alloc(0);

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    const answer = answerTo(request, Buffer.concat(chunks));
    response.writeHead(200, {
      "content-type": "application/x-amz-json-1.0",
      "content-length": Buffer.byteLength(answer),
      "x-amzn-requestid": randomUUID(),
    });
    response.end(answer);
  });
});
server.keepAliveTimeout = 120_000;
server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port));

function answerTo({ headers, method, url = "" }: IncomingMessage, body: Buffer): string | Buffer {
  const [service = "", operation = ""] = String(headers["x-amz-target"] ?? "").split(".");
  if (service.startsWith("DynamoDB")) return answerDynamoDb(operation, body);
  if (service === "secretsmanager")
    return JSON.stringify({ SecretString: JSON.stringify({ root: "r".repeat(40) }) });
  if (service === "AmazonSQS") return JSON.stringify({ Successful: enqueued(body), Failed: [] });
  if (service === "AWSEvents")
    return JSON.stringify({ FailedEntryCount: 0, Entries: [{ EventId: randomUUID() }] });
  if (url === "/v2/email/account")
    return JSON.stringify({ SendQuota: { MaxSendRate: 100_000, Max24HourSend: -1, SentLast24Hours: 0 } });
  if (url === "/v2/email/outbound-bulk-emails") return accepted(body);
  if (url === "/v2/email/outbound-emails") return JSON.stringify({ MessageId: messageId() });
  if (method === "GET" && url.startsWith("/imports/")) return file;
  throw new Error(`The bench's AWS has no answer to ${method} ${url} ${headers["x-amz-target"]}`);
}

/** SQS answers with the digest of each message, which the SDK checks. */
function enqueued(body: Buffer) {
  const { Entries } = JSON.parse(body.toString()) as { Entries: { Id: string; MessageBody: string }[] };
  return Entries.map(({ Id, MessageBody }) => ({
    Id,
    MessageId: randomUUID(),
    MD5OfMessageBody: createHash("md5").update(MessageBody).digest("hex"),
  }));
}

function accepted(body: Buffer): string {
  const { BulkEmailEntries } = JSON.parse(body.toString()) as { BulkEmailEntries: unknown[] };
  return JSON.stringify({
    BulkEmailEntryResults: BulkEmailEntries.map(() => ({ Status: "SUCCESS", MessageId: messageId() })),
  });
}

/** As long as SES's own. */
const messageId = () => `0100019a${randomUUID().slice(0, 8)}-${randomUUID()}-000000`;
