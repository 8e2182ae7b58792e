import type { Business } from "../businesses.ts";
import { type Identities, keysOf, normalise, owners } from "../identities.ts";
import { type BusinessId, type CustomerId, shardAt, shardCount, shardOf } from "../ids.ts";
import { maxListBytes, pageOf, sizeOf } from "../lists.ts";
import { decodeCursor, findMany, foreignCursor, query, type Records } from "../store.ts";
import { findByName } from "./by-name.ts";
import { type Customer, fromItem, keyOf } from "./record.ts";

/** Those of the customers who exist, in no order. Read consistently. */
export async function getMany(
  business: BusinessId,
  ids: readonly CustomerId[],
  records: Pick<Records, "findMany"> = { findMany },
): Promise<Customer[]> {
  const items = await records.findMany(
    "customers",
    [...new Set(ids)].map((id) => keyOf(business, id)),
    true,
  );
  return items.map(fromItem);
}

/**
 * The same at half the price, as they were a moment ago: for those who check the version when they write. A customer
 * who is not found so is looked for consistently, so that no one who has just joined counts as gone.
 */
export async function getRecent(business: BusinessId, ids: readonly CustomerId[]): Promise<Customer[]> {
  const keys = [...new Set(ids)].map((id) => keyOf(business, id));
  const found = (await findMany("customers", keys)).map(fromItem);
  if (found.length === keys.length) return found;
  const known = new Set(found.map(({ id }) => id));
  const missing = ids.filter((id) => !known.has(id));
  return [...found, ...(await getMany(business, missing))];
}

export type Page = { limit: number; cursor?: string | undefined };

/** All customers, page by page: shard after shard, within each by id. */
export async function list(
  business: BusinessId,
  { limit, cursor }: Page,
): Promise<{ items: Customer[]; next?: string }> {
  const place = cursor === undefined ? { shard: 0 } : placeOf(cursor);
  const items: Customer[] = [];
  let bytes = 0;
  let after: string | undefined = place.after;
  let shard = place.shard;
  while (shard < shardCount && items.length < limit && bytes <= maxListBytes) {
    const page = await query("customers", {
      KeyConditionExpression: "#shard = :shard",
      ExpressionAttributeNames: { "#shard": "shard" },
      ExpressionAttributeValues: { ":shard": shardAt(business, shard) },
      Limit: limit - items.length,
      ...(after && { ExclusiveStartKey: { shard: shardAt(business, shard), id: after } }),
    });
    const found = page.items.map(fromItem);
    items.push(...found);
    bytes += sizeOf(found);
    after = page.next?.id;
    if (!after) shard++;
  }
  return pageOf(items, {
    more: shard < shardCount,
    itemOf: (customer) => customer,
    placeOf: ({ id }) => ({ shard: shardNumber(business, id), after: id }),
  });
}

const shardNumber = (business: BusinessId, id: CustomerId): number =>
  Number(shardOf(business, id).slice(business.length + 1));

export type Search = Page & Identities & { name?: string | undefined };

/** Who fits: by an identity at most one, else a page of those whose name begins so, or of all customers. */
export async function search(
  business: Business,
  { limit, cursor, name, ...identities }: Search,
): Promise<{ items: Customer[]; next?: string }> {
  if (keysOf(business.id, identities).length > 0) {
    const found = await findBy(business, identities);
    return { items: found ? [found] : [] };
  }
  return name === undefined
    ? list(business.id, { limit, cursor })
    : findByName(business.id, name, { limit, cursor });
}

/** The customer with an identity, in whichever spelling it is given; with all of them, when there are more. */
export async function findBy(business: Business, identities: Identities): Promise<Customer | undefined> {
  const keys = keysOf(business.id, normalise(business, identities)).map(([, key]) => key);
  const found = await owners(keys);
  const [id, ...others] = new Set(keys.map((key) => found.get(key)));
  return id && others.length === 0 ? (await getMany(business.id, [id]))[0] : undefined;
}

function placeOf(cursor: string): { shard: number; after?: string } {
  const { shard, after } = decodeCursor(cursor);
  const fits = typeof shard === "number" && Number.isInteger(shard) && shard >= 0 && shard < shardCount;
  if (!fits || (after !== undefined && typeof after !== "string")) {
    throw foreignCursor();
  }
  return after === undefined ? { shard } : { shard, after };
}
