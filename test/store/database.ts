import { randomUUID } from "node:crypto";
import {
  CreateTableCommand,
  DynamoDBClient,
  type DynamoDBClientConfig,
  TransactionCanceledException,
} from "@aws-sdk/client-dynamodb";
import {
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  TransactWriteCommand,
  type TransactWriteCommandInput,
} from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, test } from "vitest";
import { definitionOf } from "../support/database.ts";
import { type DatabaseName, deviationsOf } from "./deviations.ts";

export type Started = { endpoint: string; stop: () => Promise<void> };

/** An implementation of DynamoDB that the contract is asked of; not `started` where it can't be had. */
export type Database = { name: DatabaseName; started: Started | undefined };

export type Item = Record<string, unknown>;
export type Writes = NonNullable<TransactWriteCommandInput["TransactItems"]>;

/** Two tables in the database under test, and short ways to speak to it. */
export type Store = ReturnType<typeof useTables>;

/** Makes the tables `people` (one index) and `single` for the tests of a file, after which the database is stopped. */
export function useTables({ name, started }: Database) {
  const people = `people-${randomUUID()}`;
  const single = `single-${randomUUID()}`;
  let client: DynamoDBClient | undefined;
  let documents: DynamoDBDocumentClient | undefined;

  beforeAll(async () => {
    client = connect(started?.endpoint ?? "");
    documents = DynamoDBDocumentClient.from(client);
    const byBirthday = { partition: "shop", sort: "birthday" };
    const table = { partition: "shop", sort: "id", indexes: { byBirthday } };
    await client.send(new CreateTableCommand(definitionOf(people, table)));
    await client.send(new CreateTableCommand(definitionOf(single, { partition: "id" })));
  }, 120_000);
  afterAll(async () => {
    client?.destroy();
    await started?.stop();
  });

  const deviations = deviationsOf(name);
  const promises = new Set<string>();
  const store = {
    people,
    single,
    /** What AWS documents; where this database is known to differ, the difference must still be there. */
    holds(promise: string, body: () => Promise<void>): void {
      promises.add(promise);
      const known = deviations.find((deviation) => deviation.promise === promise);
      if (known) test.fails(`${promise} (not here: ${known.instead})`, body);
      else test(promise, body);
    },
    unknownDeviations: () => deviations.filter(({ promise }) => !promises.has(promise)),
    get client(): DynamoDBClient {
      if (!client) throw new Error("The database has not started: use it in tests and hooks only");
      return client;
    },
    get documents(): DynamoDBDocumentClient {
      if (!documents) throw new Error("The database has not started: use it in tests and hooks only");
      return documents;
    },
    put: (Item: Item) => store.documents.send(new PutCommand({ TableName: people, Item })),
    async get(shop: string, id: string): Promise<Item | undefined> {
      const input = { TableName: people, Key: { shop, id }, ConsistentRead: true };
      return (await store.documents.send(new GetCommand(input))).Item;
    },
    transact: (TransactItems: Writes, ClientRequestToken?: string) =>
      store.documents.send(
        new TransactWriteCommand({ TransactItems, ...(ClientRequestToken && { ClientRequestToken }) }),
      ),
    /** An insert on the condition that the item is new, as one operation of a transaction. */
    newPut: (Item: Item) => ({
      Put: { TableName: people, Item, ConditionExpression: "attribute_not_exists(shop)" },
    }),
    /** Raises an item's version on the condition that it is unchanged; a failure tells the item as it is. */
    raise: (shop: string, id: string, version: number) => ({
      Update: {
        TableName: people,
        Key: { shop, id },
        UpdateExpression: "SET version = :next",
        ConditionExpression: "version = :version",
        ExpressionAttributeValues: { ":version": version, ":next": version + 1 },
        ReturnValuesOnConditionCheckFailure: "ALL_OLD" as const,
      },
    }),
  };
  return store;
}

/** A client that says what was answered the first time. */
export const connect = (endpoint: string, more: DynamoDBClientConfig = {}) =>
  new DynamoDBClient({
    endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    maxAttempts: 1,
    ...more,
  });

export const idsOf = (items: Item[] = []) => items.map(({ id }) => id);

/** Why a transaction was cancelled; any other outcome is thrown. */
export async function cancellationOf(work: Promise<unknown>): Promise<TransactionCanceledException> {
  const error = await work.then(
    () => new Error("It succeeded"),
    (caught) => caught,
  );
  if (!(error instanceof TransactionCanceledException)) throw error;
  return error;
}

/** How each operation of a transaction fared, in order. */
export const reasonsOf = async (work: Promise<unknown>) =>
  (await cancellationOf(work)).CancellationReasons ?? [];
