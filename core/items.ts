import { DeleteCommand } from "@aws-sdk/lib-dynamodb";
import { z } from "zod";
import { isKey, notKey } from "./dictionaries.ts";
import { SapaError } from "./errors.ts";
import { type BusinessId, OwnId } from "./ids.ts";
import { pageOf } from "./lists.ts";
import { Money } from "./money.ts";
import {
  decodeCursor,
  documents,
  findMany,
  query,
  queryPages,
  find as read,
  type Item as Stored,
  tableName,
} from "./store.ts";
import { Instant, instant } from "./time.ts";
import { visible } from "./visible-text.ts";
import { HttpsUrl, StoredHttpsUrl } from "./web-addresses.ts";

export { backInStock, put, type Saved, soldOut } from "./items/save.ts";

// What a customer bought is kept by these two.

/** The business's own id of an item, its SKU. */
export const ItemId = OwnId.refine(isKey, { error: notKey });

export const Category = z.string().overwrite(visible).trim().min(1).max(60).refine(isKey, { error: notKey });

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
  addedAt: Instant.meta({ description: "When it came into the catalogue; the newest are shown first" }),
  availableAt: Instant.optional().meta({
    description:
      "Since when new-items campaigns can announce it: since it was first saved, or since it came back after it had been sold out for 7 days. Absent for one that had been in the catalogue for 90 days when it was first saved",
  }),
  restockedAt: Instant.optional().meta({
    description: "When it last came back after it had been sold out for 7 days",
  }),
  soldOutAt: Instant.optional().meta({ description: "Since when it is sold out" }),
  updatedAt: Instant,
});
export type Item = z.infer<typeof Item>;

/** What is put into the catalogue. Without `inStock` an item stays as it is, and a new one is in stock. */
export const ItemInput = ItemDetails.extend({
  inStock: z.boolean().optional().meta({ description: "Without it as it is; a new item is in stock" }),
  addedAt: Instant.optional().meta({
    description:
      "For a catalogue that moves in, when the item came into it; otherwise the first save. An item that was added more than a campaign's `firstRunDays` before its first save is not new to it",
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
  return pageOf(items, {
    more: Boolean(next),
    itemOf: fromItem,
    placeOf: ({ id }) => ({ id: String(id) }),
  });
}

/** Takes an item out of the catalogue; orders keep their lines. What is not there is removed already. */
export async function remove(business: BusinessId, id: string): Promise<void> {
  await documents.send(new DeleteCommand({ TableName: tableName("items"), Key: { business, id } }));
}

/** Those of the items that the catalogue has, in no order. */
export async function getMany(business: BusinessId, ids: readonly string[]): Promise<Item[]> {
  const found = await findMany(
    "items",
    [...new Set(ids)].map((id) => ({ business, id })),
  );
  return found.map(fromItem);
}

/** The most items that `availableBetween` returns. */
export const maxAvailable = 100;
/** The most items that it looks at; a catalogue that moves in may hold more that are not wanted. */
const maxRead = 2_000;

/**
 * The wanted items that became available after `from`, up to and including `to`: those that did so last, at most 100,
 * and of them the newest first. Looks at the last 2,000 of them.
 */
export async function availableBetween(
  business: BusinessId,
  { from, to }: { from: Instant; to: Instant },
  isWanted: (item: Item) => boolean,
): Promise<Item[]> {
  if (from >= to) return [];
  const wanted: Item[] = [];
  let read = 0;
  for await (const keys of queryPages("items", {
    IndexName: "byAvailable",
    KeyConditionExpression: "business = :business AND availableAt BETWEEN :from AND :to",
    ExpressionAttributeValues: { ":business": business, ":from": justAfter(from), ":to": to },
    ScanIndexForward: false,
    Limit: maxAvailable,
  })) {
    const found = await getMany(
      business,
      keys.map(({ id }) => String(id)),
    );
    // One that has come back meanwhile stands at another time by now.
    const there = found.filter(({ availableAt = "" }) => availableAt > from && availableAt <= to);
    wanted.push(...there.filter(isWanted).sort(by(({ availableAt = "" }) => availableAt)));
    read += keys.length;
    if (wanted.length >= maxAvailable || read >= maxRead) break;
  }
  return newestFirst(wanted.slice(0, maxAvailable));
}

const by =
  (rank: (item: Item) => string) =>
  (one: Item, other: Item): number =>
    rank(one) < rank(other) ? 1 : -1;

/** The items by when they were added, the newest first. */
export const newestFirst = (all: readonly Item[]): Item[] =>
  [...all].sort(by(({ addedAt, id }) => `${addedAt} ${id}`));

/** The next instant there is: they count milliseconds. */
const justAfter = (at: Instant): Instant => instant(Date.parse(at) + 1);
