import type { z } from "zod";
import { ownEntry } from "../dictionaries.ts";
import type { Problem } from "../errors.ts";
import { beginning } from "../text.ts";
import type { Order } from "./dates.ts";
import { maxCell } from "./limits.ts";
import { maxValueLength } from "./mapping.ts";
import type { ColumnReading, Rejection } from "./record.ts";
import type { Row } from "./rows.ts";
import { BadValue } from "./values.ts";

type Effect = Rejection["effect"];

/** How many problems of one row are told; more would tell its owner nothing new. */
const maxProblems: Record<Effect, number> = { "row-rejected": 5, "field-left-out": 20 };

/** What is read of one cell: the field, its text, and how its days or amounts are written. */
export type Cell = { field: string; text: string; type: Order | undefined };

/** The cells of one row, on their way into fields; gathers what is wrong with them. */
export class Cells {
  readonly #row: Row;
  readonly #columns: readonly ColumnReading[];
  readonly problems: Rejection[] = [];

  constructor(row: Row, columns: readonly ColumnReading[]) {
    this.#row = row;
    this.#columns = columns;
    if (row.problem) this.note({ field: "row", message: row.problem }, "row-rejected");
  }

  get rejected(): boolean {
    return this.problems.some(({ effect }) => effect === "row-rejected");
  }

  /** The fields of all cells that are not empty, as `convert` makes them of each; a cell that it refuses is noted. */
  read(convert: (cell: Cell) => Record<string, unknown>, effect: Effect): Map<string, unknown> {
    const values = new Map<string, unknown>();
    for (const { column, field, type, decidedBy } of this.#columns) {
      // Shopify and others write '+62… and '123, so that no spreadsheet takes them for formulas.
      const text = ownEntry(this.#row.cells, column)
        ?.trim()
        .replace(/^'(?=[+=@\d-])/, "");
      if (!text) continue;
      try {
        if (text.length > maxCell) throw new BadValue(`has more than ${maxCell} characters`);
        // What a decoder could not read, or half of a character, which JSON can write and nothing else.
        if (/[\uFFFD\p{Cs}]/u.test(text))
          throw new BadValue("holds characters that are not in the file's encoding");
        const order = type ?? (decidedBy === "nothing" ? "unknown" : undefined);
        for (const entry of Object.entries(convert({ field, text, type: order }))) values.set(...entry);
      } catch (error) {
        if (!(error instanceof BadValue)) throw error;
        this.note({ field, message: error.message }, effect);
      }
    }
    return values;
  }

  /** What the schema makes of the values; undefined when something was wrong with the row. */
  parse<S extends z.ZodType>(schema: S, values: unknown): z.output<S> | undefined {
    const result = schema.safeParse(values);
    if (result.success) return this.rejected ? undefined : result.data;
    for (const { path, message } of result.error.issues) {
      this.note({ field: path.join("."), message }, "row-rejected");
    }
    return undefined;
  }

  note(problem: Problem, effect: Effect): void {
    if (this.problems.some(({ field }) => field === problem.field)) return;
    const alike = this.problems.filter((one) => one.effect === effect);
    if (alike.length >= maxProblems[effect]) return;
    this.problems.push(problemOf(this.#row, this.#columns, { ...problem, effect }));
  }
}

/** A problem of a row with the value at fault, which is looked up by the field. */
export function problemOf(
  row: Row,
  columns: readonly ColumnReading[],
  { field, message, secret, effect }: Problem & { effect: Effect },
): Rejection {
  const column = columns.find((one) => field === one.field || field.startsWith(`${one.field}.`));
  const value =
    column && !secret && beginning(ownEntry(row.cells, column.column)?.trim() ?? "", maxValueLength);
  return { row: row.number, field, reason: beginning(message, 300), effect, ...(value && { value }) };
}
