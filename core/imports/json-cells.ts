import { excess, halfCharacter, pathOfHalfCharacter } from "../json.ts";
import { jsonLimits, maxTitle } from "./limits.ts";

type Cell = [column: string, text: string];

/** The columns that JSON holds, or why it can't be read, to be put after its name. */
export type JsonCells = { cells: Cell[]; problem?: string };

/** Levels of objects whose fields are columns; what lies deeper is left out. */
const maxLevels = 4;

const isNoJson = "is not JSON";

/** A record without a prototype, in which `constructor` and `__proto__` are names like any other. */
export function cellsFrom(entries: Iterable<readonly [string, string]>): Record<string, string> {
  const cells: Record<string, string> = Object.create(null);
  for (const [column, text] of entries) cells[column] = text;
  return cells;
}

/** The columns of a line of JSON Lines. */
export function cellsOfLine(line: string): JsonCells {
  const { value, problem } = parse(line);
  if (problem) return { cells: [], problem };
  return isObject(value) ? cellsOf(value) : { cells: [], problem: "is not a JSON object" };
}

/**
 * The columns within a CSV cell that holds a JSON object or a list of them, as listmonk's `attributes` does. What only
 * looks like JSON is a text like any other.
 */
export function cellsWithin(column: string, text: string): JsonCells {
  if (!/^\s*(\{|\[\s*\{)/.test(text)) return { cells: [] };
  const { value, problem } = parse(text);
  if (problem === isNoJson) return { cells: [] };
  const found = problem ? { cells: [], problem } : cellsOf({ [column]: value });
  return found.problem ? { cells: [], problem: `holds a cell of JSON that ${found.problem}` } : found;
}

function parse(text: string): { value?: unknown; problem?: string } {
  const tooMuch = excess(text, jsonLimits);
  if (tooMuch) return { problem: tooMuch };
  try {
    const value: unknown = JSON.parse(text);
    return pathOfHalfCharacter(text, value) ? { problem: halfCharacter } : { value };
  } catch {
    return { problem: isNoJson };
  }
}

class LongName extends Error {}

function cellsOf(value: object): JsonCells {
  try {
    return { cells: flatten(value) };
  } catch (error) {
    if (!(error instanceof LongName)) throw error;
    return { cells: [], problem: `has a field whose name is longer than ${maxTitle} characters` };
  }
}

/**
 * The columns of a JSON object: `{"address":{"city":"Bandung"},"tags":["a","b"]}` has `address.city` and `tags`,
 * "a, b". What a list of objects holds is put together by name: `{"lists":[{"status":"confirmed"},{"status":"left"}]}`
 * has the column `lists.status`, "confirmed, left". Throws LongName.
 */
function flatten(value: object, prefix = "", level = 1): Cell[] {
  const goesOn = level < maxLevels;
  return Object.entries(value).flatMap(([key, entry]): Cell[] => {
    if (entry === null || entry === undefined) return [];
    const column = `${prefix}${key}`;
    if (column.length > maxTitle) throw new LongName();
    if (isObject(entry)) return goesOn ? flatten(entry, `${column}.`, level + 1) : [];
    if (!Array.isArray(entry)) return [[column, String(entry)]];
    const objects = goesOn ? entry.filter(isObject) : [];
    const others = entry.filter((one) => one !== null && !(goesOn && isObject(one)));
    return [
      ...(others.length > 0 || objects.length === 0
        ? [[column, others.map(textOf).join(", ")] satisfies Cell]
        : []),
      ...together(objects.flatMap((one) => flatten(one, `${column}.`, level + 1))),
    ];
  });
}

function together(cells: readonly Cell[]): Cell[] {
  const texts = new Map<string, string[]>();
  for (const [column, text] of cells) {
    const others = texts.get(column);
    if (others) others.push(text);
    else texts.set(column, [text]);
  }
  return [...texts].map(([column, parts]) => [column, parts.join(", ")]);
}

/** Written out, since an object may have a field `toString`, which is no function. */
const textOf = (entry: unknown): string =>
  typeof entry === "object" ? JSON.stringify(entry) : String(entry);

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
