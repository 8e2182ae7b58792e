import type { Business } from "./businesses.ts";
import { addDays, dayIn, type Instant, instantAt, timeOfDayIn } from "./time.ts";

/** When the quiet hours that `now` falls into are over; `undefined` outside them. */
export function quietUntil(
  { quietHours, timeZone }: Pick<Business, "quietHours" | "timeZone">,
  now: Instant,
): Instant | undefined {
  if (!quietHours) return undefined;
  const { from, to } = quietHours;
  const time = timeOfDayIn(timeZone, now);
  const overMidnight = from > to;
  const quiet = overMidnight ? time >= from || time < to : time >= from && time < to;
  if (!quiet) return undefined;
  const today = dayIn(timeZone, now);
  return instantAt(timeZone, overMidnight && time >= from ? addDays(today, 1) : today, to);
}
