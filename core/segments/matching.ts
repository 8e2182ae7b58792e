import type { Business } from "../businesses.ts";
import type { AttributeValue, Customer } from "../customers.ts";
import { ownEntry } from "../dictionaries.ts";
import { addDays, birthdaysCelebratedOn, type Day, dayIn, type Instant, startOfDay } from "../time.ts";
import type { Condition, SegmentDefinition } from "./definition.ts";

/** Whose calendar and rules a segment is read by, and when. */
export type Moment = { business: Business; now: Instant };
export type Predicate = (customer: Customer) => boolean;

/**
 * Whether a customer is in the segment at that moment, as a function that is made once and asked of each
 * customer: all dates are worked out here, so that asking compares texts and numbers only.
 */
export function compile(definition: SegmentDefinition, moment: Moment): Predicate {
  const inner = (definitions: readonly SegmentDefinition[]) =>
    definitions.map((part) => compile(part, moment));
  if ("all" in definition) return every(inner(definition.all));
  if ("any" in definition) return some(inner(definition.any));
  if ("not" in definition) {
    const excluded = compile(definition.not, moment);
    return (customer) => !excluded(customer);
  }
  return compileCondition(definition, moment);
}

function every(predicates: readonly Predicate[]): Predicate {
  return (customer) => {
    for (const holds of predicates) if (!holds(customer)) return false;
    return true;
  };
}

function some(predicates: readonly Predicate[]): Predicate {
  return (customer) => {
    for (const holds of predicates) if (holds(customer)) return true;
    return false;
  };
}

export function compileCondition(condition: Condition, moment: Moment): Predicate {
  if ("has" in condition) {
    const field = condition.has;
    return (customer) => customer[field] !== undefined;
  }
  if ("locale" in condition) {
    const { locale } = condition;
    return (customer) => (customer.locale ?? moment.business.locale) === locale;
  }
  if ("consent" in condition) return (customer) => customer.consent === condition.consent;
  if ("tag" in condition) return (customer) => customer.tags.includes(condition.tag);
  if ("attribute" in condition) return attributeTest(condition);
  if ("topic" in condition) {
    const { topic, on } = condition;
    return (customer) => (ownEntry(customer.topics, topic) ?? true) === on;
  }
  if ("birthday" in condition) {
    const birthdays = new Set(birthdaysOf(condition.birthday, moment));
    return ({ birthday }) => birthday !== undefined && birthdays.has(birthday);
  }
  return compileHistory(condition, moment);
}

type History = Extract<
  Condition,
  | { orders: unknown }
  | { spent: unknown }
  | { averageOrder: unknown }
  | { bought: unknown }
  | { lastOrder: unknown }
  | { firstOrder: unknown }
  | { opened: unknown }
  | { clicked: unknown }
  | { signedUp: unknown }
>;

/** What the customer has done. */
function compileHistory(condition: History, moment: Moment): Predicate {
  if ("orders" in condition) {
    const { atLeast = 0, atMost = Number.POSITIVE_INFINITY } = condition.orders;
    return ({ statistics: { orders } }) => orders >= atLeast && orders <= atMost;
  }
  if ("spent" in condition) {
    const { atLeast = 0, atMost = Number.POSITIVE_INFINITY } = condition.spent;
    return ({ statistics: { spent } }) => spent >= atLeast && spent <= atMost;
  }
  if ("averageOrder" in condition) {
    const { atLeast = 0, atMost = Number.POSITIVE_INFINITY } = condition.averageOrder;
    // Multiplied and not divided: an average is seldom a whole number of minor units.
    return ({ statistics: { spent, orders } }) =>
      orders > 0 && spent >= atLeast * orders && spent <= atMost * orders;
  }
  if ("bought" in condition) {
    const { item, category = "", ...period } = condition.bought;
    const boughtAt =
      item === undefined
        ? (customer: Customer) => ownEntry(customer.statistics.categories, category)?.lastAt
        : (customer: Customer) => ownEntry(customer.statistics.items, item);
    return periodTest(boughtAt, period, moment);
  }
  if ("lastOrder" in condition) {
    return periodTest(({ statistics }) => statistics.lastOrderAt, condition.lastOrder, moment);
  }
  if ("firstOrder" in condition) {
    return periodTest(({ statistics }) => statistics.firstOrderAt, condition.firstOrder, moment);
  }
  if ("opened" in condition) {
    return periodTest(({ engagement }) => engagement.lastOpenedAt, condition.opened, moment);
  }
  if ("clicked" in condition) {
    return periodTest(({ engagement }) => engagement.lastClickedAt, condition.clicked, moment);
  }
  return periodTest(({ createdAt }) => createdAt, condition.signedUp, moment);
}

