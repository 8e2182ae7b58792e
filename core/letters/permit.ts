import type { Deadline } from "../deadline.ts";
import { bulkRate, reserve } from "../rate-limit.ts";
import { reservedOfQuota } from "../runs/fair-shares.ts";
import { accountQuota } from "../ses.ts";

/** What is left of the time when a letter no longer waits for its permit, in milliseconds. */
const reserveMilliseconds = 15_000;

/** True when too little time is left to send another letter. */
export const isLate = (deadline: Deadline): boolean => deadline.remaining() < reserveMilliseconds;

/** SES has not taken the letter, for now: whoever sends it may try again. */
export class NotTaken extends Error {}

/**
 * Waits for a permit of the account's rate, of which all that is sent in bulk leaves some free. It leaves a part of the
 * day's quota as well.
 */
export async function permit(deadline: Deadline, { bulk = false } = {}): Promise<void> {
  const rate = await rateWithinQuota(deadline, bulk);
  for (;;) {
    const perSecond = bulk ? bulkRate(rate) : rate;
    const reserved = await reserve("sending", 1, { perSecond, now: deadline.now });
    await deadline.sleep(reserved.granted ? reserved.wait : Math.min(reserved.wait, 1000));
    if (reserved.granted) return;
    if (isLate(deadline)) throw new NotTaken("There was no permit of the account's rate");
  }
}

/**
 * Takes a permit for somebody who waits for the answer: it is counted like any other, but where none is to be had for
 * now the mail goes by the part of the rate that campaigns leave free.
 */
export async function permitAtOnce(deadline: Deadline): Promise<void> {
  const perSecond = await rateWithinQuota(deadline, false);
  const { granted, wait } = await reserve("sending", 1, { perSecond, now: deadline.now });
  if (granted) await deadline.sleep(wait);
}

async function rateWithinQuota(deadline: Deadline, bulk: boolean): Promise<number> {
  const { rate, left, daily } = await accountQuota(deadline.now());
  const kept = bulk && Number.isFinite(daily) ? reservedOfQuota * daily : 0;
  if (left - kept < 1) throw new NotTaken("The account's daily quota is used up");
  return rate;
}
