import { randomUUID } from "node:crypto";
import { DeleteCommand, GetCommand, PutCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { describe, expect } from "vitest";
import type { Item, Store } from "../database.ts";

export function singleItems(store: Store): void {
  const { people, holds, put, get } = store;
  const update = (key: { shop: string; id: string }, input: Item) =>
    store.documents.send(new UpdateCommand({ TableName: people, Key: key, ...input }));

  describe("single items", () => {
    holds("what was put is read back as it was, nested, empty and numeric values included", async () => {
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

    holds("a put on the condition that the item is new happens once, and tells what is there", async () => {
      const shop = randomUUID();
      const write = (name: string) =>
        store.documents.send(
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
        message: "The conditional request failed",
        Item: { name: { S: "first" } },
      });
      expect(await get(shop, "ani")).toMatchObject({ name: "first" });
    });

    holds("of many conditional puts at the same time exactly one wins", async () => {
      const shop = randomUUID();
      const attempts = await Promise.allSettled(
        Array.from({ length: 20 }, (_, n) =>
          store.documents.send(
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

    holds("a comparison with an attribute that is missing is not fulfilled", async () => {
      const key = { shop: randomUUID(), id: "nobody" };
      const raised = (condition: string) =>
        update(key, {
          UpdateExpression: "SET version = :one",
          ConditionExpression: condition,
          ExpressionAttributeValues: { ":one": 1 },
        });
      for (const condition of ["version = :one", "version < :one", "version <> :one AND version > :one"]) {
        await expect(raised(condition)).rejects.toMatchObject({ name: "ConditionalCheckFailedException" });
      }
      await raised("version <> :one");
      expect(await get(key.shop, key.id)).toEqual({ ...key, version: 1 });
    });

    holds("update expressions set, add, remove, append and fall back, and answer the new item", async () => {
      const shop = randomUUID();
      await put({ shop, id: "ani", version: 1, old: true, sends: ["a"], statistics: { orders: 2 } });
      const { Attributes } = await update(
        { shop, id: "ani" },
        {
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
        },
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

    holds("counting up by many at the same time loses nothing", async () => {
      const key = { shop: randomUUID(), id: "counter" };
      const raised = { UpdateExpression: "ADD n :one", ExpressionAttributeValues: { ":one": 1 } };
      await Promise.all(Array.from({ length: 30 }, () => update(key, raised)));
      expect(await get(key.shop, "counter")).toMatchObject({ n: 30 });
    });

    holds("a deletion answers what was there, and repeating it is harmless", async () => {
      const shop = randomUUID();
      await put({ shop, id: "ani", name: "Ani" });
      const remove = () =>
        store.documents.send(
          new DeleteCommand({ TableName: people, Key: { shop, id: "ani" }, ReturnValues: "ALL_OLD" }),
        );
      expect((await remove()).Attributes).toMatchObject({ name: "Ani" });
      expect((await remove()).Attributes).toBeUndefined();
      expect(await get(shop, "ani")).toBeUndefined();
    });

    holds("an unknown table is said to be unknown", async () => {
      await expect(
        store.documents.send(new GetCommand({ TableName: "no-such-table", Key: { id: "x" } })),
      ).rejects.toMatchObject({ name: "ResourceNotFoundException" });
    });
  });
}
