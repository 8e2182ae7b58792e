import { TransactionCanceledException } from "@aws-sdk/client-dynamodb";
import db from "dynalite/db/index.js";
import { type TableName, tables } from "../../../core/tables.ts";
import { Database, isOperation } from "../../../local/dynamodb/database.ts";
import { type Change, type Item, Table, type TableDescription } from "../../../local/dynamodb/tables.ts";
import { Transactions } from "../../../local/dynamodb/transactions.ts";
import { definitionOf } from "../../support/database.ts";
import type { Input } from "./points.ts";
import { Replicas } from "./replicas.ts";
import { itemToPlain, itemToWire, requestToWire, responseToPlain, transactionToWire } from "./wire.ts";

const operations: Record<string, string> = {
  GetCommand: "GetItem",
  PutCommand: "PutItem",
  UpdateCommand: "UpdateItem",
  DeleteCommand: "DeleteItem",
  QueryCommand: "Query",
  ScanCommand: "Scan",
  BatchGetCommand: "BatchGetItem",
  BatchWriteCommand: "BatchWriteItem",
};
const reads = ["GetItem", "Query", "BatchGetItem"] as const;
const isRead = (operation: string): operation is (typeof reads)[number] =>
  reads.some((read) => read === operation);

type Lag = { lag: number; random: () => number };

/** The tables of Sapa, spoken to without HTTP: commands of the document client in, plain objects out. */
export class Tables {
  readonly #database = new Database();
  readonly #now: () => number;
  #transactions: Transactions;
  #replicas: Replicas | undefined;

  constructor(now: () => number) {
    this.#now = now;
    this.#transactions = new Transactions(this.#database, now);
  }

  /** Empties everything. From then on reads that are not strongly consistent lag by up to `lag` milliseconds. */
  async clear(now: number, { lag, random }: Lag): Promise<void> {
    if (this.#database.tables.size === 0) await this.#create();
    this.#transactions = new Transactions(this.#database, this.#now);
    const replicas = lag > 0 ? new Replicas(now, { lag, random }) : undefined;
    this.#replicas = replicas;
    for (const [name, { description }] of this.#database.tables) {
      replicas?.add(description);
      const table = replicas
        ? new Watched(description, (change) => replicas.note(change, this.#now()))
        : new Table(description);
      this.#database.tables.set(name, table);
    }
  }

  /** Performs a command of the document client, with its errors as the SDK throws them. */
  async perform(command: string, input: Input, { mayBeStale = false } = {}): Promise<Input> {
    try {
      if (command === "TransactWriteCommand") {
        await this.#transactions.write(transactionToWire(input));
        return {};
      }
      const operation = operations[command] ?? "";
      if (!isOperation(operation)) throw new Error(`The world's DynamoDB does not know ${command}`);
      const checked = this.#database.check(operation, requestToWire(command, input));
      const replica = mayBeStale && isRead(operation) && this.#replicas?.serving(operation, checked);
      return responseToPlain(
        replica && isRead(operation)
          ? await replica.run(operation, checked, this.#now())
          : await this.#database.run(operation, checked),
      );
    } catch (error) {
      throw asSdkError(error);
    }
  }

  /** The item with a key, as it is now, without a request. */
  get(name: TableName, key: Record<string, string>): Input {
    const table = this.#table(name);
    const item = table.find(keyIn(table, itemToWire(key)));
    return item && itemToPlain(item);
  }

  /** Puts items in as if they had always been there. */
  load(name: TableName, items: readonly object[]): void {
    const table = this.#table(name);
    for (const one of items) {
      const item = itemToWire(one) as Item;
      const change: Change = { table, key: keyIn(table, item), old: undefined, item };
      if (table instanceof Watched) {
        table.setSilently(change);
        this.#replicas?.note(change, this.#now(), true);
      } else table.set(change);
    }
  }

  #table(name: TableName): Table {
    const table = this.#database.tables.get(name);
    if (!table) throw new Error(`There is no table ${name}`);
    return table;
  }

  async #create(): Promise<void> {
    for (const name of Object.keys(tables) as TableName[]) {
      const definition = this.#database.check("CreateTable", definitionOf(name, tables[name]));
      await this.#database.run("CreateTable", definition);
    }
  }
}

/** A table that tells of each change. */
class Watched extends Table {
  readonly #told: (change: Change) => void;

  constructor(description: TableDescription, told: (change: Change) => void) {
    super(description);
    this.#told = told;
  }

  override set(change: Omit<Change, "table">): Record<string, number> {
    const units = super.set(change);
    this.#told({ ...change, table: this });
    return units;
  }

  setSilently(change: Omit<Change, "table">): void {
    super.set(change);
  }
}

const keyIn = (table: Table, item: unknown): string => db.createKey(item as Item, table.description);

function asSdkError(error: unknown): unknown {
  const body = (error as { body?: Input }).body;
  if (!body) return error;
  const name = String(body.__type).split("#")[1] ?? "";
  const message = String(body.message ?? body.Message);
  if (name !== "TransactionCanceledException") return Object.assign(new Error(message), { name });
  return new TransactionCanceledException({
    message,
    $metadata: {},
    CancellationReasons: body.CancellationReasons,
  });
}
