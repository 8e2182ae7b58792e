import { randomUUID } from "node:crypto";
import { GetCommand, TransactGetCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { describe, expect } from "vitest";
import { cancellationOf, reasonsOf, type Store } from "../database.ts";

export function transactions(store: Store): void {
  const { people, single, holds, put, get, transact, newPut, raise } = store;
  const check = (shop: string, id: string) => ({
    ConditionCheck: { TableName: people, Key: { shop, id }, ConditionExpression: "attribute_exists(id)" },
  });
  const remove = (shop: string, id: string) => ({ Delete: { TableName: people, Key: { shop, id } } });

  describe("transactions", () => {
    holds("puts, updates, deletions and checks in several tables happen together", async () => {
      const shop = randomUUID();
      await put({ shop, id: "ani", version: 1 });
      await put({ shop, id: "budi" });
      await put({ shop, id: "citra" });
      await transact([
        newPut({ shop, id: "dewi", birthday: "11-24" }),
        raise(shop, "ani", 1),
        remove(shop, "budi"),
        check(shop, "citra"),
        { Put: { TableName: single, Item: { id: shop } } },
      ]);
      expect(await get(shop, "dewi")).toEqual({ shop, id: "dewi", birthday: "11-24" });
      expect(await get(shop, "ani")).toMatchObject({ version: 2 });
      expect(await get(shop, "budi")).toBeUndefined();
      expect(await get(shop, "citra")).toEqual({ shop, id: "citra" });
      const { Item } = await store.documents.send(new GetCommand({ TableName: single, Key: { id: shop } }));
      expect(Item).toEqual({ id: shop });
    });

    holds(
      "one failed condition stops all, and the reasons stand in the order of the operations",
      async () => {
        const shop = randomUUID();
        await put({ shop, id: "ani", version: 7 });
        await put({ shop, id: "budi" });
        const { message, CancellationReasons: reasons = [] } = await cancellationOf(
          transact([
            newPut({ shop, id: "new" }),
            raise(shop, "ani", 1),
            newPut({ shop, id: "budi" }),
            remove(shop, "gone"),
            check(shop, "nobody"),
          ]),
        );
        const codes = [
          "None",
          "ConditionalCheckFailed",
          "ConditionalCheckFailed",
          "None",
          "ConditionalCheckFailed",
        ];
        expect(reasons.map(({ Code }) => Code)).toEqual(codes);
        expect(message).toContain(`[${codes.join(", ")}]`);
        expect(reasons.map(({ Message }) => Message)).toEqual(
          codes.map((code) =>
            code === "None" ? undefined : expect.stringMatching(/^The conditional request failed\.?$/),
          ),
        );
        expect(await get(shop, "new")).toBeUndefined();
        expect(await get(shop, "ani")).toMatchObject({ version: 7 });
      },
    );

    holds("a failed condition tells the item as it is where that was asked for, and only there", async () => {
      const shop = randomUUID();
      await put({ shop, id: "ani", version: 7 });
      await put({ shop, id: "budi" });
      const reasons = await reasonsOf(transact([raise(shop, "ani", 1), newPut({ shop, id: "budi" })]));
      expect(reasons.map(({ Item }) => Item)).toEqual([
        { shop: { S: shop }, id: { S: "ani" }, version: { N: "7" } },
        undefined,
      ]);
    });

    holds("the same token again changes nothing and succeeds; with other content it is refused", async () => {
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

    holds("a token of a transaction that failed can be tried again", async () => {
      const shop = randomUUID();
      const token = randomUUID();
      await reasonsOf(transact([raise(shop, "ani", 1)], token));
      await put({ shop, id: "ani", version: 1 });
      await transact([raise(shop, "ani", 1)], token);
      expect(await get(shop, "ani")).toMatchObject({ version: 2 });
    });

    holds("of transactions on one item at the same time only one finds the version unchanged", async () => {
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

    holds("a transaction against single writes: a version is passed once, whoever comes first", async () => {
      const shop = randomUUID();
      for (let round = 0; round < 20; round++) {
        await put({ shop, id: "ani", version: 1 });
        const { Update } = raise(shop, "ani", 1);
        const attempts = await Promise.allSettled([
          transact([{ Update }, newPut({ shop, id: `send-${round}` })]),
          store.documents.send(new UpdateCommand(Update)),
        ]);
        expect(attempts.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
        expect(await get(shop, "ani")).toMatchObject({ version: 2 });
      }
    });

    holds("several items are read as of one moment, in the order they were asked for", async () => {
      const shop = randomUUID();
      await put({ shop, id: "ani", n: 1 });
      const read = (id: string) => ({ Get: { TableName: people, Key: { shop, id } } });
      const { Responses } = await store.documents.send(
        new TransactGetCommand({ TransactItems: [read("nobody"), read("ani")] }),
      );
      expect(Responses?.map(({ Item }) => Item)).toEqual([undefined, { shop, id: "ani", n: 1 }]);
    });
  });
}
