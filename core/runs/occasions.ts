import type { Business } from "../businesses.ts";
import type { Campaign } from "../campaigns.ts";
import type { Occasion } from "../runs.ts";
import { addDays, birthdaysCelebratedOn, dayIn, type Instant } from "../time.ts";
import { lapsesOf } from "./lapses.ts";
import { newItemsOf, nothingNew } from "./new-items.ts";

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
      const occasion = await lapsesOf(campaign, business, at);
      return { occasion, watermark: occasion.lastOrder.before };
    }
    case "new-items": {
      // A later run has looked at all of it.
      const isLate = campaign.watermark !== undefined && at <= campaign.watermark;
      if (isLate) return { occasion: nothingNew(campaign) };
      return { occasion: await newItemsOf(campaign, at), watermark: at };
    }
    case "broadcast":
      return { occasion: { kind: "broadcast" } };
  }
}
