import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateTableCommand } from "@aws-sdk/client-dynamodb";
import {
  DynamoDBDocumentClient,
  PutCommand,
  QueryCommand,
  TransactWriteCommand,
} from "@aws-sdk/lib-dynamodb";
import { describe, expect, test } from "vitest";
import { dynamoDb, startDatabase } from "../../local/dynamodb/service.ts";
import { connect } from "../store/database.ts";
import { definitionOf } from "../support/database.ts";

/** What it answers is held to the contract in test/store; here is what it is asked by nobody but the host. */
const now = () => Date.parse("2026-11-24T02:00:00.000Z");

describe("the local host's tables", () => {
  test("a transaction's token is forgotten after ten minutes", async () => {
    let clock = now();
    const database = await startDatabase({ now: () => clock });
    const client = connect(database.endpoint);
    const store = DynamoDBDocumentClient.from(client);
    await client.send(new CreateTableCommand(definitionOf("kept", { partition: "id" })));
    const Put = { TableName: "kept", Item: { id: "ani" }, ConditionExpression: "attribute_not_exists(id)" };
    const write = () =>
      store.send(new TransactWriteCommand({ TransactItems: [{ Put }], ClientRequestToken: "once" }));
    await write();
    clock += 10 * 60 * 1000 - 1;
    await write();
    clock += 2;
    await expect(write()).rejects.toMatchObject({ name: "TransactionCanceledException" });
    client.destroy();
    await database.stop();
  });

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
    const service = dynamoDb({ now: now });
    expect(await service.create(resource())).toEqual({
      ref: "Runs1A2B",
      attributes: { Arn: "arn:aws:dynamodb:us-east-1:000000000000:table/Runs1A2B" },
    });
    await service.stop();
  });

  test("a property that would change behaviour, and is not understood, is refused by name", async () => {
    const service = dynamoDb({ now: now });
    const streams = resource({ StreamSpecification: { StreamViewType: "NEW_IMAGE" } });
    await expect(service.create(streams)).rejects.toThrow("StreamSpecification");
    await expect(service.create(resource({ BillingMode: "PROVISIONED" }))).rejects.toThrow("on-demand");
  });

  test("with a directory, items and indexes are there again after a restart", async () => {
    const dataDir = await mkdtemp(join(tmpdir(), "sapa-dynamodb-"));
    const start = async () => {
      const database = await startDatabase({ now: now, dataDir });
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
    const third = dynamoDb({ now: now, dataDir });
    await expect(third.create(resource())).rejects.toThrow(`The data in ${dataDir} is in use`);
    await second.stop();
    await rm(dataDir, { recursive: true });
  });
});
