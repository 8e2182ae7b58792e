import type { Business } from "../../../core/businesses.ts";
import type { CustomerId, RunId } from "../../../core/ids.ts";
import type { Run } from "../../../core/runs.ts";
import { receiptKey } from "../../../core/sends.ts";
import { instant, timeOfDayIn } from "../../../core/time.ts";
import type { Shop } from "./shop.ts";
import type { Told } from "./story.ts";

/**
 * I1. The one honest gap: SES took a mail, the answer got lost, and so did its events. Where events come, be it hours
 * late, nobody is mailed twice.
 */
export function onceEach({ world }: Told): string[] {
  const hasGap = world.plan.chaos.lostEvents > 0;
  const mailed = new Set<string>();
  return world.ses.mails.flatMap(({ run, customer, known }) => {
    const isFirst = !mailed.has(`${run} ${customer}`);
    mailed.add(`${run} ${customer}`);
    return isFirst || (hasGap && !known) ? [] : [`I1: ${run} ${customer} was mailed twice`];
  });
}

/**
 * I1 again: a run that sends again what SES had refused mails nobody whom the first one mailed. Where the owner asked
 * for mail of which it was not known, nobody of whom it was known by then.
 */
export function onlyTheRefused({ world }: Pick<Told, "world">, { id, resendOf }: Run): string[] {
  if (!resendOf) return [];
  const known = resendOf.include.includes("unknown") ? world.calls.watch.knownBefore.get(id) : undefined;
  return world.ses.mails.flatMap(({ run, customer }) => {
    if (run !== id || world.ses.mailsOf(resendOf.run, customer).length === 0) return [];
    return !known || known.has(customer)
      ? [`I1: ${customer} was mailed by ${resendOf.run} and again by ${id}`]
      : [];
  });
}

/** I3. Nothing that begins after a customer left claims or mails them. */
export function nobodyWhoLeft({ world, leaves }: Told): string[] {
  const found: string[] = [];
  for (const { business, customer, since } of leaves) {
    const is = (one: { business: string }) => one.business === business;
    for (const claim of world.calls.claims) {
      if (is(claim) && claim.customer === customer && claim.at > since)
        found.push(`I3: ${customer} was claimed`);
    }
    for (const call of world.ses.calls) {
      if (is(call) && call.by.startedAt > since && call.customers.includes(customer as CustomerId)) {
        found.push(`I3: ${customer} was handed over after they had left`);
      }
    }
  }
  return found;
}

/**
 * I4, caps: in no day more claims of one customer than the cap. A claim whose mail certainly never went, since SES
 * refused it or the customer dropped out before a retry, does not count: what it had written is given back.
 */
export function capHolds({ world }: Told, { business }: Shop): string[] {
  const { perDay } = business.frequencyCap;
  if (perDay === undefined) return [];
  const isGivenBack = (run: RunId, customer: CustomerId): boolean => {
    const send = world.tables.get("sends", { customer: `${business.id}#${customer}`, run });
    const batch = receiptKey(send?.batch ?? "", send?.claim ?? "");
    const receipt = world.tables.get("receipts", { run: `${business.id}#${run}`, batch });
    return (receipt?.failed[customer] ?? receipt?.skipped[customer]) !== undefined;
  };
  const byCustomer = new Map<string, number[]>();
  for (const { business: of, customer, run, at } of world.calls.claims) {
    if (of === business.id && !isGivenBack(run, customer))
      byCustomer.set(customer, [...(byCustomer.get(customer) ?? []), at]);
  }
  return [...byCustomer].flatMap(([customer, times]) => {
    const sorted = times.sort((a, b) => a - b);
    const close = sorted.some((at, index) => (sorted[index + perDay] ?? Infinity) - at < 86_400_000);
    return close ? [`I4: ${customer} was claimed more than ${perDay} times in a day`] : [];
  });
}

/** I4, quiet hours: what begins in them hands nothing over to customers whose hours they are. */
export function quietHoldsIn({ world, hours }: Told, { business, customers }: Shop): string[] {
  const first = { quietHours: business.quietHours, askedAt: 0, doneAt: 0 };
  const all = [first, ...hours.filter((change) => change.business === business.id)];
  const zones = new Map(customers.map(({ id, timeZone }) => [id, timeZone ?? business.timeZone]));
  return world.ses.calls.flatMap(({ by, at, business: of, customers: mailed }) => {
    if (of !== business.id) return [];
    // While a change is on its way, both the old and the new hours may be gone by.
    const inForce = all.filter(
      (one) =>
        one.askedAt <= at &&
        !all.some((later) => later !== one && later.askedAt >= one.doneAt && later.doneAt < by.startedAt),
    );
    const own = new Set(mailed.map((customer) => zones.get(customer) ?? business.timeZone));
    return [...own].flatMap((zone) =>
      inForce.every(({ quietHours }) =>
        [0, 200].every((later) => isQuiet(quietHours, zone, by.startedAt + later)),
      )
        ? [`I4: mail was handed over in the quiet hours of ${zone}`]
        : [],
    );
  });
}

function isQuiet(quietHours: Business["quietHours"] | undefined, timeZone: string, at: number): boolean {
  if (!quietHours) return false;
  const { from, to } = quietHours;
  const time = timeOfDayIn(timeZone, instant(at));
  return from > to ? time >= from || time < to : time >= from && time < to;
}

/** Nothing that begins after a run was canceled hands mail of it over. */
export function nothingOfCanceled({ world, canceled }: Told): string[] {
  return canceled.flatMap(({ run, since }) =>
    world.ses.mails.some((mail) => mail.run === run && mail.by.startedAt > since)
      ? [`${run} was canceled, and mailed on`]
      : [],
  );
}

/** In seconds: over how long a time the send rate is looked at. */
const window = 10;

/**
 * I5, the send rate, as SES sees it: in no ten seconds more mails than it allows, plus a second's worth that one caller
 * may take at a time. A call that was held up on its way arrives when others do.
 */
export function rateHolds({ world }: Told): string[] {
  const { faults, rate } = world.plan;
  if (world.unkind.slowCalls.length > 0 || faults.some(({ kind }) => kind === "stall-before")) return [];
  const { mails } = world.ses;
  let first = 0;
  for (const [at, mail] of mails.entries()) {
    while ((mails[first]?.at ?? 0) <= mail.at - window * 1000) first += 1;
    const count = at - first + 1;
    if (count > (window + 1) * rate)
      return [`I5: ${count} mails went out in ${window} seconds at ${rate} a second`];
  }
  return [];
}

/** I6: a business's mail goes to its own customers, to the address of each. */
export function addressesOf({ world }: Told, { business, customers }: Shop): string[] {
  const emails = new Map(customers.map(({ id, email }) => [id, email]));
  return world.ses.mails.flatMap((mail) =>
    mail.business === business.id && emails.get(mail.customer) !== mail.to
      ? [`I6: the mail of ${mail.customer} went to ${mail.to}`]
      : [],
  );
}
