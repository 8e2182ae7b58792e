import db, { type PersistentDb } from "dynalite/db/index.js";
import type { Change, Item, Table } from "./tables.ts";

type Operation = Parameters<PersistentDb["batch"]>[0][number];

/**
 * Keeps the items on disk, in the LevelDB that dynalite brings, for `npm start -- --data DIR`. Memory leads:
 * changes follow in the order in which they were made, those of one transaction in one batch.
 */
export class Journal {
  readonly #disk: PersistentDb;
  #pending: Operation[] = [];
  #writing: Promise<void> | undefined;
  #kept = new Map<string, [string, Item][]>();

  private constructor(disk: PersistentDb) {
    this.#disk = disk;
  }

  /** Opens the directory, made if need be; throws when another process holds it. */
  static async open(directory: string): Promise<Journal> {
    const journal = new Journal(db.create({ path: directory }).db);
    await journal.#disk.open().catch((error: Error) => {
      const { code } = (error.cause ?? error) as { code?: string };
      if (code !== "LEVEL_LOCKED") throw error;
      throw new Error(`The data in ${directory} is in use by another Sapa`);
    });
    for await (const [key, value] of journal.#disk.iterator({ gte: "item-", lt: "item." })) {
      const end = key.indexOf("~");
      const name = key.slice("item-".length, end);
      const items = journal.#kept.get(name) ?? [];
      items.push([key.slice(end + 1), value as Item]);
      journal.#kept.set(name, items);
    }
    return journal;
  }

  /** Fills a table that has just been defined with what was kept of it. */
  load(table: Table): void {
    const name = table.description.TableName;
    for (const [key, item] of this.#kept.get(name) ?? []) table.set({ key, old: undefined, item });
    this.#kept.delete(name);
  }

  note(table: string, { key, item }: Pick<Change, "key" | "item">): void {
    const place = `item-${table}~${key}`;
    this.#pending.push(item ? { type: "put", key: place, value: item } : { type: "del", key: place });
  }

  /** Resolves when everything noted so far is written. */
  async written(): Promise<void> {
    while (this.#writing) await this.#writing;
    if (this.#pending.length === 0) return;
    const batch = this.#pending;
    this.#pending = [];
    this.#writing = this.#disk.batch(batch).finally(() => {
      this.#writing = undefined;
    });
    await this.#writing;
  }

  async close(): Promise<void> {
    await this.written();
    await this.#disk.close();
  }
}
