import { z } from "zod";
import { Consent } from "../customers/record.ts";
import { BusinessId, ImportId } from "../ids.ts";
import type { Item } from "../store.ts";
import { addSeconds, Instant } from "../time.ts";

/** The largest file, in bytes: 50 MB. */
export const mostBytes = 50 * 1024 * 1024;

/** How a column's values are written, where that can't be told from the values. */
export const ColumnType = z.enum([
  "decimal", // 29.33 or 1,250.00: a point before the decimals
  "decimal-comma", // 29,33 or 25.000: a comma before the decimals, points between thousands
  "minor-units", // 2933: as the API counts amounts
  "day-first", // 24/11/2026
  "month-first", // 11/24/2026
]);
export type ColumnType = z.infer<typeof ColumnType>;

export const customerFields = [
  "email",
  "phone",
  "externalId",
  "name",
  "firstName",
  "lastName",
  "nickname",
  "birthday",
  "birthYear",
  "tags",
  "locale",
  "timeZone",
  "consent",
] as const;
export const orderFields = [
  "id",
  "email",
  "phone",
  "externalId",
  "name",
  "placedAt",
  "total",
  "currency",
  "channel",
  "item",
  "itemName",
  "category",
  "quantity",
  "price",
] as const;

export const ColumnMapping = z.object({
  /** The column's title in the file, or the key in JSON Lines (`address.city` for one inside another). */
  column: z.string().trim().min(1).max(200),
  /** A field of customers or orders, `attributes.<name>` or `topics.<key>`; null leaves the column out. */
  field: z.string().min(1).max(60).nullable(),
  type: ColumnType.optional(),
});
export type ColumnMapping = z.infer<typeof ColumnMapping>;

export const ImportInput = z.object({
  kind: z.enum(["customers", "orders"]),
  format: z.enum(["csv", "jsonl"]),
  fileName: z.string().trim().min(1).max(200).optional(),
  /** Of the file, in bytes: the upload takes exactly so many. */
  size: z.int().min(0),
  /** For columns whose titles are not understood by themselves. */
  mapping: z.array(ColumnMapping).max(100).optional(),
  /** What separates columns; without it the title row decides between comma, semicolon, tab and bar. */
  delimiter: z.enum([",", ";", "\t", "|"]).optional(),
  /** For new customers, `pending` without it. Nobody who unsubscribed is turned back on. */
  consent: Consent.optional(),
  /** Asks new customers by a letter whether they want mail; until they confirm they are `pending`. */
  doubleOptIn: z.boolean().optional(),
  /** What entitles you to mail them, in your own words; needed for `subscribed`, kept as evidence. */
  legalBasis: z.string().trim().min(3).max(500).optional(),
});
export type ImportInput = z.infer<typeof ImportInput>;

/** Rows of the file, and what became of them; for orders, created and unchanged count orders. */
export const Counts = z.object({
  rows: z.int(),
  created: z.int(),
  updated: z.int(),
  unchanged: z.int(),
  rejected: z.int(),
});
export type Counts = z.infer<typeof Counts>;
export const nothing: Counts = { rows: 0, created: 0, updated: 0, unchanged: 0, rejected: 0 };

export const Import = ImportInput.extend({
  // Imports of earlier versions may lack it.
  size: z.int().optional(),
  id: ImportId,
  business: BusinessId,
  state: z.enum(["waiting", "running", "finished", "failed"]),
  /** Why it failed. */
  reason: z.string().optional(),
  counts: Counts,
  /** How the columns were understood, in the file's order. */
  columns: z.array(z.object({ column: z.string(), field: z.string() })).optional(),
  ignoredColumns: z.array(z.string()).optional(),
  createdAt: Instant,
  startedAt: Instant.optional(),
  finishedAt: Instant.optional(),
});
export type Import = z.infer<typeof Import>;

/** An import as stored, with what its worker needs. */
export type StoredImport = Import & {
  /** Rows that are done: where another worker goes on. */
  position?: number;
  worker?: string;
  /** Until when the worker is taken to be alive. */
  workerUntil?: Instant;
};

/** A value that could not go in. Rows are counted as a spreadsheet does: the title row is row 1. */
export const Rejection = z.object({
  row: z.int(),
  field: z.string(),
  reason: z.string(),
  /** The beginning of what the file says there. */
  value: z.string().optional(),
});
export type Rejection = z.infer<typeof Rejection>;

/** `imports/biz_x/imp_y`: where an import's file lies in the bucket. */
export const keyOf = (business: BusinessId, id: ImportId): string => `imports/${business}/${id}`;

/** How long a worker may be silent before another takes over, in seconds. */
export const silence = 60;

/**
 * The import as its owner sees it. One whose worker died and was not replaced, which takes Lambda a few
 * minutes, is shown as failed: nobody should wait for it.
 */
export function view(item: Item, now: Instant): Import {
  const { position, worker, workerUntil, ...shown } = item as unknown as StoredImport;
  const dead = shown.state === "running" && workerUntil && addSeconds(workerUntil, 600) < now;
  if (!dead) return shown;
  const reason = `It stopped after row ${position ?? 0}. Import the file again: what is in already stays as it is.`;
  return { ...shown, state: "failed", reason };
}
