import { type Customer, fromItem, keyOf } from "./customers/record.ts";
import { SapaError } from "./errors.ts";
import type { BusinessId, CustomerId } from "./ids.ts";
import { find as findItem } from "./store.ts";

export { choose, type Preferences, subscribe, unsubscribe, unsubscribeFrom } from "./customers/choose.ts";
export type { DetailsPatch } from "./customers/merge.ts";
// The noun in one place: what a customer is, and every verb. Each verb with its rules has its own file.
export * from "./customers/record.ts";
export { restrict, unrestrict } from "./customers/restrict.ts";
export { findBy, getMany, getRecent, list, search } from "./customers/search.ts";
export { type UpdateInput, type Upserted, type UpsertInput, update, upsert } from "./customers/upsert.ts";
export { upsertMany } from "./customers/upsert-many.ts";

/** The customer, read consistently; `not-found` when the business has none with this id. */
export async function get(business: BusinessId, id: CustomerId): Promise<Customer> {
  const customer = await find(business, id);
  if (!customer) throw new SapaError("not-found", "No such customer");
  return customer;
}

/** The customer, read consistently, if the business has one with this id. */
export async function find(business: BusinessId, id: CustomerId): Promise<Customer | undefined> {
  const item = await findItem("customers", keyOf(business, id), { ConsistentRead: true });
  return item && fromItem(item);
}
