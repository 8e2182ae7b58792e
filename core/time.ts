import { Temporal } from "temporal-polyfill";
import { z } from "zod";

/** An instant in UTC with milliseconds, `2026-11-24T02:00:00.000Z`: sorts as text. Other offsets are accepted and converted. */
export const Instant = z.iso
  .datetime({ offset: true, error: "must be a time such as 2026-11-24T09:00:00+07:00" })
  .transform((text) => new Date(text).toISOString())
  .meta({ format: "date-time", example: "2026-11-24T02:00:00.000Z" });
export type Instant = string;

/** A calendar day, `2026-11-24`. */
export const Day = z.iso.date({ error: "must be a day such as 2026-11-24" });
export type Day = string;

/** A day of the year, `MM-DD`; February 29 is one. */
export const MonthDay = z
  .string()
  .refine(isMonthDay, { error: "must be a day of the year, MM-DD, such as 11-24" })
  .meta({ pattern: "^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$", example: "11-24" });
export type MonthDay = string;

/** A wall-clock time, `09:00`. */
export const TimeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, "must be a time of day such as 09:00");
export type TimeOfDay = string;

/** An IANA time zone, `Asia/Jakarta`. */
export const TimeZone = z
  .string()
  .max(64)
  .refine(isTimeZone, { error: "is not a time zone of the IANA database, such as Asia/Jakarta" });
export type TimeZone = string;

/** What happens in common years to those born on February 29. */
export const LeapDayRule = z.enum(["february-28", "march-1"]);
export type LeapDayRule = z.infer<typeof LeapDayRule>;

export const instant = (epochMilliseconds: number): Instant => new Date(epochMilliseconds).toISOString();

export const addSeconds = (at: Instant, seconds: number): Instant => instant(Date.parse(at) + seconds * 1000);

/** The calendar day in a time zone at an instant. */
export const dayIn = (zone: TimeZone, at: Instant): Day => zoned(zone, at).toPlainDate().toString();

/** The wall-clock time, `HH:MM`, in a time zone at an instant. */
export const timeOfDayIn = (zone: TimeZone, at: Instant): TimeOfDay =>
  zoned(zone, at).toPlainTime().toString({ smallestUnit: "minute" });

/** The first instant of a day in a time zone (not always midnight: some zones skip it in spring). */
export const startOfDay = (zone: TimeZone, day: Day): Instant =>
  instant(Temporal.PlainDate.from(day).toZonedDateTime(zone).epochMilliseconds);

/** The instant of a wall-clock time on a day; a skipped time moves forward as in RFC 5545 ("compatible"). */
export const instantAt = (zone: TimeZone, day: Day, time: TimeOfDay): Instant =>
  instant(
    Temporal.PlainDate.from(day).toZonedDateTime({ timeZone: zone, plainTime: time }).epochMilliseconds,
  );

export const addDays = (day: Day, days: number): Day => Temporal.PlainDate.from(day).add({ days }).toString();

/** The same day of a later month; where that month is too short, its last day. */
export const addMonths = (day: Day, months: number): Day =>
  Temporal.PlainDate.from(day).add({ months }).toString();

/** Whole days from one day to a later one; negative when it is earlier. */
export const daysBetween = (from: Day, to: Day): number =>
  Temporal.PlainDate.from(from).until(Temporal.PlainDate.from(to), { largestUnit: "days" }).days;

export const monthDayOf = (day: Day): MonthDay => day.slice(5);

/** The birthdays that are celebrated on a day: its own, and in common years February 29 where the rule puts it. */
export function birthdaysCelebratedOn(day: Day, rule: LeapDayRule): MonthDay[] {
  const own = monthDayOf(day);
  const stand = rule === "february-28" ? "02-28" : "03-01";
  return own === stand && !Temporal.PlainDate.from(day).inLeapYear ? [own, "02-29"] : [own];
}

function zoned(zone: TimeZone, at: Instant) {
  return Temporal.Instant.from(at).toZonedDateTimeISO(zone);
}

function isMonthDay(text: string): boolean {
  // 2024 was a leap year, so that February 29 counts.
  if (!/^\d{2}-\d{2}$/.test(text)) return false;
  const date = new Date(`2024-${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().slice(5, 10) === text;
}

/** Asking Intl takes as long as a mail does, and each reading of a business asks. */
const knownZones = new Set<string>();

function isTimeZone(zone: string): boolean {
  if (knownZones.has(zone)) return true;
  // Offsets such as +07:00 are accepted by Intl in newer runtimes, but do not follow daylight saving.
  if (!/^[A-Za-z]/.test(zone)) return false;
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone });
    if (knownZones.size < 1000) knownZones.add(zone);
    return true;
  } catch {
    return false;
  }
}
