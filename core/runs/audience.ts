import type { Business, Locale } from "../businesses.ts";
import type { AttributeValue, Customer, Joined } from "../customers.ts";
import { ownEntry } from "../dictionaries.ts";
import { ineligible, type SkipReason } from "../eligibility.ts";
import type { CampaignId, CustomerId } from "../ids.ts";
import type { Run } from "../runs.ts";
import { type AccessPath, accessPath, compile } from "../segments.ts";
import { dayIn, type Instant, type TimeZone } from "../time.ts";
import { isGreeted, outdatedGreetings } from "./greetings.ts";
import { pick } from "./picks.ts";

/** What travels of a customer from selection to delivery: what the template shows, and what the claim needs. */
export type Recipient = {
  id: CustomerId;
  /** The customer's version when chosen: the claim fails if it has moved. */
  version: number;
  email: string;
  locale: Locale;
  /** The customer's own time zone, where the business has quiet hours and it is another: they go by it. */
  timeZone?: TimeZone;
  name?: string;
  nickname?: string;
  attributes?: Record<string, AttributeValue>;
  /** How they came to be subscribed, which the footer says. */
  joined?: Joined;
  recentSends: Instant[];
  /** Indexes into the run's new items, the best first. */
  items?: number[];
  /** The last order before the lapse that this mail answers. */
  lapse?: Instant;
  /** Campaigns whose birthday greetings need not be remembered any more once this one is. */
  outdatedGreetings?: CampaignId[];
};

export type Choice = { recipient: Recipient } | { skip: SkipReason };

export type Audience = {
  /** The cheapest way to read everyone who may belong to it. */
  path: AccessPath;
  /** `undefined` for a customer who is not in the audience at all. */
  choose(customer: Customer): Choice | undefined;
  /** What travels of a customer, whether or not they are still to be chosen: for a claim that was made before. */
  address(customer: Customer): Recipient;
};

type Plan = Pick<
  Run,
  "campaign" | "occasion" | "segment" | "topic" | "scheduledAt" | "attributes" | "mailTemplates" | "resendOf"
>;

/** Whom a run is for, and why some of them get nothing: compiled once, then asked of each customer. Pure. */
export function audienceOf(plan: Plan, business: Business): Audience {
  const { occasion, scheduledAt: now, topic } = plan;
  const inSegment = plan.segment ? compile(plan.segment.definition, { business, now }) : () => true;
  const inOccasion = occasionTest(occasion);
  const question = { topic, cap: business.frequencyCap, now, today: dayIn(business.timeZone, now) };
  const locales = Object.keys(plan.mailTemplates) as Locale[];

  const address = (customer: Customer): Recipient => {
    const recipient: Recipient = {
      id: customer.id,
      version: customer.version,
      email: customer.email ?? "",
      locale: localeOf(customer, business, locales),
      recentSends: customer.recentSends,
    };
    const { timeZone } = customer;
    // Without quiet hours too: the owner may choose some while the mail waits.
    if (timeZone && timeZone !== business.timeZone) recipient.timeZone = timeZone;
    if (customer.name) recipient.name = customer.name;
    if (customer.nickname) recipient.nickname = customer.nickname;
    if (customer.joined) recipient.joined = customer.joined;
    for (const name of plan.attributes) {
      const value = ownEntry(customer.attributes, name);
      if (value !== undefined) recipient.attributes = { ...recipient.attributes, [name]: value };
    }
    const { statistics } = customer;
    if (occasion.kind === "winback" && statistics.lastOrderAt) recipient.lapse = statistics.lastOrderAt;
    if (occasion.kind === "new-items") recipient.items = pick(occasion.items, statistics, occasion.most);
    if (occasion.kind === "birthday") {
      const { celebrated } = occasion;
      const outdated = outdatedGreetings(customer.greeted, { campaign: plan.campaign, celebrated });
      if (outdated.length > 0) recipient.outdatedGreetings = outdated;
    }
    return recipient;
  };

  return {
    path: pathOf(plan, business),
    address,
    choose(customer) {
      if (!inOccasion(customer) || !inSegment(customer)) {
        // Whom a resend looks at was in the audience of the original.
        return plan.resendOf ? { skip: "no-longer-matches" } : undefined;
      }
      const skip = ineligible(customer, question);
      if (skip) return { skip };
      if (occasion.kind === "birthday" && isGreeted(customer.greeted[plan.campaign], occasion.celebrated)) {
        return { skip: "already-greeted" };
      }
      const recipient = address(customer);
      if (recipient.lapse && customer.wonBack[plan.campaign] === recipient.lapse) {
        return { skip: "already-won-back" };
      }
      if (recipient.items?.length === 0) return { skip: "nothing-new" };
      return { recipient };
    },
  };
}

function occasionTest(occasion: Run["occasion"]): (customer: Customer) => boolean {
  switch (occasion.kind) {
    case "birthday": {
      const birthdays = new Set(occasion.birthdays);
      return ({ birthday }) => birthday !== undefined && birthdays.has(birthday);
    }
    case "winback": {
      // Those of the run before lapsed earlier than this run's own; only they are read besides.
      const { from = "", before } = occasion.carriedFrom
        ? { before: occasion.lastOrder.before }
        : occasion.lastOrder;
      return ({ statistics: { lastOrderAt } }) =>
        lastOrderAt !== undefined && lastOrderAt >= from && lastOrderAt < before;
    }
    default:
      return () => true;
  }
}

function pathOf({ occasion, segment, scheduledAt }: Plan, business: Business): AccessPath {
  if (occasion.kind === "birthday") return { by: "birthday", days: occasion.birthdays };
  if (occasion.kind === "winback") {
    const { from, before } = occasion.lastOrder;
    return { by: "lastOrder", ...(from && { from }), to: before };
  }
  return segment ? accessPath(segment.definition, { business, now: scheduledAt }) : { by: "all" };
}

/** The customer's own language, else the business's, else whichever the template has. */
function localeOf(customer: Customer, business: Business, locales: Locale[]): Locale {
  const wanted = [customer.locale, business.locale].find((locale) => locale && locales.includes(locale));
  return wanted ?? locales[0] ?? business.locale;
}
