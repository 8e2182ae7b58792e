import type { Statistics } from "../customers.ts";
import { ownEntry } from "../dictionaries.ts";
import type { Item } from "../items.ts";

/**
 * Which of the new items to show to a customer, best first, as indexes into `items`: none that they bought
 * before or that is sold out; those of the categories they buy most often first, the newest first among equals.
 * For a customer without orders the newest come first.
 */
export function pick(
  items: readonly Item[],
  statistics: Pick<Statistics, "categories" | "items">,
  most: number,
): number[] {
  return items
    .map((item, index) => ({
      item,
      index,
      orders: ownEntry(statistics.categories, item.category)?.orders ?? 0,
    }))
    .filter(({ item }) => item.inStock && !ownEntry(statistics.items, item.id))
    .sort((a, b) => b.orders - a.orders || b.item.addedAt.localeCompare(a.item.addedAt) || a.index - b.index)
    .slice(0, most)
    .map(({ index }) => index);
}
