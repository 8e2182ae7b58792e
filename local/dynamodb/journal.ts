import type { Journal } from "../journal.ts";
import type { Change, Item, Table } from "./tables.ts";

/** Keeps the items of tables in a journal, each table's under a name of its own. */
export class TableJournal {
  readonly #journal: Journal;

  constructor(journal: Journal) {
    this.#journal = journal;
  }

  /** Fills a table that has just been defined with what was kept of it. */
  load(table: Table): void {
    for (const [key, item] of this.#journal.take(nameOf(table.description.TableName))) {
      table.set({ key, old: undefined, item: item as Item });
    }
  }

  note(table: string, { key, item }: Pick<Change, "key" | "item">): void {
    if (item) this.#journal.put(nameOf(table), key, item);
    else this.#journal.delete(nameOf(table), key);
  }

  /** Resolves when everything noted so far is safe. */
  written(): Promise<void> {
    return this.#journal.written();
  }

  close(): Promise<void> {
    return this.#journal.close();
  }
}

const nameOf = (table: string): string => `item-${table}`;
