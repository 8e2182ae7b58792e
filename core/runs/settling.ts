import type { BusinessId, RunId } from "../ids.ts";
import type { Instant } from "../time.ts";
import * as timers from "../timers.ts";

/** A run's books are looked at for the first time this long after it began, in seconds. */
export const settleAfter = 900;

/**
 * Has settle-run look at a run's books at an instant. The timer is named by it: one that has just fired, and
 * is about to remove itself, can't take the next one along.
 */
export const settleLater = (run: { business: BusinessId; id: RunId }, at: Instant): Promise<void> =>
  timers.set({
    name: `settle-${run.id}-${Math.floor(Date.parse(at) / 1000).toString(36)}`,
    expression: timers.once(at),
    zone: "UTC",
    fires: "SETTLE_RUN_ARN",
    input: { business: run.business, run: run.id },
  });
