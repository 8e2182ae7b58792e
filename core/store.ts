import { randomUUID } from "node:crypto";
import { DynamoDBClient, TransactionCanceledException } from "@aws-sdk/client-dynamodb";
import {
  BatchGetCommand,
  type BatchGetCommandOutput,
  DynamoDBDocumentClient,
  GetCommand,
  type GetCommandInput,
  PutCommand,
  QueryCommand,
  type QueryCommandInput,
  TransactWriteCommand,
  type TransactWriteCommandInput,
  type UpdateCommand,
} from "@aws-sdk/lib-dynamodb";
import { environment } from "./environment.ts";
import { SapaError } from "./errors.ts";
import { environmentName, type TableName } from "./tables.ts";
import { writePlainly } from "./wire.ts";

const client = new DynamoDBClient({});
writePlainly(client, (operation) => ({
  path: "/",
  headers: {
    "content-type": "application/x-amz-json-1.0",
    "x-amz-target": `DynamoDB_20120810.${operation}`,
  },
}));

/**
 * DynamoDB, speaking plain objects. One client a process: connections are reused between invocations. It takes a map
 * with an entry called `constructor` for an instance of a class, and would refuse it.
 */
export const documents = DynamoDBDocumentClient.from(client, {
  marshallOptions: { removeUndefinedValues: true, convertClassInstanceToMap: true },
});

export const tableName = (table: TableName): string => environment(environmentName(table));

export type Item = Record<string, unknown>;
export type Key = Record<string, string>;

export async function find(
  table: TableName,
  key: Key,
  options: Pick<GetCommandInput, "ConsistentRead"> = {},
): Promise<Item | undefined> {
  const { Item } = await documents.send(
    new GetCommand({ TableName: tableName(table), Key: key, ...options }),
  );
  return Item;
}

/** All the items with these keys that exist, in no order; any number of keys, read 100 at a time. */
export async function findMany(table: TableName, keys: readonly Key[], consistent = false): Promise<Item[]> {
  const name = tableName(table);
  const found: Item[] = [];
  for (let start = 0; start < keys.length; start += 100) {
    let wanted: Key[] | undefined = keys.slice(start, start + 100);
    for (let attempt = 0; wanted?.length; attempt++) {
      if (attempt >= 10) throw new Error(`DynamoDB left keys of ${table} unread after ${attempt} tries`);
      if (attempt > 0) await backOff(attempt);
      const answer: BatchGetCommandOutput = await documents.send(
        new BatchGetCommand({ RequestItems: { [name]: { Keys: wanted, ConsistentRead: consistent } } }),
      );
      found.push(...(answer.Responses?.[name] ?? []));
      wanted = answer.UnprocessedKeys?.[name]?.Keys as Key[] | undefined;
    }
  }
  return found;
}

export type Query = Omit<QueryCommandInput, "TableName">;

/** One page of a query: the items, and the key to start the next page after, if there is more. */
export async function query(table: TableName, input: Query): Promise<{ items: Item[]; next?: Key }> {
  const { Items = [], LastEvaluatedKey } = await documents
    .send(new QueryCommand({ TableName: tableName(table), ...input }))
    .catch((error) => refuseStart(error, input.ExclusiveStartKey));
  return LastEvaluatedKey ? { items: Items, next: LastEvaluatedKey as Key } : { items: Items };
}

/** Every page of a query, one after the other. */
export async function* queryPages(table: TableName, input: Query): AsyncGenerator<Item[]> {
  let start = input.ExclusiveStartKey;
  do {
    const page = await query(table, start ? { ...input, ExclusiveStartKey: start } : input);
    yield page.items;
    start = page.next;
  } while (start);
}

export type Write = NonNullable<TransactWriteCommandInput["TransactItems"]>[number];

/** How one write of a transaction fared, in DynamoDB's words. */
export type WriteOutcome = "None" | "ConditionalCheckFailed" | (string & {});

const passing = ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"];

/**
 * At most 100 writes, all or none. Answers `undefined` when they were made; where a condition failed, how
 * each write fared, in order. Another transaction on the same items makes it try again a few times by itself.
 */
export async function transact(
  writes: readonly Write[],
  options: { token?: string } = {},
): Promise<WriteOutcome[] | undefined> {
  for (let attempt = 1; ; attempt++) {
    try {
      await documents.send(
        new TransactWriteCommand({
          TransactItems: [...writes],
          // Lets the SDK repeat a call whose answer was lost.
          ClientRequestToken: options.token ?? randomUUID(),
        }),
      );
      return undefined;
    } catch (error) {
      if (!(error instanceof TransactionCanceledException)) throw error;
      const outcomes = (error.CancellationReasons ?? []).map(({ Code = "None" }): WriteOutcome => Code);
      if (outcomes.includes("ConditionalCheckFailed")) return outcomes;
      if (attempt >= 8 || !outcomes.some((code) => passing.includes(code))) throw error;
      await backOff(attempt);
    }
  }
}

/**
 * What saving customers and orders needs of the tables: these themselves, or what a rehearsal keeps in memory above
 * them.
 */
export type Records = {
  find: typeof find;
  findMany: typeof findMany;
  transact: typeof transact;
  succeeds: typeof succeeds;
};
export const stored: Records = { find, findMany, transact, succeeds };

/** True when a conditional write lost: the item was not as the condition wants it. */
export const conditionFailed = (error: unknown): boolean =>
  error instanceof Error && error.name === "ConditionalCheckFailedException";

/** Makes a conditional write. False when the condition did not hold: somebody was faster, or it is done already. */
export async function succeeds(write: PutCommand | UpdateCommand): Promise<boolean> {
  try {
    // Each kind of write has its own overload, and an answer that nobody looks at here.
    await (write instanceof PutCommand ? documents.send(write) : documents.send(write));
    return true;
  } catch (error) {
    if (conditionFailed(error)) return false;
    throw error;
  }
}

/** Waits 10 ms, 20 ms, 40 ms … 640 ms, each with full jitter, so that those who collided part ways. */
export const backOff = (attempt: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, Math.random() * 10 * 2 ** Math.min(attempt, 6)));

/**
 * An opaque cursor of a list. It carries the place in the list without the partition key, which always comes
 * from the caller's own business: a cursor can't lead into another's data.
 */
export const encodeCursor = (place: Record<string, string | number>): string =>
  Buffer.from(JSON.stringify(place)).toString("base64url");

/** A cursor may be made up: DynamoDB then says that its place is none of the table, or of what is asked for. */
export function refuseStart(error: unknown, start: Item | undefined): never {
  throw start && (error as Error).name === "ValidationException" ? foreignCursor() : error;
}

/** The answer to a cursor that is not one of the list's own. */
export const foreignCursor = () =>
  new SapaError("invalid", "The cursor is not one that this list gave", [
    { field: "cursor", message: "is not one that this list gave" },
  ]);

export function decodeCursor(cursor: string): Record<string, string | number> {
  try {
    const place: unknown = JSON.parse(Buffer.from(cursor, "base64url").toString());
    if (typeof place === "object" && place !== null && Object.values(place).every(isPlace)) {
      return place as Record<string, string | number>;
    }
  } catch {
    // Falls through to the answer for any cursor that is not ours.
  }
  throw foreignCursor();
}

const isPlace = (value: unknown) =>
  typeof value === "number" || (typeof value === "string" && value.isWellFormed());
