import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CreateTableCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  TransactionCanceledException,
  UpdateTimeToLiveCommand,
} from "@aws-sdk/client-dynamodb";
import {
  BatchGetCommand,
  BatchWriteCommand,
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  TransactGetCommand,
  TransactWriteCommand,
  type TransactWriteCommandInput,
  UpdateCommand,
} from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { dynamoDb, startDatabase } from "../../local/dynamodb/service.ts";
import { definitionOf } from "../support/database.ts";

/**
 * What Sapa needs of DynamoDB. The same promises can be asked of another implementation, such as AWS's own
 * DynamoDB Local, by naming it: DYNAMODB_ENDPOINT=http://127.0.0.1:8000.
 */
const elsewhere = process.env.DYNAMODB_ENDPOINT;
let clock = Date.parse("2026-11-24T02:00:00.000Z");
let stop = async () => {};
let client: DynamoDBClient;
let documents: DynamoDBDocumentClient;

const people = `people-${randomUUID()}`;
const single = `single-${randomUUID()}`;

beforeAll(async () => {
  let endpoint = elsewhere;
  if (!endpoint) {
    const database = await startDatabase({ now: () => clock });
    endpoint = database.endpoint;
    stop = database.stop;
  }
  client = connect(endpoint);
  documents = DynamoDBDocumentClient.from(client);
  const byBirthday = { partition: "shop", sort: "birthday" };
  await client.send(
    new CreateTableCommand(definitionOf(people, { partition: "shop", sort: "id", indexes: { byBirthday } })),
  );
  await client.send(new CreateTableCommand(definitionOf(single, { partition: "id" })));
});
afterAll(async () => {
  for (const TableName of elsewhere ? [people, single] : []) {
    await client.send(new DeleteTableCommand({ TableName }));
  }
  client.destroy();
  await stop();
});

const connect = (endpoint: string) =>
  new DynamoDBClient({
    endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    maxAttempts: 1,
  });

const put = (Item: Record<string, unknown>) => documents.send(new PutCommand({ TableName: people, Item }));
const get = async (shop: string, id: string) =>
  (await documents.send(new GetCommand({ TableName: people, Key: { shop, id }, ConsistentRead: true }))).Item;
const idsOf = (items: Record<string, unknown>[] = []) => items.map(({ id }) => id);

