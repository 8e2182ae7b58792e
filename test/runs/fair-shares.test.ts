import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { BusinessId } from "../../core/ids.ts";
import { FairShares, reservedOfQuota, type Sender } from "../../core/runs/fair-shares.ts";

const biz = (name: string | number) => `biz_${name}` as BusinessId;
const sender = (name: string | number, more: Partial<Sender> = {}): Sender => ({
  business: biz(name),
  outstanding: 0,
  usedToday: 0,
  demand: 5_000,
  ...more,
});
const free = {
  window: 1_000,
  outstanding: 0,
  daily: Number.POSITIVE_INFINITY,
  left: Number.POSITIVE_INFINITY,
};

/** Hands out batches of at most 50 until nothing more may go; returns how many mails each business got. */
function handOut(shares: FairShares, waiting: Record<string, number>): Record<string, number> {
  const left = new Map(Object.entries(waiting));
  const got: Record<string, number> = Object.fromEntries(Object.keys(waiting).map((name) => [name, 0]));
  for (let turn = shares.next(); turn; turn = shares.next()) {
    const name = turn.business;
    const count = Math.min(50, turn.most, left.get(name) ?? 0);
    if (count === 0) shares.hasNothing(name);
    else {
      shares.took(name, count);
      left.set(name, (left.get(name) ?? 0) - count);
      got[name] = (got[name] ?? 0) + count;
    }
  }
  return got;
}

describe("the send rate", () => {
  test("is shared alike by businesses with much to send, and a small one gets all of its own", () => {
    const shares = new FairShares([sender("a"), sender("b"), sender("c", { demand: 20 })], free);
    const got = handOut(shares, { biz_a: 5_000, biz_b: 5_000, biz_c: 20 });

    expect(got.biz_c).toBe(20);
    expect(Math.abs((got.biz_a ?? 0) - (got.biz_b ?? 0))).toBeLessThanOrEqual(50);
    expect(shares.heldByRate).toBe(true);
  });

  test("goes to whoever has little first, however many have much", () => {
    const many = Array.from({ length: 100 }, (_, number) => sender(number));
    const shares = new FairShares([...many, sender("late", { demand: 20 })], { ...free, window: 100 });
    expect(shares.next()).toMatchObject({ business: "biz_late" });
    expect(handOut(shares, { biz_late: 20, biz_0: 5_000, biz_1: 5_000 })).toMatchObject({ biz_late: 20 });
  });

  test("counts what a business has on its way already", () => {
    const shares = new FairShares([sender("a", { outstanding: 900 }), sender("b")], {
      ...free,
      outstanding: 900,
    });
    const got = handOut(shares, { biz_a: 5_000, biz_b: 5_000 });

    expect(got.biz_a).toBe(0);
    expect(got.biz_b).toBeGreaterThan(0);
  });

  test("lets a business begin although others have filled the window, so that it need not wait for the next look", () => {
    const full = { ...free, outstanding: 1_000 };
    const shares = new FairShares([sender("a", { outstanding: 1_000 }), sender("late")], full);

    expect(handOut(shares, { biz_a: 5_000, biz_late: 20 })).toEqual({ biz_a: 0, biz_late: 20 });
  });

  test("goes by the operator's shares, and lends what is not used", () => {
    const senders = [sender("a", { share: 0.6 }), sender("b"), sender("c")];
    const busy = handOut(new FairShares(senders, free), { biz_a: 5_000, biz_b: 5_000, biz_c: 5_000 });
    expect(busy.biz_a).toBeGreaterThanOrEqual(550);
    expect(busy.biz_a).toBeLessThanOrEqual(650);

    const idle = handOut(new FairShares(senders, free), { biz_a: 0, biz_b: 5_000, biz_c: 5_000 });
    expect((idle.biz_b ?? 0) + (idle.biz_c ?? 0)).toBeGreaterThanOrEqual(1_000);
  });
});

describe("the daily quota", () => {
  const day = { window: 100_000, outstanding: 0, daily: 500, left: 500 };

  test("is used but for what is kept for transactional mail and for those who come late with little", () => {
    const got = handOut(new FairShares([sender("a")], day), { biz_a: 3_000 });

    expect(got.biz_a).toBe(500 - reservedOfQuota * 500);
  });

  test("has room for a small business when another has used up the rest", () => {
    const left = reservedOfQuota * 500;
    const shares = new FairShares([sender("a", { usedToday: 455 }), sender("late", { demand: 20 })], {
      ...day,
      left,
    });

    expect(handOut(shares, { biz_a: 2_545, biz_late: 20 })).toEqual({ biz_a: 0, biz_late: 20 });
    expect(shares.heldByQuota).toBe(true);
  });

  test("is kept from a run that has just begun, for a minute: it may have more than is selected so far", () => {
    const left = reservedOfQuota * 500;
    const begun = sender("begun", { demand: 5, isNew: true });
    const shares = new FairShares([begun], { ...day, left });

    expect(handOut(shares, { biz_begun: 5 })).toEqual({ biz_begun: 0 });
    expect(shares).toMatchObject({ heldByRate: true, heldByQuota: false });
  });

  test("keeps that room from many who all have more than a little", () => {
    const many = Array.from({ length: 100 }, (_, number) => sender(number, { demand: 30 }));
    const got = handOut(
      new FairShares(many, day),
      Object.fromEntries(many.map(({ business }) => [business, 30])),
    );

    expect(Object.values(got).reduce((sum, mails) => sum + mails, 0)).toBe(500 - reservedOfQuota * 500);
  });

  test("keeps half of a share whose business has nothing to send yet", () => {
    const absent = [{ share: 0.4, usedToday: 0 }];
    const got = handOut(new FairShares([sender("a")], { ...day, absent }), { biz_a: 3_000 });

    expect(got.biz_a).toBe(500 - reservedOfQuota * 500 - 0.5 * 0.4 * 500);
  });

  test("is never exceeded, nor what is kept for transactional mail touched, whoever asks", () => {
    const senders = fc.uniqueArray(
      fc.record({
        name: fc.nat(20),
        share: fc.option(fc.double({ min: 0.01, max: 0.09, noNaN: true }), { nil: undefined }),
        outstanding: fc.nat(200),
        usedToday: fc.nat(2_000),
        waiting: fc.nat(2_000),
        demand: fc.nat(100),
      }),
      { selector: ({ name }) => name, minLength: 1, maxLength: 10 },
    );
    fc.assert(
      fc.property(senders, fc.integer({ min: 50, max: 5_000 }), fc.nat(5_000), (all, daily, used) => {
        const left = Math.max(0, daily - used);
        const outstanding = all.reduce((sum, one) => sum + one.outstanding, 0);
        const shares = new FairShares(
          all.map(({ name, waiting: _, ...one }) => sender(name, one)),
          { window: 1_000, outstanding, daily, left },
        );
        const got = handOut(shares, Object.fromEntries(all.map((one) => [biz(one.name), one.waiting])));
        const total = Object.values(got).reduce((sum, mails) => sum + mails, 0);

        expect(total).toBeLessThanOrEqual(Math.max(0, left - 0.04 * daily));
        for (const one of all) expect(got[biz(one.name)]).toBeLessThanOrEqual(one.waiting);
      }),
    );
  });
});
