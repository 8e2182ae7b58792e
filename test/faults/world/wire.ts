import type { Input } from "./points.ts";

/** What the document client writes for records, and reads from what DynamoDB answers: `{ S: "x" }` for `"x"`. */
type Wire = Record<string, unknown>;

export function requestToWire(command: string, input: Input): Wire {
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

export function transactionToWire({ TransactItems, ClientRequestToken }: Input): Wire {
  return {
    TransactItems: TransactItems.map((item: Input) => eachOf(item, toWire)),
    ...(ClientRequestToken && { ClientRequestToken }),
  };
}

export function responseToPlain(answer: Input): Input {
  const plain = { ...answer };
  for (const name of ["Item", "Attributes", "LastEvaluatedKey"]) {
    if (answer[name]) plain[name] = itemToPlain(answer[name]);
  }
  if (answer.Items) plain.Items = answer.Items.map(itemToPlain);
  if (answer.Responses) plain.Responses = eachOf(answer.Responses, (items) => items.map(itemToPlain));
  return plain;
}

const eachOf = (record: Input, change: (value: Input) => unknown): Wire => {
  const changed: Wire = {};
  for (const key in record) changed[key] = change(record[key]);
  return changed;
};

const attributes = ["Item", "Key", "ExpressionAttributeValues", "ExclusiveStartKey"];

function toWire(input: Input): Wire {
  const wire: Wire = {};
  for (const name in input) {
    const value = input[name];
    if (value !== undefined) wire[name] = attributes.includes(name) ? itemToWire(value) : value;
  }
  return wire;
}

export function itemToWire(item: Input): Wire {
  const wire: Wire = {};
  for (const name in item) if (item[name] !== undefined) wire[name] = valueToWire(item[name]);
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

export const itemToPlain = (item: Input): Wire => eachOf(item, valueToPlain);

function valueToPlain(value: Input): unknown {
  if ("S" in value) return value.S;
  if ("N" in value) return Number(value.N);
  if ("BOOL" in value) return value.BOOL;
  if ("L" in value) return value.L.map(valueToPlain);
  if ("M" in value) return itemToPlain(value.M);
  return null;
}
