import type { Instant, MonthDay } from "../time.ts";

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
