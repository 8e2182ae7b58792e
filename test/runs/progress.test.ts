import fc from "fast-check";
import { expect, test } from "vitest";
import type { Books } from "../../core/runs/books.ts";
import { type Circumstances, progressOf } from "../../core/runs/progress.ts";
import { addSeconds } from "../../core/time.ts";

const now = "2026-11-24T02:10:00.000Z";
const usual: Circumstances = { now, account: { rate: 14, left: 50_000 } };
const someBooks = (difference: Partial<Books> = {}): Books => ({
  selected: 4_200,
  accepted: 3_000,
  skipped: { unsubscribed: 200 },
  failed: {},
  unknown: 0,
  waiting: 1_000,
  shardsSelected: 16,
  finished: false,
  firstAcceptedAt: addSeconds(now, -300),
  lastAcceptedAt: now,
  ...difference,
});

test("the rate is what SES accepted a second, and the end follows from it", () => {
  expect(progressOf(someBooks(), usual)).toEqual({ perSecond: 10, estimatedEnd: addSeconds(now, 100) });
});

test("until there is a rate of its own, the end follows from the account's, less what campaigns leave free", () => {
  const early = someBooks({ accepted: 50, firstAcceptedAt: addSeconds(now, -4) });
  expect(progressOf(early, usual)).toEqual({ estimatedEnd: addSeconds(now, Math.ceil(1000 / 13)) });
});

test("quiet hours put the end off", () => {
  const quietUntil = addSeconds(now, 3600);
  expect(progressOf(someBooks(), { ...usual, quietUntil })).toEqual({
    perSecond: 10,
    heldBy: "quiet-hours",
    estimatedEnd: addSeconds(now, 3700),
  });
});

test("no end is promised for more mail than the day's quota allows", () => {
  expect(progressOf(someBooks(), { ...usual, account: { rate: 14, left: 999 } })).toEqual({
    perSecond: 10,
    heldBy: "daily-quota",
  });
});

test("while SES can't be asked, the end follows from the run's own rate alone", () => {
  expect(progressOf(someBooks(), { now })).toEqual({ perSecond: 10, estimatedEnd: addSeconds(now, 100) });
  expect(progressOf(someBooks({ firstAcceptedAt: now }), { now })).toEqual({});
});

test("before anyone is chosen there is nothing to tell but that", () => {
  const {
    firstAcceptedAt: _,
    lastAcceptedAt: __,
    ...empty
  } = someBooks({ selected: 0, accepted: 0, waiting: 0 });
  expect(progressOf(empty, usual)).toEqual({ heldBy: "selection" });
});

test("an end is never in the past, and is there whenever someone waits and the quota allows it", () => {
  const count = fc.integer({ min: 0, max: 1_000_000 });
  fc.assert(
    fc.property(count, count, fc.integer({ min: 0, max: 86_400 }), count, (accepted, waiting, span, left) => {
      const books = someBooks({ accepted, waiting, firstAcceptedAt: addSeconds(now, -span) });
      const { estimatedEnd } = progressOf(
        accepted > 0 ? books : ({ ...books, lastAcceptedAt: undefined } as Books),
        {
          now,
          account: { rate: 1, left },
        },
      );
      expect(estimatedEnd !== undefined).toBe(waiting > 0 && waiting <= left);
      if (estimatedEnd) expect(estimatedEnd > now).toBe(true);
    }),
  );
});
