import type { Business } from "../businesses.ts";
import type { Campaign } from "../campaigns.ts";
import { earliestLate, lateAfter, maxIntakeSeconds } from "../orders/late.ts";
import type { Occasion, Run } from "../runs.ts";
import * as runs from "../runs.ts";
import { addDays, addSeconds, dayIn, type Instant, startOfDay } from "../time.ts";

type Winback = Extract<Occasion, { kind: "winback" }>;
type WinbackCampaign = Extract<Campaign, { kind: "winback" }>;

/** The customers a winback looks for at an instant: those whose last order lies in a span, and those the run before left out. */
export async function lapsesOf(
  campaign: WinbackCampaign,
  business: Pick<Business, "timeZone">,
  at: Instant,
): Promise<Winback> {
  const before = lapsedBefore(campaign.days, business, at);
  const { from, carriedFrom } = await beginningOf(campaign, at);
  const notBefore = campaign.newlyLapsedOnly ? campaign.lapsesFrom : undefined;
  const begin = latest(from, notBefore);
  return {
    kind: "winback",
    lastOrder: { before, ...(begin && { from: begin }) },
    ...(carriedFrom && { carriedFrom }),
    ...(notBefore && { notBefore }),
  };
}

type Beginning = { from?: Instant | undefined; carriedFrom?: Winback["carriedFrom"] | undefined };

/**
 * Where a winback begins to look: where the run before ended, or as far back as orders reach that came in since then;
 * and at whom that run had to leave out for a while. Those who were mailed for their lapse are not mailed again.
 */
async function beginningOf(campaign: WinbackCampaign, at: Instant): Promise<Beginning> {
  const { business, watermark, lastRun } = campaign;
  const last = lastRun && (await runs.find(business, lastRun));
  if (!last) return { from: watermark };
  const { from, carriedFrom } = leftBy(last, campaign, at);
  if (from === undefined) return { carriedFrom };
  // What was being written when that run looked is looked for again.
  const since = addSeconds(last.scheduledAt, -maxIntakeSeconds);
  // Orders that came in within a day are not recorded: they are of the last day before that run at the earliest.
  const unrecorded = addSeconds(since, -lateAfter);
  const late = await earliestLate(business, since);
  return { from: [from, unrecorded, ...(late ? [late] : [])].sort()[0], carriedFrom };
}

/** What the run before leaves to the next one. After one that was stopped, that is all that it was to look at itself. */
function leftBy(last: Run, { watermark }: WinbackCampaign, at: Instant): Beginning {
  // Whom a run left out that long ago is not known any more.
  if (runs.isForgotten(last, at)) return { from: watermark };
  if (runs.isStopped(last) && last.occasion.kind === "winback") {
    return { from: last.occasion.lastOrder.from, carriedFrom: last.occasion.carriedFrom };
  }
  return { from: watermark, carriedFrom: last.id };
}

const latest = (one: Instant | undefined, other: Instant | undefined): Instant | undefined =>
  (one ?? "") > (other ?? "") ? one : other;

/**
 * The instant before which a customer's last order must lie for them to have been without one for `days` whole
 * calendar days: the start of the day after the last one that counts.
 */
export const lapsedBefore = (days: number, business: Pick<Business, "timeZone">, at: Instant): Instant =>
  startOfDay(business.timeZone, addDays(dayIn(business.timeZone, at), 1 - days));

/** Why a winback's own span does not hold a customer who ordered last then. */
export function whyNotLapsed(
  { lastOrder, notBefore }: Winback,
  lastOrderAt: Instant | undefined,
): "never-ordered" | "not-lapsed" | "lapsed-before-campaign" | "lapsed-earlier" {
  if (lastOrderAt === undefined) return "never-ordered";
  if (lastOrderAt >= lastOrder.before) return "not-lapsed";
  return notBefore && lastOrderAt < notBefore ? "lapsed-before-campaign" : "lapsed-earlier";
}
