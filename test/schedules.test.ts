import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { assertFires, expressionOf, describe as inWords, nextFiring, Schedule } from "../core/schedules.ts";
import { addDays, dayIn, type Instant, instantAt, timeOfDayIn } from "../core/time.ts";

const zones = ["Europe/Berlin", "America/New_York", "Asia/Jakarta", "Pacific/Auckland"];
const now = "2026-11-24T02:00:00.000Z";

const mistakes = (value: unknown) =>
  Schedule.safeParse(value).error?.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);

/** The next `count` firings after an instant. */
function firings(schedule: Schedule, zone: string, after: Instant, count: number): Instant[] {
  const found: Instant[] = [];
  for (let from: Instant | undefined = after; from && found.length < count; ) {
    from = nextFiring(schedule, zone, from);
    if (from) found.push(from);
  }
  return found;
}

describe("what goes to EventBridge Scheduler", () => {
  test.each<[Schedule, string]>([
    [{ every: "day", at: "09:05" }, "cron(5 9 * * ? *)"],
    [{ every: "week", on: ["sunday", "monday"], at: "16:30" }, "cron(30 16 ? * MON,SUN *)"],
    [{ every: "month", day: 1, at: "08:00" }, "cron(0 8 1 * ? *)"],
    [{ every: "month", day: "last", at: "00:00" }, "cron(0 0 L * ? *)"],
    [{ cron: " 0 9  ? * mon-fri * " }, "cron(0 9 ? * MON-FRI *)"],
    [{ once: "2026-12-01T09:00" }, "at(2026-12-01T09:00:00)"],
  ])("%j is %s", (schedule, expression) => {
    expect(expressionOf(Schedule.parse(schedule))).toBe(expression);
  });
});

describe("a mistake is named where it was made", () => {
  test.each<[unknown, string]>([
    ["daily", ': must be a schedule such as {"every": "day", "at": "09:00"}'],
    [null, ': must be a schedule such as {"every": "day", "at": "09:00"}'],
    [{ every: "year" }, 'every: must be "day", "week" or "month"; or give cron or once instead'],
    [{ every: "day", at: "9:00" }, "at: must be a time of day such as 09:00"],
    [{ every: "day", at: "24:00" }, "at: must be a time of day such as 09:00"],
    [{ every: "day", at: "09:00", on: ["monday"] }, "on: does not belong here"],
    [{ every: "week", on: ["monday", "monday"], at: "09:00" }, "on: must not name a day twice"],
    [{ every: "month", day: 29, at: "09:00" }, 'day: must be a day from 1 to 28, or "last"'],
    [{ once: "2026-02-30T09:00" }, "once: must be a day and time such as 2026-12-01T09:00"],
    [{ once: "2026-12-01T24:00" }, "once: must be a day and time such as 2026-12-01T09:00"],
    [{ once: "2026-12-01T09:00Z" }, "once: must be a day and time such as 2026-12-01T09:00"],
    [
      { cron: "0 9 * * MON-FRI" },
      "cron: has 5 fields, not six: minutes hours day-of-month month day-of-week year",
    ],
    [{ cron: "0 9 * * * *" }, "cron: must have ? in exactly one of day of month and day of week"],
    [{ cron: "0 9 ? * ? *" }, "cron: must have ? in exactly one of day of month and day of week"],
    [{ cron: "0 9 1 * MON *" }, "cron: must have ? in exactly one of day of month and day of week"],
    [{ cron: "? 9 1 * ? *" }, 'cron: has "?" in the field minutes, which takes 0 to 59'],
    [{ cron: "0 24 1 * ? *" }, 'cron: has "24" in the field hours, which takes 0 to 23'],
    [{ cron: "0 9 ? * 0 *" }, 'cron: has "0" in the field day of week, which takes 1 to 7 or SUN to SAT'],
    [
      { cron: "0 9 ? * FRI-MON *" },
      "cron: has a range that runs backwards in the field day of week: FRI-MON",
    ],
    [{ cron: "0/0 9 1 * ? *" }, "cron: has a step that does not fit in the field minutes: 0/0"],
    [{ cron: "0 9 L,1 * ? *" }, 'cron: has "L" in the field day of month, which takes 1 to 31'],
    [{ cron: "0 9 30 2 ? *" }, "cron: never fires: no such day exists"],
    [{ cron: "0 9 31 APR,JUN,SEP,NOV ? *" }, "cron: never fires: no such day exists"],
    [{ cron: "0 9 29 2 ? 2027" }, "cron: never fires: no such day exists"],
  ])("%j", (value, mistake) => {
    expect(mistakes(value)).toEqual([mistake]);
  });

  test("an endless cron expression is refused for its length", () => {
    expect(mistakes({ cron: "1,".repeat(500_000) })).toHaveLength(1);
  });
});

