import { expect, test } from "vitest";
import { quietUntil } from "../core/quiet-hours.ts";

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
