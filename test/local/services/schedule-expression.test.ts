import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readExpression } from "../../../local/services/schedule-expression.ts";

/** The first occurrences after a time, as instants. */
function occurrences(
  expression: string,
  { zone = "UTC", after = "2026-11-24T00:00:00Z", count = 3 } = {},
): string[] {
  const times = readExpression(expression, zone, Date.parse(after));
  const found: string[] = [];
  let from = Date.parse(after);
  while (found.length < count) {
    const next = times.next(from);
    if (next === undefined) break;
    found.push(new Date(next).toISOString().replace(":00.000Z", "Z"));
    from = next;
  }
  return found;
}

describe("cron", () => {
  // 2026-11-24 is a Tuesday.
  test.each<[string, string[]]>([
    ["cron(0 9 * * ? *)", ["2026-11-24T09:00Z", "2026-11-25T09:00Z", "2026-11-26T09:00Z"]],
    ["cron(0/20 8 * * ? *)", ["2026-11-24T08:00Z", "2026-11-24T08:20Z", "2026-11-24T08:40Z"]],
    ["cron(5/25 0 * * ? *)", ["2026-11-24T00:05Z", "2026-11-24T00:30Z", "2026-11-24T00:55Z"]],
    ["cron(0 8-12/2 * * ? *)", ["2026-11-24T08:00Z", "2026-11-24T10:00Z", "2026-11-24T12:00Z"]],
    ["cron(30 7 ? * MON-FRI *)", ["2026-11-24T07:30Z", "2026-11-25T07:30Z", "2026-11-26T07:30Z"]],
    ["cron(30 7 ? * 1 *)", ["2026-11-29T07:30Z", "2026-12-06T07:30Z", "2026-12-13T07:30Z"]],
    ["cron(0 0 L * ? *)", ["2026-11-30T00:00Z", "2026-12-31T00:00Z", "2027-01-31T00:00Z"]],
    ["cron(0 0 ? * 6L *)", ["2026-11-27T00:00Z", "2026-12-25T00:00Z", "2027-01-29T00:00Z"]],
    ["cron(0 0 ? * L *)", ["2026-11-28T00:00Z", "2026-12-05T00:00Z", "2026-12-12T00:00Z"]],
    ["cron(0 0 ? * MON#1 *)", ["2026-12-07T00:00Z", "2027-01-04T00:00Z", "2027-02-01T00:00Z"]],
    ["cron(0 0 ? * 3#5 *)", ["2026-12-29T00:00Z", "2027-03-30T00:00Z", "2027-06-29T00:00Z"]],
    ["cron(0 0 1W * ? *)", ["2026-12-01T00:00Z", "2027-01-01T00:00Z", "2027-02-01T00:00Z"]],
    ["cron(0 0 1W MAY ? 2027)", ["2027-05-03T00:00Z"]],
    ["cron(0 0 31W JAN ? 2027)", ["2027-01-29T00:00Z"]],
    ["cron(0 0 29 2 ? *)", ["2028-02-29T00:00Z", "2032-02-29T00:00Z", "2036-02-29T00:00Z"]],
    ["cron(0 12 1 JAN,jul ? 2027-2028)", ["2027-01-01T12:00Z", "2027-07-01T12:00Z", "2028-01-01T12:00Z"]],
    ["cron(0 0 30 2 ? *)", []],
    ["cron(0 0 1 1 ? 2020)", []],
  ])("%s comes at %j", (expression, expected) => {
    expect(occurrences(expression)).toEqual(expected);
  });

  test("takes the working day next to a weekend, never leaving the month", () => {
    // The 15th is a Saturday in August 2026 and a Sunday in November 2026.
    expect(occurrences("cron(0 0 15W AUG,NOV ? 2026)", { after: "2026-01-01T00:00:00Z" })).toEqual([
      "2026-08-14T00:00Z",
      "2026-11-16T00:00Z",
    ]);
  });

  test("is in its time zone", () => {
    expect(occurrences("cron(0 9 * * ? *)", { zone: "Asia/Jakarta", count: 1 })).toEqual([
      "2026-11-24T02:00Z",
    ]);
  });

  test("leaves out a time that the clocks skip in spring", () => {
    const spring = { zone: "Europe/Berlin", after: "2027-03-27T00:00:00Z" };
    expect(occurrences("cron(30 2 * * ? *)", spring)).toEqual([
      "2027-03-27T01:30Z",
      "2027-03-29T00:30Z",
      "2027-03-30T00:30Z",
    ]);
  });

  test("fires once at a time that the clocks repeat in autumn", () => {
    const autumn = { zone: "Europe/Berlin", after: "2026-10-24T22:00:00Z" };
    expect(occurrences("cron(30 2 * * ? *)", autumn)).toEqual([
      "2026-10-25T00:30Z",
      "2026-10-26T01:30Z",
      "2026-10-27T01:30Z",
    ]);
    expect(occurrences("cron(0/30 2-3 * * ? *)", { ...autumn, count: 5 })).toEqual([
      "2026-10-25T00:00Z",
      "2026-10-25T00:30Z",
      "2026-10-25T02:00Z",
      "2026-10-25T02:30Z",
      "2026-10-26T01:00Z",
    ]);
  });

  test.each([
    "cron(0 9 * * *)",
    "cron(0 9 * * ? * *)",
    "cron(0 9 * * * *)",
    "cron(0 9 ? * ? *)",
    "cron(0 9 1 * MON *)",
    "cron(60 9 * * ? *)",
    "cron(0 24 * * ? *)",
    "cron(0 9 0 * ? *)",
    "cron(0 9 * 13 ? *)",
    "cron(0 9 ? * 0 *)",
    "cron(0 9 ? * 8 *)",
    "cron(0 9 ? * MON#6 *)",
    "cron(0 9 ? * MON#1,TUE#1 *)",
    "cron(0 9 * * ? 1969)",
    "cron(0/0 9 * * ? *)",
    "cron(5-1 9 * * ? *)",
    "cron(0 9 * FOO ? *)",
    "cron(, 9 * * ? *)",
  ])("refuses %s", (expression) => {
    expect(() => occurrences(expression)).toThrow();
  });

  test("finds exactly the minutes at which a plain reading of the fields holds", () => {
    const field = (from: number, to: number) =>
      fc.oneof(
        fc.constant("*"),
        fc.integer({ min: from, max: to }).map(String),
        fc
          .tuple(fc.integer({ min: from, max: to }), fc.integer({ min: 1, max: 7 }))
          .map(([a, b]) => `${a}/${b}`),
      );
    const holds = (text: string, value: number) => {
      const [start, step] = text.split("/");
      if (text === "*") return true;
      if (step === undefined) return value === Number(start);
      return value >= Number(start) && (value - Number(start)) % Number(step) === 0;
    };
    const day = 86_400_000;
    fc.assert(
      fc.property(
        ...[field(0, 59), field(0, 23), field(1, 28), fc.integer({ min: 0, max: 300 * day })],
        (minute, hour, dayOfMonth, offset) => {
          const after = Date.parse("2026-01-01T00:00:00Z") + offset;
          const next =
            readExpression(`cron(${minute} ${hour} ${dayOfMonth} * ? *)`, "UTC", after).next(after) ?? 0;
          let expected = Math.floor(after / 60_000) * 60_000 + 60_000;
          for (;;) {
            const at = new Date(expected);
            if (!holds(dayOfMonth, at.getUTCDate())) expected = Math.floor(expected / day) * day + day;
            else if (holds(hour, at.getUTCHours()) && holds(minute, at.getUTCMinutes())) break;
            else expected += 60_000;
          }
          expect(new Date(next).toISOString()).toBe(new Date(expected).toISOString());
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe("rate", () => {
  test("begins at its start and keeps its interval", () => {
    const times = readExpression("rate(5 minutes)", "UTC", 1_000_000);
    expect([times.next(0), times.next(1_000_000), times.next(1_299_999), times.next(1_300_000)]).toEqual([
      1_000_000, 1_300_000, 1_300_000, 1_600_000,
    ]);
  });

  test.each([
    "rate(1 minutes)",
    "rate(2 minute)",
    "rate(0 days)",
    "rate(-1 days)",
    "rate(1 week)",
    "rate(1.5 hours)",
  ])("refuses %s", (expression) => {
    expect(() => occurrences(expression)).toThrow();
  });
});

describe("at", () => {
  test("comes once, in its time zone", () => {
    expect(occurrences("at(2026-12-01T09:00:00)", { zone: "Asia/Jakarta" })).toEqual(["2026-12-01T02:00Z"]);
  });

  test("never comes when the clocks skip it", () => {
    expect(occurrences("at(2027-03-28T02:30:00)", { zone: "Europe/Berlin" })).toEqual([]);
  });

  test.each(["at(2026-02-30T00:00:00)", "at(2026-12-01)", "at(2026-12-01T09:00:00Z)", "on(monday)"])(
    "refuses %s",
    (expression) => {
      expect(() => occurrences(expression)).toThrow();
    },
  );
});
