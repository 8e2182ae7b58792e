import { DeleteCommand } from "@aws-sdk/lib-dynamodb";
import { z } from "zod";
import { SapaError } from "./errors.ts";
import { type BusinessId, OwnId } from "./ids.ts";
import { Money } from "./money.ts";
import {
  decodeCursor,
  documents,
  encodeCursor,
  findMany,
  query,
  find as read,
  type Item as Stored,
  tableName,
} from "./store.ts";
import { Instant, instant } from "./time.ts";
import { visible } from "./visible-text.ts";
import { HttpsUrl, StoredHttpsUrl } from "./web-addresses.ts";

export { backInStock, put, type Saved, soldOut } from "./items/save.ts";

/** The business's own id of an item, its SKU. */
export const ItemId = OwnId;

export const Category = z.string().overwrite(visible).trim().min(1).max(60);

export const ItemDetails = z.object({
  name: z.string().overwrite(visible).trim().min(1).max(120),
  category: Category,
  price: Money,
  description: z.string().overwrite(visible).trim().max(300).optional(),
  url: HttpsUrl.optional(),
  imageUrl: HttpsUrl.optional(),
  inStock: z.boolean().default(true),
});
export type ItemDetails = z.infer<typeof ItemDetails>;

/** An entry of the catalogue. */
export const Item = ItemDetails.extend({
  url: StoredHttpsUrl,
  imageUrl: StoredHttpsUrl,
  id: ItemId,
  addedAt: Instant.meta({ description: "When it came into the catalogue; new-items campaigns go by it" }),
  updatedAt: Instant,
});
export type Item = z.infer<typeof Item>;

/** What is put into the catalogue. Without `inStock` an item stays as it is, and a new one is in stock. */
export const ItemInput = ItemDetails.extend({
  inStock: z.boolean().optional().meta({ description: "Without it as it is; a new item is in stock" }),
  addedAt: Instant.optional().meta({
    description: "For a catalogue that moves in, when the item came into it; otherwise the first save",
  }),
});
export type ItemInput = z.infer<typeof ItemInput>;

/** The item of a stored one, without what only its bookkeeping needs. */
export const fromItem = (stored: Stored): Item => Item.parse(stored);

/** The item, read consistently, if the catalogue has it. */
export async function find(business: BusinessId, id: string): Promise<Item | undefined> {
  const stored = await read("items", { business, id }, { ConsistentRead: true });
  return stored && fromItem(stored);
}

export async function get(business: BusinessId, id: string): Promise<Item> {
  const item = await find(business, id);
  if (!item) throw new SapaError("not-found", "There is no such item");
  return item;
}

/** The catalogue, by the items' ids. */
export async function list(
  business: BusinessId,
  page: { limit: number; cursor?: string | undefined },
): Promise<{ items: Item[]; next?: string }> {
  const after = page.cursor === undefined ? undefined : String(decodeCursor(page.cursor).id);
  const { items, next } = await query("items", {
    KeyConditionExpression: "business = :business",
    ExpressionAttributeValues: { ":business": business },
    Limit: page.limit,
    ...(after && { ExclusiveStartKey: { business, id: after } }),
  });
  const shown = items.map(fromItem);
  return next?.id ? { items: shown, next: encodeCursor({ id: next.id }) } : { items: shown };
}

/** Takes an item out of the catalogue; orders keep their lines. What is not there is removed already. */
export async function remove(business: BusinessId, id: string): Promise<void> {
  await documents.send(new DeleteCommand({ TableName: tableName("items"), Key: { business, id } }));
}

/** The most items that `addedBetween` answers with. */
export const mostAdded = 100;

/** The items added after `from`, up to and including `to`: the newest first, at most 100. */
export async function addedBetween(business: BusinessId, from: Instant, to: Instant): Promise<Item[]> {
  if (from >= to) return [];
  const { items: keys } = await query("items", {
    IndexName: "byAdded",
    KeyConditionExpression: "business = :business AND addedAt BETWEEN :from AND :to",
    ExpressionAttributeValues: { ":business": business, ":from": justAfter(from), ":to": to },
    ScanIndexForward: false,
    Limit: mostAdded,
  });
  const found = await findMany(
    "items",
    keys.map(({ id }) => ({ business, id: String(id) })),
  );
  const rank = ({ addedAt, id }: Item) => `${addedAt} ${id}`;
  return found.map(fromItem).sort((a, b) => (rank(a) < rank(b) ? 1 : -1));
}

/** The next instant there is: they count milliseconds. */
const justAfter = (at: Instant): Instant => instant(Date.parse(at) + 1);
