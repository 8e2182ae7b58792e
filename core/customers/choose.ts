import { isDeepStrictEqual } from "node:util";
import type { Business } from "../businesses.ts";
import type { Evidence } from "../consents.ts";
import { SapaError } from "../errors.ts";
import type { BusinessId, CustomerId } from "../ids.ts";
import type { Instant } from "../time.ts";
import { announce } from "./announce.ts";
import { change } from "./change.ts";
import { type DetailsPatch, merge } from "./merge.ts";
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

/** Stops marketing mail on one topic, as soon; `invalid` when the business has no such topic. */
export async function unsubscribeFrom(
  business: Business,
  id: CustomerId,
  { topic, evidence }: { topic: string; evidence: Evidence },
  now: Instant,
): Promise<Customer> {
  const known = business.topics.map(({ key }) => key);
  if (!known.includes(topic)) {
    const message = `is not a topic of the business, which has ${known.join(", ")}`;
    throw new SapaError("invalid", "There is no such topic", [{ field: "topic", message }]);
  }
  return choose(business.id, id, { topics: { [topic]: false } }, evidence, now);
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

/**
 * What a customer may set of their own mail, and mend of what it calls them by: what is absent stays, null removes.
 * The caller sees to it that the business has the topics.
 */
export type Preferences = Pick<
  DetailsPatch,
  "topics" | "locale" | "frequencyCap" | "pausedUntil" | "nickname" | "birthday"
>;

/**
 * Takes over what a customer chose; choosing the same again writes nothing. Who doesn't want their birthday to be
 * known doesn't want the year of it known either.
 */
export async function choose(
  business: BusinessId,
  id: CustomerId,
  preferences: Preferences,
  evidence: Evidence,
  now: Instant,
): Promise<Customer> {
  const { topics, locale, frequencyCap, pausedUntil, nickname, birthday } = preferences;
  const chosen = { topics, locale, frequencyCap, pausedUntil, nickname, birthday };
  return decide({ business, id, evidence }, now, (customer) =>
    merge(customer, birthday === null ? { ...chosen, birthYear: null } : chosen),
  );
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
