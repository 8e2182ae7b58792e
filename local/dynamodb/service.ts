import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { AwsAnswer, AwsRequest, Created, Resource, Service } from "../contract.ts";
import { Journal } from "../journal.ts";
import { Database } from "./database.ts";
import { TableJournal } from "./journal.ts";
import { answer, type Backend } from "./requests.ts";
import { Transactions } from "./transactions.ts";

type Options = {
  /** Where tables are kept between starts; in memory without it. */
  dataDir?: string;
  /** Epoch milliseconds: how long transactions remember their tokens goes by it. */
  now: () => number;
};

/** Hosts the stack's tables: dynalite's expressions and item rules over tables in memory, and transactions. */
export function dynamoDb({ dataDir, now }: Options): Service {
  let backend: (Backend & { journal: TableJournal | undefined }) | undefined;
  const open = async () => {
    backend ??= await opened(dataDir, now);
    return backend;
  };
  return {
    types: ["AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable"],
    endpoint: "DYNAMODB",
    create: async (resource) => createTable(await open(), resource),
    answer: async (request: AwsRequest) =>
      answer(await open(), request.headers["x-amz-target"], request.body),
    stop: async () => {
      await backend?.journal?.close();
    },
  };
}

async function opened(dataDir: string | undefined, now: () => number) {
  const journal = dataDir === undefined ? undefined : new TableJournal(await Journal.open(dataDir));
  const database = new Database(journal);
  return { database, transactions: new Transactions(database, now), journal };
}

/** Properties that say nothing about how calls are answered on one machine. */
const withoutEffect = new Set([
  "PointInTimeRecoverySpecification",
  "SSESpecification",
  "DeletionProtectionEnabled",
  "TableClass",
  "Tags",
  "Replicas",
  "ContributorInsightsSpecification",
]);
const understood = new Set([
  "TableName",
  "KeySchema",
  "AttributeDefinitions",
  "BillingMode",
  "GlobalSecondaryIndexes",
  "LocalSecondaryIndexes",
  "TimeToLiveSpecification",
]);

async function createTable(backend: Backend, { logicalId, properties }: Resource): Promise<Created> {
  for (const property of Object.keys(properties)) {
    if (!understood.has(property) && !withoutEffect.has(property)) {
      throw new Error(`The local DynamoDB does not understand ${property} of the table ${logicalId}`);
    }
  }
  if (properties.BillingMode !== "PAY_PER_REQUEST") {
    throw new Error(`The local DynamoDB has on-demand tables only, and ${logicalId} is not one`);
  }
  const { TimeToLiveSpecification: timeToLive, ...rest } = properties;
  const name = String(properties.TableName ?? logicalId);
  const definition = Object.entries(rest).filter(([property]) => understood.has(property));
  await call(backend, "CreateTable", { ...Object.fromEntries(definition), TableName: name });
  if (timeToLive) {
    await call(backend, "UpdateTimeToLive", { TableName: name, TimeToLiveSpecification: timeToLive });
  }
  return { ref: name, attributes: { Arn: `arn:aws:dynamodb:us-east-1:000000000000:table/${name}` } };
}

async function call(backend: Backend, operation: string, data: unknown): Promise<void> {
  const { status, body } = await answer(
    backend,
    `DynamoDB_20120810.${operation}`,
    Buffer.from(JSON.stringify(data)),
  );
  if (status !== 200) throw new Error(`The local DynamoDB refused ${operation}: ${body}`);
}

/** A DynamoDB of its own on a free port of 127.0.0.1, for tests: `{ endpoint: "http://127.0.0.1:49152" }`. */
export async function startDatabase(
  options: Options,
): Promise<{ endpoint: string; stop: () => Promise<void> }> {
  const service = dynamoDb(options);
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk) => chunks.push(chunk));
    request.on("end", () => {
      respond(service, { target: request.headers["x-amz-target"], body: Buffer.concat(chunks) }).then(
        ({ status, headers, body }) => response.writeHead(status, headers).end(body),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await service.stop();
    },
  };
}

async function respond(
  service: Service,
  { target, body }: { target: string | string[] | undefined; body: Buffer },
): Promise<AwsAnswer> {
  try {
    const headers: Record<string, string> = typeof target === "string" ? { "x-amz-target": target } : {};
    const request = {
      method: "POST",
      path: "/",
      query: new URLSearchParams(),
      headers,
      body,
      caller: undefined,
    };
    return (await service.answer?.(request)) ?? { status: 404 };
  } catch (error) {
    return { status: 500, body: JSON.stringify({ __type: "InternalServerError", message: String(error) }) };
  }
}
