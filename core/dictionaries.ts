/**
 * Dictionaries are records whose keys are names that others chose: of items, categories, attributes, topics, columns.
 * `constructor` is such a name, and every object of JavaScript answers to it. So dictionaries are read by the
 * functions below, which know own entries only, and made by `Object.fromEntries`, which makes own entries only.
 */
type Dictionary<Value> = Readonly<Record<string, Value>>;

/** What a dictionary holds under a name; undefined when that is nothing of its own. */
export const ownEntry = <Value>(dictionary: Dictionary<Value>, name: string): Value | undefined =>
  Object.hasOwn(dictionary, name) ? dictionary[name] : undefined;

/** Adds one to what a dictionary of counts holds under a name. */
export function countOne(counts: Record<string, number>, name: string): void {
  counts[name] = (ownEntry(counts, name) ?? 0) + 1;
}

/**
 * The one name that no key of a dictionary may have: plain objects keep no entry under it, and neither zod nor
 * DynamoDB's client carry it. It is refused where it would become a key, since else it would be lost in silence.
 */
export const isKey = (name: string): boolean => name !== "__proto__";

/** What is said of that name, to be put after the field's. */
export const notKey = "must not be __proto__";
