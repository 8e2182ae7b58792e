import { AttributeNumber } from "../customers/record.ts";
import { type Currency, minorDigits } from "../money.ts";
import { withoutEnd } from "../text.ts";
import { Day, type Instant, instantAt, MonthDay, startOfDay, type TimeZone } from "../time.ts";
import type { ColumnType } from "./record.ts";

/** What is wrong with one value of a file; its message is what the owner reads. */
export class BadValue extends Error {}

const bad = (reason: string): never => {
  throw new BadValue(reason);
};

const months = [
  ["jan"],
  ["feb"],
  ["mar"],
  ["apr"],
  ["may", "mei"],
  ["jun"],
  ["jul"],
  ["aug", "agu", "ags"],
  ["sep"],
  ["oct", "okt"],
  ["nov"],
  ["dec", "des"],
];

type Parts = { year?: number | undefined; month: number; day: number; rest: string };

const pad = (number: number) => String(number).padStart(2, "0");

/**
 * The parts of a date as people write it: `2026-11-24`, `20261124`, `24/11/2026`, `24-11-2026`, `24.11.2026`,
 * `24 November 2026`, or without a year `11-24` (month first, as the API has it) and `24/11`. Where neither the
 * column's type nor the numbers tell day from month, it is refused. What follows the date is left in `rest`.
 */
function dateParts(text: string, type: ColumnType | undefined): Parts | undefined {
  const iso =
    /^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)(.*)$/s.exec(text) ??
    /^(\d{4})(\d{2})(\d{2})(?!\d)(.*)$/s.exec(text);
  if (iso) return { year: Number(iso[1]), month: Number(iso[2]), day: Number(iso[3]), rest: iso[4] ?? "" };
  const monthDay = /^(\d{2})-(\d{2})$/.exec(text);
  if (monthDay) return { month: Number(monthDay[1]), day: Number(monthDay[2]), rest: "" };
  const [, one, two, year, rest = ""] =
    /^(\d{1,2})[-/.](\d{1,2})(?:[-/.](\d{2}|\d{4}))?(?!\d)(.*)$/s.exec(text) ?? [];
  // Of a two-figure year the century is anyone's guess.
  if (one)
    return {
      ...order(Number(one), Number(two), type),
      year: year?.length === 4 ? Number(year) : undefined,
      rest,
    };
  const [, numeral, name = "", named, after = ""] =
    /^(\d{1,2})\s+(\p{L}{3,})\.?(?:,?\s+(\d{4}))?(?!\d)(.*)$/su.exec(text) ?? [];
  const month = 1 + months.findIndex((names) => names.some((short) => name.toLowerCase().startsWith(short)));
  if (!numeral || !month) return undefined;
  return { year: named ? Number(named) : undefined, month, day: Number(numeral), rest: after };
}

function order(one: number, two: number, type: ColumnType | undefined): { month: number; day: number } {
  if (type === "month-first") return { month: one, day: two };
  if (type === "day-first" || one > 12 || one === two) return { month: two, day: one };
  if (two > 12) return { month: one, day: two };
  return bad('could mean two days: give the column the type "day-first" or "month-first"');
}

/** A birthday with or without its year. */
export function birthday(text: string, type?: ColumnType): { birthday: MonthDay; birthYear?: number } {
  const parts = dateParts(text.trim(), type);
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
export function day(text: string, type?: ColumnType): Day {
  const parts = dateParts(text.trim(), type);
  const found = parts?.year && `${parts.year}-${pad(parts.month)}-${pad(parts.day)}`;
  if (!found || parts?.rest || !Day.safeParse(found).success)
    return bad("must be a day such as 24/11/2026 or 2026-11-24");
  return found;
}

/**
 * An instant: a day, with or without a time, by the clock of the zone unless it says its own offset. A day
 * alone is its first moment, which never lies in the future of somebody who imports the same day.
 */
export function moment(text: string, zone: TimeZone, type?: ColumnType): Instant {
  const trimmed = text.trim();
  if (/^\d{4}-\d{2}-\d{2}T.*(Z|[+-]\d{2}:?\d{2})$/i.test(trimmed)) {
    const at = Date.parse(trimmed);
    return Number.isNaN(at) ? bad(dayOrTime) : new Date(at).toISOString();
  }
  const parts = dateParts(trimmed, type);
  const found = parts?.year && `${parts.year}-${pad(parts.month)}-${pad(parts.day)}`;
  const time = /^(?:[T ,]+(\d{1,2})[:.](\d{2})(?:[:.](\d{2})(?:\.\d+)?)?)?$/.exec(parts?.rest ?? "");
  if (!found || !time || !Day.safeParse(found).success) return bad(dayOrTime);
  const [, hour, minute, second] = time;
  if (hour === undefined) return startOfDay(zone, found);
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second ?? 0) > 59) return bad(dayOrTime);
  return instantAt(zone, found, `${hour.padStart(2, "0")}:${minute}${second ? `:${second}` : ""}`);
}

const dayOrTime = "must be a day or time such as 2026-11-24, 24/11/2026 18:30 or 2026-11-24T18:30:00+07:00";

/**
 * An amount in minor units. Without a column type, what could mean two amounts is refused rather than
 * guessed: "25.000" is twenty-five thousand to an Indonesian and twenty-five to an American.
 */
export function amount(text: string, currency: Currency, type?: ColumnType): number {
  const bare = text
    .trim()
    .replace(/^(rp\.?|[A-Z]{3}|US\$|[$€£¥])\s*/i, "")
    .replace(/\s/g, "");
  if (type === "minor-units") return whole(bare);
  if (!type && /^\d{1,3}([.,]\d{3})+$/.test(bare)) {
    return bad(
      'could mean two amounts: give the column the type "decimal" (29.33) or "decimal-comma" (25.000,50)',
    );
  }
  const [group, point] = type === "decimal-comma" ? [".", ","] : [",", "."];
  const [integer = "", decimals = "", ...more] = bare.split(point);
  const grouped = integer.split(group);
  const wellGrouped =
    grouped.length === 1 ||
    (/^\d{1,3}$/.test(grouped[0] ?? "") && grouped.slice(1).every((part) => /^\d{3}$/.test(part)));
  const digits = minorDigits(currency);
  const exact = withoutEnd(decimals, "0");
  if (more.length || !wellGrouped || !/^\d+$/.test(grouped.join("")) || !/^\d*$/.test(decimals)) {
    return bad("must be an amount such as 29.33");
  }
  if (exact.length > digits) return bad(`has more decimals than ${currency}, which has ${digits}`);
  return whole(grouped.join("") + exact.padEnd(digits, "0"));
}

export function whole(text: string): number {
  const number = Number(text);
  if (!/^\d+$/.test(text.trim()) || !Number.isSafeInteger(number)) return bad("must be a whole number");
  return number;
}

/** A number with a point before its decimals. */
export function number(text: string): number {
  const found = AttributeNumber.safeParse(text.trim() ? Number(text) : undefined);
  return found.success ? found.data : bad("must be a number such as 12.5");
}

const yes = ["ya", "y", "yes", "true", "1", "on", "x"];
const no = ["tidak", "t", "n", "no", "false", "0", "off", "-"];

/** Yes or no, in Indonesian or English. */
export function boolean(text: string): boolean {
  const word = text.trim().toLowerCase();
  if (yes.includes(word)) return true;
  return no.includes(word) ? false : bad("must be yes or no");
}
