import type { Customer } from "../customers/record.ts";
import type { Upserted } from "../customers/upsert.ts";
import { type Counts, nothing, type ProblemCount, type RehearsedRow, type Rejection } from "./record.ts";

/** What became of some rows. */
export type Outcome = {
  counts: Counts;
  problems: Rejection[];
  /** The rows in their order, with the customer as they were saved. */
  rows: (Pick<RehearsedRow, "row" | "outcome" | "problems"> & { customer?: Customer })[];
};

export const outcomeOf = (rows: number): Outcome => ({
  counts: { ...nothing, rows },
  problems: [],
  rows: [],
});

/** Counts what a save did to a customer's consent and address. */
export function countChanges(counts: Counts, saved: readonly Upserted[]): void {
  const some = (is: (one: Upserted["customer"]) => boolean) =>
    saved.some(({ before, customer }) => is(customer) && !(before && is(before)));
  if (some(({ consent }) => consent === "subscribed")) counts.subscribed += 1;
  if (some(({ consent }) => consent === "unsubscribed")) counts.unsubscribed += 1;
  if (some(({ suppressed }) => suppressed !== undefined)) counts.suppressed += 1;
}

/** Kinds of problems that are told apart; a file can be wrong in more ways than anyone would read. */
const maxKinds = 50;
const others = { field: "row", reason: "has another problem: see the list of them" };

/** Counts problems by their kind, onto those that were counted before. */
export function countProblems(
  before: readonly ProblemCount[],
  problems: readonly Rejection[],
): ProblemCount[] {
  const kinds = new Map(before.map((one) => [nameOf(one), one]));
  for (const { row, effect, ...problem } of problems) {
    // Which customer it is changes from row to row, and the kind does not.
    const kind = { field: problem.field, reason: problem.reason.replace(/\bcus_[a-z0-9]+/g, "…"), effect };
    const room = kinds.size < maxKinds || kinds.has(nameOf(kind));
    const counted = room ? kind : { ...others, effect };
    const known = kinds.get(nameOf(counted));
    kinds.set(
      nameOf(counted),
      known ? { ...known, rows: known.rows + 1 } : { ...counted, rows: 1, firstRow: row },
    );
  }
  return [...kinds.values()];
}

const nameOf = ({ field, reason, effect }: Pick<ProblemCount, "field" | "reason" | "effect">): string =>
  `${effect}\n${field}\n${reason}`;
