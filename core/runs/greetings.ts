import type { CampaignId } from "../ids.ts";
import { type Day, daysBetween } from "../time.ts";

/** For each birthday campaign, the day that it last greeted the customer for: their birthday, not the day of the mail. */
export type Greetings = Record<CampaignId, Day>;

/**
 * A campaign greets a customer for days that lie at least this far apart. True birthdays do: one of February 29 moves by
 * a day where the business changes its leap-day rule, and then comes after 364 days.
 */
const minDaysApart = 360;

/** No birthday is celebrated so long before another that counts: greetings older than this may be forgotten. */
const keptDays = 2 * 365;
/** The most greetings that are kept with a customer; more campaigns than this let the oldest ones go. */
export const maxGreetings = 50;
/** The most greetings that one claim takes away, since what it writes has to stay small. */
const maxForgottenAtOnce = 10;

/**
 * Whether the campaign that made the greeting has celebrated this year's birthday already, wherever it lay then. A day
 * before the one greeted for is over: an old run that is sent again must not make the campaign forget the newer one.
 */
export const isGreeted = (greeting: Day | undefined, celebrated: Day): boolean =>
  greeting !== undefined && daysBetween(greeting, celebrated) < minDaysApart;

/** The other campaigns whose greetings can go when `campaign` greets for the day `celebrated`, the oldest first. */
export function outdatedGreetings(
  greeted: Greetings,
  { campaign, celebrated }: { campaign: CampaignId; celebrated: Day },
): CampaignId[] {
  const others = (Object.entries(greeted) as [CampaignId, Day][])
    .filter(([id]) => id !== campaign)
    .sort(([, day], [, another]) => day.localeCompare(another));
  const surplus = others.length - (maxGreetings - 1);
  return others
    .filter(([, day], index) => index < surplus || daysBetween(day, celebrated) > keptDays)
    .slice(0, maxForgottenAtOnce)
    .map(([id]) => id);
}
