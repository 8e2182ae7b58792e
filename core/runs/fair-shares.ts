import type { BusinessId } from "../ids.ts";

/** What a business has of the account's sending, in mails, when batches are handed out. */
export type Sender = {
  business: BusinessId;
  /** The share of rate and quota, 0 to 1, that the operator keeps for it. */
  share?: number | undefined;
  /** Mails of it that are on their way. */
  outstanding: number;
  /** Mails of it that were handed out in the last 24 hours, those on their way among them. */
  usedToday: number;
  /** Those, and what waits to go now, as far as it was counted: beyond `littleOf` it makes no difference. */
  demand: number;
  /** Its run has just begun: more of it may still be selected, so that nobody knows whether it is little. */
  isNew?: boolean;
};

/** What the account may still take. */
export type Capacity = {
  /** Mails that may be on their way at once: what the rate allows in the next minute or two. */
  window: number;
  /** Mails on their way, of all businesses. */
  outstanding: number;
  /** Mails in 24 hours, and how many of them are left once all that is on its way is sent. */
  daily: number;
  left: number;
  /** Shares of the quota that are kept for businesses with nothing to send now, and what those have used of theirs. */
  absent?: readonly { share: number; usedToday: number }[];
};

/** Of each day's quota, for mail that answers one person: confirmations, test mails. */
const transactionalReserve = 0.04;
/** Of each day's quota, for businesses that come late with little when others have used up the rest. */
const smallReserve = 0.05;
/** What campaigns leave of each day's quota. */
export const reservedOfQuota = transactionalReserve + smallReserve;
/** So many mails in 24 hours are little: they go before others', and such a business waits for no large one. */
const smallMails = 25;
/** So many, as a part of the quota, are little enough for the reserve. */
const smallPart = 0.01;
/** Up to how many mails in 24 hours a business may have, and still come with little. */
export const littleOf = (daily: number): number =>
  Number.isFinite(daily) ? Math.max(smallMails, smallPart * daily) : smallMails;
/** A share that its business does not use is lent to others but for this part: what is lent comes back a day later. */
const keptOfShare = 0.5;
/** How far the window may be exceeded for businesses of which nothing is on its way, so that they need not wait. */
const windowForNewcomers = 1.2;

type State = Sender & { taken: number; weight: number; isDone: boolean };

/**
 * Decides whose mail goes next, batch by batch: whoever has little before all others, else the business that has had
 * least for its weight. Shares that nobody uses are lent. Of the daily quota a part is kept for transactional mail, and a part for those who come late with little.
 *
 *     for (let sender = shares.next(); sender; sender = shares.next()) …
 */
export class FairShares {
  readonly #senders: State[];
  readonly #shareholders: State[];
  readonly #byBusiness: Map<BusinessId, State>;
  readonly #capacity: Capacity;
  #taken = 0;
  /** Whether something has to wait for the rate, so that it may go in a minute, or for the quota. */
  heldByRate = false;
  heldByQuota = false;

  constructor(senders: readonly Sender[], capacity: Capacity) {
    const assigned = senders.reduce((sum, { share = 0 }) => sum + share, 0);
    const others = senders.filter(({ share }) => share === undefined).length;
    const rest = Math.max(0.01, 1 - assigned) / Math.max(1, others);
    this.#capacity = capacity;
    this.#senders = senders.map((sender) => ({
      ...sender,
      taken: 0,
      weight: sender.share ?? rest,
      isDone: false,
    }));
    this.#byBusiness = new Map(this.#senders.map((sender) => [sender.business, sender]));
    this.#shareholders = this.#senders.filter(({ share }) => share !== undefined);
  }

  /**
   * The business whose turn it is, how many mails it may send at most, and whether it has little, which waits for nobody
   * else's; nothing when there is no room for anyone.
   */
  next(): { business: BusinessId; most: number; hasLittle: boolean } | undefined {
    for (;;) {
      const sender = this.#neediest();
      if (!sender) return undefined;
      const most = this.#quotaOf(sender);
      if (most >= 1)
        return { business: sender.business, most: Math.floor(most), hasLittle: hasLittle(sender) };
      // In a minute it is known.
      if (sender.isNew && sender.demand <= littleOf(this.#capacity.daily)) this.heldByRate = true;
      else this.heldByQuota = true;
      sender.isDone = true;
    }
  }

  took(business: BusinessId, mails: number): void {
    const sender = this.#of(business);
    sender.taken += mails;
    this.#taken += mails;
  }

  /** It has nothing (more) to send. */
  hasNothing(business: BusinessId): void {
    this.#of(business).isDone = true;
  }

  #of(business: BusinessId): State {
    const sender = this.#byBusiness.get(business);
    if (!sender) throw new Error(`${business} is not among the senders`);
    return sender;
  }

  #neediest(): State | undefined {
    const ahead = this.#capacity.outstanding + this.#taken;
    const { window } = this.#capacity;
    let neediest: State | undefined;
    for (const sender of this.#senders) {
      if (sender.isDone) continue;
      const isNewcomer = sender.outstanding + sender.taken === 0;
      if (ahead >= window * (isNewcomer ? windowForNewcomers : 1)) this.heldByRate = true;
      else if (!neediest || goesBefore(sender, neediest)) neediest = sender;
    }
    return neediest;
  }

  #quotaOf(sender: State): number {
    const { daily, left } = this.#capacity;
    if (daily === Number.POSITIVE_INFINITY) return Number.POSITIVE_INFINITY;
    const free = left - this.#taken - transactionalReserve * daily;
    const kept = [...this.#shareholders, ...(this.#capacity.absent ?? [])]
      .map((one) => (one === sender ? 0 : keptFor(one, daily)))
      .reduce((sum, mails) => sum + mails, 0);
    const general = free - kept - smallReserve * daily;
    return sender.demand <= littleOf(daily) && !sender.isNew ? Math.max(general, free - kept) : general;
  }
}

const goesBefore = (one: State, other: State): boolean =>
  hasLittle(one) === hasLittle(other) ? served(one) < served(other) : hasLittle(one);

const hasLittle = ({ demand }: State): boolean => demand <= smallMails;

const served = ({ outstanding, taken, weight }: State): number => (outstanding + taken) / weight;

function keptFor(
  { share, usedToday, taken = 0 }: { share?: number | undefined; usedToday: number; taken?: number },
  daily: number,
): number {
  if (share === undefined) return 0;
  return Math.max(0, keptOfShare * (share * daily - usedToday - taken));
}
