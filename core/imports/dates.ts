import { Day, type Instant, instantAt, MonthDay, startOfDay, type TimeZone } from "../time.ts";
import type { ColumnType } from "./mapping.ts";
import { BadValue } from "./values.ts";

const bad = (reason: string): never => {
  throw new BadValue(reason);
};

/** English and Indonesian; any beginning of at least three letters is understood, and "agt" and "ags" besides. */
const months = [
  ["january", "januari"],
  ["february", "februari"],
  ["march", "maret"],
  ["april"],
  ["may", "mei"],
  ["june", "juni"],
  ["july", "juli"],
  ["august", "agustus", "agt", "ags"],
  ["september"],
  ["october", "oktober"],
  ["november"],
  ["december", "desember"],
];

/** 1 for January; undefined for what names no month. */
function monthNamed(word: string): number | undefined {
  const name = word.toLowerCase();
  if (name.length < 3) return undefined;
  const at = months.findIndex((names) => names.some((full) => full.startsWith(name)));
  return at < 0 ? undefined : at + 1;
}

/** How the numbers of a column's days are ordered; "unknown" refuses what could be two days, however it is written. */
export type Order = ColumnType | "unknown";

/** `year` is absent where the text has none, or two figures of one: of those the century is anyone's guess. */
type Parts = { year?: number | undefined; month: number; day: number; rest: string };

const pad = (number: number) => String(number).padStart(2, "0");

const yearFirst = /^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)(.*)$/s;
const compact = /^(\d{4})(\d{2})(\d{2})(?!\d)(.*)$/s;
const numbers = /^(\d{1,2})([-/.])(\d{1,2})(?:[-/.](\d{2}|\d{4}))?(?!\d)(.*)$/s;
const dayThenName = /^(\d{1,2})(?:st|nd|rd|th)?[\s.-]+(\p{L}{3,})\.?(?:,?[\s-]+(\d{2}|\d{4}))?(?!\d)(.*)$/su;
const nameThenDay = /^(\p{L}{3,})\.?[\s-]+(\d{1,2})(?:st|nd|rd|th)?(?:,?\s+(\d{4}))?(?!\d)(.*)$/su;

/**
 * The parts of a date as people write it: `2026-11-24`, `20261124`, `24/11/2026`, `24-11-2026`, `24.11.2026`,
 * `24 November 2026`, `Nov 24, 2026`, or without a year `24/11`, `11/24`, `11-24`, `24 November`, `Nov 24`. What
 * follows the date is left in `rest`. Throws BadValue where neither the column's type nor the numbers tell the day
 * from the month.
 */
function dateParts(text: string, order: Order | undefined): Parts | undefined {
  const iso = yearFirst.exec(text) ?? compact.exec(text);
  if (iso) return { year: Number(iso[1]), month: Number(iso[2]), day: Number(iso[3]), rest: iso[4] ?? "" };
  const [, one, mark, two, year, rest = ""] = numbers.exec(text) ?? [];
  if (one) {
    const dashed = mark === "-" && !year && one.length === 2 && two?.length === 2;
    return { ...ordered(Number(one), Number(two), { order, dashed }), year: wholeYear(year), rest };
  }
  const [, day, name = "", dayYear, afterDay = ""] = dayThenName.exec(text) ?? [];
  if (day) return named(name, { day, year: dayYear, rest: afterDay });
  const [, word = "", numeral = "", nameYear, afterName = ""] = nameThenDay.exec(text) ?? [];
  return named(word, { day: numeral, year: nameYear, rest: afterName });
}

const wholeYear = (year: string | undefined) => (year?.length === 4 ? Number(year) : undefined);

function named(
  name: string,
  { day, year, rest }: { day: string; year: string | undefined; rest: string },
): Parts | undefined {
  const month = monthNamed(name);
  return month ? { year: wholeYear(year), month, day: Number(day), rest } : undefined;
}

function ordered(
  one: number,
  two: number,
  { order, dashed }: { order: Order | undefined; dashed: boolean },
): { month: number; day: number } {
  const monthFirst = { month: one, day: two };
  const dayFirst = { month: two, day: one };
  // "11-24" is how the API writes a birthday: without any other sign the month comes first.
  if (dashed && one <= 12 && (two > 12 || order === "month-first" || order === undefined)) return monthFirst;
  if (order === "month-first" && !dashed) return monthFirst;
  if (order === "day-first" || one > 12 || one === two) return dayFirst;
  if (two > 12) return monthFirst;
  return bad('could mean two days: give the column the type "day-first" or "month-first"');
}

