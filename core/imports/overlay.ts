import type { Saving } from "../customers/upsert.ts";
import { keysOf } from "../identities.ts";
import type { BusinessId } from "../ids.ts";
import { type Item, type Key, type Records, stored, tableName, type Write } from "../store.ts";
import { type Table, type TableName, tables } from "../tables.ts";
import { BadFile } from "./text.ts";

/** What a save may write to. Of proofs of consent nothing is read again, so that they are not kept. */
const written = [
  "customers",
  "identities",
  "suppressions",
  "orders",
  "consents",
] as const satisfies TableName[];

/** Some 200 bytes each: more than a function's memory holds is more than a real file repeats. */
const maxEntries = 1_500_000;

/** Keys that are read at the same time, by 100. */
const readAtOnce = 100;

/** An item as it would be stored, as text, or that it would be gone. */
type Entry = { table: TableName; text: string | undefined };

/**
 * The tables as they would be after what was rehearsed: what it wrote lies in memory, above the tables themselves,
 * which it only reads. It stands in for them where customers and orders are saved, so that a rehearsal runs through
 * the same code as the import itself.
 */
export class Overlay implements Saving {
  readonly #business: BusinessId;
  readonly #entries = new Map<string, Entry>();
  readonly #touched = new Set<string>();

  constructor(business: BusinessId) {
    this.#business = business;
  }

  /** Nobody has unsubscribed yet. */
  announce = async (): Promise<void> => {};

  find = async (table: TableName, key: Key): Promise<Item | undefined> =>
    (await this.findMany(table, [key]))[0];

  findMany = async (table: TableName, keys: readonly Key[]): Promise<Item[]> => {
    const found: Item[] = [];
    const unknown: Key[] = [];
    for (const key of keys) {
      const name = nameOf(table, key);
      const entry = this.#entries.get(name);
      this.#touched.add(name);
      if (!entry) unknown.push(key);
      else if (entry.text !== undefined) found.push(JSON.parse(entry.text) as Item);
    }
    const parts = Array.from({ length: Math.ceil(unknown.length / readAtOnce) }, (_, at) =>
      unknown.slice(at * readAtOnce, (at + 1) * readAtOnce),
    );
    const read = await Promise.all(parts.map((part) => stored.findMany(table, part, true)));
    return [...found, ...read.flat()];
  };

  /** Conditions hold: nobody else changes what only this rehearsal sees. */
  transact = async (writes: readonly Write[]): Promise<undefined> => {
    for (const write of writes) await this.#apply(write);
    if (this.#entries.size > maxEntries) {
      throw new BadFile("The file names too many customers more than once to be rehearsed: split it");
    }
  };

  /** Late orders are recorded for winbacks, which a rehearsal has nothing to do with. */
  succeeds: Records["succeeds"] = async ({ input: { TableName } }) => {
    if (TableName !== tableName("lateOrders")) throw notRehearsed(TableName);
    return true;
  };

  async #apply({ Put, Delete, Update }: Write): Promise<void> {
    if (Put) {
      const table = tableCalled(Put.TableName);
      if (table !== "consents") this.#set(table, Put.Item ?? {}, Put.Item);
    } else if (Delete) {
      this.#set(tableCalled(Delete.TableName), Delete.Key ?? {}, undefined);
    } else if (Update) {
      const table = tableCalled(Update.TableName);
      const key = Update.Key as Key;
      const before = await this.find(table, key);
      this.#set(table, key, { ...(before ?? key), ...changesOf(Update, before) });
    }
  }

  #set(table: TableName, key: Item, item: Item | undefined): void {
    const name = nameOf(table, key);
    this.#touched.add(name);
    this.#entries.set(name, { table, text: item && JSON.stringify(item) });
  }

  /** How much is kept. */
  get size(): number {
    return this.#entries.size;
  }

  /**
   * Lets go of what was read and written since the last call and can't be asked for again: that of which `isToCome`
   * says that no later row has the key, nor any identity of the customer.
   */
  forget(isToCome: (key: string) => boolean): void {
    for (const name of this.#touched) {
      const entry = this.#entries.get(name);
      if (entry && !this.#keysOf(name, entry).some(isToCome)) this.#entries.delete(name);
    }
    this.#touched.clear();
  }

  /** The keys, as rows have them, that lead to an entry. */
  #keysOf(name: string, { table, text }: Entry): string[] {
    if (table !== "customers") return [name.slice(table.length + 1)];
    return text === undefined ? [] : keysOf(this.#business, JSON.parse(text)).map(([, key]) => key);
  }
}

function nameOf(table: TableName, key: Item): string {
  const { partition, sort }: Table = tables[table];
  return sort ? `${table}\n${key[partition]}\n${key[sort]}` : `${table}\n${key[partition]}`;
}

function tableCalled(name: string | undefined): (typeof written)[number] {
  const table = written.find((one) => tableName(one) === name);
  if (!table) throw notRehearsed(name);
  return table;
}

const notRehearsed = (table: string | undefined) =>
  new Error(`A save that writes to ${table} can't be rehearsed`);

/** What an update sets, of the two forms that saves use: `name = :value` and `name = if_not_exists(name, :value)`. */
function changesOf(update: NonNullable<Write["Update"]>, before: Item | undefined): Item {
  const { UpdateExpression = "", ExpressionAttributeNames = {}, ExpressionAttributeValues = {} } = update;
  const plain = (name: string) => ExpressionAttributeNames[name] ?? name;
  const [, assignments] = /^SET (.+)$/.exec(UpdateExpression) ?? [];
  const changes: Item = {};
  for (const one of assignments?.split(/,\s*(?![^(]*\))/) ?? []) {
    const [, name = "", kept, value = ""] =
      /^(#?\w+) = (?:if_not_exists\((#?\w+), (?=:))?(:\w+)\)?$/.exec(one.trim()) ?? [];
    if (!name) throw new Error(`The update ${UpdateExpression} can't be rehearsed`);
    changes[plain(name)] = (kept && before?.[plain(kept)]) ?? ExpressionAttributeValues[value];
  }
  if (!assignments) throw new Error(`The update ${UpdateExpression} can't be rehearsed`);
  return changes;
}
