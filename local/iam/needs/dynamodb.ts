import { isObject, type Json, objects } from "../../services/protocol.ts";
import { arnOf, inputOf, type Names, type Need, type NeedsOf, operationOf } from "./need.ts";

/** The action of each write in a transaction. */
const writes: Record<string, string> = {
  Put: "PutItem",
  Update: "UpdateItem",
  Delete: "DeleteItem",
  ConditionCheck: "ConditionCheckItem",
};

/**
 * A call of one table needs its own action there; an index is a resource of its own, and the table then needs none.
 * Batches need their action on each table, and a transaction that of each of its parts.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html,
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
 */
export const dynamoDbNeeds: NeedsOf = (request, names) => {
  const operation = operationOf(request);
  const input = inputOf(request);
  const need = (action: string, resource: string): Need => ({ action: `dynamodb:${action}`, resource });
  switch (operation) {
    case "BatchGetItem":
    case "BatchWriteItem":
      return Object.keys(isObject(input.RequestItems) ? input.RequestItems : {}).map((table) =>
        need(operation, tableArn(table, names)),
      );
    case "TransactGetItems":
      return partsOf(input).map(([, { TableName }]) => need("GetItem", tableArn(TableName, names)));
    case "TransactWriteItems":
      return partsOf(input).map(([kind, { TableName }]) =>
        need(writes[kind] ?? kind, tableArn(TableName, names)),
      );
    case "ListTables":
      return [need(operation, "*")];
    default: {
      const table = tableArn(input.TableName, names);
      return [
        need(operation, typeof input.IndexName === "string" ? `${table}/index/${input.IndexName}` : table),
      ];
    }
  }
};

/** `[{ Put: { TableName, … } }, …]`, each with its kind. */
const partsOf = ({ TransactItems }: Json): [kind: string, part: Json][] =>
  objects(TransactItems)
    .flatMap((item) => Object.entries(item))
    .map(([kind, part]) => [kind, isObject(part) ? part : {}]);

/** A table is named or given by its ARN. */
function tableArn(table: unknown, names: Names): string {
  const name = String(table);
  return name.startsWith("arn:") ? name : arnOf(names, "dynamodb", `table/${name}`);
}
