import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ineligible, type Question, withSend } from "../core/eligibility.ts";
import { addSeconds } from "../core/time.ts";
import { aCustomer } from "./support/customer.ts";

const now = "2026-11-24T02:00:00.000Z";
const question: Question = { topic: "birthday", cap: {}, now, today: "2026-11-24" };
const hoursAgo = (hours: number) => addSeconds(now, -hours * 3600);

describe("a customer is mailed", () => {
  test("when subscribed, with an address, and nothing against it", () => {
    expect(ineligible(aCustomer(), question)).toBeUndefined();
  });

  test("on a topic that they never turned off", () => {
    expect(ineligible(aCustomer({ topics: { offers: false } }), question)).toBeUndefined();
  });

  test("again from the day on that their pause ends", () => {
    expect(ineligible(aCustomer({ pausedUntil: "2026-11-25" }), question)).toBe("paused");
    expect(ineligible(aCustomer({ pausedUntil: "2026-11-24" }), question)).toBeUndefined();
  });
});

describe("a customer is skipped", () => {
  test.each([
    ["no-email", { email: undefined }],
    ["suppressed", { suppressed: "bounce" }],
    ["not-confirmed", { consent: "pending" }],
    ["unsubscribed", { consent: "unsubscribed" }],
    ["topic-off", { topics: { birthday: false } }],
  ] as const)("for the reason %s", (reason, difference) => {
    expect(ineligible(aCustomer(difference), question)).toBe(reason);
  });

  test.each([
    ["a day", { perDay: 1 }, 23.9, 24.1],
    ["a week", { perWeek: 1 }, 7 * 24 - 0.1, 7 * 24 + 0.1],
    ["a month of 30 days", { perMonth: 1 }, 30 * 24 - 0.1, 30 * 24 + 0.1],
    ["the minimum gap", { minimumGapHours: 6 }, 5.9, 6.1],
  ] as const)("when %s holds as many mails as the cap allows", (_, cap, within, beyond) => {
    const mailed = (hours: number) => aCustomer({ recentSends: [hoursAgo(hours)] });
    expect(ineligible(mailed(within), { ...question, cap })).toBe("frequency-cap");
    expect(ineligible(mailed(beyond), { ...question, cap })).toBeUndefined();
  });

  test("when a run that is late would come beside a mail that overtook it", () => {
    const overtaken = aCustomer({ recentSends: [addSeconds(now, 3600)] });
    expect(ineligible(overtaken, { ...question, cap: { perDay: 1 } })).toBe("frequency-cap");
  });
});

test("the kept sends are in order, and none is older than any cap looks back", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -60 * 24, max: 0 }), { maxLength: 40 }), (hours) => {
      let sends: string[] = [];
      for (const hour of [...hours].sort((a, b) => a - b)) sends = withSend(sends, hoursAgo(-hour));
      const last = sends.at(-1);
      expect(sends).toEqual([...sends].sort());
      if (last) {
        for (const sent of sends) {
          expect(Date.parse(last) - Date.parse(sent)).toBeLessThan(30 * 24 * 3_600_000);
        }
      }
    }),
  );
});
