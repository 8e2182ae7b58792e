import { encodeCursor } from "./store.ts";

/**
 * The most bytes that the items of one list answer have, as Lambda counts them: its own answer is JSON that holds the
 * list's JSON as a text, each quote escaped. Lambda takes 6 MB, and half a megabyte is left for whatever is around.
 */
export const maxListBytes = 4_500_000;

/** The bytes of a value in an answer. */
export const sizeOf = (value: unknown): number =>
  Buffer.byteLength(JSON.stringify(JSON.stringify(value) ?? ""));

type Place = Record<string, string | number>;

/**
 * One page of a list: as many of the entries read as an answer holds, at least one, and the cursor to go on after the
 * last of them. `more` says whether there are entries that were not read; an entry may have nothing to show.
 */
export function pageOf<Entry, Item>(
  entries: readonly Entry[],
  {
    more,
    itemOf,
    placeOf,
  }: {
    more: boolean;
    itemOf: (entry: Entry) => Item | undefined;
    placeOf: (entry: Entry) => Place;
  },
): { items: Item[]; next?: string } {
  const items: Item[] = [];
  let bytes = 0;
  let last: Entry | undefined;
  for (const entry of entries) {
    const item = itemOf(entry);
    bytes += item === undefined ? 0 : sizeOf(item);
    if (bytes > maxListBytes && items.length > 0 && last) return { items, next: encodeCursor(placeOf(last)) };
    if (item !== undefined) items.push(item);
    last = entry;
  }
  return more && last ? { items, next: encodeCursor(placeOf(last)) } : { items };
}
