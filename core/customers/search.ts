import type { Business } from "../businesses.ts";
import { SapaError } from "../errors.ts";
import { type Identities, keysOf, normalise, owners } from "../identities.ts";
import { type BusinessId, CustomerId, shardAt, shardCount, shardsOf } from "../ids.ts";
import { decodeCursor, encodeCursor, findMany, query } from "../store.ts";
import { type Customer, fromItem, keyOf, nameKey } from "./record.ts";

/** Those of the customers who exist, in no order. Read consistently. */
export async function getMany(business: BusinessId, ids: readonly CustomerId[]): Promise<Customer[]> {
  const items = await findMany(
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
  let after: string | undefined = place.after;
  for (let shard = place.shard; shard < shardCount; ) {
    const page = await query("customers", {
      KeyConditionExpression: "#shard = :shard",
      ExpressionAttributeNames: { "#shard": "shard" },
      ExpressionAttributeValues: { ":shard": shardAt(business, shard) },
      Limit: limit - items.length,
      ...(after && { ExclusiveStartKey: { shard: shardAt(business, shard), id: after } }),
    });
    items.push(...page.items.map(fromItem));
    after = page.next?.id;
    if (!after) shard++;
    if (items.length >= limit && shard < shardCount) {
      return { items, next: encodeCursor(after ? { shard, after } : { shard }) };
    }
  }
  return { items };
}

export type Search = Page & Identities & { name?: string | undefined };

/** Who fits: by an identity at most one, by the beginning of a name up to 50, else a page of all customers. */
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
    : { items: await findByName(business.id, name) };
}

/** The customer with an identity, in whichever spelling it is given; with all of them, when there are more. */
export async function findBy(business: Business, identities: Identities): Promise<Customer | undefined> {
  const keys = keysOf(business.id, normalise(business, identities)).map(([, key]) => key);
  const found = await owners(keys);
  const [id, ...others] = new Set(keys.map((key) => found.get(key)));
  return id && others.length === 0 ? (await getMany(business.id, [id]))[0] : undefined;
}

/** At most 50 customers whose name begins so, by name; case and accents do not matter. */
export async function findByName(business: BusinessId, beginning: string): Promise<Customer[]> {
  const prefix = nameKey(beginning);
  if (!prefix) return [];
  const pages = await Promise.all(
    shardsOf(business).map((shard) =>
      query("customers", {
        IndexName: "byName",
        KeyConditionExpression: "#shard = :shard AND begins_with(nameKey, :prefix)",
        ExpressionAttributeNames: { "#shard": "shard" },
        ExpressionAttributeValues: { ":shard": shard, ":prefix": prefix },
        Limit: mostByName,
      }),
    ),
  );
  const named = pages
    .flatMap(({ items }) =>
      items.map((item) => ({ id: CustomerId.parse(item.id), name: String(item.nameKey) })),
    )
    .sort((a, b) => order(a.name, b.name) || order(a.id, b.id))
    .slice(0, mostByName);
  const found = new Map(
    (
      await getMany(
        business,
        named.map(({ id }) => id),
      )
    ).map((one) => [one.id, one]),
  );
  return named.flatMap(({ id }) => found.get(id) ?? []);
}

const mostByName = 50;

const order = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

function placeOf(cursor: string): { shard: number; after?: string } {
  const { shard, after } = decodeCursor(cursor);
  const fits = typeof shard === "number" && Number.isInteger(shard) && shard >= 0 && shard < shardCount;
  if (!fits || (after !== undefined && typeof after !== "string")) {
    throw new SapaError("invalid", "The cursor is not one that this list gave", [
      { field: "cursor", message: "is not one that this list gave" },
    ]);
  }
  return after === undefined ? { shard } : { shard, after };
}