describe("a schedule that will never fire again is refused", () => {
  test.each<[Schedule, string, string]>([
    [{ once: "2026-11-24T09:00" }, "Asia/Jakarta", "schedule.once"],
    [{ cron: "0 9 ? * MON 2025" }, "Asia/Jakarta", "schedule.cron"],
    // Clocks go forward from 02:00 to 03:00 on that night.
    [{ once: "2027-03-28T02:30" }, "Europe/Berlin", "schedule.once"],
    [{ cron: "30 2 28 3 ? 2027" }, "Europe/Berlin", "schedule.cron"],
  ])("%j in %s", (schedule, zone, field) => {
    expect(() => assertFires(schedule, zone, now)).toThrow(
      expect.objectContaining({ code: "invalid", problems: [expect.objectContaining({ field })] }),
    );
  });

  test("one that fires a minute from now is not", () => {
    assertFires({ once: "2026-11-24T09:01" }, "Asia/Jakarta", now);
    assertFires({ cron: "0 9 29 2 ? 2028" }, "Asia/Jakarta", now);
  });
});

describe("AWS's cron, read as AWS reads it", () => {
  test.each<[string, string[]]>([
    ["0 9 ? * 1 *", ["2026-11-29", "2026-12-06"]], // 1 is Sunday
    ["0 9 ? * L *", ["2026-11-28", "2026-12-05"]], // the last day of the week is Saturday
    ["0 9 ? * 6L *", ["2026-11-27", "2026-12-25"]], // the last Friday of the month
    ["0 9 ? * TUE#2 *", ["2026-12-08", "2027-01-12"]],
    ["0 9 ? * 3#5 *", ["2026-12-29", "2027-03-30"]],
    ["0 9 L * ? *", ["2026-11-30", "2026-12-31"]],
    ["0 9 15W * ? *", ["2026-12-15", "2027-01-15"]],
    ["0 9 1W 8 ? *", ["2027-08-02", "2028-08-01"]], // the 1st is a Sunday: not back into July
    ["0 9 31 * ? *", ["2026-12-31", "2027-01-31"]],
    ["0 9 29 2 ? *", ["2028-02-29", "2032-02-29"]],
    ["0 9 1 1 ? 2028/2", ["2028-01-01", "2030-01-01"]],
    ["0 9 1/14 * ? *", ["2026-11-29", "2026-12-01"]],
    ["0 9 ? JAN-MAR MON-WED/2 *", ["2027-01-04", "2027-01-06"]],
  ])("%s", (cron, days) => {
    expect(firings({ cron }, "Asia/Jakarta", "2026-11-24T02:00:00.000Z", 2)).toEqual(
      days.map((day) => `${day}T02:00:00.000Z`),
    );
  });

  test("minutes may step from any minute", () => {
    expect(firings({ cron: "5/20 9 * * ? *" }, "Asia/Jakarta", now, 4)).toEqual([
      "2026-11-24T02:05:00.000Z",
      "2026-11-24T02:25:00.000Z",
      "2026-11-24T02:45:00.000Z",
      "2026-11-25T02:05:00.000Z",
    ]);
  });
});

describe("when clocks change", () => {
  test("a time that is skipped in spring does not fire that day", () => {
    expect(firings({ every: "day", at: "02:30" }, "Europe/Berlin", "2027-03-27T00:00:00.000Z", 3)).toEqual([
      "2027-03-27T01:30:00.000Z",
      "2027-03-29T00:30:00.000Z",
      "2027-03-30T00:30:00.000Z",
    ]);
  });

  test("a time that is repeated in autumn fires once", () => {
    expect(firings({ every: "day", at: "01:30" }, "America/New_York", "2026-10-31T12:00:00.000Z", 2)).toEqual(
      ["2026-11-01T05:30:00.000Z", "2026-11-02T06:30:00.000Z"],
    );
  });

  test("in the second of a repeated hour, what fired in the first is over", () => {
    // 02:10 for the second time.
    expect(nextFiring({ every: "day", at: "02:30" }, "Europe/Berlin", "2026-10-25T01:10:00.000Z")).toBe(
      "2026-10-26T01:30:00.000Z",
    );
  });

  test("each half of a repeated hour fires once", () => {
    expect(firings({ cron: "0/30 * * * ? *" }, "Europe/Berlin", "2026-10-24T23:59:00.000Z", 5)).toEqual([
      "2026-10-25T00:00:00.000Z",
      "2026-10-25T00:30:00.000Z",
      "2026-10-25T02:00:00.000Z",
      "2026-10-25T02:30:00.000Z",
      "2026-10-25T03:00:00.000Z",
    ]);
  });

  test("nine o'clock stays nine o'clock", () => {
    const around = firings({ every: "day", at: "09:00" }, "Europe/Berlin", "2027-03-26T12:00:00.000Z", 3);
    expect(around.map((at) => at.slice(5, 16))).toEqual(["03-27T08:00", "03-28T07:00", "03-29T07:00"]);
  });
});

