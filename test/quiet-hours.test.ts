import fc from "fast-check";
import { expect, test } from "vitest";
import { quietUntil } from "../core/quiet-hours.ts";
import { addSeconds, instant, timeOfDayIn } from "../core/time.ts";

const jakarta = { timeZone: "Asia/Jakarta", quietHours: { from: "21:00", to: "08:00" } };

test.each([
  ["just before they begin", "2026-11-24T13:59:00.000Z", undefined],
  ["when they begin", "2026-11-24T14:00:00.000Z", "2026-11-25T01:00:00.000Z"],
  ["after midnight", "2026-11-24T20:00:00.000Z", "2026-11-25T01:00:00.000Z"],
  ["when they end", "2026-11-25T01:00:00.000Z", undefined],
])("quiet hours over midnight: %s", (_, now, until) => {
  expect(quietUntil(jakarta, now)).toBe(until);
});

test("quiet hours within one day end on that day", () => {
  const siesta = { timeZone: "Europe/Madrid", quietHours: { from: "14:00", to: "17:00" } };
  expect(quietUntil(siesta, "2026-07-01T12:30:00.000Z")).toBe("2026-07-01T15:00:00.000Z");
  expect(quietUntil(siesta, "2026-07-01T15:30:00.000Z")).toBeUndefined();
});

test("a business without quiet hours is never quiet", () => {
  expect(quietUntil({ timeZone: "Asia/Jakarta" }, "2026-11-24T20:00:00.000Z")).toBeUndefined();
});

test("quiet hours that begin again when the clock goes back end after now", () => {
  // Berlin, 2026-10-25: 02:30 comes at 00:30 UTC and again at 01:30 UTC.
  const berlin = { timeZone: "Europe/Berlin", quietHours: { from: "22:00", to: "02:30" } };
  expect(quietUntil(berlin, "2026-10-25T00:20:00.000Z")).toBe("2026-10-25T00:30:00.000Z");
  expect(quietUntil(berlin, "2026-10-25T00:45:00.000Z")).toBeUndefined();
  expect(quietUntil(berlin, "2026-10-25T01:10:20.500Z")).toBe("2026-10-25T01:30:00.000Z");
});

const minute = fc.integer({ min: 0, max: 24 * 60 - 1 }).map((minutes) => {
  const two = (number: number) => String(number).padStart(2, "0");
  return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
});
const zones = [
  "Asia/Jakarta",
  "Asia/Jayapura",
  "Asia/Kathmandu",
  "Europe/Berlin",
  "America/St_Johns",
  "Australia/Lord_Howe", // goes back by half an hour
  "Africa/Casablanca",
  "Pacific/Kiritimati",
  "Pacific/Pago_Pago",
];
const hours = fc
  .record({ from: minute, to: minute })
  .filter(({ from, to }) => from !== to)
  .chain((quietHours) => fc.constantFrom(...zones).map((timeZone) => ({ timeZone, quietHours })));
// Anywhere in two years, and again and again near the changes of Europe's and Lord Howe's clocks.
const moment = fc.oneof(
  fc.integer({ min: Date.parse("2026-01-01"), max: Date.parse("2028-01-01") }),
  fc.integer({ min: Date.parse("2026-10-24T20:00Z"), max: Date.parse("2026-10-25T06:00Z") }),
  fc.integer({ min: Date.parse("2026-03-28T20:00Z"), max: Date.parse("2026-03-29T06:00Z") }),
  fc.integer({ min: Date.parse("2026-04-04T10:00Z"), max: Date.parse("2026-04-04T20:00Z") }),
);

test("mail waits exactly while the clock of the zone is within the quiet hours, and never for long", () => {
  fc.assert(
    fc.property(hours, moment, (place, at) => {
      const now = instant(at);
      const { from, to } = place.quietHours;
      const time = timeOfDayIn(place.timeZone, now);
      const within = from < to ? from <= time && time < to : !(to <= time && time < from);
      const until = quietUntil(place, now);

      expect(until !== undefined).toBe(within);
      if (until === undefined) return;
      expect(until > now).toBe(true);
      expect(until <= addSeconds(now, 26 * 3600)).toBe(true);
      expect(quietUntil(place, until)).toBeUndefined();
    }),
    { numRuns: 1000 },
  );
});
