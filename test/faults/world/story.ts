import type { Business } from "../../../core/businesses.ts";
import type { BusinessId, CustomerId, RunId } from "../../../core/ids.ts";
import type { Item } from "../../../core/items.ts";
import { fire, loadPages, play } from "./acts.ts";
import { useShards } from "./few-shards.ts";
import type { WorldPlan } from "./plan.ts";
import { openShop, type Shop, type ShopPlan } from "./shop.ts";
import { World } from "./world.ts";

/** What any schedule may hold. */
export const commonActKinds = [
  "unsubscribe", // by the owner
  "follow-link", // by the customer, in a mail
  "erase",
  "order",
  "fire-again", // the schedule, a second time
  "other-campaign", // another campaign, over the same customers
  "resend", // by the owner, to those whom SES refused
  "settle", // at once, besides its timer
  "deliver-again", // a message that SQS had delivered before
  "jump", // the clock
  "restrict", // by the owner: data is only kept
] as const;
export const actKinds = [
  ...commonActKinds,
  "next-days", // a campaign fires on each of the two days that follow
  "resend-unknown", // as resend, and to those of whom it is not known
  "add-item", // to the catalogue, by the owner
  "change-birthday", // by the owner, to tomorrow
  "cancel", // a run, by the owner
  "run-now", // a campaign, by the owner, who repeats the request under its key until it is answered
  "change-hours", // the quiet hours, by the owner
] as const;
export type Act = { kind: (typeof actKinds)[number]; afterSeconds: number; shop: number; who: number };

export type Schedule = WorldPlan & {
  shops: readonly Omit<ShopPlan, "id">[];
  acts: readonly Act[];
  /** How many shards a business has, where a test lets the world choose (few-shards.ts); three, unless said. */
  shards?: number;
  /** Which campaign fires at the beginning: its place among the shop's; the first, unless said. */
  first?: number;
};

/** A wish of a customer to be left alone that was granted, and since when. */
export type Leave = { business: BusinessId; customer: string; since: number; erased: boolean };

/** An item that came into a catalogue, and when its owner was told so. */
export type AddedItem = { business: BusinessId; item: Item; savedAt: number };

/** A run that was canceled, and when its owner was told so. */
export type CanceledRun = { run: RunId; since: number };

/** A run that an owner asked for, and under which key. */
export type RunByHand = { run: RunId; key: string };

/** Quiet hours that an owner chose: when they first asked, and when they were told that it is done. */
export type ChosenHours = {
  business: BusinessId;
  quietHours: Business["quietHours"] | undefined;
  askedAt: number;
  doneAt: number;
};

/** The birthday that owners change others to: the day after the world begins. */
export const movedBirthday = "11-25";

export type Told = {
  world: World;
  shops: Shop[];
  leaves: Leave[];
  /** Customers whom somebody asked to erase, whether or not they were told that it is done. */
  erasing: Set<CustomerId>;
  /** Customers whose birthday an owner was asked to change to `movedBirthday`, whether or not it is done. */
  moved: Set<CustomerId>;
  added: AddedItem[];
  canceled: CanceledRun[];
  byHand: RunByHand[];
  hours: ChosenHours[];
};

export const scheduledAt = "2026-11-24T02:00:00.000Z";
const begin = Date.parse(scheduledAt);
const end = begin + 12 * 86_400_000;
const names = ["one", "two", "three", "four"];
/** `biz_one`, `biz_two` … */
const businessAt = (at: number): BusinessId => `biz_${names[at] ?? `n${at}`}`;

/** Opens the world of a schedule with its shops; nothing has happened yet. */
export async function openStory(
  schedule: Schedule,
  prepare: (world: World) => void = () => {},
): Promise<Told> {
  await loadPages();
  useShards(schedule.shards);
  const world = await World.open(schedule, begin);
  world.isShared = schedule.shops.length > 1;
  prepare(world);
  const shops: Shop[] = [];
  for (const [at, shop] of schedule.shops.entries())
    shops.push(await openShop({ ...shop, id: businessAt(at) }));
  return {
    world,
    shops,
    leaves: [],
    erasing: new Set(),
    moved: new Set(),
    added: [],
    canceled: [],
    byHand: [],
    hours: [],
  };
}

/** Lives a schedule through to its end: the campaigns fire, things go wrong, and all comes to rest. */
export async function tell(schedule: Schedule, prepare?: (world: World) => void): Promise<Told> {
  const told = await openStory(schedule, prepare);
  const { world, shops } = told;
  for (const shop of shops) fire(told, shop, { campaign: schedule.first ?? 0, at: begin });
  for (const act of schedule.acts) world.timeline.after(act.afterSeconds * 1000, () => play(told, act));
  await world.goOn(end);
  // An operator looks at the dead letters in the end.
  for (const queue of Object.values(world.queues)) queue.redrive();
  await world.goOn(end + 12 * 86_400_000);
  return told;
}
