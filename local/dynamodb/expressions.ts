import type conditionParser from "dynalite/db/conditionParser.js";

type Values = Record<string, Record<string, unknown>>;
type Context = {
  attrNames?: Record<string, string>;
  attrVals?: Values;
  unusedAttrNames: Record<string, true>;
  unusedAttrVals: Record<string, true>;
};
type Parser = typeof conditionParser;
/** What parsing an expression came to, and which of the names and values that were given it used. */
type Parsed = { tree: unknown; names: string[]; values: string[] };

/** More expressions than Sapa has; a caller that makes them up must not fill the memory. */
const maxKept = 2_000;

/**
 * Has one of dynalite's parsers parse each expression once. It does so each time that it meets one, which costs more
 * than all else that it does, and the same few come again and again with other values. So an expression is kept for all
 * values of the same types: its tree holds the values themselves, and is copied with those of the request in their
 * places.
 */
export function parseOnce(parser: Parser): void {
  const parse = parser.parse;
  const kept = new Map<string, Parsed>();
  parser.parse = (text, options) => {
    const context = options.context as Context;
    // Whether its bounds are in order, or the type it names exists, depends on the values and not on their types.
    if (/between|attribute_type/i.test(text)) return parse(text, options);
    const key = keyOf(text, context);
    const known = kept.get(key);
    if (known) return reuse(known, context);
    const tree = parse(text, options);
    // An error is a text, and may quote a value.
    if (typeof tree === "string") return tree;
    if (kept.size >= maxKept) kept.clear();
    kept.set(key, remembered(tree, context));
    return tree;
  };
}

function keyOf(text: string, { attrNames = {}, attrVals = {} }: Context): string {
  let key = text;
  for (const name in attrNames) key += `\n${name} ${attrNames[name]}`;
  for (const name in attrVals) for (const type in attrVals[name]) key += `\n${name} ${type}`;
  return key;
}

function remembered(tree: unknown, { attrNames, attrVals = {}, ...unused }: Context): Parsed {
  const used = (given: object = {}, left: object) => Object.keys(given).filter((name) => !(name in left));
  const places = new Map(Object.entries(attrVals).map(([name, value]) => [value as unknown, name]));
  return {
    tree: copied(tree, (part) => {
      const name = places.get(part);
      return name === undefined ? undefined : new Place(name);
    }),
    names: used(attrNames, unused.unusedAttrNames),
    values: used(attrVals, unused.unusedAttrVals),
  };
}

function reuse({ tree, names, values }: Parsed, context: Context): unknown {
  for (const name of names) delete context.unusedAttrNames[name];
  for (const name of values) delete context.unusedAttrVals[name];
  return copied(tree, (part) => (part instanceof Place ? context.attrVals?.[part.name] : undefined));
}

/** Where one of the request's values belongs. */
class Place {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/** A copy of a tree in which `replace` may put something else for a part. */
function copied(part: unknown, replace: (part: object) => unknown): unknown {
  if (typeof part !== "object" || part === null) return part;
  const replaced = replace(part);
  if (replaced !== undefined) return replaced;
  // A path is a list, and may carry a property besides; and some records have no prototype.
  const copy = Array.isArray(part) ? [] : Object.create(Object.getPrototypeOf(part));
  for (const [name, value] of Object.entries(part)) copy[name] = copied(value, replace);
  return copy;
}
