import { activate } from "../../../core/campaigns/activation.ts";
import type { CampaignId } from "../../../core/ids.ts";
import { instant } from "../../../core/time.ts";
import { worldDeadline } from "./clock.ts";
import type { Shop } from "./shop.ts";
import type { World } from "./world.ts";

/**
 * Has the owner of a shop activate a campaign at an instant, and try again where SES's control plane is busy. A
 * template that no other shop has is checked at SES then.
 */
export function activateAt(
  world: World,
  { business, campaigns }: Shop,
  { campaign, at }: { campaign: number; at: number },
): void {
  const id = campaigns[campaign]?.id as CampaignId;
  const attempt = () =>
    world.invoke(
      { name: "owner-api", business: business.id, request: "activate" },
      () =>
        activate(business, id, { now: instant(world.timeline.now), deadline: worldDeadline(world, 25_000) }),
      ({ how }) => {
        if (how !== "answered") world.timeline.after(10_000, attempt);
      },
    );
  world.timeline.after(at - world.timeline.now, attempt);
}
