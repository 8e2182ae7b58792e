import { createHash } from "node:crypto";
import { toItem } from "../../core/customers/record.ts";
import { nothing, type StoredImport } from "../../core/imports/record.ts";
import { defaultScopes } from "../../core/keys.ts";
import { compile } from "../../core/mail/compile.ts";
import { shipped } from "../../core/templates/shipped.ts";
import { business, customerAt, runs, token } from "../world.ts";
import { wireItem } from "./wire.ts";

type Request = {
  TableName: string;
  Key: Record<string, { S: string }>;
  Limit?: number;
  ExclusiveStartKey?: Record<string, { S: string }>;
  ExpressionAttributeValues: Record<string, { S: string; N: string }>;
  RequestItems: Record<string, { Keys: Record<string, { S: string }>[] }>;
};
type Answer = string | Buffer;

/** The customers of each of 16 shards; the same ones in all, since nobody looks twice. */
const perShard = { small: 1_250, large: 12_500 };

const imported: StoredImport = {
  id: "imp_7hkqm2xv9d4tbn3s",
  business: business.id,
  kind: "customers",
  format: "csv",
  size: 100,
  state: "running",
  consent: "subscribed",
  legalBasis: "Customers of the shop who asked for news",
  counts: nothing,
  createdAt: "2026-11-24T02:00:00.000Z",
};

/**
 * DynamoDB as a list of prepared answers: every condition holds, every write succeeds. `size` is how many
 * customers a shard has. Tables are called by their names in core/tables.ts.
 */
export async function dynamoDb(
  size: keyof typeof perShard,
): Promise<(operation: string, body: Buffer) => Answer> {
  const compiled = await compile(shipped["new-items"].source, { attributes: [] });
  const items: Record<string, Record<string, unknown>> = {
    businesses: business,
    apiKeys: {
      id: "key_7hkqm2xv9d4tbn3s",
      business: business.id,
      hash: createHash("sha256").update(token).digest("base64url"),
      name: "Bench",
      scopes: defaultScopes,
      ending: token.slice(-4),
      createdAt: "2026-01-05T02:00:00.000Z",
    },
    customers: toItem(customerAt(0)),
    templates: { source: shipped["new-items"].source, compiled, createdAt: "2026-01-05T02:00:00.000Z" },
  };
  const got = Object.fromEntries(
    Object.entries(items).map(([table, item]) => [table, JSON.stringify({ Item: wireItem(item) })]),
  );
  const gotRuns = Object.fromEntries(
    Object.values(runs).map((run) => [run.id, JSON.stringify({ Item: wireItem(run) })]),
  );
  const pages = pagesOf(perShard[size]);
  const taken = JSON.stringify({ Attributes: wireItem(imported) });

  return (operation, body) => {
    if (["TransactWriteItems", "PutItem", "DeleteItem"].includes(operation)) return "{}";
    const request = JSON.parse(body.toString()) as Request;
    const { TableName, Key, ExpressionAttributeValues: values } = request;
    switch (operation) {
      case "GetItem":
        return (TableName === "runs" ? gotRuns[Key.id?.S ?? ""] : got[TableName]) ?? "{}";
      case "BatchGetItem": {
        const found = Object.entries(request.RequestItems).map(([table, { Keys }]) => [
          table,
          table === "customers" ? Keys.map(({ id }) => customerOf(id?.S ?? "")) : [],
        ]);
        return JSON.stringify({ Responses: Object.fromEntries(found), UnprocessedKeys: {} });
      }
      case "UpdateItem": {
        if (TableName === "imports") return taken;
        if (TableName !== "account") return "{}";
        // The next permit is free at this moment: the caller never waits.
        const nextFree = Number(values[":now"]?.N) + Number(values[":length"]?.N);
        return JSON.stringify({ Attributes: wireItem({ nextFree }) });
      }
      case "Query":
        if (TableName !== "customers") return '{"Items":[],"Count":0,"ScannedCount":0}';
        return pages[Math.ceil(Number(request.ExclusiveStartKey?.id?.S.slice(4) ?? -1) / pageSize)] ?? "";
      default:
        throw new Error(`The bench's DynamoDB has no answer to ${operation}`);
    }
  };
}

const customers = new Map<string, Record<string, unknown>>();

/** A customer on the wire, by the number in their id; written once. */
function customerOf(id: string): Record<string, unknown> {
  const known = customers.get(id) ?? wireItem(toItem(customerAt(Number(id.slice(4)))));
  customers.set(id, known);
  return known;
}

/** As many as prepare-runs asks for at a time. */
const pageSize = 200;

/** Every page of a shard, written beforehand: page `p` ends with customer `200 × p + 199`. */
function pagesOf(customers: number): Buffer[] {
  return Array.from({ length: Math.ceil(customers / pageSize) }, (_, page) => {
    const start = page * pageSize;
    const count = Math.min(pageSize, customers - start);
    const found = Array.from({ length: count }, (_, n) => wireItem(toItem(customerAt(start + n))));
    const last = customerAt(start + count - 1);
    const key = wireItem({ shard: `${business.id}#00`, id: last.id });
    const more = start + count < customers && { LastEvaluatedKey: key };
    return Buffer.from(JSON.stringify({ Items: found, Count: count, ScannedCount: count, ...more }));
  });
}
