import { randomUUID } from "node:crypto";
import {
  CreateTableCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  UpdateTimeToLiveCommand,
} from "@aws-sdk/client-dynamodb";
import { GetCommand, TransactWriteCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { describe, expect } from "vitest";
import { tables as sapas, type Table } from "../../../core/tables.ts";
import { definitionOf } from "../../support/database.ts";
import type { Store } from "../database.ts";

export function tables(store: Store): void {
  const { people, single, holds, newPut, transact } = store;

  describe("tables", () => {
    holds("a table is ready when it is made, on demand, with an index of keys only", async () => {
      const { Table } = await store.client.send(new DescribeTableCommand({ TableName: people }));
      expect(Table).toMatchObject({
        TableStatus: "ACTIVE",
        TableName: people,
        BillingModeSummary: { BillingMode: "PAY_PER_REQUEST" },
        GlobalSecondaryIndexes: [{ IndexName: "byBirthday", Projection: { ProjectionType: "KEYS_ONLY" } }],
      });
    });

    holds("a table can be told to let items expire by an attribute", async () => {
      const TimeToLiveSpecification = { AttributeName: "expiresAt", Enabled: true };
      await store.client.send(new UpdateTimeToLiveCommand({ TableName: people, TimeToLiveSpecification }));
      const { TimeToLiveDescription } = await store.client.send(
        new DescribeTimeToLiveCommand({ TableName: people }),
      );
      expect(TimeToLiveDescription).toMatchObject({
        AttributeName: "expiresAt",
        TimeToLiveStatus: "ENABLED",
      });
    });

    holds("every table of Sapa can be made", async () => {
      for (const [name, table] of Object.entries(sapas) as [string, Table][]) {
        const TableName = `${name}-${randomUUID()}`;
        const { TableDescription } = await store.client.send(
          new CreateTableCommand(definitionOf(TableName, table)),
        );
        expect(TableDescription?.GlobalSecondaryIndexes ?? []).toHaveLength(
          Object.keys(table.indexes ?? {}).length,
        );
      }
    });
  });

  describe("what calls cost", () => {
    holds("a write costs its table and the indexes whose keys it changes", async () => {
      const Key = { shop: randomUUID(), id: "ani" };
      const update = async (UpdateExpression: string, value: unknown) => {
        const input = { UpdateExpression, ExpressionAttributeValues: { ":value": value } };
        const { ConsumedCapacity } = await store.documents.send(
          new UpdateCommand({ TableName: people, Key, ...input, ReturnConsumedCapacity: "TOTAL" }),
        );
        return ConsumedCapacity?.CapacityUnits;
      };
      expect(await update("SET birthday = :value", "11-24")).toBe(2);
      expect(await update("SET version = :value", 1)).toBe(1);
      expect(await update("SET birthday = :value", "11-25")).toBe(3);
    });

    holds("a transaction costs double, summed up by table", async () => {
      const shop = randomUUID();
      const { ConsumedCapacity } = await store.documents.send(
        new TransactWriteCommand({
          TransactItems: [
            newPut({ shop, id: "a" }),
            newPut({ shop, id: "b" }),
            { Put: { TableName: single, Item: { id: shop } } },
          ],
          ReturnConsumedCapacity: "TOTAL",
        }),
      );
      expect(ConsumedCapacity).toContainEqual(
        expect.objectContaining({ TableName: people, CapacityUnits: 4 }),
      );
      expect(ConsumedCapacity).toContainEqual(
        expect.objectContaining({ TableName: single, CapacityUnits: 2 }),
      );
    });

    holds("a read that is not consistent costs half", async () => {
      const shop = randomUUID();
      await transact([newPut({ shop, id: "a" })]);
      const cost = async (ConsistentRead: boolean) => {
        const input = { TableName: people, Key: { shop, id: "a" }, ConsistentRead };
        const { ConsumedCapacity } = await store.documents.send(
          new GetCommand({ ...input, ReturnConsumedCapacity: "TOTAL" }),
        );
        return ConsumedCapacity?.CapacityUnits;
      };
      expect([await cost(true), await cost(false)]).toEqual([1, 0.5]);
    });
  });
}
