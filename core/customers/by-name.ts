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
    Array.from({ length: shardCount }, (_, shard) => read({ business, shard, prefix, after }, limit)),
  );
  const places = shards.flatMap(({ places }) => places).sort(inOrder);
  const wanted = places.slice(0, limit);
  const items = await findMany(
    "customers",
    wanted.map(({ id }) => keyOf(business, id)),
    true,
  );
  const found = new Map(items.map(fromItem).map((customer) => [customer.id, customer]));
  return pageOf(wanted, {
    more: places.length > limit || shards.some(({ more }) => more),
    itemOf: ({ id }) => found.get(id),
    placeOf: (place) => place,
  });
}

/** As DynamoDB sorts texts, by their bytes. The sort is stable: a shard's entries of one name stay as they came. */
const inOrder = (one: Place, other: Place): number =>
  Buffer.compare(Buffer.from(one.name), Buffer.from(other.name)) || one.shard - other.shard;

type Range = { business: BusinessId; shard: number; prefix: string; after: Place | undefined };

/** What a shard's index holds next, at most so many, and whether there is more of it. */
async function read(range: Range, limit: number): Promise<{ places: Place[]; more: boolean }> {
  const { items, next } = await query("customers", {
    ...conditionOf(range),
    IndexName: "byName",
    Limit: limit,
  });
  const places = items
    .map((item): Place => ({ name: String(item.nameKey), shard: range.shard, id: CustomerId.parse(item.id) }))
    .filter(({ name }) => name.startsWith(range.prefix));
  return { places, more: Boolean(next) && places.length === items.length };
}

/**
 * What of a shard's index comes after a place: in its own shard what is behind it, in those before what is behind its
 * name, in those after what has its name too. The latter two may run on past the last name that begins so.
 */
function conditionOf({ business, shard, prefix, after }: Range): Query {
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
    KeyConditionExpression: `#shard = :shard AND nameKey ${shard < after.shard ? ">" : ">="} :name`,
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: { ":shard": partition, ":name": after.name },
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
