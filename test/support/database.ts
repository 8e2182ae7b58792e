import { CreateTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll } from "vitest";
import { environmentName, type Table, type TableName, tables } from "../../core/tables.ts";
import { startDatabase } from "../../local/dynamodb/service.ts";
import { startDynamoDbLocal } from "../emulators/dynamodb-local.ts";

/**
 * Gives the tests of a file an empty DynamoDB of their own, with every table of Sapa, and the environment in
 * which the store finds it. It is there from `beforeAll` on, and gone after the last test.
 */
export function useDatabase(): void {
  let stop: (() => Promise<void>) | undefined;
  beforeAll(async () => {
    const database = await start();
    stop = database.stop;
    Object.assign(process.env, environmentFor(database.endpoint));
    await createTables();
  });
  afterAll(() => stop?.());
}

/** The local host's, unless the run asks for AWS's own: `npm run test:dynamodb-local`. */
const start = () =>
  process.env.SAPA_DATABASE === "dynamodb-local"
    ? startDynamoDbLocal()
    : startDatabase({ now: () => Date.parse("2026-11-24T02:00:00.000Z") });

/** What a function of the stack would find in its environment, pointed at this endpoint. */
const environmentFor = (endpoint: string) => ({
  AWS_REGION: "us-east-1",
  AWS_ACCESS_KEY_ID: "test",
  AWS_SECRET_ACCESS_KEY: "test",
  AWS_ENDPOINT_URL_DYNAMODB: endpoint,
  SHARED_SUPPRESSIONS: "no",
  ...Object.fromEntries(names.map((name) => [environmentName(name), name])),
});

const names = Object.keys(tables) as TableName[];

async function createTables(): Promise<void> {
  const client = new DynamoDBClient({});
  await Promise.all(
    names.map((name) => client.send(new CreateTableCommand(definitionOf(name, tables[name])))),
  );
  client.destroy();
}

/** CreateTable's parameters for a table of core/tables.ts. */
export function definitionOf(name: string, { partition, sort, indexes = {} }: Table) {
  const keys = [[partition, sort], ...Object.values(indexes).map((index) => [index.partition, index.sort])];
  const attributes = [...new Set(keys.flat().filter((key) => key !== undefined))];
  const secondary = Object.entries(indexes).map(([IndexName, index]) => ({
    IndexName,
    KeySchema: keySchema(index.partition, index.sort),
    Projection: { ProjectionType: "KEYS_ONLY" as const },
  }));
  return {
    TableName: name,
    BillingMode: "PAY_PER_REQUEST" as const,
    KeySchema: keySchema(partition, sort),
    AttributeDefinitions: attributes.map((AttributeName) => ({ AttributeName, AttributeType: "S" as const })),
    ...(secondary.length && { GlobalSecondaryIndexes: secondary }),
  };
}

const keySchema = (partition: string, sort: string | undefined) => [
  { AttributeName: partition, KeyType: "HASH" as const },
  ...(sort ? [{ AttributeName: sort, KeyType: "RANGE" as const }] : []),
];
