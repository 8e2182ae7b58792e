import { isDeepStrictEqual } from "node:util";
import { PutCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import type { Business } from "../businesses.ts";
import { type Problem, SapaError } from "../errors.ts";
import { raise } from "../events.ts";
import type { BusinessId } from "../ids.ts";
import type { Item, ItemInput } from "../items.ts";
import { backOff, find, succeeds, tableName } from "../store.ts";
import type { Instant } from "../time.ts";
import { availability } from "./availability.ts";

export type Saved = { item: Item; outcome: "created" | "updated" | "unchanged" };

/**
 * Saves an item under the business's own id. The first time it raises `item.added`; a change of stock raises
 * `item.sold-out` or `item.back-in-stock`. Saving the same again changes nothing.
 */
export async function put(
  business: Business,
  { id, ...input }: ItemInput & { id: string },
  now: Instant,
): Promise<Saved> {
  check(business, input, now);
  return save(business.id, id, (before) => ({
    ...input,
    id,
    inStock: input.inStock ?? before?.inStock ?? true,
    addedAt: input.addedAt ?? before?.addedAt ?? now,
    updatedAt: now,
  }));
}

export const soldOut = (business: BusinessId, id: string, now: Instant): Promise<Item> =>
  stock(business, { id, inStock: false }, now);

export const backInStock = (business: BusinessId, id: string, now: Instant): Promise<Item> =>
  stock(business, { id, inStock: true }, now);

async function stock(
  business: BusinessId,
  { id, inStock }: { id: string; inStock: boolean },
  now: Instant,
): Promise<Item> {
  const { item } = await save(business, id, (before) => {
    if (!before) throw new SapaError("not-found", "There is no such item");
    return { ...before, inStock, updatedAt: now };
  });
  return item;
}

/**
 * Beside the item are stored its revision, so that of two changes at once none is lost, and the events that a
 * change has still to raise: when raising fails, or the function dies before, repeating the call raises them.
 */
type Stored = Item & { business: BusinessId; revision: number; unraised: readonly ItemEvent[] };
type ItemEvent = "item.added" | "item.sold-out" | "item.back-in-stock";

const tries = 10;

async function save(
  business: BusinessId,
  id: string,
  decide: (before: Item | undefined) => Item,
): Promise<Saved> {
  for (let attempt = 1; attempt <= tries; attempt++) {
    const stored = (await find("items", { business, id }, { ConsistentRead: true })) as Stored | undefined;
    const before = stored && itemOf(stored);
    const { availableAt, restockedAt, soldOutAt, ...wanted } = decide(before);
    const item = { ...wanted, ...availability(before, wanted, wanted.updatedAt) };
    if (stored && before && isDeepStrictEqual(plain({ ...item, updatedAt: before.updatedAt }), before)) {
      await raiseAll(stored);
      return { item: before, outcome: "unchanged" };
    }
    const next: Stored = {
      ...item,
      business,
      revision: (stored?.revision ?? 0) + 1,
      unraised: [...(stored?.unraised ?? []), ...eventsOf(before, item)],
    };
    if (await replace(next)) {
      await raiseAll(next);
      return { item: plain(item), outcome: before ? "updated" : "created" };
    }
    await backOff(attempt);
  }
  throw new Error(`The item ${id} kept changing`);
}

const itemOf = ({ business, revision, unraised, ...item }: Stored): Item => item;

/** Without fields that are undefined, as it will be read back. */
const plain = (item: Item): Item =>
  Object.fromEntries(Object.entries(item).filter(([, value]) => value !== undefined)) as Item;

function eventsOf(before: Item | undefined, after: Item): ItemEvent[] {
  if (!before) return ["item.added"];
  if (before.inStock === after.inStock) return [];
  return [after.inStock ? "item.back-in-stock" : "item.sold-out"];
}

/** False when somebody else has changed the item since it was read. */
async function replace(next: Stored): Promise<boolean> {
  return succeeds(
    new PutCommand({
      TableName: tableName("items"),
      Item: next,
      ConditionExpression: "attribute_not_exists(revision) OR revision = :before",
      ExpressionAttributeValues: { ":before": next.revision - 1 },
    }),
  );
}

async function raiseAll({ business, id, addedAt, category, revision, unraised }: Stored): Promise<void> {
  if (unraised.length === 0) return;
  for (const type of unraised) await raise(type, { business, item: id, addedAt, category });
  // A later change carries the list on, and raises them once more at worst.
  await succeeds(
    new UpdateCommand({
      TableName: tableName("items"),
      Key: { business, id },
      UpdateExpression: "SET unraised = :none",
      ConditionExpression: "revision = :revision",
      ExpressionAttributeValues: { ":none": [], ":revision": revision },
    }),
  );
}

function check({ currency }: Business, { price, addedAt }: ItemInput, now: Instant): void {
  const problems: Problem[] = [];
  if (price.currency !== currency) {
    problems.push({ field: "price.currency", message: `must be ${currency}, the currency of the business` });
  }
  if (addedAt && addedAt > now) problems.push({ field: "addedAt", message: "is in the future" });
  if (problems.length) throw new SapaError("invalid", "The item can't be saved", problems);
}
