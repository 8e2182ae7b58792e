import { randomUUID } from "node:crypto";
import { describe, expect } from "vitest";
import { reasonsOf, type Store } from "../database.ts";

/** Transactions that can't be made whatever the items are. */
export function refusals(store: Store): void {
  const { people, holds, put, get, transact, newPut, raise } = store;
  const refused = { name: "ValidationException" };
  const puts = (shop: string, count: number) =>
    Array.from({ length: count }, (_, n) => newPut({ shop, id: `c${n}` }));

  describe("transactions that are refused", () => {
    holds("a hundred operations go through; a hundred and one, or none, do not", async () => {
      const shop = randomUUID();
      await transact(puts(shop, 100));
      expect(await get(shop, "c99")).toBeDefined();
      for (const wrong of [puts(randomUUID(), 101), []]) {
        await expect(transact(wrong)).rejects.toMatchObject(refused);
      }
    });

    holds("two operations on one item refuse the whole request", async () => {
      const shop = randomUUID();
      const twice = transact([newPut({ shop, id: "x" }), newPut({ shop, id: "x" })]);
      await expect(twice).rejects.toMatchObject({
        ...refused,
        message: "Transaction request cannot include multiple operations on one item",
      });
      expect(await get(shop, "x")).toBeUndefined();
    });

    holds("more than 4 MB in one transaction is refused", async () => {
      const shop = randomUUID();
      const text = "x".repeat(390_000);
      const big = Array.from({ length: 11 }, (_, n) => newPut({ shop, id: `c${n}`, text }));
      await expect(transact(big)).rejects.toMatchObject(refused);
      expect(await get(shop, "c0")).toBeUndefined();
    });

    holds("an item over 400 KB stops the whole transaction", async () => {
      const shop = randomUUID();
      const big = transact([
        newPut({ shop, id: "new" }),
        newPut({ shop, id: "big", text: "x".repeat(410_000) }),
      ]);
      await expect(big).rejects.toThrow(/[Ii]tem size/);
      expect(await get(shop, "new")).toBeUndefined();
    });

    holds("an empty key, of the table or an index, stops the whole transaction", async () => {
      const shop = randomUUID();
      for (const wrong of [
        { shop, id: "" },
        { shop, id: "budi", birthday: "" },
      ]) {
        await expect(transact([newPut({ shop, id: "new" }), newPut(wrong)])).rejects.toThrow(
          /empty string|ValidationError/,
        );
        expect(await get(shop, "new")).toBeUndefined();
      }
    });

    holds("an operation that can't be done on the item as it is stops all, with its own reason", async () => {
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
      const reasons = await reasonsOf(transact([newPut({ shop, id: "new" }), add]));
      expect(reasons.map(({ Code }) => Code)).toEqual(["None", "ValidationError"]);
      expect(await get(shop, "new")).toBeUndefined();
    });

    holds("a malformed operation or an unknown table refuses the whole", async () => {
      const shop = randomUUID();
      const wrong = { ...raise(shop, "x", 1).Update, UpdateExpression: "SET version =" };
      await expect(transact([newPut({ shop, id: "new" }), { Update: wrong }])).rejects.toMatchObject(refused);
      const nowhere = { Put: { TableName: "no-such-table", Item: { id: "x" } } };
      await expect(transact([newPut({ shop, id: "new" }), nowhere])).rejects.toMatchObject({
        name: "ResourceNotFoundException",
      });
      expect(await get(shop, "new")).toBeUndefined();
    });

    holds("a token longer than 36 characters is refused", async () => {
      const long = transact([newPut({ shop: randomUUID(), id: "x" })], "x".repeat(37));
      await expect(long).rejects.toMatchObject(refused);
    });
  });
}
