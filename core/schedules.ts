import { Temporal } from "temporal-polyfill";
import { z } from "zod";
import type { Locale } from "./businesses.ts";
import { SapaError } from "./errors.ts";
import { reportProblems } from "./forms.ts";
import { cronProblem, nextOnClock } from "./schedules/cron.ts";
import { type Instant, instant, TimeOfDay, type TimeZone } from "./time.ts";

export const Weekday = z.enum(["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]);
export type Weekday = z.infer<typeof Weekday>;

const Daily = z.strictObject({ every: z.literal("day"), at: TimeOfDay });
const Weekly = z.strictObject({
  every: z.literal("week"),
  on: z
    .array(Weekday)
    .min(1)
    .max(7)
    .refine((on) => new Set(on).size === on.length, { error: "must not name a day twice" }),
  at: TimeOfDay,
});
const dayOfMonth = { error: 'must be a day from 1 to 28, or "last"' };
const Monthly = z.strictObject({
  every: z.literal("month"),
  /** Days after the 28th don't come in each month: `last` is the end of every one. */
  day: z.union([z.int(dayOfMonth).min(1, dayOfMonth).max(28, dayOfMonth), z.literal("last")], dayOfMonth),
  at: TimeOfDay,
});
const ByCron = z.strictObject({
  cron: z
    .string()
    .max(100, { abort: true })
    .superRefine((expression, context) => {
      const problem = cronProblem(expression);
      if (problem) context.addIssue({ code: "custom", message: problem });
    })
    .meta({ description: "The six fields of EventBridge Scheduler", example: "0 9 ? * MON-FRI *" }),
});
const Once = z.strictObject({
  once: z
    .string()
    .refine(isClockTime, { error: "must be a day and time such as 2026-12-01T09:00" })
    .meta({ description: "By the clock of the business", example: "2026-12-01T09:00" }),
});

/**
 * When a campaign fires, always by the clock of the business's time zone. A time that the clock skips in spring
 * does not fire; one that it repeats in autumn fires once, as EventBridge Scheduler does it.
 *
 *     { every: "week", on: ["friday"], at: "16:30" }
 *
 * The form is chosen by the key, so that a mistake is reported where it was made and not for all five forms.
 */
export const Schedule = z.preprocess(
  (value, context) => {
    reportProblems(context, { schema: formOf(value), value });
    return value;
  },
  z.union([Daily, Weekly, Monthly, ByCron, Once]),
);
export type Schedule = z.infer<typeof Schedule>;

const periods: ReadonlyMap<unknown, z.ZodType> = new Map<unknown, z.ZodType>([
  ["day", Daily],
  ["week", Weekly],
  ["month", Monthly],
]);

function formOf(value: unknown): z.ZodType {
  if (typeof value !== "object" || value === null)
    return z.object({}, { error: 'must be a schedule such as {"every": "day", "at": "09:00"}' });
  if ("cron" in value) return ByCron;
  if ("once" in value) return Once;
  return (
    ("every" in value && periods.get(value.every)) ||
    z.looseObject({
      every: z.enum(["day", "week", "month"], {
        error: 'must be "day", "week" or "month"; or give cron or once instead',
      }),
    })
  );
}

/** The schedule in the words of EventBridge Scheduler: `cron(…)` or `at(…)`, to go with the business's time zone. */
export const expressionOf = (schedule: Schedule): string =>
  "once" in schedule ? `at(${schedule.once}:00)` : `cron(${cronOf(schedule)})`;

function cronOf(schedule: Exclude<Schedule, { once: string }>): string {
  if ("cron" in schedule) return schedule.cron.trim().replace(/\s+/g, " ").toUpperCase();
  const [hours = 0, minutes = 0] = schedule.at.split(":").map(Number);
  if (schedule.every === "day") return `${minutes} ${hours} * * ? *`;
  if (schedule.every === "month")
    return `${minutes} ${hours} ${schedule.day === "last" ? "L" : schedule.day} * ? *`;
  const on = Weekday.options.filter((day) => schedule.on.includes(day));
  return `${minutes} ${hours} ? * ${on.map((day) => day.slice(0, 3).toUpperCase()).join(",")} *`;
}

/** The first firing strictly after an instant; undefined when the schedule has fired for the last time. */
export function nextFiring(schedule: Schedule, zone: TimeZone, after: Instant): Instant | undefined {
  if ("once" in schedule) {
    const firing = instantOnClock(zone, schedule.once);
    return firing !== undefined && firing > after ? firing : undefined;
  }
  const cron = cronOf(schedule);
  let clock: string | undefined = Temporal.Instant.from(after)
    .toZonedDateTimeISO(zone)
    .toPlainDateTime()
    .toString({ smallestUnit: "second" });
  // A candidate falls away when its time is skipped, or was the first of a repeated hour that is now in its second.
  while (true) {
    clock = nextOnClock(cron, clock);
    if (clock === undefined) return undefined;
    const firing = instantOnClock(zone, clock);
    if (firing !== undefined && firing > after) return firing;
  }
}

/** The instant at which a zone's clock first shows this time; undefined when it skips it. */
function instantOnClock(zone: TimeZone, clock: string): Instant | undefined {
  const wanted = Temporal.PlainDateTime.from(clock);
  const shown = wanted.toZonedDateTime(zone, { disambiguation: "earlier" });
  return shown.toPlainDateTime().equals(wanted) ? instant(shown.epochMilliseconds) : undefined;
}

/** Throws `invalid`, naming the field, when the schedule would never fire from now on. */
export function assertFires(schedule: Schedule, zone: TimeZone, now: Instant): void {
  if (nextFiring(schedule, zone, now) !== undefined) return;
  const [field, message] =
    "once" in schedule
      ? instantOnClock(zone, schedule.once) === undefined
        ? (["schedule.once", `does not exist in ${zone}: the clock is put forward over it`] as const)
        : (["schedule.once", "has already passed"] as const)
      : (["schedule.cron", "never fires again: all its times have passed"] as const);
  throw new SapaError("invalid", "The schedule never fires", [{ field, message }]);
}

/** The schedule in words that fit after "Sent": `every Monday and Friday at 09:00`. */
export function describe(schedule: Schedule, locale: Locale): string {
  const english = locale === "en";
  const clock = (time: string) => (english ? `at ${time}` : `pukul ${time.replace(":", ".")}`);
  if ("once" in schedule) {
    const [day = "", time = ""] = schedule.once.split("T");
    const date = new Intl.DateTimeFormat(english ? "en-GB" : "id", { dateStyle: "long", timeZone: "UTC" });
    return `${english ? "once, on" : "sekali, pada"} ${date.format(new Date(`${day}T00:00Z`))} ${clock(time)}`;
  }
  if ("cron" in schedule)
    return `${english ? "by the cron expression" : "menurut ekspresi cron"} ${cronOf(schedule)}`;
  if (schedule.every === "day") return `${english ? "every day" : "setiap hari"} ${clock(schedule.at)}`;
  if (schedule.every === "month") {
    const day = english
      ? `on the ${schedule.day === "last" ? "last day" : ordinal(schedule.day)} of every month`
      : `setiap ${schedule.day === "last" ? "hari terakhir" : `tanggal ${schedule.day}`} tiap bulan`;
    return `${day} ${clock(schedule.at)}`;
  }
  const named = new Intl.DateTimeFormat(locale, { weekday: "long", timeZone: "UTC" });
  // The 1st of January 2024 was a Monday.
  const days = Weekday.options.flatMap((day, at) =>
    schedule.on.includes(day) ? [named.format(Date.UTC(2024, 0, 1 + at))] : [],
  );
  return `${english ? "every" : "setiap"} ${new Intl.ListFormat(locale).format(days)} ${clock(schedule.at)}`;
}

function ordinal(day: number): string {
  const ending = { one: "st", two: "nd", few: "rd", other: "th", zero: "th", many: "th" };
  return `${day}${ending[new Intl.PluralRules("en", { type: "ordinal" }).select(day)]}`;
}

function isClockTime(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$/.test(text)) return false;
  try {
    // Not "constrain": February 30 is a mistake, not the 28th.
    Temporal.PlainDateTime.from(text, { overflow: "reject" });
    return !text.endsWith("T24:00");
  } catch {
    return false;
  }
}
