import type { Statistics } from "../customers/record.ts";
import type { Instant } from "../time.ts";

/** What of an order counts for its customer. */
export type CountedOrder = {
  placedAt: Instant;
  total: number;
  lines: readonly { item: string; category?: string | undefined }[];
};

/** How many of the items and categories bought last are remembered, so that a customer's record stays small. */
export const mostItems = 300;
export const mostCategories = 200;

/**
 * The statistics with one more order. Orders may come in any sequence, as imports bring them: the result is
 * the same. (Past 200 categories a customer's least recent ones are forgotten, and count anew.)
 */
export function withOrder(statistics: Statistics, { placedAt, total, lines }: CountedOrder): Statistics {
  // Maps, since an owner's item may be called `constructor`.
  const categories = new Map(Object.entries(statistics.categories));
  for (const name of new Set(lines.flatMap(({ category }) => category ?? []))) {
    const before = categories.get(name);
    categories.set(name, { orders: (before?.orders ?? 0) + 1, lastAt: later(before?.lastAt, placedAt) });
  }
  const items = new Map(Object.entries(statistics.items));
  for (const { item } of lines) items.set(item, later(items.get(item), placedAt));

  const { firstOrderAt } = statistics;
  return {
    orders: statistics.orders + 1,
    spent: statistics.spent + total,
    firstOrderAt: firstOrderAt && firstOrderAt < placedAt ? firstOrderAt : placedAt,
    lastOrderAt: later(statistics.lastOrderAt, placedAt),
    categories: latest(categories, mostCategories, ({ lastAt }) => lastAt),
    items: latest(items, mostItems, (lastAt) => lastAt),
  };
}

const later = (a: Instant | undefined, b: Instant): Instant => (a && a > b ? a : b);

/** The entries with the latest times; among equals by name, so that no sequence matters. */
function latest<T>(all: Map<string, T>, most: number, at: (entry: T) => Instant): Record<string, T> {
  if (all.size <= most) return Object.fromEntries(all);
  const rank = ([name, entry]: [string, T]) => `${at(entry)} ${name}`;
  return Object.fromEntries([...all].sort((a, b) => (rank(a) < rank(b) ? 1 : -1)).slice(0, most));
}
