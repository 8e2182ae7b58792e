import * as backlog from "../backlog.ts";
import type { Business, BusinessPatch } from "../businesses.ts";
import * as businesses from "../businesses.ts";
import type { Deadline } from "../deadline.ts";
import type { BusinessId, RunId } from "../ids.ts";
import { quietUntil } from "../quiet-hours.ts";
import * as store from "../store.ts";
import { type Instant, instant } from "../time.ts";
import { arm } from "./release-timer.ts";

/**
 * Changes a business's settings. Mail that waits for the end of quiet hours goes by the new ones from then on, sooner or
 * later as they say.
 */
export async function changeSettings(
  before: Business,
  patch: BusinessPatch,
  now: Instant,
): Promise<Business> {
  const after = await businesses.update(before.id, patch, now);
  const isSame =
    JSON.stringify(before.quietHours) === JSON.stringify(after.quietHours) &&
    before.timeZone === after.timeZone;
  if (isSame) return after;
  if (await backlog.markForRescheduling(after.id)) await arm(now, Date.parse(now));
  return after;
}

/** A batch is moved by two writes of a transaction, which takes 100. */
const movedAtOnce = 50;
/** What has to be left of the time to go on, in milliseconds. */
const reserve = 10_000;

/** Does so for every run whose business's quiet hours have changed; what there is no time for is done by the next call. */
export async function rescheduleChanged(deadline: Deadline): Promise<void> {
  for (const { business, run, rescheduled } of await backlog.activeRuns()) {
    if (rescheduled === false && !(await reschedule(business, run, deadline))) {
      return arm(instant(deadline.now()), deadline.now());
    }
  }
}

/**
 * Has what waits of a run be due when its business's quiet hours, as they are now, let it. Returns false when the time
 * was too short for all of it; the next call does the rest.
 */
async function reschedule(id: BusinessId, run: RunId, deadline: Deadline): Promise<boolean> {
  const business = await businesses.find(id);
  if (!business) return true;
  const now = instant(deadline.now());
  for await (const page of backlog.waiting(id, run, { limit: movedAtOnce })) {
    if (deadline.remaining() < reserve) return false;
    const late = page.flatMap((batch) => {
      const { timeZone = business.timeZone } = batch;
      const dueAt = quietUntil({ ...business, timeZone }, now) ?? now;
      // A retry waits for SES; what is due already is looked at when it is sent.
      return !batch.retry && batch.dueAt > dueAt ? [{ batch, dueAt }] : [];
    });
    if (late.length === 0) continue;
    // Where one was handed out or dropped meanwhile, those that are left are moved by the next call.
    const outcomes = await store.transact(
      late.flatMap(({ batch, dueAt }) => [
        backlog.takeWrite(batch),
        backlog.waitWrite(batch, dueAt, batch.releases),
      ]),
    );
    if (outcomes) return false;
  }
  await backlog.wasRescheduled(id, run);
  return true;
}
