import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type CsvError, parse } from "csv-parse";
import { beginning } from "../text.ts";
import { cellsFrom, cellsOfLine, cellsWithin } from "./json-cells.ts";
import { maxColumns, maxRowLength, maxRows, maxTitle } from "./limits.ts";
import type { Import } from "./record.ts";
import { BadFile, textOf } from "./text.ts";

/**
 * A row of a file: its number as a spreadsheet counts, and its cells by column, in a record without a prototype, since
 * a column may be called `constructor`. `problem` is why the row as a whole can't be read.
 */
export type Row = { number: number; cells: Record<string, string>; problem?: string };

/**
 * The rows of a file of bytes, one by one, in flat memory. Blank rows are counted and left out. A title row is
 * told to `onTitles`, for CSV, before the first row. Throws BadFile for what is no such file.
 */
export async function* rowsOf(
  bytes: AsyncIterable<Uint8Array>,
  { format, delimiter }: Pick<Import, "format" | "delimiter">,
  onTitles: (titles: string[]) => void,
): AsyncGenerator<Row> {
  const text = textOf(bytes);
  if (format === "jsonl") yield* jsonRows(text);
  else yield* csvRows(text, delimiter, onTitles);
}

async function* csvRows(
  text: AsyncGenerator<string>,
  told: Import["delimiter"],
  onTitles: (titles: string[]) => void,
): AsyncGenerator<Row> {
  const { value: begin = "" } = await text.next();
  // A line that Excel itself writes and reads.
  const [hint = "", hinted] = /^sep=(.)\r?\n/i.exec(begin) ?? [];
  let broken: CsvError | undefined;
  const parser = parse({
    delimiter: told ?? hinted ?? sniff(begin),
    relax_column_count: true,
    relax_quotes: true,
    // Each row counts as the first, which has as many cells as it has: for one with more or fewer, an error would be
    // made that nobody sees, which takes ten times as long as the row itself.
    on_record: (record: string[]) => {
      Object.assign(parser.info, { records: 0 });
      return record;
    },
    max_record_size: maxRowLength,
    // An error would throw away the rows that wait in the stream: so it is kept until they are read.
    skip_records_with_error: true,
    on_skip: (error) => {
      broken ??= error;
      return undefined;
    },
  });
  const source = Readable.from(following(begin.slice(hint.length), text, () => broken !== undefined));
  // Its failures come out of the parser, where the loop below meets them.
  const flow = pipeline(source, parser).catch(() => {});
  let number = hint ? 1 : 0;
  let titles: string[] | undefined;
  try {
    for await (const cells of parser as AsyncIterable<string[]>) {
      number = next(number);
      if (cells.every((cell) => cell.trim() === "")) continue;
      if (titles) {
        yield rowOf(number, titles, cells);
        continue;
      }
      if (cells.length > maxColumns) {
        throw new BadFile(`The file has ${cells.length} columns; at most ${maxColumns} can be read`);
      }
      titles = named(cells);
      onTitles(titles);
    }
  } finally {
    parser.destroy();
    await flow;
  }
  if (broken) throw csvProblem(broken, number);
  if (!titles) throw new BadFile("The file is empty");
}

function next(number: number): number {
  if (number < maxRows) return number + 1;
  throw new BadFile(`The file has more than ${maxRows} rows: split it`);
}

async function* following(
  first: string,
  rest: AsyncGenerator<string>,
  stop: () => boolean,
): AsyncGenerator<string> {
  yield first;
  for await (const piece of rest) {
    if (stop()) return;
    yield piece;
  }
}

/** The titles, each once: the second "Status" is "Status (2)", and what has none is "(column 3)". */
function named(cells: readonly string[]): string[] {
  const taken = new Set<string>();
  return cells.map((cell, at) => {
    const title = beginning(cell.trim(), maxTitle) || `(column ${at + 1})`;
    let name = title;
    for (let count = 2; taken.has(name); count++) {
      const mark = ` (${count})`;
      name = beginning(title, maxTitle - mark.length) + mark;
    }
    taken.add(name);
    return name;
  });
}

function rowOf(number: number, titles: readonly string[], values: readonly string[]): Row {
  const own = titles.slice(0, values.length).map((title, at): [string, string] => [title, values[at] ?? ""]);
  const within = own.map(([title, value]) => cellsWithin(title, value));
  const cells = cellsFrom([...within.flatMap(({ cells }) => cells), ...own]);
  const tooLong = values.slice(titles.length).some((value) => value.trim() !== "");
  const problem = tooLong
    ? `has ${values.length} values, but there are ${titles.length} columns: is a value with a delimiter in it not in quotes?`
    : within.find(({ problem }) => problem)?.problem;
  return { number, cells, ...(problem && { problem }) };
}

function csvProblem({ code, message }: CsvError, row: number): BadFile {
  return code === "CSV_QUOTE_NOT_CLOSED" || code === "CSV_MAX_RECORD_SIZE"
    ? new BadFile(`A quote that begins after row ${row} is never closed`)
    : new BadFile(`Row ${row + 1} can't be read as CSV: ${message}`);
}

/** The delimiter that the title row has most of, outside of quotes. */
function sniff(text: string): string {
  const titles = /^\s*(.*)/.exec(text)?.[1]?.replace(/"[^"]*"/g, "") ?? "";
  const count = (delimiter: string) => titles.split(delimiter).length;
  return [",", ";", "\t", "|"].reduce((best, one) => (count(one) > count(best) ? one : best));
}

async function* jsonRows(text: AsyncGenerator<string>): AsyncGenerator<Row> {
  let number = 0;
  let read = 0;
  for await (const line of linesOf(text)) {
    number = next(number);
    if (line.trim() === "") continue;
    const row = jsonRow(number, line);
    if (read === 0 && row.problem) {
      throw new BadFile(`The file is not JSON Lines, one JSON object a line: row ${number} ${row.problem}`);
    }
    read += 1;
    yield row;
  }
  if (read === 0) throw new BadFile("The file is empty");
}

/** Each character is looked at once, in whatever pieces the file comes. */
async function* linesOf(text: AsyncGenerator<string>): AsyncGenerator<string> {
  let pieces: string[] = [];
  let length = 0;
  for await (const piece of text) {
    for (const [at, line] of piece.split("\n").entries()) {
      if (at > 0) {
        yield pieces.join("");
        pieces = [];
        length = 0;
      }
      pieces.push(line);
      length += line.length;
      if (length > maxRowLength) throw new BadFile("The file has a line that is too long for JSON Lines");
    }
  }
  if (length > 0) yield pieces.join("");
}

function jsonRow(number: number, line: string): Row {
  const { cells, problem } = cellsOfLine(line);
  return { number, cells: cellsFrom(cells), ...(problem && { problem }) };
}
