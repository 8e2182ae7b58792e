import { describe, expect, test } from "vitest";
import { batches } from "./contract/batches.ts";
import { singleItems } from "./contract/items.ts";
import { limits } from "./contract/limits.ts";
import { queries } from "./contract/queries.ts";
import { refusals } from "./contract/refusals.ts";
import { tables } from "./contract/tables.ts";
import { transactions } from "./contract/transactions.ts";
import { type Database, useTables } from "./database.ts";

/** What Sapa needs of DynamoDB, asked of one implementation of it. */
export function contractWith(database: Database): void {
  describe.skipIf(!database.started)(`DynamoDB, as ${database.name} has it`, () => {
    const store = useTables(database);
    for (const part of [singleItems, limits, queries, batches, transactions, refusals, tables]) part(store);
    test("every known deviation is one from a promise of this contract", () => {
      expect(store.unknownDeviations()).toEqual([]);
    });
  });
}
