import { randomUUID } from "node:crypto";
import { GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { describe, expect } from "vitest";
import type { Item, Store } from "../database.ts";

const refused = { name: "ValidationException" };
const setTo = (name: string, value: unknown) => ({
  UpdateExpression: `SET ${name} = :value`,
  ExpressionAttributeValues: { ":value": value },
});

export function limits(store: Store): void {
  const { people, holds, put, get } = store;
  const update = (key: { shop: string; id: string }, input: Item) =>
    store.documents.send(new UpdateCommand({ TableName: people, Key: key, ...input }));

  describe("limits of an item", () => {
    holds("an item over 400 KB is refused", async () => {
      await expect(put({ shop: randomUUID(), id: "big", text: "x".repeat(410_000) })).rejects.toMatchObject({
        name: "ValidationException",
        message: expect.stringMatching(/maximum allowed size/),
      });
    });

    holds(
      "an update that would make an item larger than 400 KB is refused, and changes nothing",
      async () => {
        const key = { shop: randomUUID(), id: "big" };
        await put({ ...key, text: "x".repeat(390_000) });
        const grown = update(key, {
          UpdateExpression: "SET more = :more",
          ExpressionAttributeValues: { ":more": "x".repeat(20_000) },
        });
        await expect(grown).rejects.toMatchObject(refused);
        expect(Object.keys((await get(key.shop, key.id)) ?? {}).sort()).toEqual(["id", "shop", "text"]);
      },
    );

    holds("an empty key, a missing key and a key of another type are refused", async () => {
      const shop = randomUUID();
      for (const wrong of [{ shop, id: "" }, { shop }, { shop, id: 7 }]) {
        await expect(put(wrong)).rejects.toMatchObject(refused);
      }
    });

    holds("an item may lack an index's key, but not have an empty one or one of another type", async () => {
      const shop = randomUUID();
      await put({ shop, id: "ani" });
      for (const birthday of ["", 1124]) {
        await expect(put({ shop, id: "budi", birthday })).rejects.toMatchObject(refused);
      }
      expect(await get(shop, "budi")).toBeUndefined();
    });

    holds("no update gives an item an index's key that is empty", async () => {
      const key = { shop: randomUUID(), id: "ani" };
      await put(key);
      await expect(update(key, setTo("birthday", ""))).rejects.toMatchObject(refused);
      expect(await get(key.shop, key.id)).toEqual(key);
    });

    holds("no update gives an item an index's key of another type", async () => {
      const key = { shop: randomUUID(), id: "ani" };
      await put(key);
      await expect(update(key, setTo("birthday", 1124))).rejects.toMatchObject(refused);
      expect(await get(key.shop, key.id)).toEqual(key);
    });

    holds("a partition key holds 2,048 bytes and a sort key 1,024, and no more", async () => {
      const shop = "s".repeat(2048);
      const id = "é".repeat(512);
      await put({ shop, id });
      for (const wrong of [{ shop: `${shop}s` }, { id: `${id}i` }]) {
        await expect(put({ shop, id, ...wrong })).rejects.toMatchObject(refused);
      }
    });

    holds("an index's sort key holds 1,024 bytes, and no more", async () => {
      const shop = randomUUID();
      const birthday = "é".repeat(512);
      await put({ shop, id: "ani", birthday });
      await expect(put({ shop, id: "budi", birthday: `${birthday}b` })).rejects.toMatchObject(refused);
    });

    holds("numbers keep 38 digits, are added up exactly, and are refused beyond", async () => {
      const shop = { S: randomUUID() };
      const Key = { shop, id: { S: "ani" } };
      const write = (N: string) =>
        store.client.send(new PutItemCommand({ TableName: people, Item: { ...Key, n: { N } } }));
      const read = async () =>
        (await store.client.send(new GetItemCommand({ TableName: people, Key, ConsistentRead: true }))).Item
          ?.n?.N;
      for (const digits of ["12345678901234567890123456789012345678", "-0.0001", "25000"]) {
        await write(digits);
        expect(await read()).toBe(digits);
      }
      await write("0.1");
      const add = { UpdateExpression: "ADD n :n", ExpressionAttributeValues: { ":n": 0.2 } };
      await update({ shop: shop.S, id: "ani" }, add);
      expect(await read()).toBe("0.3");
      await expect(write(`1${"0".repeat(37)}01`)).rejects.toMatchObject(refused);
    });

    holds("a reserved word stands in an expression only behind a placeholder", async () => {
      const key = { shop: randomUUID(), id: "ani" };
      const set = (path: string, names?: Record<string, string>) =>
        update(key, {
          UpdateExpression: `SET ${path} = :value`,
          ExpressionAttributeValues: { ":value": "x" },
          ...(names && { ExpressionAttributeNames: names }),
        });
      for (const word of ["name", "state", "hash", "domain", "items", "at", "from", "timezone"]) {
        await expect(set(word), word).rejects.toMatchObject({
          name: "ValidationException",
          message: expect.stringMatching(/reserved keyword/),
        });
        await set("#word", { "#word": word });
      }
      expect(await get(key.shop, "ani")).toMatchObject({ name: "x", state: "x", at: "x" });
    });

    holds("a placeholder that is not used, or not defined, is refused", async () => {
      const key = { shop: randomUUID(), id: "ani" };
      const set = (UpdateExpression: string, values: Item) =>
        update(key, { UpdateExpression, ExpressionAttributeValues: values });
      await expect(set("SET a = :a", { ":a": 1, ":b": 2 })).rejects.toMatchObject(refused);
      await expect(set("SET a = :a, b = :b", { ":a": 1 })).rejects.toMatchObject(refused);
    });
  });
}
