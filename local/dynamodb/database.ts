import batchGetItem from "dynalite/actions/batchGetItem.js";
import batchWriteItem from "dynalite/actions/batchWriteItem.js";
import createTable from "dynalite/actions/createTable.js";
import deleteItem from "dynalite/actions/deleteItem.js";
import describeTable from "dynalite/actions/describeTable.js";
import getItem from "dynalite/actions/getItem.js";
import listTables from "dynalite/actions/listTables.js";
import putItem from "dynalite/actions/putItem.js";
import query from "dynalite/actions/query.js";
import scan from "dynalite/actions/scan.js";
import updateItem from "dynalite/actions/updateItem.js";
import conditionParser from "dynalite/db/conditionParser.js";
import db from "dynalite/db/index.js";
import updateParser from "dynalite/db/updateParser.js";
import batchGetItemRules from "dynalite/validations/batchGetItem.js";
import batchWriteItemRules from "dynalite/validations/batchWriteItem.js";
import createTableRules from "dynalite/validations/createTable.js";
import deleteItemRules from "dynalite/validations/deleteItem.js";
import describeTableRules from "dynalite/validations/describeTable.js";
import getItemRules from "dynalite/validations/getItem.js";
import validations from "dynalite/validations/index.js";
import listTablesRules from "dynalite/validations/listTables.js";
import putItemRules from "dynalite/validations/putItem.js";
import queryRules from "dynalite/validations/query.js";
import scanRules from "dynalite/validations/scan.js";
import updateItemRules from "dynalite/validations/updateItem.js";
import { addIndexUnits, type Units } from "./capacity.ts";
import { parseOnce } from "./expressions.ts";
import type { TableJournal } from "./journal.ts";
import { type Store, storeOver } from "./store.ts";
import type { Change, DynamoError, Item, Table } from "./tables.ts";

type Data = Record<string, unknown>;
type Operation = { action: typeof putItem; rules: typeof putItemRules };

parseOnce(conditionParser);
parseOnce(updateParser);

/** The operations that dynalite answers; transactions and settings of tables are added by requests.ts. */
const operations = {
  BatchGetItem: { action: batchGetItem, rules: batchGetItemRules },
  BatchWriteItem: { action: batchWriteItem, rules: batchWriteItemRules },
  CreateTable: { action: createTable, rules: createTableRules },
  DeleteItem: { action: deleteItem, rules: deleteItemRules },
  DescribeTable: { action: describeTable, rules: describeTableRules },
  GetItem: { action: getItem, rules: getItemRules },
  ListTables: { action: listTables, rules: listTablesRules },
  PutItem: { action: putItem, rules: putItemRules },
  Query: { action: query, rules: queryRules },
  Scan: { action: scan, rules: scanRules },
  UpdateItem: { action: updateItem, rules: updateItemRules },
} satisfies Record<string, Operation>;
export type OperationName = keyof typeof operations;

export const isOperation = (name: string): name is OperationName => Object.hasOwn(operations, name);

/** Tables in memory, changed by dynalite's actions; a journal, if any, keeps them on disk. */
export class Database {
  readonly tables = new Map<string, Table>();
  readonly #journal: TableJournal | undefined;
  readonly #checker: Store;

  constructor(journal?: TableJournal) {
    this.#journal = journal;
    this.#checker = this.#store({});
  }

  /** Parses and checks a request's data as DynamoDB would; throws its ValidationException. */
  check(name: OperationName, data: Data): Data {
    const { types, custom } = operations[name].rules;
    const checked = validations.checkTypes(data, types);
    validations.checkValidations(checked, types, custom, this.#checker);
    return checked;
  }

  /** Runs a checked operation, writes included. */
  async run(name: OperationName, data: Data): Promise<Data> {
    const units: Units = new Map();
    let judged: Item | undefined;
    const store = this.#store({ seen: (item) => (judged = item), units });
    try {
      const answer = await new Promise<Data>((resolve, reject) => {
        operations[name].action(store, data, (error, done = {}) => (error ? reject(error) : resolve(done)));
      });
      await this.#journal?.written();
      return addIndexUnits(answer, units);
    } catch (error) {
      throw withItem(error, data, judged);
    }
  }

  /** Judges one write without making it: what it would change and answer, or the error it would end in. */
  rehearse(name: "PutItem" | "UpdateItem" | "DeleteItem" | "GetItem", data: Data): Rehearsal {
    const rehearsal: Rehearsal = { changes: [], answer: {}, judged: undefined, error: undefined };
    const store = storeOver({
      tables: this.tables,
      seen: (item) => {
        rehearsal.judged = item;
      },
      write: (change) => rehearsal.changes.push(change),
      define: () => {},
    });
    operations[name].action(store, data, (error, answer = {}) => {
      rehearsal.error = error ?? undefined;
      rehearsal.answer = answer;
    });
    return rehearsal;
  }

  /** Makes rehearsed changes, all at once; resolves when they are safe. */
  async make(changes: readonly Change[], units: Units): Promise<void> {
    for (const change of changes) this.#write(change, units);
    await this.#journal?.written();
  }

  #write({ table, ...change }: Change, units?: Units): void {
    const spent = table.set(change);
    const name = table.description.TableName;
    if (units) units.set(name, [...(units.get(name) ?? []), spent]);
    this.#journal?.note(name, change);
  }

  #store({ seen, units }: { seen?: (item: Item | undefined) => void; units?: Units }): Store {
    return storeOver({
      tables: this.tables,
      ...(seen && { seen }),
      write: (change) => this.#write(change, units),
      define: (table) => {
        this.tables.set(table.description.TableName, table);
        this.#journal?.load(table);
      },
    });
  }
}

export type Rehearsal = {
  changes: Change[];
  answer: Data;
  judged: Item | undefined;
  error: DynamoError | undefined;
};

/** A failed condition shows the item that it was judged on, to those who asked for it. */
function withItem(error: unknown, data: Data, item: Item | undefined): unknown {
  const { body } = error as DynamoError;
  if (!item || !body || data.ReturnValuesOnConditionCheckFailure !== "ALL_OLD") return error;
  if (!String(body.__type).endsWith("ConditionalCheckFailedException")) return error;
  return Object.assign(error as DynamoError, { body: { ...body, Item: item } });
}

/** Size in bytes as DynamoDB counts it. */
export const sizeOf = (item: Item): number => db.itemSize(item);
