import type { z } from "zod";
import { ownEntry } from "../dictionaries.ts";
import type { Problem } from "../errors.ts";
import { beginning } from "../text.ts";
import type { Column } from "./columns.ts";
import type { ColumnType, Rejection } from "./record.ts";
import type { Row } from "./rows.ts";
import { BadValue } from "./values.ts";

/** More would tell an owner nothing new about one row. */
const mostProblems = 5;

/** In characters: the longest value that fits anywhere, fifty tags, has some three thousand. */
export const maxCell = 5000;

/** The cells of one row, on their way into fields; gathers what is wrong with them. */
export class Cells {
  readonly #row: Row;
  readonly #columns: readonly Column[];
  readonly rejections: Rejection[] = [];

  constructor(row: Row, columns: readonly Column[]) {
    this.#row = row;
    this.#columns = columns;
    if (row.problem) this.reject("row", row.problem);
  }

  /** The fields of all cells that are not empty, as `convert` makes them of each. */
  read(
    convert: (field: string, text: string, type: ColumnType | undefined) => Record<string, unknown>,
  ): Record<string, unknown> {
    const values: Record<string, unknown> = {};
    for (const { column, field, type } of this.#columns) {
      const text = ownEntry(this.#row.cells, column)?.trim();
      if (!text) continue;
      try {
        if (text.length > maxCell) throw new BadValue(`has more than ${maxCell} characters`);
        // What a decoder could not read, or half of a character, which JSON can write and nothing else.
        if (/[\uFFFD\p{Cs}]/u.test(text))
          throw new BadValue("holds characters that are not in the file's encoding");
        Object.assign(values, convert(field, text, type));
      } catch (error) {
        if (!(error instanceof BadValue)) throw error;
        this.reject(field, error.message);
      }
    }
    return values;
  }

  /** What the schema makes of the values; undefined when something was wrong with the row. */
  parse<S extends z.ZodType>(schema: S, values: unknown): z.output<S> | undefined {
    const result = schema.safeParse(values);
    if (result.success) return this.rejections.length ? undefined : result.data;
    for (const { path, message } of result.error.issues) this.reject(path.join("."), message);
    return undefined;
  }

  reject(field: string, reason: string): void {
    const known = this.rejections.some((one) => one.field === field);
    if (known || this.rejections.length >= mostProblems) return;
    this.rejections.push(rejection(this.#row, this.#columns, { field, message: reason }));
  }
}

/** A problem of a row with the value at fault, which is looked up by the field. */
export function rejection(
  row: Row,
  columns: readonly Column[],
  { field, message, secret }: Problem,
): Rejection {
  const column = columns.find((one) => field === one.field || field.startsWith(`${one.field}.`));
  const value = column && !secret && beginning(ownEntry(row.cells, column.column)?.trim() ?? "", 80);
  return { row: row.number, field, reason: beginning(message, 300), ...(value && { value }) };
}
