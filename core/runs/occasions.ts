import type { Business } from "../businesses.ts";
import type { Campaign } from "../campaigns.ts";
import * as items from "../items.ts";
import type { Occasion } from "../runs.ts";
import * as runs from "../runs.ts";
import { addDays, addSeconds, birthdaysCelebratedOn, dayIn, type Instant, startOfDay } from "../time.ts";

/** Whom a campaign is about at an instant, and up to where it has then looked (for kinds that move on). */
export type Firing = { occasion: Occasion; watermark?: Instant };

/** Works out every date of one firing. Days are calendar days in the business's zone. */
export async function occasionOf(campaign: Campaign, business: Business, at: Instant): Promise<Firing> {
  const today = dayIn(business.timeZone, at);
  switch (campaign.kind) {
    case "birthday": {
      const celebrated = addDays(today, campaign.daysBefore);
      const birthdays = birthdaysCelebratedOn(celebrated, business.leapDayRule);
      return { occasion: { kind: "birthday", celebrated, birthdays } };
    }
    case "winback": {
      const before = lapsedBefore(campaign.days, business, at);
      const { from, carriedFrom } = await beginningOf(campaign, at);
      const lastOrder = { before, ...(from && { from }) };
      const occasion = { kind: "winback" as const, lastOrder, ...(carriedFrom && { carriedFrom }) };
      return { occasion, watermark: before };
    }
    case "new-items": {
      const since = campaign.watermark ?? addSeconds(at, -campaign.firstRunDays * 86_400);
      const added = await items.addedBetween(business.id, since, at);
      const inStock = added.filter((item) => item.inStock);
      return { occasion: { kind: "new-items", items: inStock, most: campaign.items }, watermark: at };
    }
    case "broadcast":
      return { occasion: { kind: "broadcast" } };
  }
}

/**
 * Where a winback begins to look: where the run before ended, and at whom that one had to leave out for a while.
 * After a run that was stopped the next one begins where that one began; whom it had mailed is not mailed again.
 */
async function beginningOf({ business, watermark, lastRun }: Campaign, at: Instant) {
  const last = lastRun && (await runs.find(business, lastRun));
  // Whom a run left out that long ago is not known any more.
  if (last && runs.isForgotten(last, at)) return { from: watermark };
  if (last && last.state === "failed" && last.occasion.kind === "winback") {
    return { from: last.occasion.lastOrder.from, carriedFrom: last.occasion.carriedFrom };
  }
  return { from: watermark, carriedFrom: lastRun };
}

/**
 * The instant before which a customer's last order must lie for them to have been without one for `days` whole
 * calendar days: the start of the day after the last one that counts.
 */
export const lapsedBefore = (days: number, business: Pick<Business, "timeZone">, at: Instant): Instant =>
  startOfDay(business.timeZone, addDays(dayIn(business.timeZone, at), 1 - days));
