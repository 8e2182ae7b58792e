/** What SES allows an account, and what it has used. */
export type QuotaOptions = {
  /** Mails a second. */
  maxSendRate: number;
  /** Mails within 24 hours; -1 for no limit. */
  max24HourSend: number;
};

const DAY_MILLISECONDS = 86_400_000;

/** Counts mails against an account's daily quota, on the host's clock, and its rate, on the machine's. */
export class SendingQuota {
  readonly limits: QuotaOptions;
  readonly #now: () => number;
  /** Mails by the minute they were sent in. */
  readonly #minutes: Map<number, number>;
  #allowance: number;
  #allowedAt = performance.now();

  constructor(limits: QuotaOptions, now: () => number, kept: readonly [number, number][] = []) {
    this.limits = limits;
    this.#now = now;
    this.#minutes = new Map(kept);
    this.#allowance = limits.maxSendRate;
  }

  sentLast24Hours(): number {
    const since = this.#now() - DAY_MILLISECONDS;
    let sent = 0;
    for (const [minute, count] of this.#minutes) {
      if (minute <= since) this.#minutes.delete(minute);
      else sent += count;
    }
    return sent;
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
    const minute = Math.floor(this.#now() / 60_000) * 60_000;
    this.#minutes.set(minute, (this.#minutes.get(minute) ?? 0) + 1);
    return undefined;
  }

  kept(): [number, number][] {
    return [...this.#minutes];
  }
}
