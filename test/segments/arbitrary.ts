import fc from "fast-check";
import type { Customer, Statistics } from "../../core/customers.ts";
import type { Condition, SegmentDefinition } from "../../core/segments/definition.ts";
import { aBusiness } from "../support/shop.ts";

/** Random businesses, moments, customers and segments that often have to do with each other. */
const days = fc.constantFrom(1, 2, 7, 30, 60, 90, 365);
const amount = fc.constantFrom(0, 1, 2, 3, 5, 100, 250);
const range = fc.oneof(
  fc.record({ atLeast: amount }),
  fc.record({ atMost: amount }),
  fc
    .tuple(amount, amount)
    .map(([one, other]) => ({ atLeast: Math.min(one, other), atMost: Math.max(one, other) })),
);
const period = fc.oneof(fc.record({ withinDays: days }), fc.record({ notWithinDays: days }));
const periodOrNever = fc.oneof(period, fc.constant({ never: true as const }));
const categories = fc.constantFrom("Coffee", "Tea", "constructor");
const items = fc.constantFrom("latte", "chai", "constructor");
const topics = fc.constantFrom("offers", "news");
const tags = fc.constantFrom("vip", "staff", "wholesale");
const texts = fc.constantFrom("latte", "Latte", "oat latte", "tea");
const dates = fc.constantFrom("2025-01-01", "2026-05-05", "2026-11-24");

const condition: fc.Arbitrary<Condition> = fc.oneof(
  fc.record({
    has: fc.constantFrom("email" as const, "phone" as const, "name" as const, "birthday" as const),
  }),
  fc.record({ locale: fc.constantFrom("id" as const, "en" as const) }),
  fc.record({ consent: fc.constantFrom("pending" as const, "subscribed" as const, "unsubscribed" as const) }),
  fc.record({ tag: tags }),
  fc.record({ topic: topics, on: fc.boolean() }),
  fc.oneof<fc.Arbitrary<Condition>[]>(
    fc.record({ attribute: fc.constant("drink"), is: texts }),
    fc.record({ attribute: fc.constant("drink"), isNot: texts }),
    fc.record({ attribute: fc.constant("drink"), contains: texts }),
    fc.record({ attribute: fc.constant("points"), above: amount }),
    fc.record({ attribute: fc.constant("points"), below: amount }),
    fc.record({ attribute: fc.constant("member"), is: fc.boolean() }),
    fc.record({ attribute: fc.constant("since"), before: dates }),
    fc.record({ attribute: fc.constant("since"), after: dates }),
    fc.record({ attribute: fc.constantFrom("drink", "constructor"), exists: fc.boolean() }),
  ),
  fc.record({ orders: range }),
  fc.record({ spent: range }),
  fc.record({ averageOrder: range }),
  fc
    .tuple(
      fc.oneof(fc.record({ category: categories }), fc.record({ item: items })),
      fc.oneof(period, fc.constant({})),
    )
    .map(([what, when]) => ({ bought: { ...what, ...when } })),
  fc.record({ lastOrder: periodOrNever }),
  fc.record({ firstOrder: period }),
  fc.record({
    birthday: fc.oneof(
      fc.record({ withinDays: fc.constantFrom(1, 2, 7, 60, 100, 365) }),
      fc.record({ month: fc.integer({ min: 1, max: 12 }) }),
    ),
  }),
  fc.record({ opened: periodOrNever }),
  fc.record({ clicked: periodOrNever }),
  fc.record({ signedUp: period }),
);

export const anyDefinition: fc.Arbitrary<SegmentDefinition> = fc.letrec<{ tree: SegmentDefinition }>(
  (tie) => ({
    tree: fc.oneof(
      { maxDepth: 5, depthSize: "small" },
      condition,
      fc.record({ all: fc.array(tie("tree"), { minLength: 1, maxLength: 4 }) }),
      fc.record({ any: fc.array(tie("tree"), { minLength: 1, maxLength: 4 }) }),
      fc.record({ not: tie("tree") }),
    ),
  }),
).tree;

