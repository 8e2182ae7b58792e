import { isDeepStrictEqual } from "node:util";
import type { Locale } from "../businesses.ts";
import type { Evidence } from "../consents.ts";
import { SapaError } from "../errors.ts";
import type { BusinessId, CustomerId } from "../ids.ts";
import type { Day, Instant } from "../time.ts";
import { announce } from "./announce.ts";
import { change } from "./change.ts";
import { merge } from "./merge.ts";
import { choiceWrites, joining } from "./plan.ts";
import type { Customer } from "./record.ts";

/** Stops marketing mail at once: a run that is under way finds the version changed and drops the customer. */
export async function unsubscribe(
  business: BusinessId,
  id: CustomerId,
  evidence: Evidence,
  now: Instant,
): Promise<Customer> {
  return decide({ business, id, evidence }, now, (customer) => ({ ...customer, consent: "unsubscribed" }));
}

/** Lets marketing mail go out again (or for the first time): for a customer who asks for it themselves, in so many words. */
export async function subscribe(
  business: BusinessId,
  id: CustomerId,
  evidence: Evidence,
  now: Instant,
): Promise<Customer> {
  return decide({ business, id, evidence }, now, (customer) => ({ ...customer, consent: "subscribed" }));
}

/** What a customer may set of their own mail. */
export type Preferences = {
  /** Topics that are not named stay as they are; the caller sees to it that the business has them. */
  topics?: Record<string, boolean> | undefined;
  locale?: Locale | undefined;
  /** No marketing mail before this day; null ends a pause. */
  pausedUntil?: Day | null | undefined;
};

/** Takes over what a customer chose; choosing the same again writes nothing. */
export async function choose(
  business: BusinessId,
  id: CustomerId,
  { topics, locale, pausedUntil }: Preferences,
  evidence: Evidence,
  now: Instant,
): Promise<Customer> {
  return decide({ business, id, evidence }, now, (customer) => {
    const { pausedUntil: paused, ...chosen } = merge(customer, { topics, locale });
    const until = pausedUntil === undefined ? paused : pausedUntil;
    return until ? { ...chosen, pausedUntil: until } : chosen;
  });
}

async function decide(
  { business, id, evidence }: { business: BusinessId; id: CustomerId; evidence: Evidence },
  now: Instant,
  wish: (customer: Customer) => Customer,
): Promise<Customer> {
  let was: Customer | undefined;
  const customer = await change(business, id, now, (before) => {
    was = before;
    const after = before && joining(before, wish(before), { evidence, now });
    if (!before || !after || isDeepStrictEqual(before, after)) return undefined;
    return { customer: after, writes: choiceWrites(before, after, { evidence, now }) };
  });
  if (!customer) throw new SapaError("not-found", "No such customer");
  await announce(was, customer);
  return customer;
}
