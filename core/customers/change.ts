import type { BusinessId, CustomerId } from "../ids.ts";
import { backOff, find, tableName, transact, type Write } from "../store.ts";
import type { Instant } from "../time.ts";
import { type Customer, fromItem, keyOf, toItem } from "./record.ts";

/** What a change makes of a customer, and what else has to be written with it, all or nothing. */
export type Change = { customer: Customer; writes?: readonly Write[] };

/** How often a change is tried when others change the same customer meanwhile. */
export const tries = 10;

/**
 * Changes a customer as they are now: `decide` is given the latest reading, and again a newer one when
 * somebody else was faster, so it must only look and answer. It answers undefined to leave things be. The
 * version and `updatedAt` are set here. Answers the customer as it then is, if there is one.
 */
export async function change(
  business: BusinessId,
  id: CustomerId,
  now: Instant,
  decide: (customer: Customer | undefined) => Change | undefined | Promise<Change | undefined>,
): Promise<Customer | undefined> {
  for (let attempt = 1; attempt <= tries; attempt++) {
    const item = await find("customers", keyOf(business, id), { ConsistentRead: true });
    const before = item && fromItem(item);
    const wanted = await decide(before);
    if (!before || !wanted) return before;
    const after = next(wanted.customer, before, now);
    const outcomes = await transact([replacement(after, before.version), ...(wanted.writes ?? [])]);
    if (!outcomes) return after;
    await backOff(attempt);
  }
  throw new Error(`The customer ${id} kept changing`);
}

/** The customer as the write after `before` stores them. */
export const next = (customer: Customer, before: Customer, now: Instant): Customer => ({
  ...customer,
  updatedAt: now,
  version: before.version + 1,
});

/** The write of a customer that fails when their version is no longer the one that was read. */
export const replacement = (customer: Customer, version: number): Write => ({
  Put: {
    TableName: tableName("customers"),
    Item: toItem(customer),
    ConditionExpression: "#version = :version",
    ExpressionAttributeNames: { "#version": "version" },
    ExpressionAttributeValues: { ":version": version },
  },
});
