import type { Business } from "../businesses.ts";
import { ownEntry } from "../dictionaries.ts";
import { keysOf } from "../identities.ts";
import { keyOf as orderKey } from "../orders.ts";
import { keysFor } from "../suppressions.ts";
import { CustomerRows } from "./customer-rows.ts";
import { Occurrences } from "./occurrences.ts";
import { Overlay } from "./overlay.ts";
import type { ColumnReading, StoredImport } from "./record.ts";
import type { Row } from "./rows.ts";
import type { Destination } from "./save-customers.ts";

/**
 * Stands in for the tables while an import is rehearsed. Rows that name a customer again must find what an earlier row
 * would have made of them; so that millions of others are not kept, it is counted before which keys come how often,
 * and what no later row can ask for is let go of.
 */
export class Rehearsal {
  readonly #business: Business;
  readonly #reader: CustomerRows;
  readonly #orderColumn: string | undefined;
  readonly #toCome: Occurrences;
  readonly overlay: Overlay;
  /** Nobody is asked for anything: that is for the import itself. */
  readonly destination: Destination;

  constructor(
    business: Business,
    imported: StoredImport,
    { columns, size }: { columns: readonly ColumnReading[]; size: number },
  ) {
    this.#business = business;
    this.#reader = new CustomerRows(imported, business, columns);
    const orders = imported.kind === "orders";
    this.#orderColumn = orders ? columns.find(({ field }) => field === "id")?.column : undefined;
    this.#toCome = new Occurrences(size);
    this.overlay = new Overlay(business.id);
    this.destination = { saving: this.overlay, ask: async () => {} };
  }

  /** Counts a row that is still to come. */
  expect(row: Row): void {
    for (const key of this.#keysOf(row)) this.#toCome.add(key);
  }

  /** Lets go of what the rows that were rehearsed leave behind. */
  done(rows: readonly Row[]): void {
    for (const row of rows) for (const key of this.#keysOf(row)) this.#toCome.remove(key);
    this.overlay.forget((key) => this.#toCome.has(key));
  }

  /** The keys by which a row's customer, their address and the order are looked up. */
  #keysOf(row: Row): string[] {
    const { id } = this.#business;
    const identities = this.#reader.identities(row);
    const order = this.#orderColumn && ownEntry(row.cells, this.#orderColumn)?.trim();
    return [
      ...keysOf(id, identities).map(([, key]) => key),
      ...(identities.email ? keysFor(id, identities.email) : []),
      ...(order ? [orderKey(id, order).order] : []),
    ];
  }
}