type Period = {
  withinDays?: number | undefined;
  notWithinDays?: number | undefined;
  never?: true | undefined;
};

/** Without any period: whether it happened at all. */
function periodTest(
  read: (customer: Customer) => Instant | undefined,
  { withinDays, notWithinDays, never }: Period,
  moment: Moment,
): Predicate {
  if (never) return (customer) => read(customer) === undefined;
  if (withinDays !== undefined) {
    const since = beginningOf(withinDays, moment);
    return (customer) => {
      const at = read(customer);
      return at !== undefined && at >= since;
    };
  }
  if (notWithinDays !== undefined) {
    const since = beginningOf(notWithinDays, moment);
    return (customer) => {
      const at = read(customer);
      return at !== undefined && at < since;
    };
  }
  return (customer) => read(customer) !== undefined;
}

/**
 * The first instant of the last so many calendar days in the business's zone, today being one of them. What
 * happened before it lies at least that many days back.
 */
export function beginningOf(days: number, { business, now }: Moment): Instant {
  const today = dayIn(business.timeZone, now);
  return startOfDay(business.timeZone, addDays(today, 1 - days));
}

type Birthday = { withinDays?: number | undefined; month?: number | undefined };

/**
 * The birthdays that a condition means: those in a month of the year, or those celebrated today and on the days
 * that follow, with February 29 where the business celebrates it.
 */
export function birthdaysOf({ withinDays = 0, month }: Birthday, { business, now }: Moment): string[] {
  if (month !== undefined) {
    const start = `2024-${String(month).padStart(2, "0")}-01`; // a leap year, which has every birthday
    return daysFrom(start, 31)
      .filter((day) => day.slice(0, 7) === start.slice(0, 7))
      .map((day) => day.slice(5));
  }
  const days = daysFrom(dayIn(business.timeZone, now), withinDays);
  return [...new Set(days.flatMap((day) => birthdaysCelebratedOn(day, business.leapDayRule)))];
}

const daysFrom = (day: Day, count: number): Day[] =>
  Array.from({ length: count }, (_, ahead) => addDays(day, ahead));

type AttributeCondition = Extract<Condition, { attribute: string }>;

/** Without a value, nothing holds but `exists: false`. Texts are compared without regard to case. */
function attributeTest(condition: AttributeCondition): Predicate {
  const { attribute } = condition;
  if (condition.exists !== undefined) {
    const { exists } = condition;
    return ({ attributes }) => (ownEntry(attributes, attribute) !== undefined) === exists;
  }
  const holds = valueTest(condition);
  return ({ attributes }) => {
    const value = ownEntry(attributes, attribute);
    return value !== undefined && holds(value);
  };
}

function valueTest(condition: AttributeCondition): (value: AttributeValue) => boolean {
  const { is, isNot, contains, above, below, before, after } = condition;
  if (is !== undefined) {
    const wanted = folded(is);
    return (value) => folded(value) === wanted;
  }
  if (isNot !== undefined) {
    const unwanted = folded(isNot);
    return (value) => folded(value) !== unwanted;
  }
  if (contains !== undefined) {
    const part = contains.toLowerCase();
    return (value) => typeof value === "string" && value.toLowerCase().includes(part);
  }
  if (above !== undefined) return (value) => typeof value === "number" && value > above;
  if (below !== undefined) return (value) => typeof value === "number" && value < below;
  if (before !== undefined) return (value) => typeof value === "string" && value < before;
  if (after !== undefined) return (value) => typeof value === "string" && value > after;
  return () => true;
}

const folded = (value: AttributeValue) => (typeof value === "string" ? value.toLowerCase() : value);
