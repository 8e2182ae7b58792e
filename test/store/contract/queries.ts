import { randomUUID } from "node:crypto";
import { QueryCommand } from "@aws-sdk/lib-dynamodb";
import { beforeAll, describe, expect } from "vitest";
import { type Item, idsOf, type Store } from "../database.ts";

const birthdays = ["01-05", "02-29", "11-23", "11-24", "11-24"];

export function queries(store: Store): void {
  const { people, holds, put } = store;

  describe("queries", () => {
    const shop = randomUUID();
    beforeAll(async () => {
      for (const [n, birthday] of birthdays.entries())
        await put({ shop, id: `c${n}`, birthday, name: `N${n}` });
      await put({ shop, id: "no-birthday" });
      await put({ shop: randomUUID(), id: "elsewhere", birthday: "11-24" });
    });
    const query = (input: Item, values: Item = {}) =>
      store.documents.send(
        new QueryCommand({
          TableName: people,
          KeyConditionExpression: "shop = :shop",
          ...input,
          ExpressionAttributeValues: { ":shop": shop, ...values },
        }),
      );

    holds("a partition is read in the order of its sort key, and backwards", async () => {
      expect(idsOf((await query({})).Items)).toEqual(["c0", "c1", "c2", "c3", "c4", "no-birthday"]);
      const { Items } = await query({ ScanIndexForward: false, Limit: 2 });
      expect(idsOf(Items)).toEqual(["no-birthday", "c4"]);
    });

    holds("sort keys are in the order of their bytes in UTF-8", async () => {
      const own = randomUUID();
      for (const id of ["a", "B", "é", "z", "€", "😀", "～"]) await put({ shop: own, id });
      expect(idsOf((await query({}, { ":shop": own })).Items)).toEqual(["B", "a", "z", "é", "€", "～", "😀"]);
    });

    holds("pages join without gap or repetition, whatever their size, in both directions", async () => {
      for (const ScanIndexForward of [true, false]) {
        for (const Limit of [1, 2, 4]) {
          for (const index of [{}, { IndexName: "byBirthday" }]) {
            const found: unknown[] = [];
            let ExclusiveStartKey: Item | undefined;
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

    holds("the place where a page ends is the key of its last item, with the index's own key", async () => {
      expect((await query({ Limit: 2 })).LastEvaluatedKey).toEqual({ shop, id: "c1" });
      const { LastEvaluatedKey } = await query({ Limit: 2, IndexName: "byBirthday" });
      expect(LastEvaluatedKey).toEqual({ shop, id: "c1", birthday: "02-29" });
    });

    holds("a page may start after a key that is not there", async () => {
      const { Items } = await query({ ExclusiveStartKey: { shop, id: "c2x" } });
      expect(idsOf(Items)).toEqual(["c3", "c4", "no-birthday"]);
    });

    holds("begins_with, between and comparisons on the sort key give what lies within", async () => {
      const ids = async (condition: string, values: Item) =>
        idsOf((await query({ KeyConditionExpression: `shop = :shop AND ${condition}` }, values)).Items);
      expect(await ids("begins_with(id, :c)", { ":c": "c" })).toEqual(["c0", "c1", "c2", "c3", "c4"]);
      expect(await ids("id BETWEEN :a AND :b", { ":a": "c1", ":b": "c3" })).toEqual(["c1", "c2", "c3"]);
      expect(await ids("id > :a", { ":a": "c3" })).toEqual(["c4", "no-birthday"]);
      expect(await ids("id >= :a", { ":a": "c4" })).toEqual(["c4", "no-birthday"]);
      expect(await ids("id < :a", { ":a": "c1" })).toEqual(["c0"]);
      expect(await ids("id <= :a", { ":a": "c1" })).toEqual(["c0", "c1"]);
      expect(await ids("id = :a", { ":a": "c1" })).toEqual(["c1"]);
    });

    holds("between limits that are the wrong way round is refused", async () => {
      const wrong = query(
        { KeyConditionExpression: "shop = :shop AND id BETWEEN :a AND :b" },
        { ":a": "c3", ":b": "c1" },
      );
      await expect(wrong).rejects.toMatchObject({ name: "ValidationException" });
    });

    holds("an index that projects keys gives keys only, of those that have its attributes", async () => {
      const { Items = [] } = await query(
        { IndexName: "byBirthday", KeyConditionExpression: "shop = :shop AND birthday = :day" },
        { ":day": "11-24" },
      );
      expect(Items).toHaveLength(2);
      expect(Items).toContainEqual({ shop, id: "c3", birthday: "11-24" });
      expect(Items).toContainEqual({ shop, id: "c4", birthday: "11-24" });
    });

    holds("an index is not read consistently, nor is one that does not exist", async () => {
      for (const wrong of [
        query({ IndexName: "byBirthday", ConsistentRead: true }),
        query({ IndexName: "byShoeSize" }),
      ]) {
        await expect(wrong).rejects.toMatchObject({ name: "ValidationException" });
      }
    });

    holds("an index follows changes of the item", async () => {
      const own = randomUUID();
      const inIndex = async () =>
        (await query({ IndexName: "byBirthday" }, { ":shop": own })).Items?.map(({ birthday }) => birthday);
      await put({ shop: own, id: "ani", birthday: "01-01" });
      await put({ shop: own, id: "ani", birthday: "02-02" });
      expect(await inIndex()).toEqual(["02-02"]);
      await put({ shop: own, id: "ani" });
      expect(await inIndex()).toEqual([]);
    });

    holds("a filter is applied after the page was cut: a page can be empty and more follow", async () => {
      const page = await query(
        { FilterExpression: "#name = :name", ExpressionAttributeNames: { "#name": "name" }, Limit: 2 },
        { ":name": "N4" },
      );
      expect(page).toMatchObject({ Count: 0, ScannedCount: 2, LastEvaluatedKey: { id: "c1" } });
    });

    holds("a page holds at most 1 MB", async () => {
      const own = randomUUID();
      for (let n = 0; n < 4; n++) await put({ shop: own, id: `c${n}`, text: "x".repeat(390_000) });
      const { Items, LastEvaluatedKey } = await query({}, { ":shop": own });
      expect(Items).toHaveLength(3);
      expect(LastEvaluatedKey).toMatchObject({ id: "c2" });
    });
  });
}
