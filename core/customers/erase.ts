import * as consents from "../consents.ts";
import { keysOf, release } from "../identities.ts";
import type { BusinessId, CustomerId } from "../ids.ts";
import * as orders from "../orders.ts";
import { backOff, find, tableName, transact } from "../store.ts";
import * as suppressions from "../suppressions.ts";
import type { Instant } from "../time.ts";
import { tries } from "./change.ts";
import { type Customer, fromItem, keyOf } from "./record.ts";

/**
 * Forgets a customer. What tells who they are goes first and at once: the record, so that no claim can
 * succeed any more, and the identities. Their orders and consents then lose the link to a person. Of the
 * address only a hash is kept, by which no import can bring mail to it back. May be repeated, and must be
 * after a failure; a customer who is not there is erased already.
 */
export async function erase(business: BusinessId, id: CustomerId, now: Instant): Promise<void> {
  await removeRecord(business, id, now);
  await orders.forget(business, id);
  await consents.anonymise(business, id);
}

async function removeRecord(business: BusinessId, id: CustomerId, now: Instant): Promise<void> {
  for (let attempt = 1; attempt <= tries; attempt++) {
    const item = await find("customers", keyOf(business, id), { ConsistentRead: true });
    if (!item || !(await transact(removal(fromItem(item), now)))) return;
    await backOff(attempt);
  }
  throw new Error(`The customer ${id} to erase kept changing`);
}

const removal = (customer: Customer, at: Instant) => [
  {
    Delete: {
      TableName: tableName("customers"),
      Key: keyOf(customer.business, customer.id),
      ConditionExpression: "#version = :version",
      ExpressionAttributeNames: { "#version": "version" },
      ExpressionAttributeValues: { ":version": customer.version },
    },
  },
  ...keysOf(customer.business, customer).map(([, key]) => release(key, customer.id)),
  ...(customer.email ? [suppressions.put(customer.business, customer.email, { reason: "erasure", at })] : []),
];
