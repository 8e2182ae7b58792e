import type { Item } from "../items.ts";
import { addSeconds, type Instant } from "../time.ts";

/** An item that comes back after it was sold out for this many days is announced again; a shelf refilled daily is not. */
const restockDays = 7;

/** The most days back from its first save that an item may have been added to be new to any campaign. */
export const maxNewDays = 90;

type Availability = Pick<Item, "availableAt" | "restockedAt" | "soldOutAt">;

/** Whether an item is in stock, and when it was added, as a save at `now` will have it. */
type Wanted = Pick<Item, "inStock" | "addedAt">;

/**
 * Since when an item can be announced as new, as recorded and not as its owner dates it: a run looks at what was
 * recorded since the run before it, and whatever is dated back would lie before that. Pure.
 */
export function availability(before: Item | undefined, wanted: Wanted, now: Instant): Availability {
  const { availableAt, restockedAt, soldOutAt = before?.updatedAt ?? now } = before ?? {};
  const soldOut = wanted.inStock ? {} : { soldOutAt: before?.inStock === false ? soldOutAt : now };
  const isBack = before?.inStock === false && wanted.inStock;
  if (isBack && daysAfter(soldOutAt, restockDays) <= now) return { availableAt: now, restockedAt: now };
  // What was long in the catalogue when it moved in stays out of the index, and costs a run nothing.
  const isNew = wanted.addedAt > daysAfter(now, -maxNewDays);
  const since = availableAt ?? (isNew ? now : undefined);
  return { ...(since && { availableAt: since }), ...(restockedAt && { restockedAt }), ...soldOut };
}

/**
 * Whether an item is new where whatever was added so many days before it was first saved is not. One that came back
 * is, however old it is.
 */
export function isNew({ addedAt, availableAt, restockedAt }: Item, days: number): boolean {
  if (availableAt === undefined) return false;
  return restockedAt === availableAt || addedAt > daysAfter(availableAt, -days);
}

const daysAfter = (at: Instant, days: number): Instant => addSeconds(at, days * 86_400);
