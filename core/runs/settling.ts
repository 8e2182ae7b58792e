import { createHash } from "node:crypto";
import type { BusinessId, RunId } from "../ids.ts";
import { addSeconds, type Instant } from "../time.ts";
import * as timers from "../timers.ts";

/** A run's books are looked at for the first time this long after it began, in seconds. */
export const settleAfter = 900;
/** Runs that began together are looked at over so many seconds, so that they don't take all functions at once. */
const spreadSeconds = 300;

/** When a run's books are looked at for the first time. */
export function firstLook(run: RunId, now: Instant): Instant {
  const [byte = 0] = createHash("sha256").update(run).digest();
  return addSeconds(now, settleAfter + Math.floor((byte / 256) * spreadSeconds));
}

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