const minute = 60_000;
/** Around the turn of the year, the end of February of a leap and a common year, and changes of the clock. */
export const anyNow = fc
  .tuple(
    fc.constantFrom("2026-12-29", "2027-02-26", "2028-02-26", "2026-10-24", "2027-03-27", "2026-06-15"),
    fc.integer({ min: 0, max: 8 * 1440 }),
  )
  .map(([day, minutes]) => new Date(Date.parse(day) + minutes * minute).toISOString());

export const anyBusiness = fc
  .record({
    timeZone: fc.constantFrom("Asia/Jakarta", "Europe/Berlin", "America/New_York", "Pacific/Auckland"),
    leapDayRule: fc.constantFrom("february-28" as const, "march-1" as const),
    locale: fc.constantFrom("id" as const, "en" as const),
  })
  .map((settings) => aBusiness({ ...settings, id: "biz_any" }));

/** Instants that lie near the edges of periods: so many days ago, an hour more or less. */
const before = (now: string) =>
  fc
    .tuple(
      fc.constantFrom(0, 1, 2, 6, 7, 8, 29, 30, 31, 59, 60, 89, 90, 364, 365, 800),
      fc.integer({ min: -1440, max: 1440 }),
    )
    .map(([ago, minutes]) => new Date(Date.parse(now) - (ago * 1440 + minutes) * minute).toISOString());

const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });

const statistics = (now: string): fc.Arbitrary<Statistics> =>
  fc
    .array(fc.record({ at: before(now), category: categories, item: items, total: amount }), { maxLength: 4 })
    .map((orders) => {
      const sorted = [...orders].sort((a, b) => (a.at < b.at ? -1 : 1));
      const result: Statistics = { orders: orders.length, spent: 0, categories: {}, items: {} };
      for (const { at, category, item, total } of sorted) {
        result.spent += total;
        result.firstOrderAt ??= at;
        result.lastOrderAt = at;
        const known = Object.hasOwn(result.categories, category) ? result.categories[category] : undefined;
        result.categories[category] = { orders: (known?.orders ?? 0) + 1, lastAt: at };
        result.items[item] = at;
      }
      return result;
    });

const birthdays = fc.constantFrom(
  ..."12-29 12-31 01-01 01-02 02-26 02-27 02-28 02-29 03-01 03-02 06-15 06-30 10-25".split(" "),
);

export const anyCustomer = (now: string): fc.Arbitrary<Customer> =>
  fc
    .record({
      email: maybe(fc.constant("ani@example.com")),
      phone: maybe(fc.constant("+6281234567890")),
      name: maybe(fc.constant("Ani")),
      birthday: maybe(birthdays),
      locale: maybe(fc.constantFrom("id" as const, "en" as const)),
      consent: fc.constantFrom("pending" as const, "subscribed" as const, "unsubscribed" as const),
      tags: fc.subarray(["vip", "staff"]),
      topics: fc.dictionary(topics, fc.boolean()),
      attributes: fc.record(
        { drink: texts, points: amount, member: fc.boolean(), since: dates },
        { requiredKeys: [] },
      ),
      statistics: statistics(now),
      lastOpenedAt: maybe(before(now)),
      lastClickedAt: maybe(before(now)),
      createdAt: before(now),
    })
    .map(({ lastOpenedAt, lastClickedAt, ...rest }) =>
      withoutUndefined({
        ...rest,
        id: "cus_ani",
        business: "biz_any",
        engagement: withoutUndefined({ lastOpenedAt, lastClickedAt }),
        recentSends: [],
        wonBack: {},
        greeted: {},
        updatedAt: now,
        version: 1,
      }),
    );

/** The value without the keys that are undefined, as it comes out of the database. */
const withoutUndefined = <T extends object>(value: T) =>
  Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined)) as {
    [Key in keyof T]: Exclude<T[Key], undefined>;
  };

/** A moment, and a customer who lives around it. */
export const anyCase = anyNow.chain((now) =>
  fc.record({
    now: fc.constant(now),
    business: anyBusiness,
    customer: anyCustomer(now),
    definition: anyDefinition,
  }),
);
