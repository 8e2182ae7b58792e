import { Cron } from "croner";

/**
 * The cron expressions of EventBridge Scheduler: six fields, minutes to years, with exactly one `?`.
 * Source: https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#cron-based.
 * What AWS leaves unsaid (ranges that run backwards, `L`, `W` and `#` inside lists) is refused, so that an
 * expression which is accepted here means the same there.
 */
type Field = { name: string; from: number; to: number; names?: readonly string[]; alone?: RegExp };

const months = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const days = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

const fields: readonly Field[] = [
  { name: "minutes", from: 0, to: 59 },
  { name: "hours", from: 0, to: 23 },
  { name: "day of month", from: 1, to: 31, alone: /^(\?|L|([1-9]|[12]\d|3[01])W)$/ },
  { name: "month", from: 1, to: 12, names: months },
  {
    name: "day of week",
    from: 1,
    to: 7,
    names: days,
    alone: /^(\?|L|([1-7]|SUN|MON|TUE|WED|THU|FRI|SAT)(L|#[1-5]))$/,
  },
  { name: "year", from: 1970, to: 2199 },
];

class Malformed extends Error {}

/** What is wrong with an expression, in words; undefined when it fires at some time between 1970 and 2199. */
export function cronProblem(expression: string): string | undefined {
  try {
    const fires = patternOf(expression).nextRun(new Date(Date.UTC(1969, 11, 31)));
    return fires ? undefined : "never fires: no such day exists";
  } catch (error) {
    if (error instanceof Malformed) return error.message;
    throw error;
  }
}

/**
 * The first firing after a wall-clock time, both `2026-11-24T09:00:00`; undefined when there is none. It knows
 * no time zone: the caller decides what to do with a time that a zone skips or repeats.
 */
export function nextOnClock(expression: string, after: string): string | undefined {
  const next = patternOf(expression).nextRun(new Date(`${after}Z`));
  return next?.toISOString().slice(0, 19);
}

// Read as UTC, which has every wall-clock time exactly once.
function patternOf(expression: string): Cron {
  const parts = expression.trim().toUpperCase().split(/\s+/);
  if (parts.length !== fields.length) {
    throw new Malformed(
      `has ${parts.length} fields, not six: minutes hours day-of-month month day-of-week year`,
    );
  }
  const translated = fields.map((field, at) => translate(field, parts[at] ?? ""));
  if ((parts[2] === "?") === (parts[4] === "?")) {
    throw new Malformed("must have ? in exactly one of day of month and day of week");
  }
  return new Cron(`0 ${translated.join(" ")}`, {
    timezone: "UTC",
    mode: "7-part",
    alternativeWeekdays: true,
    domAndDow: true,
    paused: true,
  });
}

/** One field in croner's dialect, which has no `?`, no `5/10`, and no bare `L` for Saturday. */
function translate(field: Field, text: string): string {
  if (field.alone?.test(text)) {
    if (text === "?") return "*";
    return text === "L" && field.names ? "7" : text;
  }
  return text
    .split(",")
    .map((part) => translatePart(field, part))
    .join(",");
}

function translatePart(field: Field, part: string): string {
  const [, range = "", step] = /^([^/]+)(?:\/(\d{1,4}))?$/.exec(part) ?? [];
  if (step !== undefined && (Number(step) < 1 || Number(step) > field.to - field.from)) {
    throw new Malformed(`has a step that does not fit in the field ${field.name}: ${part}`);
  }
  const [low, high = step === undefined ? low : field.to, more] =
    range === "*" ? [field.from, field.to] : range.split("-").map((text) => numberOf(field, text));
  if (low === undefined || high === undefined || more !== undefined) {
    throw new Malformed(
      `has "${part}" in the field ${field.name}, which takes ${field.from} to ${field.to}${field.names ? ` or ${field.names[0]} to ${field.names.at(-1)}` : ""}`,
    );
  }
  if (low > high) throw new Malformed(`has a range that runs backwards in the field ${field.name}: ${part}`);
  return low === high ? `${low}` : `${low}-${high}${step === undefined ? "" : `/${step}`}`;
}

function numberOf(field: Field, text: string): number | undefined {
  const named = field.names?.indexOf(text) ?? -1;
  if (named >= 0) return named + field.from;
  const number = /^\d{1,4}$/.test(text) ? Number(text) : Number.NaN;
  return number >= field.from && number <= field.to ? number : undefined;
}