describe("single items", () => {
  test("what was put is read back as it was, nested, empty and numeric values included", async () => {
    const item = {
      shop: randomUUID(),
      id: "ani",
      note: "",
      spent: 1234567890123,
      rate: 0.1,
      tags: ["a", ""],
      topics: { news: false },
      none: null,
    };
    await put(item);
    expect(await get(item.shop, "ani")).toEqual(item);
  });

  test("a put on the condition that the item is new happens once", async () => {
    const shop = randomUUID();
    const write = (name: string) =>
      documents.send(
        new PutCommand({
          TableName: people,
          Item: { shop, id: "ani", name },
          ConditionExpression: "attribute_not_exists(shop)",
          ReturnValuesOnConditionCheckFailure: "ALL_OLD",
        }),
      );
    await write("first");
    await expect(write("second")).rejects.toMatchObject({
      name: "ConditionalCheckFailedException",
      Item: { name: { S: "first" } },
    });
    expect(await get(shop, "ani")).toMatchObject({ name: "first" });
  });

  test("of many conditional puts at the same time exactly one wins", async () => {
    const shop = randomUUID();
    const attempts = await Promise.allSettled(
      Array.from({ length: 20 }, (_, n) =>
        documents.send(
          new PutCommand({
            TableName: people,
            Item: { shop, id: "ani", n },
            ConditionExpression: "attribute_not_exists(shop)",
          }),
        ),
      ),
    );
    expect(attempts.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });

  test("update expressions set, add, remove, append and fall back, and answer the new item", async () => {
    const shop = randomUUID();
    await put({ shop, id: "ani", version: 1, old: true, sends: ["a"], statistics: { orders: 2 } });
    const { Attributes } = await documents.send(
      new UpdateCommand({
        TableName: people,
        Key: { shop, id: "ani" },
        UpdateExpression:
          "SET version = version + :one, sends = list_append(sends, :more), #first = if_not_exists(#first, :day), statistics.orders = statistics.orders + :one ADD visits :one REMOVE #old",
        ConditionExpression: "version = :version AND size(sends) < :three",
        ExpressionAttributeNames: { "#first": "first", "#old": "old" },
        ExpressionAttributeValues: {
          ":one": 1,
          ":more": ["b"],
          ":day": "2026-11-24",
          ":version": 1,
          ":three": 3,
        },
        ReturnValues: "ALL_NEW",
      }),
    );
    const expected = {
      shop,
      id: "ani",
      version: 2,
      sends: ["a", "b"],
      first: "2026-11-24",
      visits: 1,
      statistics: { orders: 3 },
    };
    expect(Attributes).toEqual(expected);
    expect(await get(shop, "ani")).toEqual(expected);
  });

  test("counting up by many at the same time loses nothing", async () => {
    const shop = randomUUID();
    await Promise.all(
      Array.from({ length: 30 }, () =>
        documents.send(
          new UpdateCommand({
            TableName: people,
            Key: { shop, id: "counter" },
            UpdateExpression: "ADD n :one",
            ExpressionAttributeValues: { ":one": 1 },
          }),
        ),
      ),
    );
    expect(await get(shop, "counter")).toMatchObject({ n: 30 });
  });

  test("a deletion answers what was there, and repeating it is harmless", async () => {
    const shop = randomUUID();
    await put({ shop, id: "ani", name: "Ani" });
    const remove = () =>
      documents.send(
        new DeleteCommand({ TableName: people, Key: { shop, id: "ani" }, ReturnValues: "ALL_OLD" }),
      );
    expect((await remove()).Attributes).toMatchObject({ name: "Ani" });
    expect((await remove()).Attributes).toBeUndefined();
    expect(await get(shop, "ani")).toBeUndefined();
  });

  test("an item over 400 KB, an empty key and an unknown table are refused", async () => {
    const shop = randomUUID();
    await expect(put({ shop, id: "big", text: "x".repeat(410_000) })).rejects.toThrow(/maximum allowed size/);
    await expect(put({ shop, id: "" })).rejects.toMatchObject({ name: "ValidationException" });
    await expect(
      documents.send(new GetCommand({ TableName: "no-such-table", Key: { id: "x" } })),
    ).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  });
});

describe("queries", () => {
  const shop = randomUUID();
  const birthdays = ["01-05", "02-29", "11-23", "11-24", "11-24"];
  beforeAll(async () => {
    for (const [n, birthday] of birthdays.entries())
      await put({ shop, id: `c${n}`, birthday, name: `N${n}` });
    await put({ shop, id: "no-birthday" });
    await put({ shop: randomUUID(), id: "elsewhere", birthday: "11-24" });
  });
  const query = (input: Record<string, unknown>, values: Record<string, unknown> = {}) =>
    documents.send(
      new QueryCommand({
        TableName: people,
        KeyConditionExpression: "shop = :shop",
        ...input,
        ExpressionAttributeValues: { ":shop": shop, ...values },
      }),
    );

  test("a partition is read in the order of its sort key, and backwards", async () => {
    expect(idsOf((await query({})).Items)).toEqual(["c0", "c1", "c2", "c3", "c4", "no-birthday"]);
    const { Items } = await query({ ScanIndexForward: false, Limit: 2 });
    expect(idsOf(Items)).toEqual(["no-birthday", "c4"]);
  });

  test("pages join without gap or repetition, whatever their size, in both directions", async () => {
    for (const ScanIndexForward of [true, false]) {
      for (const Limit of [1, 2, 4]) {
        for (const index of [{}, { IndexName: "byBirthday" }]) {
          const found: unknown[] = [];
          let ExclusiveStartKey: Record<string, unknown> | undefined;
          do {
            const page = await query({ ...index, Limit, ScanIndexForward, ExclusiveStartKey });
            found.push(...idsOf(page.Items));
            ExclusiveStartKey = page.LastEvaluatedKey;
          } while (ExclusiveStartKey);
          expect(found).toHaveLength("IndexName" in index ? 5 : 6);
          expect(new Set(found).size).toBe(found.length);
        }
      }
    }
  });

  test("begins_with, between and comparisons on the sort key give what lies within", async () => {
    const ids = async (condition: string, values: Record<string, unknown>) =>
      idsOf((await query({ KeyConditionExpression: `shop = :shop AND ${condition}` }, values)).Items);
    expect(await ids("begins_with(id, :c)", { ":c": "c" })).toEqual(["c0", "c1", "c2", "c3", "c4"]);
    expect(await ids("id BETWEEN :a AND :b", { ":a": "c1", ":b": "c3" })).toEqual(["c1", "c2", "c3"]);
    expect(await ids("id > :a", { ":a": "c3" })).toEqual(["c4", "no-birthday"]);
    expect(await ids("id >= :a", { ":a": "c4" })).toEqual(["c4", "no-birthday"]);
    expect(await ids("id < :a", { ":a": "c1" })).toEqual(["c0"]);
    expect(await ids("id <= :a", { ":a": "c1" })).toEqual(["c0", "c1"]);
    expect(await ids("id = :a", { ":a": "c1" })).toEqual(["c1"]);
  });

  test("an index that projects keys gives keys only, of those that have its attributes", async () => {
    const { Items = [] } = await query(
      { IndexName: "byBirthday", KeyConditionExpression: "shop = :shop AND birthday = :day" },
      { ":day": "11-24" },
    );
    expect(Items).toHaveLength(2);
    expect(Items).toContainEqual({ shop, id: "c3", birthday: "11-24" });
    expect(Items).toContainEqual({ shop, id: "c4", birthday: "11-24" });
  });

  test("an index follows changes of the item", async () => {
    const own = randomUUID();
    const inIndex = async () =>
      (
        await documents.send(
          new QueryCommand({
            TableName: people,
            IndexName: "byBirthday",
            KeyConditionExpression: "shop = :shop",
            ExpressionAttributeValues: { ":shop": own },
          }),
        )
      ).Items?.map(({ birthday }) => birthday);
    await put({ shop: own, id: "ani", birthday: "01-01" });
    await put({ shop: own, id: "ani", birthday: "02-02" });
    expect(await inIndex()).toEqual(["02-02"]);
    await put({ shop: own, id: "ani" });
    expect(await inIndex()).toEqual([]);
  });

  test("a filter is applied after the page was cut: a page can be empty and more follow", async () => {
    const page = await query(
      { FilterExpression: "#name = :name", ExpressionAttributeNames: { "#name": "name" }, Limit: 2 },
      { ":name": "N4" },
    );
    expect(page).toMatchObject({ Count: 0, ScannedCount: 2, LastEvaluatedKey: { id: "c1" } });
  });

  test("a page holds at most 1 MB", async () => {
    const own = randomUUID();
    for (let n = 0; n < 4; n++) await put({ shop: own, id: `c${n}`, text: "x".repeat(390_000) });
    const { Items, LastEvaluatedKey } = await documents.send(
      new QueryCommand({
        TableName: people,
        KeyConditionExpression: "shop = :shop",
        ExpressionAttributeValues: { ":shop": own },
      }),
    );
    expect(Items).toHaveLength(3);
    expect(LastEvaluatedKey).toMatchObject({ id: "c2" });
  });
});

describe("batches", () => {
  test("up to 25 writes and 100 reads go together; one more is refused", async () => {
    const shop = randomUUID();
    const writes = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, n) => ({ PutRequest: { Item: { shop, id: `c${from + n}` } } }));
    const write = (from: number, to: number) =>
      documents.send(new BatchWriteCommand({ RequestItems: { [people]: writes(from, to) } }));
    for (let from = 0; from < 100; from += 25) {
      expect((await write(from, from + 25)).UnprocessedItems).toEqual({});
    }
    await expect(write(100, 126)).rejects.toMatchObject({ name: "ValidationException" });

    const keys = Array.from({ length: 101 }, (_, n) => ({ shop, id: `c${n}` }));
    const read = (Keys: Record<string, string>[]) =>
      documents.send(new BatchGetCommand({ RequestItems: { [people]: { Keys, ConsistentRead: true } } }));
    const { Responses, UnprocessedKeys } = await read(keys.slice(0, 100));
    expect(Responses?.[people]).toHaveLength(100);
    expect(UnprocessedKeys).toEqual({});
    await expect(read(keys)).rejects.toMatchObject({ name: "ValidationException" });
    expect((await read([{ shop, id: "nobody" }])).Responses?.[people]).toEqual([]);
  });

  test("the same item twice in a batch is refused", async () => {
    const Item = { shop: randomUUID(), id: "ani" };
    const RequestItems = { [people]: [{ PutRequest: { Item } }, { PutRequest: { Item } }] };
    await expect(documents.send(new BatchWriteCommand({ RequestItems }))).rejects.toThrow(/duplicates/);
  });

  test("reads beyond 16 MB are left over for the next call", async () => {
    const shop = randomUUID();
    const ids = Array.from({ length: 45 }, (_, n) => `c${n}`);
    await Promise.all(ids.map((id) => put({ shop, id, text: "x".repeat(390_000) })));
    const Keys = ids.map((id) => ({ shop, id }));
    const { Responses, UnprocessedKeys } = await documents.send(
      new BatchGetCommand({ RequestItems: { [people]: { Keys } } }),
    );
    const found = Responses?.[people]?.length ?? 0;
    const left = UnprocessedKeys?.[people]?.Keys?.length ?? 0;
    expect(left).toBeGreaterThan(0);
    expect(found + left).toBe(45);
  });
});

