import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type CsvError, parse } from "csv-parse";
import { cellsFrom, flatten, isObject, withinJson } from "./json-cells.ts";
import type { Import } from "./record.ts";
import { BadFile, textOf } from "./text.ts";

/**
 * A row of a file: its number as a spreadsheet counts, and its cells by column, in a record without a prototype: a
 * column may be called `constructor`. `problem` is why the row as a whole can't be read.
 */
export type Row = { number: number; cells: Record<string, string>; problem?: string };

/** No row of a real file comes near; a quote that is never closed would otherwise swallow the file. */
const mostCharacters = 256 * 1024;

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
    max_record_size: mostCharacters,
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
      number += 1;
      if (cells.every((cell) => cell.trim() === "")) continue;
      if (titles) {
        yield rowOf(number, titles, cells);
        continue;
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

/** No tool writes longer ones, and each is kept with the import. */
const maxTitle = 200;

/** The titles, each once: the second "Status" is "Status (2)", and what has none is "(column 3)". */
function named(cells: readonly string[]): string[] {
  const seen = new Map<string, number>();
  return cells.map((cell, at) => {
    const title = cell.trim().slice(0, maxTitle) || `(column ${at + 1})`;
    const times = (seen.get(title) ?? 0) + 1;
    seen.set(title, times);
    return times === 1 ? title : `${title} (${times})`;
  });
}

function rowOf(number: number, titles: readonly string[], values: readonly string[]): Row {
  const entries = titles.map((title, at): [string, string] => [title, values[at] ?? ""]);
  const inner = entries.flatMap(([title, value]) => withinJson(title, value));
  const cells = cellsFrom([...inner, ...entries]);
  if (values.slice(titles.length).every((value) => value.trim() === "")) return { number, cells };
  return {
    number,
    cells,
    problem: `has ${values.length} values, but there are ${titles.length} columns: is a value with a delimiter in it not in quotes?`,
  };
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
    number += 1;
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

async function* linesOf(text: AsyncGenerator<string>): AsyncGenerator<string> {
  let rest = "";
  for await (const piece of text) {
    const lines = (rest + piece).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
    if (rest.length > mostCharacters)
      throw new BadFile("The file has a line that is too long for JSON Lines");
  }
  if (rest) yield rest;
}

function jsonRow(number: number, line: string): Row {
  try {
    const value: unknown = JSON.parse(line);
    if (isObject(value)) return { number, cells: cellsFrom(flatten(value)) };
    return { number, cells: cellsFrom([]), problem: "is not a JSON object" };
  } catch {
    return { number, cells: cellsFrom([]), problem: "is not JSON" };
  }
}
