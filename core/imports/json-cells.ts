/** Columns that one JSON value may have. */
const maxInner = 200;

/** A record without a prototype, in which `constructor` and `__proto__` are names like any other. */
export function cellsFrom(entries: Iterable<readonly [string, string]>): Record<string, string> {
  const cells: Record<string, string> = Object.create(null);
  for (const [column, text] of entries) cells[column] = text;
  return cells;
}

/**
 * The columns of a JSON object: `{"address":{"city":"Bandung"},"tags":["a","b"]}` has `address.city` and `tags`,
 * "a, b". What a list of objects holds is put together by name: `{"lists":[{"status":"confirmed"},{"status":"left"}]}`
 * has the column `lists.status`, "confirmed, left".
 */
export function flatten(value: Record<string, unknown>, prefix = "", depth = 0): [string, string][] {
  const cells = Object.entries(value).flatMap(([key, entry]): [string, string][] => {
    const column = `${prefix}${key}`.slice(0, 200);
    if (entry === null || entry === undefined) return [];
    if (isObject(entry)) return depth < 3 ? flatten(entry, `${column}.`, depth + 1) : [];
    if (!Array.isArray(entry)) return [[column, String(entry)]];
    const objects = entry.filter(isObject);
    const plain = entry.filter((one) => one !== null && !isObject(one)).map(String);
    return [
      ...(plain.length > 0 || objects.length === 0 ? [[column, plain.join(", ")] as [string, string]] : []),
      ...(depth < 3 ? together(objects.map((one) => flatten(one, `${column}.`, depth + 1))) : []),
    ];
  });
  return cells.slice(0, maxInner);
}

function together(all: readonly [string, string][][]): [string, string][] {
  const texts = new Map<string, string[]>();
  for (const [column, text] of all.flat()) texts.set(column, [...(texts.get(column) ?? []), text]);
  return [...texts].map(([column, parts]) => [column, parts.join(", ")]);
}

/** The columns within a CSV cell that holds a JSON object or a list of them, as listmonk's `attributes` does. */
export function withinJson(column: string, text: string): [string, string][] {
  if (!/^\s*(\{|\[\s*\{)/.test(text)) return [];
  try {
    const value: unknown = JSON.parse(text);
    return flatten({ [column]: value });
  } catch {
    return [];
  }
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
