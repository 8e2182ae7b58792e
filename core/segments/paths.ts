import type { Instant, MonthDay } from "../time.ts";
import type { SegmentDefinition } from "./definition.ts";
import { beginningOf, birthdaysOf, type Moment } from "./matching.ts";
import { type Literal, type Normal, normalise } from "./normal.ts";

/**
 * How the customers that a segment may match are read. What a path leads to always holds every match; the
 * predicate decides.
 */
export type AccessPath =
  /** Customers born on one of these days of the year. */
  | { by: "birthday"; days: MonthDay[] }
  /** Customers whose last order was at or after `from` and before `to`; those who never ordered are left out. */
  | { by: "lastOrder"; from?: Instant; to?: Instant }
  /** Every customer. */
  | { by: "all" };

const all: AccessPath = { by: "all" };

/**
 * The most birthdays that are worth looking up: an index holds keys only, so that each customer found there
 * costs a read of its own, about four times what one costs in reading everybody.
 */
const mostBirthdays = 92;

/** The cheapest path that misses nobody whom the segment matches at that moment. */
export const accessPath = (definition: SegmentDefinition, moment: Moment): AccessPath =>
  affordable(pathOf(normalise(definition), moment));

const affordable = (path: AccessPath): AccessPath =>
  path.by === "birthday" && path.days.length > mostBirthdays ? all : path;

function pathOf(normal: Normal, moment: Moment): AccessPath {
  if ("condition" in normal) return pathOfLiteral(normal, moment);
  if ("all" in normal) return narrowest(normal.all.map((part) => pathOf(part, moment)));
  return widest(normal.any.map((part) => pathOf(part, moment)));
}

function pathOfLiteral({ condition, holds }: Literal, moment: Moment): AccessPath {
  if (!holds) return all;
  if ("birthday" in condition) return { by: "birthday", days: birthdaysOf(condition.birthday, moment) };
  if ("lastOrder" in condition) {
    const { withinDays, notWithinDays } = condition.lastOrder;
    if (notWithinDays !== undefined) return { by: "lastOrder", to: beginningOf(notWithinDays, moment) };
    return withinDays === undefined ? all : { by: "lastOrder", from: beginningOf(withinDays, moment) };
  }
  // Whoever bought or began lately has also ordered lately.
  const withinDays =
    "bought" in condition
      ? condition.bought.withinDays
      : "firstOrder" in condition
        ? condition.firstOrder.withinDays
        : undefined;
  return withinDays === undefined ? all : { by: "lastOrder", from: beginningOf(withinDays, moment) };
}

/** What all of the paths lead to; of a birthday and a last order, the birthday, which is the rarer. */
function narrowest(paths: readonly AccessPath[]): AccessPath {
  const birthdays = paths.filter((path) => path.by === "birthday").map(({ days }) => days);
  const [first, ...others] = birthdays;
  const orders = paths.filter((path) => path.by === "lastOrder");
  if (first) {
    const days = first.filter((day) => others.every((other) => other.includes(day)));
    if (days.length <= mostBirthdays || orders.length === 0) return { by: "birthday", days };
  }
  if (orders.length === 0) return all;
  const from = latest(orders.map((path) => path.from));
  const to = latest(
    orders.map((path) => path.to),
    -1,
  );
  return { by: "lastOrder", ...(from && { from }), ...(to && { to }) };
}

/** What any of the paths leads to, where one path can say it. */
function widest(paths: readonly AccessPath[]): AccessPath {
  const birthdays = paths.filter((path) => path.by === "birthday");
  if (birthdays.length === paths.length) {
    return { by: "birthday", days: [...new Set(birthdays.flatMap(({ days }) => days))] };
  }
  const orders = paths.filter((path) => path.by === "lastOrder");
  if (orders.length < paths.length) return all;
  const from = orders.every((path) => path.from)
    ? latest(
        orders.map((path) => path.from),
        -1,
      )
    : undefined;
  const to = orders.every((path) => path.to) ? latest(orders.map((path) => path.to)) : undefined;
  // A range without ends would read every customer who ever ordered one by one.
  if (!from && !to) return all;
  return { by: "lastOrder", ...(from && { from }), ...(to && { to }) };
}

/** The last of the instants that are given; the first for the direction -1. */
const latest = (instants: readonly (Instant | undefined)[], direction: 1 | -1 = 1): Instant | undefined =>
  instants
    .filter((at) => at !== undefined)
    .sort()
    .at(direction === 1 ? -1 : 0);