const minute = 60_000;
const anyInstant = fc
  .integer({ min: Date.UTC(2026, 0) / minute, max: Date.UTC(2030, 0) / minute })
  .map((minutes) => new Date(minutes * minute).toISOString());
const anyTime = fc.tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 })).map((parts) => {
  return parts.map((part) => String(part).padStart(2, "0")).join(":");
});
const anyZone = fc.constantFrom(...zones);
const weekdays = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] as const;
const anySchedule: fc.Arbitrary<Schedule> = fc.oneof(
  fc.record({ every: fc.constant("day" as const), at: anyTime }),
  fc.record({
    every: fc.constant("week" as const),
    on: fc.subarray([...weekdays], { minLength: 1 }),
    at: anyTime,
  }),
  fc.record({
    every: fc.constant("month" as const),
    day: fc.oneof(fc.integer({ min: 1, max: 28 }), fc.constant("last" as const)),
    at: anyTime,
  }),
);

/** Whether a schedule names this local day, by a calendar that knows nothing of cron. */
function names(schedule: Schedule, day: string): boolean {
  if (!("every" in schedule)) return false;
  const date = new Date(`${day}T00:00:00Z`);
  if (schedule.every === "week")
    return schedule.on.includes(weekdays[(date.getUTCDay() + 6) % 7] ?? "monday");
  if (schedule.every === "month") {
    const tomorrow = new Date(date.getTime() + 86_400_000).getUTCDate();
    return schedule.day === "last" ? tomorrow === 1 : date.getUTCDate() === schedule.day;
  }
  return true;
}

test("the next firing shows the scheduled time on the business's clock, on a day that the schedule names", () => {
  fc.assert(
    fc.property(anySchedule, anyZone, anyInstant, (schedule, zone, after) => {
      const firing = nextFiring(Schedule.parse(schedule), zone, after);
      if (firing === undefined || !("at" in schedule)) throw new Error("does not fire");
      expect(firing > after).toBe(true);
      expect(timeOfDayIn(zone, firing)).toBe(schedule.at);
      expect(names(schedule, dayIn(zone, firing))).toBe(true);
    }),
  );
});

test("no day that the schedule names is passed over, unless its clock skips the time", () => {
  fc.assert(
    fc.property(anySchedule, anyZone, anyInstant, (schedule, zone, after) => {
      const firing = nextFiring(schedule, zone, after);
      if (firing === undefined || !("at" in schedule)) throw new Error("does not fire");
      for (let day = dayIn(zone, after); day <= dayIn(zone, firing); day = addDays(day, 1)) {
        const at = instantAt(zone, day, schedule.at);
        const skipped = timeOfDayIn(zone, at) !== schedule.at;
        if (names(schedule, day) && !skipped) expect(at <= after || at >= firing).toBe(true);
      }
    }),
  );
});

describe("in words", () => {
  test.each<[Schedule, string, string]>([
    [{ every: "day", at: "09:00" }, "every day at 09:00", "setiap hari pukul 09.00"],
    [
      { every: "week", on: ["friday", "monday"], at: "16:30" },
      "every Monday and Friday at 16:30",
      "setiap Senin dan Jumat pukul 16.30",
    ],
    [
      { every: "month", day: 22, at: "08:00" },
      "on the 22nd of every month at 08:00",
      "setiap tanggal 22 tiap bulan pukul 08.00",
    ],
    [
      { every: "month", day: "last", at: "08:00" },
      "on the last day of every month at 08:00",
      "setiap hari terakhir tiap bulan pukul 08.00",
    ],
    [
      { once: "2026-12-01T09:00" },
      "once, on 1 December 2026 at 09:00",
      "sekali, pada 1 Desember 2026 pukul 09.00",
    ],
    [
      { cron: "0 9 ? * MON *" },
      "by the cron expression 0 9 ? * MON *",
      "menurut ekspresi cron 0 9 ? * MON *",
    ],
  ])("%j", (schedule, english, indonesian) => {
    expect(inWords(schedule, "en")).toBe(english);
    expect(inWords(schedule, "id")).toBe(indonesian);
  });
});
