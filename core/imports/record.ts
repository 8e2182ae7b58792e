import { z } from "zod";
import { Consent, CustomerDetails, SuppressionReason } from "../customers/record.ts";
import { BusinessId, ImportId } from "../ids.ts";
import type { Item } from "../store.ts";
import { addSeconds, Instant } from "../time.ts";
import { ColumnMapping, ColumnType, Meaning, maxMappings, ValueMapping } from "./mapping.ts";

/** The largest file, in bytes: 50 MB. */
export const mostBytes = 50 * 1024 * 1024;

/** Days for which the file, and what holds pieces of it, is kept. */
export const keptDays = 7;

/** What an owner decides about a file, before it is uploaded or once they have seen how it was understood. */
const choices = {
  mapping: z.array(ColumnMapping).max(maxMappings).optional().meta({
    description: "For columns that are not understood by themselves, or not as you mean them",
  }),
  consent: Consent.optional().meta({
    description:
      "For new customers of whom the file says nothing; pending without it. Nobody who unsubscribed is turned back on",
  }),
  doubleOptIn: z.boolean().optional().meta({
    description: "Asks new customers by a letter whether they want mail; until they confirm they are pending",
  }),
  legalBasis: z.string().trim().min(3).max(500).optional().meta({
    description:
      "What entitles you to mail them, in your own words; needed for subscribed, and kept as evidence. Without it a yes in the file counts as pending",
  }),
  dryRun: z.boolean().optional().meta({
    description:
      "Rehearses the import: everything is read and decided as it would be, and nothing is changed. Then POST …/continue brings the file in",
  }),
};

export const ImportInput = z.object({
  kind: z.enum(["customers", "orders"]),
  format: z.enum(["csv", "jsonl"]),
  fileName: z.string().trim().min(1).max(200).optional().meta({
    description:
      "Some tools tell only by the file's name whose file it is, such as unsubscribed_members_export.csv",
  }),
  size: z.int().min(0).meta({ description: "Of the file, in bytes: the upload takes exactly so many" }),
  delimiter: z.enum([",", ";", "\t", "|"]).optional().meta({
    description:
      "What separates columns; without it the title row decides between comma, semicolon, tab and bar",
  }),
  ...choices,
});
export type ImportInput = z.infer<typeof ImportInput>;

/** How an import that waits for its owner goes on: what is given replaces what was, a mapping column by column. */
export const ImportContinuation = z.object({
  ...choices,
  dryRun: choices.dryRun.meta({
    description:
      "Whether it is rehearsed. Without it an import that was rehearsed is brought in, and one that asked a question goes on as it was asked for",
  }),
});
export type ImportContinuation = z.infer<typeof ImportContinuation>;

const rows = (description: string) => z.int().meta({ description });

/** Rows of the file, and what became of them, or would. */
export const Counts = z.object({
  rows: rows("In the file"),
  created: rows("New customers, or orders"),
  updated: rows("That changed a customer"),
  unchanged: rows("That changed nothing"),
  rejected: rows("That could not go in"),
  subscribed: rows("By which a customer came to be subscribed"),
  unsubscribed: rows("By which a customer came to be unsubscribed"),
  suppressed: rows("By which an address came to be suppressed, or whose new customer's address was already"),
  asked: rows("New customers who get a letter that asks for their consent"),
  leftOut: rows("Values that could not be read and were left out of rows that went in"),
});
export type Counts = z.infer<typeof Counts>;
export const nothing: Counts = {
  rows: 0,
  created: 0,
  updated: 0,
  unchanged: 0,
  rejected: 0,
  subscribed: 0,
  unsubscribed: 0,
  suppressed: 0,
  asked: 0,
  leftOut: 0,
};

export const sum = (one: Counts, other: Counts): Counts =>
  Object.fromEntries(
    (Object.keys(nothing) as (keyof Counts)[]).map((name) => [name, one[name] + other[name]]),
  ) as Counts;

/** How a column of the file was understood. */
export const ColumnReading = z.object({
  column: z.string(),
  field: z.string(),
  type: ColumnType.optional(),
  /** What told the day from the month. */
  decidedBy: z.enum(["mapping", "values", "tool", "language", "format", "nothing"]).optional().meta({
    description:
      "What told day from month: your mapping; the values, of which one is over 12; the tool whose file it is; the business's language; the form 11-24. By nothing: what could be two days is left out",
  }),
  values: z
    .array(ValueMapping.extend({ rows: z.int() }))
    .optional()
    .meta({ description: "What each value of a column of consent means, and how many rows have it" }),
  otherwise: Meaning.optional(),
});
export type ColumnReading = z.infer<typeof ColumnReading>;

