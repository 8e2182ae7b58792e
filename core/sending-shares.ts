import type { BusinessId } from "./ids.ts";
import * as store from "./store.ts";

/** The shares of the account's sending, 0 to 1, that the operator keeps for businesses. */
export type Shares = Map<BusinessId, number>;

const key = { name: "shares" };

export async function read(): Promise<Shares> {
  const item = await store.find("account", key, { ConsistentRead: true });
  return new Map(Object.entries(item?.shares ?? {}) as [BusinessId, number][]);
}

/** The same shares as the same text, to be compared: not every database finds two equal maps equal. */
const textOf = (shares: Shares): string => JSON.stringify([...shares].sort());

/** The write that changes the shares, if they are still as they were read. */
export const write = (before: Shares, after: Shares): store.Write => ({
  Update: {
    TableName: store.tableName("account"),
    Key: key,
    UpdateExpression: "SET shares = :shares, sharesText = :after",
    ConditionExpression:
      before.size === 0 ? "attribute_not_exists(sharesText) OR sharesText = :before" : "sharesText = :before",
    ExpressionAttributeValues: {
      ":before": textOf(before),
      ":shares": Object.fromEntries(after),
      ":after": textOf(after),
    },
  },
});
