import { type BusinessId, CustomerId, shardAt, shardCount } from "../ids.ts";
import { pageOf } from "../lists.ts";
import { decodeCursor, findMany, foreignCursor, type Query, query } from "../store.ts";
import { type Customer, fromItem, keyOf, nameKey } from "./record.ts";

type Page = { limit: number; cursor?: string | undefined };

/** A customer's place in the order of the search: by name, among the same names by shard, then as the index has it. */
type Place = { name: string; shard: number; id: CustomerId };

/** A page of the customers whose name begins so, by name; case and accents do not matter. */
export async function findByName(
  business: BusinessId,
  beginning: string,
  { limit, cursor }: Page,
): Promise<{ items: Customer[]; next?: string }> {
  const prefix = nameKey(beginning);
  if (!prefix) return { items: [] };
  const after = cursor === undefined ? undefined : placeOf(cursor, prefix);
  const shards = await Promise.all(
    Array.from({ length: shardCount }, (_, shard) =>
      query("customers", {
        ...rangeOf({ business, shard, prefix, after }),
        IndexName: "byName",
        Limit: limit,
      }),
    ),
  );
  const places = shards
    .flatMap(({ items }, shard) =>
      items.map((item): Place => ({ name: String(item.nameKey), shard, id: CustomerId.parse(item.id) })),
    )
    .sort(inOrder);
  const wanted = places.slice(0, limit);
  const items = await findMany(
    "customers",
    wanted.map(({ id }) => keyOf(business, id)),
    true,
  );
  const found = new Map(items.map(fromItem).map((customer) => [customer.id, customer]));
  return pageOf(wanted, {
    more: places.length > limit || shards.some(({ next }) => next),
    itemOf: ({ id }) => found.get(id),
    placeOf: (place) => place,
  });
}

/** As DynamoDB sorts texts, by their bytes. The sort is stable: a shard's entries of one name stay as they came. */
const inOrder = (one: Place, other: Place): number =>
  Buffer.compare(Buffer.from(one.name), Buffer.from(other.name)) || one.shard - other.shard;

type Range = { business: BusinessId; shard: number; prefix: string; after: Place | undefined };

/** What of a shard's index comes after a place: behind its name, from it on, or in its own shard behind itself. */
function rangeOf({ business, shard, prefix, after }: Range): Query {
  const partition = shardAt(business, shard);
  const names = { "#shard": "shard" }; // a reserved word
  if (!after || after.shard === shard) {
    return {
      KeyConditionExpression: "#shard = :shard AND begins_with(nameKey, :prefix)",
      ExpressionAttributeNames: names,
      ExpressionAttributeValues: { ":shard": partition, ":prefix": prefix },
      ...(after && { ExclusiveStartKey: { shard: partition, nameKey: after.name, id: after.id } }),
    };
  }
  return {
    KeyConditionExpression: "#shard = :shard AND nameKey BETWEEN :from AND :to",
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: {
      ":shard": partition,
      ":from": shard < after.shard ? `${after.name}\u0000` : after.name,
      ":to": `${prefix}\u{10ffff}`,
    },
  };
}

function placeOf(cursor: string, prefix: string): Place {
  const { name, shard, id } = decodeCursor(cursor);
  const customer = CustomerId.safeParse(id);
  const fits = typeof name === "string" && name.startsWith(prefix) && typeof shard === "number";
  if (!fits || !customer.success || !Number.isInteger(shard) || shard < 0 || shard >= shardCount) {
    throw foreignCursor();
  }
  return { name, shard, id: customer.data };
}
