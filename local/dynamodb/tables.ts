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

// dynalite begins each key with 24 bits of a hash, and by 24 more tells apart the index entries of items with
// equal index keys: it loses one of two that collide, which a birthday index of a million customers would see.
// Ours are `/partition/sort/`, for an index followed by the item's own, which never collide and cost no hashing.
db.hashPrefix = () => "";
db.createKey = (item, table, keySchema = table.KeySchema) => {
  let key = "/";
  db.traverseKey(table, keySchema, (attribute, type) => {
    key += `${db.toRangeStr(item[attribute]?.[type], type)}/`;
  });
  return key;
};
db.createIndexKey = (item, table, keySchema) =>
  db.createKey(item, table, keySchema) + db.createKey(item, table);
// Indexes follow the items by themselves: see Table.
db.updateIndexes = (_store, _table, _old, _item, done) => done();

/** One write to one item; without `item` a deletion. `old` is what was there. */
export type Change = { table: Table; key: string; old: Item | undefined; item: Item | undefined };

/** An index with its entries; `attributes` are those that it projects, undefined for all. */
type Indexed = {
  name: string;
  keySchema: Key[];
  attributes: readonly string[] | undefined;
  entries: Entries;
};

/** One table in memory: items and index entries as JSON text, so that nobody holds a part of them. */
export class Table {
  readonly description: TableDescription;
  readonly items = new Entries();
  timeToLive: { AttributeName: string; Enabled: boolean } | undefined;
  readonly #indexes: readonly Indexed[];

  constructor(description: TableDescription) {
    const { GlobalSecondaryIndexes = [], LocalSecondaryIndexes = [] } = description;
    this.description = description;
    this.#indexes = [...GlobalSecondaryIndexes, ...LocalSecondaryIndexes].map((index) => ({
      name: index.IndexName,
      keySchema: index.KeySchema,
      attributes: projectedBy(index, description),
      entries: new Entries(),
    }));
  }

  find(key: string): Item | undefined {
    const text = this.items.get(key);
    return text === undefined ? undefined : JSON.parse(text);
  }

  index(name: string): Entries | undefined {
    return this.#indexes.find((index) => index.name === name)?.entries;
  }

  /**
   * What DynamoDB refuses of an item's keys and dynalite does not look at: an index's that is empty, and any of more
   * than 2,048 bytes (partition) or 1,024 (sort).
   * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
   */
  wrongKey(item: Item): DynamoError | undefined {
    for (const { name, keySchema } of [
      { name: "", keySchema: this.description.KeySchema },
      ...this.#indexes,
    ]) {
      const place = name && ` IndexName: ${name}`;
      for (const { AttributeName, KeyType } of keySchema) {
        const value = item[AttributeName]?.S;
        if (typeof value !== "string") continue;
        if (value === "") return db.validationError(`${emptyKey} Key: ${AttributeName}${place}`);
        const most = KeyType === "HASH" ? 2048 : 1024;
        if (Buffer.byteLength(value) > most) {
          return db.validationError(`${longKey} ${most} bytes. Key: ${AttributeName}${place}`);
        }
      }
    }
    return undefined;
  }

  /** Makes one change; answers the write units that its indexes cost, by their names. */
  set({ key, old, item }: Omit<Change, "table">): Record<string, number> {
    const units: Record<string, number> = {};
    for (const index of this.#indexes) {
      const spent = isUntouched(index, old, item) ? 0 : this.#reindex(index, old, item);
      if (spent) units[index.name] = spent;
    }
    if (item) this.items.put(key, JSON.stringify(item));
    else this.items.delete(key);
    return units;
  }

  /** A changed key costs the deletion of the old entry and the writing of the new one. */
  #reindex(index: Indexed, old: Item | undefined, item: Item | undefined): number {
    const before = this.#entry(index, old);
    const after = this.#entry(index, item);
    const moved = before?.key !== after?.key;
    if (before && moved) index.entries.delete(before.key);
    if (after) index.entries.put(after.key, after.text);
    return (before && moved ? before.units : 0) + (after?.units ?? 0);
  }

  #entry({ keySchema, attributes }: Indexed, item: Item | undefined) {
    if (!item || !keySchema.every(({ AttributeName }) => item[AttributeName])) return undefined;
    const projected = attributes ? pick(item, attributes) : item;
    return {
      key: db.createIndexKey(item, this.description, keySchema),
      text: JSON.stringify(projected),
      units: Math.ceil(db.itemSize(projected) / 1024),
    };
  }
}

const emptyKey =
  "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value.";
const longKey = "One or more parameter values were invalid: The size of a key has exceeded the limit of";

function projectedBy({ Projection, KeySchema }: Index, table: TableDescription): string[] | undefined {
  if (Projection.ProjectionType === "ALL") return undefined;
  const keys = [...table.KeySchema, ...KeySchema].map(({ AttributeName }) => AttributeName);
  return [...new Set([...keys, ...(Projection.NonKeyAttributes ?? [])])];
}

/** Most writes leave an index as it is: that is the point of projecting keys only. */
const isUntouched = ({ attributes }: Indexed, old: Item | undefined, item: Item | undefined): boolean =>
  (old && item && attributes?.every((name) => isSame(old[name], item[name]))) ?? false;

const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

const pick = (item: Item, attributes: readonly string[]): Item =>
  Object.fromEntries(
    attributes.flatMap((name) => {
      const value = item[name];
      return value ? [[name, value]] : [];
    }),
  );