type Writes = NonNullable<TransactWriteCommandInput["TransactItems"]>;
const transact = (TransactItems: Writes, ClientRequestToken?: string) =>
  documents.send(
    new TransactWriteCommand({ TransactItems, ...(ClientRequestToken && { ClientRequestToken }) }),
  );
const reasonsOf = async (work: Promise<unknown>) => {
  const error = await work.then(
    () => undefined,
    (caught) => caught,
  );
  if (!(error instanceof TransactionCanceledException)) throw error ?? new Error("It succeeded");
  return error.CancellationReasons ?? [];
};
const newPut = (Item: Record<string, unknown>) => ({
  Put: { TableName: people, Item, ConditionExpression: "attribute_not_exists(shop)" },
});
const raise = (shop: string, id: string, version: number) => ({
  Update: {
    TableName: people,
    Key: { shop, id },
    UpdateExpression: "SET version = :next",
    ConditionExpression: "version = :version",
    ExpressionAttributeValues: { ":version": version, ":next": version + 1 },
    ReturnValuesOnConditionCheckFailure: "ALL_OLD" as const,
  },
});

describe("transactions", () => {
  test("puts, updates, deletions and checks in several tables happen together", async () => {
    const shop = randomUUID();
    await put({ shop, id: "ani", version: 1 });
    await put({ shop, id: "budi" });
    await put({ shop, id: "citra" });
    await transact([
      newPut({ shop, id: "dewi", birthday: "11-24" }),
      raise(shop, "ani", 1),
      { Delete: { TableName: people, Key: { shop, id: "budi" } } },
      {
        ConditionCheck: {
          TableName: people,
          Key: { shop, id: "citra" },
          ConditionExpression: "attribute_exists(id)",
        },
      },
      { Put: { TableName: single, Item: { id: shop } } },
    ]);
    expect(await get(shop, "dewi")).toEqual({ shop, id: "dewi", birthday: "11-24" });
    expect(await get(shop, "ani")).toMatchObject({ version: 2 });
    expect(await get(shop, "budi")).toBeUndefined();
    expect(await get(shop, "citra")).toEqual({ shop, id: "citra" });
    const { Item } = await documents.send(new GetCommand({ TableName: single, Key: { id: shop } }));
    expect(Item).toEqual({ id: shop });
  });

  test("one failed condition stops all, and the reasons stand in the order of the operations", async () => {
    const shop = randomUUID();
    await put({ shop, id: "ani", version: 7 });
    await put({ shop, id: "budi" });
    const reasons = await reasonsOf(
      transact([
        newPut({ shop, id: "new" }),
        raise(shop, "ani", 1),
        newPut({ shop, id: "budi" }),
        { Delete: { TableName: people, Key: { shop, id: "gone" } } },
        {
          ConditionCheck: {
            TableName: people,
            Key: { shop, id: "nobody" },
            ConditionExpression: "attribute_exists(id)",
          },
        },
      ]),
    );
    expect(reasons.map(({ Code }) => Code)).toEqual([
      "None",
      "ConditionalCheckFailed",
      "ConditionalCheckFailed",
      "None",
      "ConditionalCheckFailed",
    ]);
    expect(reasons[1]?.Item).toMatchObject({ version: { N: "7" } });
    expect(reasons[2]?.Item).toBeUndefined();
    expect(await get(shop, "new")).toBeUndefined();
    expect(await get(shop, "ani")).toMatchObject({ version: 7 });
  });

  test("an operation that cannot be done on the item as it is stops all", async () => {
    const shop = randomUUID();
    await put({ shop, id: "ani", version: "not a number" });
    const add = {
      Update: {
        TableName: people,
        Key: { shop, id: "ani" },
        UpdateExpression: "SET version = version + :one",
        ExpressionAttributeValues: { ":one": 1 },
      },
    };
    // AWS documents a reason of the code ValidationError; its DynamoDB Local refuses the request as a whole.
    await expect(transact([newPut({ shop, id: "new" }), add])).rejects.toThrow(
      /ValidationError|incorrect data type/,
    );
    expect(await get(shop, "new")).toBeUndefined();
  });

  test("a hundred operations go through; a hundred and one, none, or one item twice do not", async () => {
    const shop = randomUUID();
    const puts = (count: number) => Array.from({ length: count }, (_, n) => newPut({ shop, id: `c${n}` }));
    await transact(puts(100));
    expect(await get(shop, "c99")).toBeDefined();
    for (const wrong of [puts(101), []]) {
      await expect(transact(wrong)).rejects.toMatchObject({ name: "ValidationException" });
    }
    // DynamoDB Local cancels the transaction where AWS refuses the request.
    const twice = transact([newPut({ shop, id: "x" }), newPut({ shop, id: "x" })]);
    const name = elsewhere ? "TransactionCanceledException" : "ValidationException";
    await expect(twice).rejects.toMatchObject({ name });
    expect(await get(shop, "x")).toBeUndefined();
  });

  test("more than 4 MB in one transaction is refused", async () => {
    const shop = randomUUID();
    const big = Array.from({ length: 11 }, (_, n) =>
      newPut({ shop, id: `c${n}`, text: "x".repeat(390_000) }),
    );
    await expect(transact(big)).rejects.toMatchObject({ name: "ValidationException" });
    expect(await get(shop, "c0")).toBeUndefined();
  });

  test("a malformed operation or an unknown table refuses the whole", async () => {
    const shop = randomUUID();
    const wrong = { ...raise(shop, "x", 1).Update, UpdateExpression: "SET version =" };
    await expect(transact([newPut({ shop, id: "new" }), { Update: wrong }])).rejects.toMatchObject({
      name: "ValidationException",
    });
    const nowhere = { Put: { TableName: "no-such-table", Item: { id: "x" } } };
    await expect(transact([newPut({ shop, id: "new" }), nowhere])).rejects.toMatchObject({
      name: "ResourceNotFoundException",
    });
    expect(await get(shop, "new")).toBeUndefined();
  });

  test("the same token again within ten minutes changes nothing and succeeds; with other content it is refused", async () => {
    const shop = randomUUID();
    const token = randomUUID();
    await put({ shop, id: "ani", version: 1 });
    await transact([raise(shop, "ani", 1)], token);
    await transact([raise(shop, "ani", 1)], token);
    expect(await get(shop, "ani")).toMatchObject({ version: 2 });
    await expect(transact([raise(shop, "ani", 2)], token)).rejects.toMatchObject({
      name: "IdempotentParameterMismatchException",
    });
    expect(await get(shop, "ani")).toMatchObject({ version: 2 });
  });

  test("a token of a transaction that failed can be tried again", async () => {
    const shop = randomUUID();
    const token = randomUUID();
    await reasonsOf(transact([raise(shop, "ani", 1)], token));
    await put({ shop, id: "ani", version: 1 });
    await transact([raise(shop, "ani", 1)], token);
    expect(await get(shop, "ani")).toMatchObject({ version: 2 });
  });

  test.skipIf(elsewhere)("a token is forgotten after ten minutes", async () => {
    const shop = randomUUID();
    const token = randomUUID();
    await put({ shop, id: "ani", version: 1 });
    await transact([raise(shop, "ani", 1)], token);
    clock += 10 * 60 * 1000 + 1;
    const reasons = await reasonsOf(transact([raise(shop, "ani", 1)], token));
    expect(reasons.map(({ Code }) => Code)).toEqual(["ConditionalCheckFailed"]);
  });

  test("of two transactions on one item at the same time never do both find the version unchanged", async () => {
    const shop = randomUUID();
    for (let round = 0; round < 20; round++) {
      await put({ shop, id: "ani", version: 1 });
      const claim = (run: string) =>
        transact([newPut({ shop, id: `${round}-${run}` }), raise(shop, "ani", 1)]);
      const claims = await Promise.allSettled(["a", "b", "c"].map(claim));
      expect(claims.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
      const sends = await Promise.all(["a", "b", "c"].map((run) => get(shop, `${round}-${run}`)));
      expect(sends.filter(Boolean)).toHaveLength(1);
    }
  });

  test("a transaction against single writes: a version is passed once, whoever comes first", async () => {
    const shop = randomUUID();
    for (let round = 0; round < 20; round++) {
      await put({ shop, id: "ani", version: 1 });
      const { Update } = raise(shop, "ani", 1);
      const attempts = await Promise.allSettled([
        transact([{ Update }, newPut({ shop, id: `send-${round}` })]),
        documents.send(new UpdateCommand(Update)),
      ]);
      expect(attempts.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
      expect(await get(shop, "ani")).toMatchObject({ version: 2 });
    }
  });

  test("several items are read as of one moment", async () => {
    const shop = randomUUID();
    await put({ shop, id: "ani", n: 1 });
    const read = (id: string) => ({ Get: { TableName: people, Key: { shop, id } } });
    const { Responses } = await documents.send(
      new TransactGetCommand({ TransactItems: [read("nobody"), read("ani")] }),
    );
    expect(Responses?.map(({ Item }) => Item)).toEqual([undefined, { shop, id: "ani", n: 1 }]);
  });
});

describe("what calls cost", () => {
  const consumed = async (work: Promise<{ ConsumedCapacity?: unknown }>) => (await work).ConsumedCapacity;

  test.skipIf(elsewhere)("a write costs its table and the indexes whose keys it changes", async () => {
    const Key = { shop: randomUUID(), id: "ani" };
    const update = (UpdateExpression: string, value: unknown) =>
      consumed(
        documents.send(
          new UpdateCommand({
            TableName: people,
            Key,
            UpdateExpression,
            ExpressionAttributeValues: { ":value": value },
            ReturnConsumedCapacity: "TOTAL",
          }),
        ),
      );
    expect(await update("SET birthday = :value", "11-24")).toMatchObject({ CapacityUnits: 2 });
    expect(await update("SET version = :value", 1)).toMatchObject({ CapacityUnits: 1 });
    expect(await update("SET birthday = :value", "11-25")).toMatchObject({ CapacityUnits: 3 });
  });

  // DynamoDB Local adds up the tables wrongly.
  test.skipIf(elsewhere)("a transaction costs double, summed up by table", async () => {
    const shop = randomUUID();
    const TransactItems = [
      newPut({ shop, id: "a" }),
      newPut({ shop, id: "b" }),
      { Put: { TableName: single, Item: { id: shop } } },
    ];
    const answer = await consumed(
      documents.send(new TransactWriteCommand({ TransactItems, ReturnConsumedCapacity: "TOTAL" })),
    );
    expect(answer).toContainEqual(expect.objectContaining({ TableName: people, CapacityUnits: 4 }));
    expect(answer).toContainEqual(expect.objectContaining({ TableName: single, CapacityUnits: 2 }));
  });
});

describe("tables", () => {
  test("a table is ready when it is made, and can be told to let items expire", async () => {
    const { Table } = await client.send(new DescribeTableCommand({ TableName: people }));
    expect(Table).toMatchObject({ TableStatus: "ACTIVE", TableName: people });
    const TimeToLiveSpecification = { AttributeName: "expiresAt", Enabled: true };
    await client.send(new UpdateTimeToLiveCommand({ TableName: people, TimeToLiveSpecification }));
    const { TimeToLiveDescription } = await client.send(new DescribeTimeToLiveCommand({ TableName: people }));
    expect(TimeToLiveDescription).toMatchObject({ AttributeName: "expiresAt", TimeToLiveStatus: "ENABLED" });
  });
});

describe.skipIf(elsewhere)("the host's own side", () => {
  const properties = {
    KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
    AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
    BillingMode: "PAY_PER_REQUEST",
    PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    TimeToLiveSpecification: { AttributeName: "expiresAt", Enabled: true },
  };
  const resource = (more: Record<string, unknown> = {}) => ({
    logicalId: "Runs1A2B",
    type: "AWS::DynamoDB::Table",
    properties: { ...properties, ...more },
  });

  test("a table of the template is hosted under its logical id", async () => {
    const service = dynamoDb({ now: () => clock });
    expect(await service.create(resource())).toEqual({
      ref: "Runs1A2B",
      attributes: { Arn: "arn:aws:dynamodb:us-east-1:000000000000:table/Runs1A2B" },
    });
    await service.stop();
  });

  test("a property that would change behaviour, and is not understood, is refused by name", async () => {
    const service = dynamoDb({ now: () => clock });
    const streams = resource({ StreamSpecification: { StreamViewType: "NEW_IMAGE" } });
    await expect(service.create(streams)).rejects.toThrow("StreamSpecification");
    await expect(service.create(resource({ BillingMode: "PROVISIONED" }))).rejects.toThrow("on-demand");
  });

  test("with a directory, items and indexes are there again after a restart", async () => {
    const dataDir = await mkdtemp(join(tmpdir(), "sapa-dynamodb-"));
    const start = async () => {
      const database = await startDatabase({ now: () => clock, dataDir });
      const connection = connect(database.endpoint);
      const byBirthday = { partition: "shop", sort: "birthday" };
      const table = { partition: "shop", sort: "id", indexes: { byBirthday } };
      await connection.send(new CreateTableCommand(definitionOf("kept", table)));
      return { ...database, store: DynamoDBDocumentClient.from(connection) };
    };
    const first = await start();
    const Item = { shop: "s", id: "ani", birthday: "11-24", version: 1 };
    await first.store.send(new PutCommand({ TableName: "kept", Item }));
    await first.store.send(new PutCommand({ TableName: "kept", Item: { shop: "s", id: "budi" } }));
    await first.store.send(
      new TransactWriteCommand({
        TransactItems: [
          { Delete: { TableName: "kept", Key: { shop: "s", id: "budi" } } },
          { Put: { TableName: "kept", Item: { ...Item, version: 2 } } },
        ],
      }),
    );
    await first.stop();

    const second = await start();
    const all = { KeyConditionExpression: "shop = :s", ExpressionAttributeValues: { ":s": "s" } };
    const { Items } = await second.store.send(new QueryCommand({ TableName: "kept", ...all }));
    expect(Items).toEqual([{ ...Item, version: 2 }]);
    const indexed = await second.store.send(
      new QueryCommand({ TableName: "kept", IndexName: "byBirthday", ...all }),
    );
    expect(indexed.Items).toEqual([{ shop: "s", id: "ani", birthday: "11-24" }]);
    const third = dynamoDb({ now: () => clock, dataDir });
    await expect(third.create(resource())).rejects.toThrow(`The data in ${dataDir} is in use`);
    await second.stop();
    await rm(dataDir, { recursive: true });
  });
});
