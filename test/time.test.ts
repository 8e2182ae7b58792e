import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as time from "../core/time.ts";

const zones = [
  "Asia/Jakarta",
  "Europe/Berlin",
  "America/New_York",
  "Pacific/Auckland",
  "America/Sao_Paulo",
  "UTC",
];
const anyZone = fc.constantFrom(...zones);
const anyInstant = fc
  .date({ min: new Date("2000-01-01"), max: new Date("2040-01-01"), noInvalidDate: true })
  .map((date) => date.toISOString());
const anyDay = anyInstant.map((at) => at.slice(0, 10));
const anyRule = fc.constantFrom(...time.LeapDayRule.options);

describe("February 29 in common years", () => {
  test("by one rule it is celebrated on the 28th", () => {
    expect(time.birthdaysCelebratedOn("2027-02-28", "february-28")).toEqual(["02-28", "02-29"]);
    expect(time.birthdaysCelebratedOn("2027-03-01", "february-28")).toEqual(["03-01"]);
  });

  test("by the other on March 1st", () => {
    expect(time.birthdaysCelebratedOn("2027-02-28", "march-1")).toEqual(["02-28"]);
    expect(time.birthdaysCelebratedOn("2027-03-01", "march-1")).toEqual(["03-01", "02-29"]);
  });

  test.each(time.LeapDayRule.options)("in leap years it is its own day, by the rule %s too", (rule) => {
    expect(time.birthdaysCelebratedOn("2028-02-28", rule)).toEqual(["02-28"]);
    expect(time.birthdaysCelebratedOn("2028-02-29", rule)).toEqual(["02-29"]);
    expect(time.birthdaysCelebratedOn("2028-03-01", rule)).toEqual(["03-01"]);
  });

  test("1900 and 2100 are common years, 2000 is not", () => {
    expect(time.birthdaysCelebratedOn("2100-02-28", "february-28")).toContain("02-29");
    expect(time.birthdaysCelebratedOn("2000-02-28", "february-28")).toEqual(["02-28"]);
  });
});

test("every birthday is celebrated exactly once a year, whatever the year and the rule", () => {
  const birthdays = Array.from({ length: 366 }, (_, at) => time.addDays("2024-01-01", at).slice(5));
  fc.assert(
    fc.property(fc.integer({ min: 1990, max: 2110 }), anyRule, (year, rule) => {
      const celebrated: string[] = [];
      for (let day = `${year}-01-01`; day.startsWith(`${year}`); day = time.addDays(day, 1)) {
        celebrated.push(...time.birthdaysCelebratedOn(day, rule));
      }
      expect(celebrated.sort()).toEqual(birthdays);
    }),
    { numRuns: 12 },
  );
});

describe("days of the year", () => {
  test.each(["01-01", "02-28", "02-29", "12-31", "11-24"])("%s is one", (day) => {
    expect(time.MonthDay.parse(day)).toBe(day);
  });
  test.each(["02-30", "04-31", "13-01", "00-10", "1-1", "11/24", "2026-11-24", "11-24 ", "", "١١-٢٤"])(
    '"%s" is not',
    (day) => {
      expect(time.MonthDay.safeParse(day).error?.issues[0]?.message).toBe(
        "must be a day of the year, MM-DD, such as 11-24",
      );
    },
  );
});

describe("time zones", () => {
  test.each(["Asia/Jakarta", "Asia/Makassar", "America/Argentina/Buenos_Aires", "UTC"])(
    "%s is one",
    (zone) => {
      expect(time.TimeZone.safeParse(zone).success).toBe(true);
    },
  );
  test.each(["Asia/Bandung", "+07:00", "WIB+7", "", " Asia/Jakarta", "../etc/passwd"])(
    '"%s" is not',
    (zone) => {
      expect(time.TimeZone.safeParse(zone).success).toBe(false);
    },
  );
});

describe("instants", () => {
  test("another offset becomes UTC, so that instants sort as text", () => {
    expect(time.Instant.parse("2026-11-24T09:00:00+07:00")).toBe("2026-11-24T02:00:00.000Z");
  });
  test.each(["2026-11-24", "2026-11-24T09:00:00", "2026-02-30T09:00:00Z", "yesterday"])(
    "%s is not one",
    (text) => {
      expect(time.Instant.safeParse(text).success).toBe(false);
    },
  );
});

describe("days by the business's clock", () => {
  test("an evening in UTC is already tomorrow in Jakarta and still today in New York", () => {
    expect(time.dayIn("Asia/Jakarta", "2026-11-24T17:00:00.000Z")).toBe("2026-11-25");
    expect(time.dayIn("America/New_York", "2026-11-24T17:00:00.000Z")).toBe("2026-11-24");
  });

  test("a day begins at one o'clock where the clock skips midnight", () => {
    expect(time.startOfDay("America/Sao_Paulo", "2018-11-04")).toBe("2018-11-04T03:00:00.000Z");
    expect(time.timeOfDayIn("America/Sao_Paulo", "2018-11-04T03:00:00.000Z")).toBe("01:00");
  });

  test("a day begins at its first midnight where the clock shows two", () => {
    // Clocks in Havana go back from 01:00 to 00:00.
    expect(time.startOfDay("America/Havana", "2026-11-01")).toBe("2026-11-01T04:00:00.000Z");
  });

  test("the start of a day is on that day, and the instant before is not", () => {
    fc.assert(
      fc.property(anyZone, anyDay, (zone, day) => {
        const start = time.startOfDay(zone, day);
        expect(time.dayIn(zone, start)).toBe(day);
        expect(time.dayIn(zone, time.instant(Date.parse(start) - 1)) < day).toBe(true);
      }),
    );
  });

  test("whole days between two instants never depend on their time of day", () => {
    fc.assert(
      fc.property(anyZone, anyInstant, anyInstant, (zone, one, other) => {
        const days = time.daysBetween(time.dayIn(zone, one), time.dayIn(zone, other));
        expect(time.addDays(time.dayIn(zone, one), days)).toBe(time.dayIn(zone, other));
      }),
    );
  });

  test("adding days and counting them are inverse", () => {
    fc.assert(
      fc.property(anyDay, fc.integer({ min: -5000, max: 5000 }), (day, days) => {
        expect(time.daysBetween(day, time.addDays(day, days))).toBe(days);
      }),
    );
  });

  test("a wall-clock time that a zone skips moves forward", () => {
    expect(time.instantAt("Europe/Berlin", "2027-03-28", "02:30")).toBe("2027-03-28T01:30:00.000Z");
    expect(time.timeOfDayIn("Europe/Berlin", "2027-03-28T01:30:00.000Z")).toBe("03:30");
  });
});
