// dynalite has no type declarations; these say what Sapa's host uses of it.

declare module "dynalite/db/index.js" {
  import type { DynamoError, Item, TableDescription } from "./tables.ts";

  type KeySchema = TableDescription["KeySchema"];
  const db: {
    create(options: { path: string }): { db: PersistentDb };
    createKey(item: Item, table: TableDescription, keySchema?: KeySchema): string;
    createIndexKey(item: Item, table: TableDescription, keySchema: KeySchema): string;
    hashPrefix(value: string, type: string): string;
    traverseKey(
      table: TableDescription,
      keySchema: KeySchema,
      visit: (attribute: string, type: string) => void,
    ): void;
    toRangeStr(value: unknown, type: string): string;
    updateIndexes(store: unknown, table: unknown, old: unknown, item: unknown, done: () => void): void;
    itemSize(item: Item): number;
    validationError(message: string): DynamoError;
  };
  export type PersistentDb = {
    open(): Promise<void>;
    close(): Promise<void>;
    batch(
      operations: ({ type: "put"; key: string; value: unknown } | { type: "del"; key: string })[],
    ): Promise<void>;
    iterator(): AsyncIterable<[string, unknown]>;
  };
  export default db;
}

declare module "dynalite/db/conditionParser.js" {
  const parser: { parse(text: string, options: { context: unknown }): unknown };
  export default parser;
}

declare module "dynalite/db/updateParser.js" {
  import parser from "dynalite/db/conditionParser.js";

  export default parser;
}

declare module "dynalite/validations/index.js" {
  const validations: {
    checkTypes(data: unknown, types: unknown): Record<string, unknown>;
    checkValidations(data: unknown, types: unknown, custom: unknown, store: unknown): void;
  };
  export default validations;
}

declare module "dynalite/validations/*" {
  const validation: { types: unknown; custom?: unknown };
  export default validation;
}

declare module "dynalite/actions/*" {
  import type { Store } from "./store.ts";
  import type { DynamoError } from "./tables.ts";

  const action: (
    store: Store,
    data: unknown,
    done: (error: DynamoError | null, answer?: Record<string, unknown>) => void,
  ) => void;
  export default action;
}
