import { SapaError } from "../errors.ts";
import type { BusinessId, RunId } from "../ids.ts";
import type { Run } from "../runs.ts";
import * as runs from "../runs.ts";
import type { Instant } from "../time.ts";
import { arm } from "./release-timer.ts";
import { stop } from "./stop.ts";

/**
 * Stops a run that is under way: from then on nothing of it is handed to SES but what is on its way at that moment.
 * Everyone else counts as skipped, and what their claim had written on them is given back. Repeating it changes nothing.
 *
 * @throws SapaError `conflict` when the run has ended already.
 */
export async function cancel(business: BusinessId, id: RunId, now: Instant): Promise<Run> {
  const run = await runs.get(business, id);
  const canceled = await stop(run, { state: "canceled", canceledAt: now });
  const after = await runs.get(business, id);
  if (!canceled && after.state !== "canceled") {
    throw new SapaError("conflict", `The run can't be canceled: it is ${after.state}`, [
      { field: "state", message: `is ${after.state}` },
    ]);
  }
  await arm(now, Date.parse(now));
  return after;
}
