import type { Business } from "../businesses.ts";
import type { Saving, Upserted, UpsertInput } from "../customers/upsert.ts";
import * as customers from "../customers.ts";
import { SapaError } from "../errors.ts";
import { identityFields } from "../identities.ts";
import type { Asked } from "../sign-ups/imported.ts";
import { mayBeAsked } from "../sign-ups/imported.ts";
import type { Instant } from "../time.ts";
import { problemOf } from "./cells.ts";
import type { CustomerRow, CustomerRows } from "./customer-rows.ts";
import { countChanges, type Outcome, outcomeOf } from "./outcome.ts";
import type { ColumnReading, Rejection, StoredImport } from "./record.ts";
import type { Row } from "./rows.ts";

/** Where rows are saved, and what is done about those who are to be asked for their consent. */
export type Destination = { saving: Saving; ask: (asked: readonly Asked[]) => Promise<void> };

export type SaveContext = {
  business: Business;
  imported: StoredImport;
  columns: readonly ColumnReading[];
  destination: Destination;
  now: Instant;
};

/** Saves rows of customers. May be repeated: what is in already is counted as unchanged. */
export async function saveCustomers(
  rows: readonly Row[],
  reader: CustomerRows,
  context: SaveContext,
): Promise<Outcome> {
  const { business, imported, destination, now } = context;
  const outcome = outcomeOf(rows.length);
  const read = rows.map((row) => reader.read(row));
  const good = read.filter((one): one is CustomerRow => "input" in one);
  const results = await customers.upsertMany(
    business,
    good.map(({ input }) => input),
    now,
    destination.saving,
  );
  const asked: Asked[] = [];
  const saved = new Map<Row, { result: Upserted | SapaError; problems: Rejection[] }>();
  for (const [at, one] of good.entries()) {
    const result = results[at] ?? new SapaError("invalid", "The row was left without an answer");
    const settled =
      result instanceof SapaError
        ? ((await keepRest(one, result, context)) ?? (await keepNo(one, result, context)))
        : undefined;
    saved.set(one.row, settled ?? { result, problems: one.problems });
    countChanges(outcome.counts, settled?.all ?? (result instanceof SapaError ? [] : [result]));
    if (result instanceof SapaError || !imported.doubleOptIn || !one.mayBeAsked) continue;
    const { customer } = result;
    // Also those whom this import created before it was interrupted; who was known before is left in peace.
    if (customer.createdAt < (imported.startedAt ?? now) || !mayBeAsked(customer)) continue;
    asked.push({ customer, evidence: one.input.evidence });
    if (result.outcome === "created") outcome.counts.asked += 1;
  }
  if (asked.length > 0) await destination.ask(asked);
  for (const one of read) tell(outcome, one, saved.get(one.row), context);
  return outcome;
}

function tell(
  outcome: Outcome,
  { row, problems: wrong }: { row: Row; problems: Rejection[] },
  saved: { result: Upserted | SapaError; problems: Rejection[] } | undefined,
  { columns }: SaveContext,
): void {
  const { counts } = outcome;
  if (saved && !(saved.result instanceof SapaError)) {
    const { outcome: became, customer } = saved.result;
    counts[became] += 1;
    counts.leftOut += saved.problems.length;
    outcome.problems.push(...saved.problems);
    outcome.rows.push({ row: row.number, outcome: became, problems: saved.problems, customer });
    return;
  }
  const problems = saved ? problemsOf(saved.result as SapaError, { row, columns }, "row-rejected") : wrong;
  counts.rejected += 1;
  outcome.problems.push(...problems);
  outcome.rows.push({ row: row.number, outcome: "rejected", problems });
}

/** What is wrong with a row, as the core says it. */
export const problemsOf = (
  error: SapaError,
  { row, columns }: { row: Row; columns: readonly ColumnReading[] },
  effect: Rejection["effect"],
): Rejection[] =>
  (error.problems.length ? error.problems : [{ field: "row", message: error.message }]).map((problem) =>
    problemOf(row, columns, { ...problem, field: problem.field.replace(/^customer\./, ""), effect }),
  );

type Kept = { result: Upserted; problems: Rejection[]; all: Upserted[] };

/** A row whose attributes are more than a customer can have goes in without them: there may be a "no" in it. */
async function keepRest(
  { row, input, problems }: CustomerRow,
  error: SapaError,
  { business, columns, destination, now }: SaveContext,
): Promise<Kept | undefined> {
  const { attributes, ...details } = input.details;
  if (!attributes || !error.problems.some(({ field }) => field === "attributes")) return undefined;
  const [result] = await customers.upsertMany(business, [{ ...input, details }], now, destination.saving);
  if (!result || result instanceof SapaError) return undefined;
  const left = problemsOf(error, { row, columns }, "field-left-out");
  return { result, problems: [...problems, ...left], all: [result] };
}

/**
 * A row whose identities belong to different customers can't be saved as one, but the "no" in it stays: it holds for
 * each of them, and for an identity of nobody yet. Which of them left is not known, and none may be mailed who did.
 */
async function keepNo(
  { row, input, problems }: CustomerRow,
  error: SapaError,
  { business, columns, destination, now }: SaveContext,
): Promise<Kept | undefined> {
  const { details, consent, suppress, evidence } = input;
  if (error.code !== "conflict" || (consent !== "unsubscribed" && !suppress)) return undefined;
  const parts = identityFields.flatMap((field): UpsertInput[] => {
    const value = details[field];
    if (!value || (field !== "email" && consent !== "unsubscribed")) return [];
    return [{ details: { [field]: value }, consent, evidence, ...(field === "email" && { suppress }) }];
  });
  const all = (await customers.upsertMany(business, parts, now, destination.saving)).filter(
    (one): one is Upserted => !(one instanceof SapaError),
  );
  const result = all.find(({ outcome }) => outcome !== "unchanged") ?? all[0];
  if (!result) return undefined;
  const outcome = result.outcome === "unchanged" ? ("unchanged" as const) : ("updated" as const);
  const left = problemsOf(error, { row, columns }, "field-left-out");
  return { result: { ...result, outcome }, problems: [...problems, ...left], all };
}