/** What the owner can answer about a column: what its values mean, or to leave it out. */
export const answers = [...Meaning.options, "ignore"] as const;

/** A column that looks like consent and is not understood. Nothing comes in before it is answered. */
export const Question = z.object({
  column: z.string(),
  reason: z.string(),
  values: z.array(ValueMapping.partial({ means: true }).extend({ rows: z.int() })).meta({
    description: "The values, the most frequent first; means says how one is understood, where it is",
  }),
  otherRows: z.int().meta({ description: "Rows with still other values, too many to list" }),
  answers: z.array(z.enum(answers)).meta({
    description:
      "For each value one of these, by mapping.values of the field consent; ignore, by the field null, leaves the column out",
  }),
});
export type Question = z.infer<typeof Question>;

const effects = z.enum(["row-rejected", "field-left-out"]).meta({
  description: "Whether the row could not go in, or went in without this field",
});

/** One kind of problem of a file, and how many rows have it. */
export const ProblemCount = z.object({
  field: z.string(),
  reason: z.string(),
  effect: effects,
  rows: z.int(),
  firstRow: z.int(),
});
export type ProblemCount = z.infer<typeof ProblemCount>;

export const Import = ImportInput.extend({
  id: ImportId,
  business: BusinessId,
  state: z.enum(["waiting", "running", "question", "rehearsed", "finished", "failed"]).meta({
    description:
      "waiting for the file or its turn; question: a column has to be explained, and rehearsed: all is as it would be, both wait for POST …/continue",
  }),
  reason: z.string().optional().meta({ description: "Why it failed" }),
  counts: Counts,
  columns: z
    .array(ColumnReading)
    .optional()
    .meta({ description: "As they were understood, in the file's order" }),
  ignoredColumns: z.array(z.string()).optional(),
  questions: z.array(Question).optional().meta({ description: "In the state question" }),
  problems: z.array(ProblemCount).optional().meta({ description: "What was wrong with rows, by its kind" }),
  createdAt: Instant,
  startedAt: Instant.optional(),
  finishedAt: Instant.optional(),
});
export type Import = z.infer<typeof Import>;

/** An import as stored, with what its worker needs. */
export type StoredImport = Omit<Import, "questions"> & {
  /** Rows that are done: where another worker goes on. */
  position?: number;
  worker?: string;
  /** Until when the worker is taken to be alive. */
  workerUntil?: Instant;
  /** The uploaded file, once it has been looked at: another one under its key is not taken for it. */
  uploaded?: { size: number; etag?: string | undefined };
  /** How often its owner had it go on; each time has a report of its own. */
  attempt?: number;
};

/** A value that could not go in. Rows are counted as a spreadsheet does: the title row is row 1. */
export const Rejection = z.object({
  row: z.int(),
  field: z.string(),
  reason: z.string(),
  effect: effects,
  value: z.string().optional().meta({ description: "The beginning of what the file says there" }),
});
export type Rejection = z.infer<typeof Rejection>;

/** A row of a rehearsal, with the customer as they would be saved. */
export const RehearsedRow = z.object({
  row: z.int(),
  outcome: z.enum(["created", "updated", "unchanged", "rejected"]),
  customer: CustomerDetails.extend({ consent: Consent, suppressed: SuppressionReason.optional() })
    .optional()
    .meta({ description: "Absent for rows that are rejected, and for orders" }),
  problems: z.array(Rejection),
});
export type RehearsedRow = z.infer<typeof RehearsedRow>;

/** `imports/biz_x/imp_y`: where an import's file lies in the bucket. */
export const keyOf = (business: BusinessId, id: ImportId): string => `imports/${business}/${id}`;

/** How long a worker may be silent before another takes over, in seconds. */
export const silence = 60;

/**
 * The import as its owner sees it. One whose worker died and was not replaced, which takes Lambda a few
 * minutes, is shown as failed: nobody should wait for it.
 */
export function view(item: Item, now: Instant): Import {
  const { position, worker, workerUntil, uploaded, attempt, ...shown } = item as unknown as StoredImport;
  const counts = { ...nothing, ...shown.counts };
  const dead = shown.state === "running" && workerUntil && addSeconds(workerUntil, 600) < now;
  if (!dead) return { ...shown, counts };
  const reason = `It stopped after row ${position ?? 0}. Import the file again: what is in already stays as it is.`;
  return { ...shown, counts, state: "failed", reason };
}
