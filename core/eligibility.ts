import { z } from "zod";
import type { FrequencyCap } from "./businesses.ts";
import type { Customer } from "./customers.ts";
import { ownEntry } from "./dictionaries.ts";
import type { Instant } from "./time.ts";

/** Why a customer of a run's audience gets no mail from it. */
export const SkipReason = z.enum([
  "no-email",
  "suppressed",
  "not-confirmed", // consent is pending
  "unsubscribed",
  "topic-off",
  "paused", // by the customer
  "restricted", // data is only kept
  "frequency-cap",
  "already-won-back", // this lapse was answered before
  "already-greeted", // this birthday was greeted before
  "nothing-new", // no new item that the customer has not bought
  "no-longer-matches", // changed between selection and claim
  "erased",
  "run-stopped", // the run failed before this customer's turn
  "run-canceled", // the owner canceled it before this customer's turn
]);
export type SkipReason = z.infer<typeof SkipReason>;

export type Question = {
  topic: string;
  cap: FrequencyCap;
  now: Instant;
  /** The calendar day of `now` in the business's zone, which pauses are counted by. */
  today: string;
  /** For mail that is sent again under a claim, which is what fills the customer's caps. */
  ignoreCaps?: boolean;
};

type Asked = Pick<
  Customer,
  | "email"
  | "suppressed"
  | "consent"
  | "topics"
  | "pausedUntil"
  | "recentSends"
  | "restrictedAt"
  | "frequencyCap"
>;

const hour = 3_600_000;

/** Whether a customer may be mailed now on this topic: `undefined` if so, else the first reason against it. */
export function ineligible(
  customer: Asked,
  { topic, cap, now, today, ignoreCaps }: Question,
): SkipReason | undefined {
  if (customer.restrictedAt) return "restricted";
  if (customer.suppressed) return "suppressed";
  if (!customer.email) return "no-email";
  if (customer.consent === "unsubscribed") return "unsubscribed";
  if (customer.consent === "pending") return "not-confirmed";
  if (ownEntry(customer.topics, topic) === false) return "topic-off";
  if (customer.pausedUntil && customer.pausedUntil > today) return "paused";
  const { recentSends, frequencyCap } = customer;
  if (ignoreCaps || recentSends.length === 0) return undefined;
  if (capReached(recentSends, cap, now)) return "frequency-cap";
  if (frequencyCap && capReached(recentSends, frequencyCap, now)) return "frequency-cap";
  return undefined;
}

/**
 * Sends after `now` count too: a run that is late must not slip in beside one that overtook it.
 */
function capReached(sends: readonly Instant[], cap: FrequencyCap, now: Instant): boolean {
  const at = Date.parse(now);
  const within = (hours: number) => sends.filter((sent) => Date.parse(sent) > at - hours * hour).length;
  return (
    (cap.perDay !== undefined && within(24) >= cap.perDay) ||
    (cap.perWeek !== undefined && within(7 * 24) >= cap.perWeek) ||
    (cap.perMonth !== undefined && within(30 * 24) >= cap.perMonth) ||
    (cap.minimumGapHours !== undefined && within(cap.minimumGapHours) > 0)
  );
}

/** The customer's recent sends with one more at `at`; what no cap looks back to (30 days) is let go. */
export function withSend(sends: readonly Instant[], at: Instant): Instant[] {
  const oldest = Date.parse(at) - 30 * 24 * hour;
  return [...sends.filter((sent) => Date.parse(sent) > oldest), at].sort();
}
