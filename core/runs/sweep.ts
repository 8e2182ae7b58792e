import type { Deadline } from "../deadline.ts";
import { withLease } from "../lease.ts";
import * as mailTemplates from "../mail-templates.ts";
import { instant } from "../time.ts";

/** What has to be left of the time to delete another template, in milliseconds. */
const reserve = 20_000;

/** Deletes templates at SES that no run has used for months: a few of them, once a day. */
export async function sweep(deadline: Deadline): Promise<void> {
  const now = () => instant(deadline.now());
  if (!(await mailTemplates.beginSweep(now()))) return;
  for (const { name, usedAt } of await mailTemplates.unused(now())) {
    if (deadline.remaining() < reserve) return;
    // A run that wants it after all waits for the lease, and makes it again.
    await withLease(`template#${name}`, { milliseconds: 60_000, now: deadline.now }, async () => {
      if (!(await mailTemplates.forget(name, usedAt))) return;
      await mailTemplates.controlPlaneTurn(deadline);
      await mailTemplates.remove(name);
    });
  }
}
