import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { birthday, day, moment } from "../core/imports/dates.ts";
import type { ColumnType } from "../core/imports/mapping.ts";
import { amount, boolean, number } from "../core/imports/values.ts";

describe("a birthday is read as people write it", () => {
  test.each([
    ["11-24", { birthday: "11-24" }],
    ["1990-11-24", { birthday: "11-24", birthYear: 1990 }],
    ["1990-11-24 00:00:00", { birthday: "11-24", birthYear: 1990 }],
    ["24/11/1990", { birthday: "11-24", birthYear: 1990 }],
    ["4-5-1990", { birthday: "05-04", birthYear: 1990 }],
    ["24.11.90", { birthday: "11-24" }],
    ["24/11", { birthday: "11-24" }],
    ["19901124", { birthday: "11-24", birthYear: 1990 }],
    ["24 November 1990", { birthday: "11-24", birthYear: 1990 }],
    ["17 Agustus 1985", { birthday: "08-17", birthYear: 1985 }],
    ["5 Mei", { birthday: "05-05" }],
    ["29/02/2000", { birthday: "02-29", birthYear: 2000 }],
  ])("%s", (text, expected) => {
    expect(birthday(text, "day-first")).toEqual(expected);
  });

  test.each([
    "30/02/1990",
    "29/02/2001",
    "00/01/1900",
    "32/01/1990",
    "24/13/1990",
    "soon",
    "11-24-",
    "1990",
    "45555",
  ])("%s is refused", (text) => {
    expect(() => birthday(text, "day-first")).toThrow(/day/);
  });

  test("what could be two days is refused until the column says which", () => {
    expect(() => birthday("04/05/1990")).toThrow(/could mean two days/);
    expect(birthday("04/05/1990", "month-first").birthday).toBe("04-05");
    expect(birthday("04/05/1990", "day-first").birthday).toBe("05-04");
    expect(birthday("24/05/1990").birthday).toBe("05-24");
    expect(birthday("05/24/1990").birthday).toBe("05-24");
  });

  test("every day of a year comes back, in each way of writing it", () => {
    const date = fc.date({ min: new Date("1900-01-01"), max: new Date("2099-12-31"), noInvalidDate: true });
    fc.assert(
      fc.property(date, (date) => {
        const iso = date.toISOString().slice(0, 10);
        const [year, month, dayOfMonth] = iso.split("-");
        const expected = { birthday: iso.slice(5), birthYear: Number(year) };
        expect(birthday(iso)).toEqual(expected);
        expect(birthday(`${dayOfMonth}/${month}/${year}`, "day-first")).toEqual(expected);
        expect(birthday(`${month}/${dayOfMonth}/${year}`, "month-first")).toEqual(expected);
        expect(day(`${dayOfMonth}-${month}-${year}`, "day-first")).toBe(iso);
      }),
    );
  });
});

describe("an amount is read exactly or not at all", () => {
  test.each<[string, string, ColumnType | undefined, number]>([
    ["29.33", "USD", undefined, 2933],
    ["29.3", "USD", undefined, 2930],
    ["0.00", "USD", undefined, 0],
    ["$1,250.50", "USD", undefined, 125050],
    ["25000", "IDR", undefined, 2500000],
    ["Rp 25.000", "IDR", "decimal-comma", 2500000],
    ["1.250.000,50", "IDR", "decimal-comma", 125000050],
    ["25.000", "USD", "decimal", 2500],
    ["1,250", "JPY", "decimal", 1250],
    ["2933", "USD", "minor-units", 2933],
  ])("%s %s as %s is %i", (text, currency, type, expected) => {
    expect(amount(text, currency, type)).toBe(expected);
  });

  test.each<[string, string, ColumnType | undefined]>([
    ["25.000", "IDR", undefined],
    ["1,250", "USD", undefined],
    ["29.333", "USD", "decimal"],
    ["1.5", "JPY", undefined],
    ["-5", "USD", undefined],
    ["1,25.00", "USD", "decimal"],
    ["1.2.3", "USD", "decimal"],
    ["29.33", "USD", "minor-units"],
    ["", "USD", undefined],
    ["free", "USD", undefined],
    ["1e5", "USD", undefined],
    ["99999999999999999999", "USD", undefined],
  ])("%s %s as %s is refused", (text, currency, type) => {
    expect(() => amount(text, currency, type)).toThrow();
  });

  test("every amount comes back, written with either point", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1_000_000_000_00 }), (minor) => {
        const english = (minor / 100).toLocaleString("en", { minimumFractionDigits: 2 });
        const indonesian = (minor / 100).toLocaleString("id", { minimumFractionDigits: 2 });
        expect(amount(english, "USD", "decimal")).toBe(minor);
        expect(amount(indonesian, "IDR", "decimal-comma")).toBe(minor);
      }),
    );
  });
});

describe("a time is read by the clock of the business", () => {
  test.each([
    ["2026-11-24", "2026-11-23T17:00:00.000Z"],
    ["19970101", "1996-12-31T17:00:00.000Z"],
    ["2026-11-24 18:30", "2026-11-24T11:30:00.000Z"],
    ["24/11/2026 18:30:15", "2026-11-24T11:30:15.000Z"],
    ["24/11/2026, 18.30", "2026-11-24T11:30:00.000Z"],
    ["2026-11-24T18:30:00", "2026-11-24T11:30:00.000Z"],
    ["2026-11-24T18:30:00+09:00", "2026-11-24T09:30:00.000Z"],
    ["2026-11-24T18:30:00.5Z", "2026-11-24T18:30:00.500Z"],
  ])("%s", (text, expected) => {
    expect(moment(text, "Asia/Jakarta", "day-first")).toBe(expected);
  });

  test.each([
    "2026-02-30",
    "24/11",
    "2026-11-24 25:00",
    "2026-11-24 18:61",
    "yesterday",
    "2026-11-24x",
    "2026-99-99T00:00:00Z",
  ])("%s is refused", (text) => {
    expect(() => moment(text, "Asia/Jakarta", "day-first")).toThrow(/day or time/);
  });
});

test("yes and no are understood in both languages, and nothing else is", () => {
  expect(["Ya", "yes", "TRUE", "1"].map(boolean)).toEqual([true, true, true, true]);
  expect(["tidak", "No", "false", "0"].map(boolean)).toEqual([false, false, false, false]);
  expect(() => boolean("maybe")).toThrow("must be yes or no");
  expect(number("12.5")).toBe(12.5);
  expect(() => number("12,5")).toThrow();
});
