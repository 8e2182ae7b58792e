import { randomUUID } from "node:crypto";
import { BatchGetCommand, BatchWriteCommand } from "@aws-sdk/lib-dynamodb";
import { describe, expect } from "vitest";
import type { Store } from "../database.ts";

export function batches(store: Store): void {
  const { people, holds, put, get } = store;
  const putsOf = (shop: string, from: number, to: number) =>
    Array.from({ length: to - from }, (_, n) => ({ PutRequest: { Item: { shop, id: `c${from + n}` } } }));
  const write = (requests: { PutRequest: { Item: Record<string, unknown> } }[]) =>
    store.documents.send(new BatchWriteCommand({ RequestItems: { [people]: requests } }));
  const read = async (Keys: Record<string, string>[]) => {
    const { Responses, UnprocessedKeys } = await store.documents.send(
      new BatchGetCommand({ RequestItems: { [people]: { Keys, ConsistentRead: true } } }),
    );
    return { found: Responses?.[people] ?? [], left: UnprocessedKeys };
  };

  describe("batches", () => {
    holds("up to 25 writes go together; one more is refused, and nothing is written", async () => {
      const shop = randomUUID();
      expect((await write(putsOf(shop, 0, 25))).UnprocessedItems).toEqual({});
      expect(await get(shop, "c24")).toBeDefined();
      await expect(write(putsOf(shop, 100, 126))).rejects.toMatchObject({ name: "ValidationException" });
      expect(await get(shop, "c100")).toBeUndefined();
    });

    holds("up to 100 reads go together; one more is refused", async () => {
      const shop = randomUUID();
      for (let from = 0; from < 100; from += 25) await write(putsOf(shop, from, from + 25));
      const keys = Array.from({ length: 101 }, (_, n) => ({ shop, id: `c${n}` }));
      const { found, left } = await read(keys.slice(0, 100));
      expect(found).toHaveLength(100);
      expect(left).toEqual({});
      await expect(read(keys)).rejects.toMatchObject({ name: "ValidationException" });
    });

    holds("what does not exist is left out of what is read", async () => {
      expect((await read([{ shop: randomUUID(), id: "nobody" }])).found).toEqual([]);
    });

    holds("the same item twice in a batch is refused, written or read", async () => {
      const Item = { shop: randomUUID(), id: "ani" };
      await expect(write([{ PutRequest: { Item } }, { PutRequest: { Item } }])).rejects.toThrow(/duplicates/);
      await expect(read([Item, Item])).rejects.toThrow(/duplicates/);
    });

    holds("one wrong item refuses the whole batch", async () => {
      const shop = randomUUID();
      const wrong = write([...putsOf(shop, 0, 1), { PutRequest: { Item: { shop, id: "" } } }]);
      await expect(wrong).rejects.toMatchObject({ name: "ValidationException" });
      expect(await get(shop, "c0")).toBeUndefined();
    });

    holds("reads beyond 16 MB are left over for the next call", async () => {
      const shop = randomUUID();
      const ids = Array.from({ length: 45 }, (_, n) => `c${n}`);
      await Promise.all(ids.map((id) => put({ shop, id, text: "x".repeat(390_000) })));
      const { found, left } = await read(ids.map((id) => ({ shop, id })));
      const unread = left?.[people]?.Keys ?? [];
      expect(unread.length).toBeGreaterThan(0);
      expect([...found, ...unread].map(({ id }) => id).sort()).toEqual(ids.sort());
    });
  });
}
