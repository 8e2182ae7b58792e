import type { Temporal } from "temporal-polyfill";

const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/**
 * The six fields of AWS's cron: minutes, hours, day of month, month, day of week (1 is Sunday), year. Its rules are
 * those of docs.aws.amazon.com/eventbridge/latest/userguide/eb-cron-expressions.html; the constructor throws an
 * Error that names the field which breaks one.
 */
export class CronFields {
  readonly minute: ReadonlySet<number>;
  readonly hour: ReadonlySet<number>;
  readonly year: ReadonlySet<number>;
  readonly lastYear: number;
  readonly matchesDay: (day: Temporal.PlainDate) => boolean;

  constructor(text: string) {
    const fields = text.trim().split(/\s+/);
    const [minutes = "", hours = "", days = "", months = "", weekdays = "", years = ""] = fields;
    if (fields.length !== 6) throw new Error(`cron has six fields, not ${fields.length}`);
    if ((days === "?") === (weekdays === "?")) {
      throw new Error("exactly one of day of month and day of week must be ?");
    }
    this.minute = valuesOf(minutes, { field: "minutes", from: 0, to: 59 });
    this.hour = valuesOf(hours, { field: "hours", from: 0, to: 23 });
    this.year = valuesOf(years, { field: "year", from: 1970, to: 2199 });
    this.lastYear = Math.max(...this.year);
    const month = valuesOf(months, { field: "month", from: 1, to: 12, names: MONTHS });
    const matches = weekdays === "?" ? dayOfMonth(days) : dayOfWeek(weekdays);
    this.matchesDay = (day) => month.has(day.month) && matches(day);
  }
}

type Range = { field: string; from: number; to: number; names?: readonly string[] };

/** The values of a list such as `1,3-5,10/15`. */
function valuesOf(text: string, range: Range): Set<number> {
  const values = new Set<number>();
  for (const part of text.split(",")) {
    const [span = "", step, ...rest] = part.split("/");
    const [low = "", high, ...more] = span.split("-");
    if (rest.length > 0 || more.length > 0) throw wrong(text, range);
    const every = step === undefined ? 1 : Number(step);
    const first = low === "*" && high === undefined ? range.from : numberIn(low, range);
    const last =
      high === undefined ? (low === "*" || step !== undefined ? range.to : first) : numberIn(high, range);
    if (!/^\d+$/.test(step ?? "1") || every < 1 || last < first) throw wrong(text, range);
    for (let value = first; value <= last; value += every) values.add(value);
  }
  return values;
}

function numberIn(text: string, range: Range): number {
  const named = range.names?.indexOf(text.toUpperCase()) ?? -1;
  if (named >= 0) return named + 1;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < range.from || value > range.to) throw wrong(text, range);
  return value;
}

const wrong = (text: string, { field, from, to }: Range) =>
  new Error(`${text} is not a value of ${field} (${from} to ${to})`);

const MONTH_DAYS: Range = { field: "day of month", from: 1, to: 31 };

function dayOfMonth(text: string): (day: Temporal.PlainDate) => boolean {
  if (text === "L") return (day) => day.day === day.daysInMonth;
  const weekday = /^(\d+)W$/.exec(text)?.[1];
  if (weekday !== undefined) {
    const wanted = numberIn(weekday, MONTH_DAYS);
    return (day) => wanted <= day.daysInMonth && day.day === nearestWeekday(day.with({ day: wanted }));
  }
  const days = valuesOf(text, MONTH_DAYS);
  return (day) => days.has(day.day);
}

/** The working day closest to a day without leaving its month, as Quartz (from which AWS's cron comes) defines it. */
function nearestWeekday(day: Temporal.PlainDate): number {
  if (day.dayOfWeek === 6) return day.day > 1 ? day.day - 1 : day.day + 2;
  if (day.dayOfWeek === 7) return day.day < day.daysInMonth ? day.day + 1 : day.day - 2;
  return day.day;
}

const WEEK_DAYS: Range = { field: "day of week", from: 1, to: 7, names: WEEKDAYS };

function dayOfWeek(text: string): (day: Temporal.PlainDate) => boolean {
  const [name = "", occurrence, ...rest] = text.split("#");
  if (occurrence !== undefined) {
    const wanted = numberIn(name, WEEK_DAYS);
    if (!/^[1-5]$/.test(occurrence) || rest.length > 0) throw wrong(text, WEEK_DAYS);
    return (day) => ofWeek(day) === wanted && Math.ceil(day.day / 7) === Number(occurrence);
  }
  if (text === "L") return (day) => ofWeek(day) === 7;
  if (/^.+L$/.test(text)) {
    const wanted = numberIn(text.slice(0, -1), WEEK_DAYS);
    return (day) => ofWeek(day) === wanted && day.day + 7 > day.daysInMonth;
  }
  const days = valuesOf(text, WEEK_DAYS);
  return (day) => days.has(ofWeek(day));
}

/** 1 is Sunday. */
const ofWeek = (day: Temporal.PlainDate): number => (day.dayOfWeek % 7) + 1;
