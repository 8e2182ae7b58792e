import { UpdateCommand } from "@aws-sdk/lib-dynamodb";
import type { BusinessId } from "./ids.ts";
import * as store from "./store.ts";
import type { Instant } from "./time.ts";

/** What was handed out to be sent in the last 24 hours, in mails. */
export type Usage = {
  /** Of each business that was asked for. */
  byBusiness: Map<BusinessId, number>;
  /** When the first of what counts now ceases to; nothing if nothing was sent. */
  returnsAt?: Instant;
};

/** Mails are counted by the ten minutes in which they went, so that SES's day, which rolls, can be followed. */
const slotMilliseconds = 600_000;
const day = 86_400_000;

const slotOf = (now: number): number => Math.floor(now / slotMilliseconds);
const nameOf = (business: BusinessId | "all"): string => `usage#${business}`;

type Slots = Record<string, number>;

/** The slots of the last 24 hours: one counts until all of it lies further back. Pure. */
export const recent = (slots: Slots, now: number): [slot: number, mails: number][] =>
  Object.entries(slots)
    .map(([slot, mails]): [number, number] => [Number(slot), mails])
    .filter(([slot, mails]) => mails > 0 && (slot + 1) * slotMilliseconds > now - day)
    .sort(([one], [other]) => one - other);

async function slotsOf(names: readonly string[]): Promise<Map<string, Slots>> {
  const keys = names.map((name) => ({ name }));
  const found = await store.findMany("account", keys, true);
  return new Map(found.map((item) => [String(item.name), (item.slots ?? {}) as Slots]));
}

/** What these businesses, and all together, have sent in the last 24 hours. `now` is in epoch milliseconds. */
export async function read(businesses: readonly BusinessId[], now: number): Promise<Usage> {
  const slots = await slotsOf([nameOf("all"), ...businesses.map(nameOf)]);
  const first = recent(slots.get(nameOf("all")) ?? {}, now)[0];
  const sum = (business: BusinessId) =>
    recent(slots.get(nameOf(business)) ?? {}, now).reduce((total, [, mails]) => total + mails, 0);
  return {
    byBusiness: new Map(businesses.map((business) => [business, sum(business)])),
    ...(first && { returnsAt: new Date((first[0] + 1) * slotMilliseconds + day).toISOString() }),
  };
}

/** Counts mails as handed out; only the holder of the release's lease does so. Slots of days before go. */
export async function add(mails: ReadonlyMap<BusinessId, number>, now: number): Promise<void> {
  const total = [...mails.values()].reduce((sum, count) => sum + count, 0);
  if (total === 0) return;
  const all = new Map<BusinessId | "all", number>([...mails, ["all", total]]);
  const slots = await slotsOf([...all.keys()].map(nameOf));
  const slot = String(slotOf(now));
  await Promise.all(
    [...all].map(([whose, count]) => {
      const kept = Object.fromEntries(recent(slots.get(nameOf(whose)) ?? {}, now));
      return store.documents.send(
        new UpdateCommand({
          TableName: store.tableName("account"),
          Key: { name: nameOf(whose) },
          UpdateExpression: "SET slots = :slots",
          ExpressionAttributeValues: { ":slots": { ...kept, [slot]: (kept[slot] ?? 0) + count } },
        }),
      );
    }),
  );
}
