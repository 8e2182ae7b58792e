import type { Campaign } from "../campaigns.ts";
import { isNew } from "../items/availability.ts";
import type { Item } from "../items.ts";
import * as items from "../items.ts";
import type { Occasion } from "../runs.ts";
import * as runs from "../runs.ts";
import { addSeconds, type Instant } from "../time.ts";

type NewItems = Extract<Occasion, { kind: "new-items" }>;
type NewItemsCampaign = Extract<Campaign, { kind: "new-items" }>;

/** So many seconds before a run are looked at by the next one too: what was just being saved may not be visible yet. */
const overlap = 300;

/**
 * What a campaign announces when it fires at an instant: what became available since the run before (at first, in the
 * days that the campaign says), and what that run left out since it was sold out then, if it is back.
 */
export async function newItemsOf(campaign: NewItemsCampaign, at: Instant): Promise<NewItems> {
  const { business, watermark = "", firstRunDays } = campaign;
  const last = await occasionBefore(campaign);
  const from = watermark ? addSeconds(watermark, -overlap) : addSeconds(at, -firstRunDays * 86_400);
  const isWanted = (item: Item) => isNew(item, firstRunDays);
  const [available, leftOut] = await Promise.all([
    items.availableBetween(business, { from, to: at }, isWanted),
    items.getMany(business, last?.leftOut ?? []),
  ]);
  const seen = new Set(last?.seen);
  const wanted = new Map<string, Item>();
  for (const item of available) {
    const isSeen = seen.has(item.id) && (item.availableAt ?? "") <= watermark;
    if (!isSeen) wanted.set(item.id, item);
  }
  for (const item of leftOut) if (isWanted(item)) wanted.set(item.id, item);
  const all = items.newestFirst([...wanted.values()]);
  return {
    kind: "new-items",
    items: all.filter((item) => item.inStock).slice(0, items.maxAvailable),
    most: campaign.items,
    leftOut: idsOf(all.filter((item) => !item.inStock)),
    seen: idsOf(available.filter(({ availableAt = "" }) => availableAt > addSeconds(at, -overlap))),
  };
}

/** An occasion without items. */
export const nothingNew = ({ items: most }: NewItemsCampaign): NewItems => ({
  kind: "new-items",
  items: [],
  most,
  leftOut: [],
  seen: [],
});

async function occasionBefore({ business, lastRun }: NewItemsCampaign): Promise<NewItems | undefined> {
  const run = lastRun && (await runs.find(business, lastRun));
  return run && run.occasion.kind === "new-items" ? run.occasion : undefined;
}

const idsOf = (all: readonly Item[]): string[] => all.slice(0, items.maxAvailable).map(({ id }) => id);
