import { Database } from "../../../local/dynamodb/database.ts";
import { type Change, Table, type TableDescription } from "../../../local/dynamodb/tables.ts";
import { Timeline } from "./time.ts";

type Wire = Record<string, unknown>;

/**
 * A copy of the tables that lags: each change reaches it after a while of its own, those of one item in the order in
 * which they were made. It catches up when it is read, so that it costs the world no steps.
 */
export class Replica {
  readonly #database = new Database();
  readonly #changes: Timeline;
  readonly #lag: () => number;
  /** When the last change of each item arrives, while it is on its way. */
  readonly #arrivals = new Map<string, number>();

  constructor(now: number, lag: () => number) {
    this.#changes = new Timeline(now);
    this.#lag = lag;
  }

  /** Has a table of this description, empty. */
  add(description: TableDescription): void {
    this.#database.tables.set(description.TableName, new Table(description));
  }

  /** Takes note of a change that was made at an instant; `at once` for what was there from the beginning. */
  note({ table, key, item }: Change, now: number, atOnce = false): void {
    const { TableName } = table.description;
    const name = `${TableName} ${key}`;
    const arrives = atOnce ? now : Math.max(now + this.#lag(), this.#arrivals.get(name) ?? 0);
    this.#arrivals.set(name, arrives);
    const make = () => {
      const own = this.#database.tables.get(TableName);
      own?.set({ key, old: own.find(key), item });
      if (this.#arrivals.get(name) === arrives) this.#arrivals.delete(name);
    };
    if (atOnce) {
      make();
      return;
    }
    this.#changes.now = now;
    this.#changes.after(arrives - now, make);
  }

  /** Runs a checked read on the tables as the replica has them at an instant. */
  run(operation: "GetItem" | "Query" | "BatchGetItem", data: Wire, now: number): Promise<Wire> {
    while (this.#changes.next <= now) this.#changes.step();
    return this.#database.run(operation, data);
  }
}

/**
 * The tables as reads see them that are not strongly consistent: "the responses may not reflect the results of a
 * recently completed write operation", and "all reads from GSIs and streams are eventually consistent". An index lags
 * by itself, and a read of the table may meet the copy that leads, so that what it shows may be older than what the
 * read before it showed. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.ReadConsistency.html
 */
export class Replicas {
  readonly #tables: Replica;
  readonly #indexes: Replica;
  readonly #random: () => number;

  constructor(now: number, { lag, random }: { lag: number; random: () => number }) {
    // Mostly far less than at the most.
    const lags = () => lag * random() ** 3;
    this.#tables = new Replica(now, lags);
    this.#indexes = new Replica(now, lags);
    this.#random = random;
  }

  add(description: TableDescription): void {
    this.#tables.add(description);
    if (description.GlobalSecondaryIndexes) this.#indexes.add(description);
  }

  note(change: Change, now: number, atOnce = false): void {
    this.#tables.note(change, now, atOnce);
    if (change.table.description.GlobalSecondaryIndexes) this.#indexes.note(change, now, atOnce);
  }

  /** The replica that serves a read, if it is not the copy that leads. */
  serving(operation: string, data: Wire): Replica | undefined {
    if (operation === "Query" && data.IndexName !== undefined) return this.#indexes;
    const isConsistent =
      operation === "BatchGetItem"
        ? Object.values(data.RequestItems as Record<string, Wire>).every((one) => one.ConsistentRead)
        : data.ConsistentRead;
    // Each partition has three copies.
    return isConsistent || this.#random() < 1 / 3 ? undefined : this.#tables;
  }
}
