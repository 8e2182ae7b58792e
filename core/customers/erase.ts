import { type Erasure, find as findReceipt, idFor, nothing, opening } from "../erasures.ts";
import { SapaError } from "../errors.ts";
import { raise } from "../events.ts";
import { keysOf, release } from "../identities.ts";
import type { BusinessId, CustomerId } from "../ids.ts";
import { backOff, find, tableName, transact, type Write } from "../store.ts";
import * as suppressions from "../suppressions.ts";
import type { Instant } from "../time.ts";
import { tries } from "./change.ts";
import { type Customer, fromItem, keyOf } from "./record.ts";

export type Erasing = { business: BusinessId; customer: CustomerId; way: Erasure["way"] };

/**
 * Forgets a customer, and answers the receipt. What tells who they are goes first and at once, in one transaction:
 * the record, so that no claim can succeed any more, and the identities. Of the address only a hash is kept, by
 * which no import can bring mail to it back. The rest, which leads to nobody by then, is left to erase-customers
 * (see erasures/finish.ts): it is woken before, so that it finishes what breaks off here.
 *
 * Doing it again is harmless: it answers the same receipt, and wakes the function again while that is not closed.
 *
 * @throws SapaError `not-found` for who was never a customer.
 */
export async function erase(erasing: Erasing, now: Instant): Promise<Erasure> {
  const { business, customer } = erasing;
  const known = await findReceipt(business, idFor(customer));
  if (known?.finishedAt) return known;
  if (!known && !(await find("customers", keyOf(business, customer), { ConsistentRead: true }))) {
    throw new SapaError("not-found", "No such customer");
  }
  await raise("erasure.requested", erasing);
  return known ?? removeRecord(erasing, now);
}

/** Takes out what tells who a customer is, unless that is done; answers the receipt. */
export async function removeRecord(erasing: Erasing, now: Instant): Promise<Erasure> {
  const { business, customer: id } = erasing;
  for (let attempt = 1; attempt <= tries; attempt++) {
    const item = await find("customers", keyOf(business, id), { ConsistentRead: true });
    if (!item) {
      const receipt = await findReceipt(business, idFor(id));
      if (!receipt) throw new SapaError("not-found", "No such customer");
      return receipt;
    }
    const customer = fromItem(item);
    const receipt = receiptFor(customer, erasing, now);
    if (!(await transact([...removal(customer, now), opening(receipt)]))) return receipt;
    await backOff(attempt);
  }
  throw new Error(`The customer ${id} to erase kept changing`);
}

const receiptFor = (customer: Customer, { business, way }: Erasing, now: Instant): Erasure => ({
  id: idFor(customer.id),
  business,
  customer: customer.id,
  requestedAt: now,
  way,
  orders: customer.statistics.orders,
  removed: { ...nothing, identities: keysOf(business, customer).length },
  ...(customer.email && { addressHash: suppressions.hashOf(business, customer.email) }),
});

const removal = (customer: Customer, at: Instant): Write[] => [
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
