import type { Records } from "../journal.ts";

/** What SES allows an account, and what it has used. */
export type QuotaOptions = {
  /** Mails a second. */
  maxSendRate: number;
  /** Mails within 24 hours; -1 for no limit. */
  max24HourSend: number;
};

const dayMilliseconds = 86_400_000;

/**
 * Counts mails against an account's daily quota, on the host's clock, and its rate, on the machine's. The day rolls: a
 * mail counts until 24 hours after it was sent, to the millisecond.
 * https://docs.aws.amazon.com/ses/latest/dg/manage-sending-quotas.html
 */
export class SendingQuota {
  readonly limits: QuotaOptions;
  readonly #now: () => number;
  readonly #records: Records<number>;
  /** Mails by the millisecond they were sent in, in its order. */
  readonly #sent: Map<number, number>;
  #total = 0;
  #allowance: number;
  #allowedAt = performance.now();

  constructor(limits: QuotaOptions, { now, records }: { now: () => number; records: Records<number> }) {
    this.limits = limits;
    this.#now = now;
    this.#records = records;
    const kept = records.take().map(([at, count]): [number, number] => [Number(at), count]);
    this.#sent = new Map(kept.sort(([one], [other]) => one - other));
    for (const count of this.#sent.values()) this.#total += count;
    this.#allowance = limits.maxSendRate;
  }

  sentLast24Hours(): number {
    const since = this.#now() - dayMilliseconds;
    for (const [at, count] of this.#sent) {
      if (at > since) break;
      this.#sent.delete(at);
      this.#records.delete(keyOf(at));
      this.#total -= count;
    }
    return this.#total;
  }

  /** Takes one mail's place, or says why there is none. A short burst of a second's worth passes, as on SES. */
  take(): "ACCOUNT_THROTTLED" | "ACCOUNT_DAILY_QUOTA_EXCEEDED" | undefined {
    const { maxSendRate, max24HourSend } = this.limits;
    if (max24HourSend >= 0 && this.sentLast24Hours() >= max24HourSend) return "ACCOUNT_DAILY_QUOTA_EXCEEDED";
    const now = performance.now();
    const earned = ((now - this.#allowedAt) / 1000) * maxSendRate;
    this.#allowance = Math.min(maxSendRate, this.#allowance + earned);
    this.#allowedAt = now;
    if (this.#allowance < 1) return "ACCOUNT_THROTTLED";
    this.#allowance -= 1;
    this.#count(Math.floor(this.#now()));
    return undefined;
  }

  #count(at: number): void {
    const count = (this.#sent.get(at) ?? 0) + 1;
    this.#sent.set(at, count);
    this.#records.put(keyOf(at), count);
    this.#total += 1;
  }
}

const keyOf = (at: number): string => String(at);
