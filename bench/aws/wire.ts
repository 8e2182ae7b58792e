/** A plain value as DynamoDB's JSON writes it: `{ a: 1 }` is `{ M: { a: { N: "1" } } }`; what is undefined is left out. */
export function wire(value: unknown): Record<string, unknown> {
  if (value === null) return { NULL: true };
  if (typeof value === "string") return { S: value };
  if (typeof value === "number") return { N: String(value) };
  if (typeof value === "boolean") return { BOOL: value };
  if (Array.isArray(value)) return { L: value.map(wire) };
  return { M: wireItem(value as object) };
}

/** An item, or a key, as DynamoDB's JSON writes it. */
export const wireItem = (item: object): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(item).flatMap(([name, value]) => (value === undefined ? [] : [[name, wire(value)]])),
  );
