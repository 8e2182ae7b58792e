import type { Business } from "../businesses.ts";
import type { Campaign } from "../campaigns.ts";
import { lapsedBefore } from "../runs/lapses.ts";
import type { Instant } from "../time.ts";

/**
 * The campaign with the boundary that it has once it is active. A winback for the newly lapsed leaves out whoever has
 * lapsed by `now`, or by the end of what its runs have looked at; one for everybody has no boundary. Pure.
 */
export function withBoundary(campaign: Campaign, business: Business, now: Instant): Campaign {
  if (campaign.kind !== "winback") return campaign;
  if (campaign.newlyLapsedOnly) {
    if (campaign.lapsesFrom) return campaign;
    const lapsesFrom = campaign.watermark ?? lapsedBefore(campaign.days, business, now);
    return { ...campaign, lapsesFrom, watermark: lapsesFrom };
  }
  const { lapsesFrom, ...rest } = campaign;
  if (!lapsesFrom) return campaign;
  // Where no run has looked yet, the watermark was that boundary.
  const { watermark: _, ...unbounded } = rest;
  return campaign.lastRun ? rest : unbounded;
}