/** Which of two numbers of a date can only be the day, or that either may be; undefined for texts that leave no doubt. */
export function dayOrderOf(text: string): "day-first" | "month-first" | "either" | undefined {
  const [, one, , two] = numbers.exec(text.trim()) ?? [];
  if (!one) return undefined;
  const [first, second] = [Number(one), Number(two)];
  if (first === second) return undefined;
  if (first > 12) return second > 12 ? undefined : "day-first";
  return second > 12 ? "month-first" : "either";
}

/** Whether a text is a day or a time at all, however its day and month are ordered; seconds since 1970 count too. */
export const isDateLike = (text: string): boolean => {
  const trimmed = text.trim();
  // What stands on a second line may be somebody's "no".
  if (/[\n\r\u2028\u2029]/.test(trimmed)) return false;
  if (/^\d{10}(\d{3})?$/.test(trimmed)) return true;
  if (yearFirst.test(trimmed) || /^(19|20)\d{6}(?!\d)/.test(trimmed)) return true;
  const [, one, , two, year] = numbers.exec(trimmed) ?? [];
  if (one) return Boolean(year) && (Number(one) <= 12 || Number(two) <= 12);
  const [, , name = ""] = dayThenName.exec(trimmed) ?? [];
  return monthNamed(name || (nameThenDay.exec(trimmed)?.[1] ?? "")) !== undefined;
};

/** A birthday with or without its year. */
export function birthday(text: string, order?: Order): { birthday: MonthDay; birthYear?: number } {
  const parts = dateParts(text.trim(), order);
  const day = parts && `${pad(parts.month)}-${pad(parts.day)}`;
  if (!parts || !/^([T ].*)?$/.test(parts.rest) || !MonthDay.safeParse(day).success || !day) {
    return bad("must be a day such as 24/11/1990, 1990-11-24 or 11-24");
  }
  const { year } = parts;
  if (year === undefined) return { birthday: day };
  if (!Day.safeParse(`${year}-${day}`).success) return bad(`is not a day: ${year} has no February 29`);
  return { birthday: day, birthYear: year };
}

/** A calendar day. */
export function day(text: string, order?: Order): Day {
  const parts = dateParts(text.trim(), order);
  const found = parts?.year && `${parts.year}-${pad(parts.month)}-${pad(parts.day)}`;
  if (!found || parts?.rest || !Day.safeParse(found).success)
    return bad("must be a day such as 24/11/2026 or 2026-11-24");
  return found;
}

/** With its offset, as in ISO 8601, PostgreSQL and Go: `2024-05-06 07:08:09.123 +0000 UTC`. */
const withOffset =
  /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2})?)(\.\d+)?\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2})(?:\s+[A-Z]{3,5})?$/i;

/**
 * An instant: a day, with or without a time, by the clock of the zone unless it says its own offset. A day
 * alone is its first moment, which never lies in the future of somebody who imports the same day.
 */
export function moment(text: string, zone: TimeZone, order?: Order): Instant {
  const trimmed = text.trim();
  if (/^\d{10}(\d{3})?$/.test(trimmed)) {
    return new Date(Number(trimmed) * (trimmed.length === 10 ? 1000 : 1)).toISOString();
  }
  const [, date, clock, fraction = "", offset = ""] = withOffset.exec(trimmed) ?? [];
  if (date) {
    const shift = /^(Z|UTC|GMT)$/i.test(offset) ? "Z" : offset.replace(/^([+-]\d{2}):?(\d{2})?$/, "$1:$2");
    const at = Date.parse(`${date}T${clock}${fraction.slice(0, 4)}${shift.replace(/:$/, ":00")}`);
    return Number.isNaN(at) ? bad(dayOrTime) : new Date(at).toISOString();
  }
  const parts = dateParts(trimmed, order);
  const found = parts?.year && `${parts.year}-${pad(parts.month)}-${pad(parts.day)}`;
  const time = /^(?:[T ,]+(\d{1,2})[:.](\d{2})(?:[:.](\d{2})(?:\.\d+)?)?)?$/.exec(parts?.rest ?? "");
  if (!found || !time || !Day.safeParse(found).success) return bad(dayOrTime);
  const [, hour, minute, second] = time;
  if (hour === undefined) return startOfDay(zone, found);
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second ?? 0) > 59) return bad(dayOrTime);
  return instantAt(zone, found, `${hour.padStart(2, "0")}:${minute}${second ? `:${second}` : ""}`);
}

const dayOrTime = "must be a day or time such as 2026-11-24, 24/11/2026 18:30 or 2026-11-24T18:30:00+07:00";
