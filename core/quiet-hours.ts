import type { Business } from "./businesses.ts";
import { addDays, addSeconds, dayIn, type Instant, instant, instantAt, timeOfDayIn } from "./time.ts";

/** Hours in which nothing is sent, and the zone by whose clock they go: the business's, or a customer's own. */
type Hours = Pick<Business, "quietHours" | "timeZone">;

/** When the quiet hours that `now` falls into are over; `undefined` outside them. */
export function quietUntil(hours: Hours, now: Instant): Instant | undefined {
  const { quietHours, timeZone } = hours;
  if (!quietHours || !isQuiet(hours, now)) return undefined;
  const { from, to } = quietHours;
  const today = dayIn(timeZone, now);
  const overMidnight = from > to && timeOfDayIn(timeZone, now) >= from;
  const end = instantAt(timeZone, overMidnight ? addDays(today, 1) : today, to);
  return end > now && !isQuiet(hours, end) ? end : nextLoudMinute(hours, now);
}

/** Seconds until the quiet hours are over; `undefined` outside them. `now` is in epoch milliseconds. */
export function quietSeconds(hours: Hours, now: number): number | undefined {
  const until = quietUntil(hours, instant(now));
  return until === undefined ? undefined : (Date.parse(until) - now) / 1000;
}

function isQuiet({ quietHours, timeZone }: Hours, at: Instant): boolean {
  if (!quietHours) return false;
  const { from, to } = quietHours;
  const time = timeOfDayIn(timeZone, at);
  return from > to ? time >= from || time < to : time >= from && time < to;
}

/** Where the clock goes back, quiet hours that ended a while ago may begin again: only looking tells when they end. */
function nextLoudMinute(hours: Hours, now: Instant): Instant {
  let at = addSeconds(now, 60 - (Math.floor(Date.parse(now) / 1000) % 60));
  while (isQuiet(hours, at)) at = addSeconds(at, 60);
  return `${at.slice(0, 17)}00.000Z`;
}
