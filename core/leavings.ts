import { type ConsentRecord, type Evidence, history } from "./consents.ts";
import { change } from "./customers/change.ts";
import { choiceWrites, joinedBy } from "./customers/plan.ts";
import { unsubscribeAddress } from "./customers/unsubscribe-address.ts";
import { type Customer, choose, unsubscribe } from "./customers.ts";
import { ownEntry } from "./dictionaries.ts";
import { SapaError } from "./errors.ts";
import type { BusinessId, CustomerId, RunId } from "./ids.ts";
import { type Link, type LinkKey, wasMailedTo } from "./links.ts";
import * as responses from "./responses.ts";
import type { Instant } from "./time.ts";

/** Who leaves, and by which run's mail, where it was one. */
export type Leaver = { business: BusinessId; customer: CustomerId; run?: RunId | undefined };

/** That a customer left everything, or one topic, and has chosen nothing else since. */
export type Leaving = {
  at: Instant;
  /** Without it they left everything. */
  topic?: string;
  /** What undoing it puts back. */
  before: Partial<Pick<Customer, "consent" | "topics" | "joined">>;
};

/** What one may leave by without being known otherwise. */
const ways: readonly Evidence["way"][] = ["link", "one-click", "mailto"];

/**
 * Stops marketing mail on one topic, or without one all of it, before it returns. That the mail led to it is counted
 * beside; doing it again counts once, and a count that fails doesn't answer a customer with an error whose will is
 * done.
 */
export async function leave(
  leaver: Leaver,
  { topic, evidence }: { topic?: string | undefined; evidence: Evidence },
  now: Instant,
): Promise<Customer> {
  const { business, customer: id } = leaver;
  const customer = topic
    ? await choose(business, id, { topics: { [topic]: false } }, evidence, now)
    : await unsubscribe(business, id, evidence, now);
  await unlessItFails("left", leaver, async () => {
    const leaving = await last(leaver, customer);
    if (leaving) await responses.left(leaver, leaving.topic ? { topic: leaving.topic } : {}, now);
  });
  return customer;
}

/** Which of a customer's addresses a link was mailed to, theirs now or before; undefined where it is forgotten. */
export function addressOf(
  key: LinkKey,
  link: Pick<Link, "business" | "address">,
  { email, formerEmails = [] }: Pick<Customer, "email" | "formerEmails">,
): string | undefined {
  return [...(email ? [email] : []), ...formerEmails].find((one) => wasMailedTo(key, link, one));
}

/**
 * Stops marketing mail to the address that a link was mailed to, however old it is. That is all that its reader may
 * decide: a customer who has another address by now stays as they are.
 */
export async function leaveByLink(
  { key, link, customer }: { key: LinkKey; link: Link; customer: Customer },
  evidence: Evidence,
  now: Instant,
): Promise<void> {
  const address = addressOf(key, link, customer);
  if (!address) return;
  if (address === customer.email) await leave(link, { evidence }, now);
  else await unsubscribeAddress(link.business, address, evidence, now);
}

/** The customer's leaving by this mail, if it is what they chose last. */
export async function last({ business, run }: Leaver, customer: Customer): Promise<Leaving | undefined> {
  return lastOf(await history(business, customer.id), customer, run);
}

/** The same, of a history that has been read. */
export function lastOf(
  entries: readonly ConsentRecord[],
  customer: Customer,
  run: RunId | undefined,
): Leaving | undefined {
  const choices = entries.filter(isChoice);
  const entry = choices.pop();
  if (!entry || entry.run !== run || !ways.includes(entry.way)) return undefined;
  if (entry.consent === "unsubscribed") {
    const joining = choices.findLast(({ consent, undoes }) => consent === "subscribed" && !undoes);
    const consent = entry.was ?? "pending";
    const joined = consent === "subscribed" && joining ? { joined: joinedBy(joining) } : {};
    return customer.consent === "unsubscribed" ? { at: entry.at, before: { consent, ...joined } } : undefined;
  }
  const before = choices.findLast(({ topics }) => topics)?.topics ?? {};
  const [topic, ...others] = changed(before, entry.topics ?? before);
  if (!topic || others.length > 0 || entry.consent) return undefined;
  const { [topic]: _, ...topics } = customer.topics;
  const was = ownEntry(before, topic);
  return {
    at: entry.at,
    topic,
    before: { topics: was === undefined ? topics : { ...topics, [topic]: was } },
  };
}

/** Pauses and caps don't tell whether someone leaves. */
const isChoice = ({ consent, topics }: ConsentRecord): boolean => Boolean(consent ?? topics);

/** A topic that is not named counts as on. */
const changed = (before: Record<string, boolean>, after: Record<string, boolean>): string[] =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (topic) => (ownEntry(before, topic) ?? true) !== (ownEntry(after, topic) ?? true),
  );

/**
 * Puts back what a leaving (by its `at`) changed: for the customer who says so, and only while nothing else was chosen
 * since. Answers the customer as they then are, and whether that leaving is undone: now, or by an earlier call.
 */
export async function undo(
  leaver: Leaver,
  { at, evidence }: { at: Instant; evidence: Evidence },
  now: Instant,
): Promise<{ customer: Customer; undone: boolean }> {
  let undone = false;
  const customer = await change(leaver.business, leaver.customer, now, async (before) => {
    undone = false;
    if (!before || before.suppressed || before.restrictedAt) return undefined;
    const entries = await history(leaver.business, leaver.customer);
    undone = entries.findLast(isChoice)?.undoes === at;
    const leaving = lastOf(entries, before, leaver.run);
    if (undone || leaving?.at !== at) return undefined;
    undone = true;
    const after = { ...before, ...leaving.before };
    return {
      customer: after,
      writes: choiceWrites(before, after, { evidence: { ...evidence, undoes: at }, now }),
    };
  });
  if (!customer) throw new SapaError("not-found", "No such customer");
  if (undone) await unlessItFails("stayed", leaver, () => responses.stay(leaver));
  return { customer, undone };
}

/** Why they left, in their own words: asked of those only whose leaving stands. */
export async function tellWhy(
  leaver: Leaver,
  { topic }: Leaving,
  said: { reason: responses.LeaveReason; words?: string | undefined },
  now: Instant,
): Promise<void> {
  const { reason, words } = said;
  await responses.leave(leaver, { ...(topic && { topic }), reason, ...(words && { words }) }, now);
}

async function unlessItFails(what: string, leaver: Leaver, count: () => Promise<void>): Promise<void> {
  await count().catch((error) => {
    const { business, customer, run } = leaver;
    console.error(
      JSON.stringify({ message: `${what} was not counted`, business, customer, run, error: `${error}` }),
    );
  });
}
