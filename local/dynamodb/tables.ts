import db from "dynalite/db/index.js";
import { Entries } from "./entries.ts";

/** An item or key as it is on the wire: `{ id: { S: "x" } }`. */
export type Item = Record<string, Record<string, unknown>>;

/** An error as dynalite makes it: `body` is what the SDK reads. */
export type DynamoError = Error & { statusCode?: number; body?: Record<string, unknown> };

type Key = { AttributeName: string; KeyType: "HASH" | "RANGE" };
type Index = {
  IndexName: string;
  KeySchema: Key[];
  Projection: { ProjectionType: string; NonKeyAttributes?: string[] };
  IndexStatus?: string;
};
/** What CreateTable was told, and DescribeTable tells. */
export type TableDescription = {
  TableName: string;
  TableArn: string;
  TableStatus: string;
  KeySchema: Key[];
  AttributeDefinitions: { AttributeName: string; AttributeType: string }[];
  GlobalSecondaryIndexes?: Index[];
  LocalSecondaryIndexes?: Index[];
};

// dynalite tells apart index entries with equal keys by 24 bits of a hash, and loses one of two that collide,
// which a birthday index of a million customers would see. The whole key of the item instead never collides.
db.createIndexKey = (item, table, keySchema) =>
  db.createKey(item, table, keySchema) + db.createKey(item, table);

/** One table in memory: items and index entries as JSON text, so that nobody holds a part of them. */
export class Table {
  readonly description: TableDescription;
  readonly items = new Entries();
  readonly indexes: ReadonlyMap<string, Entries>;
  timeToLive: { AttributeName: string; Enabled: boolean } | undefined;
  readonly #indexes: readonly Index[];

  constructor(description: TableDescription) {
    this.description = description;
    this.#indexes = [
      ...(description.GlobalSecondaryIndexes ?? []),
      ...(description.LocalSecondaryIndexes ?? []),
    ];
    this.indexes = new Map(this.#indexes.map(({ IndexName }) => [IndexName, new Entries()]));
  }

  find(key: string): Item | undefined {
    const text = this.items.get(key);
    return text === undefined ? undefined : JSON.parse(text);
  }

  /** Sets or, without `item`, deletes; answers the write units that its indexes cost, by their names. */
  set(key: string, item: Item | undefined): Record<string, number> {
    const old = this.#indexes.length ? this.find(key) : undefined;
    const units: Record<string, number> = {};
    for (const index of this.#indexes) {
      const spent = this.#reindex(index, old, item);
      if (spent) units[index.IndexName] = spent;
    }
    if (item) this.items.put(key, JSON.stringify(item));
    else this.items.delete(key);
    return units;
  }

  #reindex(index: Index, old: Item | undefined, item: Item | undefined): number {
    const before = this.#entry(index, old);
    const after = this.#entry(index, item);
    if (before?.key === after?.key && before?.text === after?.text) return 0;
    const entries = this.indexes.get(index.IndexName);
    if (before && before.key !== after?.key) entries?.delete(before.key);
    if (after) entries?.put(after.key, after.text);
    // A changed key costs the deletion of the old entry and the writing of the new one.
    return (before && before.key !== after?.key ? before.units : 0) + (after?.units ?? 0);
  }

  #entry(index: Index, item: Item | undefined) {
    if (!item || !index.KeySchema.every(({ AttributeName }) => item[AttributeName])) return undefined;
    const projected = this.#project(index, item);
    return {
      key: db.createIndexKey(item, this.description, index.KeySchema),
      text: JSON.stringify(projected),
      units: Math.max(1, Math.ceil(db.itemSize(projected) / 1024)),
    };
  }

  #project({ Projection, KeySchema }: Index, item: Item): Item {
    if (Projection.ProjectionType === "ALL") return item;
    const keys = [...this.description.KeySchema, ...KeySchema].map(({ AttributeName }) => AttributeName);
    const wanted = new Set([...keys, ...(Projection.NonKeyAttributes ?? [])]);
    return Object.fromEntries(Object.entries(item).filter(([name]) => wanted.has(name)));
  }
}
