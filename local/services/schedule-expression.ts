import { Temporal } from "temporal-polyfill";
import { CronFields } from "./cron-fields.ts";

/** What a schedule's expression says about time: its occurrences in order. */
export interface ScheduleExpression {
  readonly kind: "at" | "rate" | "cron";
  /** The first occurrence after an instant (epoch milliseconds), if there is one. */
  next(after: number): number | undefined;
}

const UNITS: Record<string, number> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/**
 * Reads `at(2026-11-24T09:00:00)`, `rate(5 minutes)` or `cron(0 9 * * ? *)` as AWS does; throws an Error that says
 * what is wrong. `start` (epoch milliseconds) is the first occurrence of a rate.
 */
export function readExpression(expression: string, zone: string, start: number): ScheduleExpression {
  const [, kind, inner = ""] = /^(at|rate|cron)\((.*)\)$/.exec(expression) ?? [];
  if (kind === "at") return at(inner, zone);
  if (kind === "rate") return rate(inner, start);
  if (kind === "cron") return cron(inner, zone);
  throw new Error("it is neither at(…), rate(…) nor cron(…)");
}

function at(inner: string, zone: string): ScheduleExpression {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$/.test(inner)) throw new Error("a time is yyyy-mm-ddThh:mm:ss");
  const due = instantOf(Temporal.PlainDateTime.from(inner, { overflow: "reject" }), zone);
  return { kind: "at", next: (after) => (due !== undefined && due > after ? due : undefined) };
}

function rate(inner: string, start: number): ScheduleExpression {
  const [, digits = "", unit = "", plural] = /^(\d+) (minute|hour|day)(s?)$/.exec(inner) ?? [];
  const count = Number(digits);
  const size = UNITS[unit];
  if (!size || !(count >= 1) || (count === 1) === (plural === "s")) {
    throw new Error("a rate is a positive number and minute(s), hour(s) or day(s), singular for 1");
  }
  const every = count * size;
  return {
    kind: "rate",
    next: (after) => (after < start ? start : start + (Math.floor((after - start) / every) + 1) * every),
  };
}

/** How many days are looked at for the next occurrence: past this, a combination of fields never comes. */
const HORIZON_DAYS = 40 * 366;

function cron(inner: string, zone: string): ScheduleExpression {
  const fields = new CronFields(inner);
  const next = (after: number): number | undefined => {
    let day = Temporal.Instant.fromEpochMilliseconds(after).toZonedDateTimeISO(zone).toPlainDate();
    for (let looked = 0; looked < HORIZON_DAYS && day.year <= fields.lastYear; looked += 1) {
      if (!fields.year.has(day.year)) {
        day = Temporal.PlainDate.from({ year: day.year + 1, month: 1, day: 1 });
        continue;
      }
      if (fields.matchesDay(day)) {
        const due = firstOf(day, fields, { zone, after });
        if (due !== undefined) return due;
      }
      day = day.add({ days: 1 });
    }
    return undefined;
  };
  return { kind: "cron", next };
}

function firstOf(
  day: Temporal.PlainDate,
  fields: CronFields,
  { zone, after }: { zone: string; after: number },
): number | undefined {
  let first: number | undefined;
  for (const hour of fields.hour) {
    for (const minute of fields.minute) {
      const due = instantOf(day.toPlainDateTime({ hour, minute }), zone);
      // The clock's order is not the order of instants on the day that it goes back, so all are compared.
      if (due !== undefined && due > after && (first === undefined || due < first)) first = due;
    }
  }
  return first;
}

/** A wall-clock time that the zone skips never comes; one that it repeats counts the first time. */
function instantOf(time: Temporal.PlainDateTime, zone: string): number | undefined {
  const zoned = time.toZonedDateTime(zone, { disambiguation: "earlier" });
  return zoned.toPlainDateTime().equals(time) ? zoned.epochMilliseconds : undefined;
}
