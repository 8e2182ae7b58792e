import { TransactionCanceledException } from "@aws-sdk/client-dynamodb";
import { type TableName, tables } from "../../../core/tables.ts";
import { Database, isOperation } from "../../../local/dynamodb/database.ts";
import { Table, type TableDescription } from "../../../local/dynamodb/tables.ts";
import { Transactions } from "../../../local/dynamodb/transactions.ts";
import { definitionOf } from "../../support/database.ts";
import type { Input } from "./points.ts";

type Wire = Record<string, unknown>;

const operations: Record<string, string> = {
  GetCommand: "GetItem",
  PutCommand: "PutItem",
  UpdateCommand: "UpdateItem",
  DeleteCommand: "DeleteItem",
  QueryCommand: "Query",
  BatchGetCommand: "BatchGetItem",
  BatchWriteCommand: "BatchWriteItem",
};

/** The tables of Sapa, spoken to without HTTP: commands of the document client in, plain objects out. */
export class Tables {
  readonly #database = new Database();
  readonly #transactions: Transactions;

  constructor(now: () => number) {
    this.#transactions = new Transactions(this.#database, now);
  }

  /** Empties everything. */
  async clear(): Promise<void> {
    if (this.#database.tables.size === 0) await this.#create();
    for (const [name, table] of this.#database.tables) {
      this.#database.tables.set(name, new Table(table.description as TableDescription));
    }
  }

  /** Performs a command of the document client, with its errors as the SDK throws them. */
  async perform(command: string, input: Input): Promise<Input> {
    try {
      if (command === "TransactWriteCommand") {
        const { ClientRequestToken } = input;
        const written = { TransactItems: input.TransactItems.map((item: Input) => eachOf(item, toWire)) };
        await this.#transactions.write({ ...written, ...(ClientRequestToken && { ClientRequestToken }) });
        return {};
      }
      const operation = operations[command] ?? "";
      if (!isOperation(operation)) throw new Error(`The world's DynamoDB does not know ${command}`);
      const checked = this.#database.check(operation, requestToWire(command, input));
      return answerToPlain(await this.#database.run(operation, checked));
    } catch (error) {
      throw asSdkError(error);
    }
  }

  async #create(): Promise<void> {
    for (const name of Object.keys(tables) as TableName[]) {
      const definition = this.#database.check("CreateTable", definitionOf(name, tables[name]));
      await this.#database.run("CreateTable", definition);
    }
  }
}

const eachOf = (record: Input, change: (value: Input) => unknown): Wire =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));

function requestToWire(command: string, input: Input): Wire {
  if (command === "BatchGetCommand") {
    const tables = eachOf(input.RequestItems, ({ Keys, ...rest }) => ({
      ...rest,
      Keys: Keys.map(itemToWire),
    }));
    return { RequestItems: tables };
  }
  if (command === "BatchWriteCommand") {
    const requests = (list: Input) => list.map((one: Input) => eachOf(one, toWire));
    return { RequestItems: eachOf(input.RequestItems, requests) };
  }
  return toWire(input);
}

const attributes = ["Item", "Key", "ExpressionAttributeValues", "ExclusiveStartKey"];

function toWire(input: Input): Wire {
  const wire: Wire = {};
  for (const [name, value] of Object.entries(input)) {
    if (value !== undefined) wire[name] = attributes.includes(name) ? itemToWire(value) : value;
  }
  return wire;
}

function itemToWire(item: Input): Wire {
  const wire: Wire = {};
  for (const [name, value] of Object.entries(item)) if (value !== undefined) wire[name] = valueToWire(value);
  return wire;
}

function valueToWire(value: unknown): Wire {
  if (typeof value === "string") return { S: value };
  if (typeof value === "number") return { N: String(value) };
  if (typeof value === "boolean") return { BOOL: value };
  if (value === null) return { NULL: true };
  if (Array.isArray(value)) return { L: value.filter((one) => one !== undefined).map(valueToWire) };
  return { M: itemToWire(value) };
}

function answerToPlain(answer: Input): Input {
  const plain = { ...answer };
  for (const name of ["Item", "Attributes", "LastEvaluatedKey"]) {
    if (answer[name]) plain[name] = itemToPlain(answer[name]);
  }
  if (answer.Items) plain.Items = answer.Items.map(itemToPlain);
  if (answer.Responses) plain.Responses = eachOf(answer.Responses, (items) => items.map(itemToPlain));
  return plain;
}

const itemToPlain = (item: Input): Wire => eachOf(item, valueToPlain);

function valueToPlain(value: Input): unknown {
  if ("S" in value) return value.S;
  if ("N" in value) return Number(value.N);
  if ("BOOL" in value) return value.BOOL;
  if ("L" in value) return value.L.map(valueToPlain);
  if ("M" in value) return itemToPlain(value.M);
  return null;
}

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
