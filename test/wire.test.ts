import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SESv2Client, SendBulkEmailCommand, SendEmailCommand } from "@aws-sdk/client-sesv2";
import {
  BatchGetCommand,
  DynamoDBDocumentClient,
  QueryCommand,
  TransactWriteCommand,
  UpdateCommand,
} from "@aws-sdk/lib-dynamodb";
import { expect, test } from "vitest";
import { sesSend } from "../core/ses.ts";
import { documents } from "../core/store.ts";

type Sent = {
  method: string;
  path: string;
  hostname: string;
  headers: Record<string, string>;
  body: unknown;
};

const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" };
const settings = { region: "us-east-1", credentials, systemClockOffset: 0 };

/** What a client would put on the wire for a command, signed; nothing is sent. */
async function wireOf(client: object, command: object): Promise<Sent> {
  let sent: Sent | undefined;
  const { middlewareStack, send } = client as {
    middlewareStack: { clone(): unknown; add(middleware: unknown, options: unknown): void };
    send(command: unknown): Promise<unknown>;
  };
  const capture = () => async (args: { request: Sent }) => {
    sent = args.request;
    throw new Error("captured");
  };
  middlewareStack.add(capture, { name: "capture", step: "deserialize", priority: "low", override: true });
  await send.call(client, command).catch((error: Error) => {
    if (error.message !== "captured") throw error;
  });
  if (!sent) throw new Error("Nothing was sent");
  const body = sent.body instanceof Uint8Array ? Buffer.from(sent.body).toString() : String(sent.body);
  return { ...sent, body: JSON.parse(body) };
}

/** What must be alike, whoever wrote it: not the time, the signature over it, nor the id of the try. */
const essence = ({ method, path, hostname, headers, body }: Sent) => {
  const names = Object.keys(headers)
    .map((name) => name.toLowerCase())
    .filter((name) => !["content-length", "user-agent", "x-amz-user-agent"].includes(name));
  const signed = /SignedHeaders=([^,]+)/.exec(headers.authorization ?? headers.Authorization ?? "")?.[1];
  return { method, path, hostname, names: names.sort(), signed, type: headers["content-type"], body };
};

const plain = {
  documents: () =>
    DynamoDBDocumentClient.from(new DynamoDBClient(settings), {
      marshallOptions: { removeUndefinedValues: true },
    }),
  ses: () => new SESv2Client(settings),
};

const bulk = () =>
  new SendBulkEmailCommand({
    FromEmailAddress: '"Kopi Senja" <halo@kopisenja.example>',
    ReplyToAddresses: ["kasir@kopisenja.example"],
    ConfigurationSetName: "Sapa",
    DefaultContent: { Template: { TemplateName: "sapa-1", TemplateData: '{"s0":"é"}' } },
    BulkEmailEntries: [
      {
        Destination: { ToAddresses: ["ani@example.com"] },
        ReplacementEmailContent: { ReplacementTemplate: { ReplacementTemplateData: '{"s1":"“Ani”"}' } },
        ReplacementHeaders: [{ Name: "List-Unsubscribe", Value: "<https://example.com/u/t>" }],
        ReplacementTags: [{ Name: "run", Value: "run_1" }],
      },
    ],
  });

test.each([
  ["a batch of mails", () => plain.ses(), () => sesSend, bulk],
  [
    "one mail",
    () => plain.ses(),
    () => sesSend,
    () =>
      new SendEmailCommand({
        FromEmailAddress: "halo@kopisenja.example",
        Destination: { ToAddresses: ["ani@example.com"] },
        Content: { Simple: { Subject: { Data: "Hai" }, Body: { Text: { Data: "Apa kabar?" } } } },
      }),
  ],
  [
    "an update",
    () => plain.documents(),
    () => documents,
    () =>
      new UpdateCommand({
        TableName: "customers",
        Key: { shard: "biz_x#01", id: "cus_y" },
        UpdateExpression: "SET recentSends = :sends, attributes = :attributes",
        ExpressionAttributeValues: {
          ":sends": ["2026-11-24T02:00:00.000Z"],
          ":attributes": { visits: 3, vip: true, note: "kopi “susu”", nothing: null },
        },
      }),
  ],
  [
    "a read of many",
    () => plain.documents(),
    () => documents,
    () => new BatchGetCommand({ RequestItems: { runs: { Keys: [{ business: "biz_x", id: "run_y" }] } } }),
  ],
  [
    "a query",
    () => plain.documents(),
    () => documents,
    () =>
      new QueryCommand({
        TableName: "runs",
        KeyConditionExpression: "business = :business",
        ExpressionAttributeValues: { ":business": "biz_x" },
        ScanIndexForward: false,
        Limit: 20,
      }),
  ],
  [
    "a transaction",
    () => plain.documents(),
    () => documents,
    () =>
      new TransactWriteCommand({
        ClientRequestToken: "1b671a64-40d5-491e-99b0-da01ff1f3341",
        TransactItems: [{ Put: { TableName: "sends", Item: { customer: "c", run: "r", at: undefined } } }],
      }),
  ],
] as const)("%s goes to AWS just as the SDK would write it, signed", async (_, theirs, ours, command) => {
  process.env.AWS_REGION = "us-east-1";
  process.env.AWS_ACCESS_KEY_ID = credentials.accessKeyId;
  process.env.AWS_SECRET_ACCESS_KEY = credentials.secretAccessKey;
  const expected = essence(await wireOf(theirs(), command()));
  expect(expected.signed).toContain("host");
  expect(essence(await wireOf(ours(), command()))).toEqual(expected);
});
