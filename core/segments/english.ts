import * as formats from "../mail/formats.ts";
import type { Condition } from "./definition.ts";
import type { Words } from "./wording.ts";

/** Segments in English: `Customers who have ordered at least 3 times`. */
export const english: Words = {
  sentence: (what) => `Customers who ${what}`,
  excluded: (what) => `The customer is not in the segment, which takes those who ${what}`,
  and: (parts) => listed(parts, "conjunction"),
  or: (parts) => listed(parts, "disjunction"),
  condition,
};

const listed = (parts: readonly string[], type: "conjunction" | "disjunction") =>
  new Intl.ListFormat("en-GB", { type }).format(parts);

const lately = (days: number) => (days === 1 ? "today" : `in the last ${days} days`);
const ahead = (days: number) => (days === 1 ? "today" : `in the next ${days} days`);
const times = (count: number) => (count === 1 ? "once" : `${formats.number(count, "en")} times`);

const fields = { email: "email address", phone: "phone number", name: "name", birthday: "known birthday" };
const languages = { id: "Indonesian", en: "English" };
const months = Array.from({ length: 12 }, (_, month) =>
  new Intl.DateTimeFormat("en", { month: "long", timeZone: "UTC" }).format(Date.UTC(2024, month)),
);

function condition(...[condition, holds, { currency, topics }]: Parameters<Words["condition"]>): string {
  const have = holds ? "have" : "have not";
  if ("has" in condition)
    return `have ${holds ? article(fields[condition.has]) : `no ${fields[condition.has]}`}`;
  if ("locale" in condition) return `${holds ? "read" : "do not read"} ${languages[condition.locale]}`;
  if ("consent" in condition) {
    if (condition.consent === "subscribed") return `are ${holds ? "" : "not "}subscribed`;
    if (condition.consent === "unsubscribed") return `${have} unsubscribed`;
    return holds ? "have yet to confirm their subscription" : "do not have a subscription to confirm";
  }
  if ("tag" in condition) return `are ${holds ? "" : "not "}tagged “${condition.tag}”`;
  if ("attribute" in condition) return `${holds ? "" : "do not "}${attribute(condition)}`;
  if ("topic" in condition) {
    const topic = topics.find(({ key }) => key === condition.topic)?.name.en ?? condition.topic;
    return condition.on === holds ? `want mail about “${topic}”` : `do not want mail about “${topic}”`;
  }
  if ("orders" in condition) return orders(condition.orders, holds);
  if ("spent" in condition) return `${have} spent ${amount(condition.spent, currency)}`;
  if ("averageOrder" in condition) {
    return `${holds ? "spend" : "do not spend"} ${amount(condition.averageOrder, currency)} an order on average`;
  }
  if ("bought" in condition) {
    const { item, category, ...period } = condition.bought;
    const what = category ?? `item ${item}`;
    return happened(`bought ${what}`, period, holds);
  }
  if ("lastOrder" in condition) return happened("ordered", condition.lastOrder, holds);
  if ("opened" in condition) return happened("opened a mail", condition.opened, holds);
  if ("clicked" in condition) return happened("clicked a link in a mail", condition.clicked, holds);
  if ("firstOrder" in condition) {
    const { withinDays, notWithinDays = 0 } = condition.firstOrder;
    const first = holds ? "first ordered" : "did not first order";
    return withinDays === undefined ? `${first} ${ago(notWithinDays)}` : `${first} ${lately(withinDays)}`;
  }
  if ("signedUp" in condition) {
    const { withinDays, notWithinDays = 0 } = condition.signedUp;
    const added = `were ${holds ? "" : "not "}added`;
    return withinDays === undefined ? `${added} ${ago(notWithinDays)}` : `${added} ${lately(withinDays)}`;
  }
  const { withinDays, month } = condition.birthday;
  if (month !== undefined) return `were ${holds ? "" : "not "}born in ${months[month - 1]}`;
  return `have ${holds ? "a" : "no"} birthday ${ahead(withinDays ?? 1)}`;
}

const article = (noun: string) => `${/^[aeiou]/.test(noun) ? "an" : "a"} ${noun}`;
const ago = (days: number) => (days === 1 ? "before today" : `at least ${days} days ago`);

type Period = {
  withinDays?: number | undefined;
  notWithinDays?: number | undefined;
  never?: true | undefined;
};

function happened(done: string, { withinDays, notWithinDays, never }: Period, holds: boolean): string {
  if (notWithinDays !== undefined) {
    return `have ${done}, but not ${lately(notWithinDays)}`;
  }
  if (withinDays !== undefined) return `have ${holds ? "" : "not "}${done} ${lately(withinDays)}`;
  return (never === true) === holds ? `have never ${done}` : `have ${done}`;
}

type Range = { atLeast?: number | undefined; atMost?: number | undefined };

function orders({ atLeast = 0, atMost }: Range, holds: boolean): string {
  if (atMost === 0) return holds ? "have never ordered" : "have ordered";
  if (atMost === undefined && atLeast === 1) return holds ? "have ordered" : "have never ordered";
  if (atMost === undefined) return `have ordered ${holds ? "at least" : "fewer than"} ${times(atLeast)}`;
  if (atLeast === 0) return `have ordered ${holds ? "at most" : "more than"} ${times(atMost)}`;
  const have = holds ? "have ordered" : "have not ordered";
  return atLeast === atMost ? `${have} exactly ${times(atMost)}` : `${have} ${atLeast} to ${atMost} times`;
}

function amount({ atLeast, atMost }: Range, currency: string): string {
  const price = (minor: number) => formats.price({ amount: minor, currency }, "en");
  if (atLeast === undefined) return `at most ${price(atMost ?? 0)}`;
  return atMost === undefined ? `at least ${price(atLeast)}` : `${price(atLeast)} to ${price(atMost)}`;
}

type AttributeCondition = Extract<Condition, { attribute: string }>;

function attribute({
  attribute,
  is,
  isNot,
  contains,
  above,
  below,
  before,
  after,
  exists,
}: AttributeCondition) {
  const value = (given: unknown) =>
    typeof given === "boolean"
      ? formats.yesOrNo(given, "en")
      : typeof given === "number"
        ? formats.number(given, "en")
        : `“${given}”`;
  if (is !== undefined) return `have ${value(is)} as ${attribute}`;
  if (isNot !== undefined) return `have something other than ${value(isNot)} as ${attribute}`;
  if (contains !== undefined) return `have ${value(contains)} in ${attribute}`;
  if (above !== undefined) return `have more than ${value(above)} as ${attribute}`;
  if (below !== undefined) return `have less than ${value(below)} as ${attribute}`;
  if (before !== undefined) return `have a day before ${formats.day(before, "en")} as ${attribute}`;
  if (after !== undefined) return `have a day after ${formats.day(after, "en")} as ${attribute}`;
  return exists ? `have ${attribute} filled in` : `have ${attribute} left empty`;
}
