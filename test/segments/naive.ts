import type { Customer } from "../../core/customers.ts";
import type { SegmentDefinition } from "../../core/segments/definition.ts";
import type { Moment } from "../../core/segments/matching.ts";
import { addDays, birthdaysCelebratedOn, dayIn, daysBetween } from "../../core/time.ts";

/** What a segment means, said as plainly as can be: every day is counted out for every customer. */
export function isIn(definition: SegmentDefinition, customer: Customer, moment: Moment): boolean {
  const { business, now } = moment;
  const today = dayIn(business.timeZone, now);
  const daysSince = (at: string) => daysBetween(dayIn(business.timeZone, at), today);
  const { statistics, engagement } = customer;
  const entry = <T>(record: Record<string, T>, key: string) => new Map(Object.entries(record)).get(key);
  type Period = {
    withinDays?: number | undefined;
    notWithinDays?: number | undefined;
    never?: true | undefined;
  };
  const inPeriod = (at: string | undefined, { withinDays, notWithinDays, never }: Period) => {
    if (never) return at === undefined;
    if (at === undefined) return false;
    if (withinDays !== undefined) return daysSince(at) < withinDays;
    if (notWithinDays !== undefined) return daysSince(at) >= notWithinDays;
    return true;
  };
  type Range = { atLeast?: number | undefined; atMost?: number | undefined };
  const inRange = (value: number, { atLeast, atMost }: Range) =>
    (atLeast === undefined || value >= atLeast) && (atMost === undefined || value <= atMost);

  if ("all" in definition) return definition.all.every((part) => isIn(part, customer, moment));
  if ("any" in definition) return definition.any.some((part) => isIn(part, customer, moment));
  if ("not" in definition) return !isIn(definition.not, customer, moment);
  if ("has" in definition) return Boolean(customer[definition.has]);
  if ("locale" in definition) return (customer.locale ?? business.locale) === definition.locale;
  if ("consent" in definition) return customer.consent === definition.consent;
  if ("tag" in definition) return customer.tags.some((tag) => tag === definition.tag);
  if ("topic" in definition) return (entry(customer.topics, definition.topic) !== false) === definition.on;
  if ("orders" in definition) return inRange(statistics.orders, definition.orders);
  if ("spent" in definition) return inRange(statistics.spent, definition.spent);
  if ("averageOrder" in definition) {
    return statistics.orders > 0 && inRange(statistics.spent / statistics.orders, definition.averageOrder);
  }
  if ("bought" in definition) {
    const { item, category, ...period } = definition.bought;
    const at = item ? entry(statistics.items, item) : entry(statistics.categories, category ?? "")?.lastAt;
    return inPeriod(at, period);
  }
  if ("lastOrder" in definition) return inPeriod(statistics.lastOrderAt, definition.lastOrder);
  if ("firstOrder" in definition) return inPeriod(statistics.firstOrderAt, definition.firstOrder);
  if ("opened" in definition) return inPeriod(engagement.lastOpenedAt, definition.opened);
  if ("clicked" in definition) return inPeriod(engagement.lastClickedAt, definition.clicked);
  if ("signedUp" in definition) return inPeriod(customer.createdAt, definition.signedUp);
  if ("birthday" in definition) {
    const { birthday } = customer;
    if (!birthday) return false;
    if (definition.birthday.month) return Number(birthday.slice(0, 2)) === definition.birthday.month;
    for (let ahead = 0; ahead < (definition.birthday.withinDays ?? 0); ahead++) {
      const celebrated = birthdaysCelebratedOn(addDays(today, ahead), business.leapDayRule);
      if (celebrated.includes(birthday)) return true;
    }
    return false;
  }
  const value = entry(customer.attributes, definition.attribute);
  if (definition.exists !== undefined) return definition.exists ? value !== undefined : value === undefined;
  if (value === undefined) return false;
  const text = String(value).toLowerCase();
  if (definition.is !== undefined) return text === String(definition.is).toLowerCase();
  if (definition.isNot !== undefined) return text !== String(definition.isNot).toLowerCase();
  if (definition.contains !== undefined) return text.includes(definition.contains.toLowerCase());
  if (definition.above !== undefined) return Number(value) > definition.above;
  if (definition.below !== undefined) return Number(value) < definition.below;
  if (definition.before !== undefined) return text < definition.before;
  return text > (definition.after ?? "");
}
