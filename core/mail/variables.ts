/**
 * Every variable that a template may use; anything else is refused when the template is saved, so that a
 * misspelt name is found by the owner and not by a thousand customers. A test keeps it like view.ts.
 */
export type Variable =
  | "text"
  /** A complete https address, which a link may begin with. */
  | "url"
  /** `#rrggbb`, which may stand in a style. */
  | "colour"
  /** To be compared, not printed. */
  | "number"
  | { fields: Record<string, Variable> }
  | { list: Record<string, Variable> }
  /** Custom attributes of customers: any name, or those that the business has declared. */
  | "attributes";

const item: Record<string, Variable> = {
  name: "text",
  category: "text",
  price: "text",
  description: "text",
  url: "url",
  imageUrl: "url",
};

export const variables: Record<string, Variable> = {
  customer: { fields: { nickname: "text", name: "text", attributes: "attributes" } },
  business: {
    fields: {
      name: "text",
      postalAddress: "text",
      websiteUrl: "url",
      brandColour: "colour",
      brandTextColour: "colour",
      logoUrl: "url",
    },
  },
  offer: "text",
  items: { list: item },
  itemCount: "text",
  /** Why the customer gets mail at all, from the evidence of their consent. */
  because: "text",
  links: { fields: { unsubscribe: "url", preferences: "url", rating: "url" } },
  today: "text",
};

/** Variables whose value is one for the whole run, by the first part of their path. */
export const sharedRoots: ReadonlySet<string> = new Set(["business", "offer", "today"]);

/** Where a path is looked up: the fields around it, and their own path from the root. */
export type Scope = { fields: Record<string, Variable>; path: string };
export const root: Scope = { fields: variables, path: "" };

export type Found = { variable: Variable; path: string };

/** What a path such as `customer.nickname` or `items.0.name` means in a scope; undefined when nothing. */
export function resolve(
  parts: readonly string[],
  scope: Scope,
  attributes?: readonly string[],
): Found | undefined {
  let variable: Variable = { fields: scope.fields };
  let path = scope.path;
  for (const part of parts) {
    const next = step(variable, part, attributes);
    if (!next) return undefined;
    variable = next;
    // All items of a list are one to whoever asks which variables a template uses.
    if (path !== "items") path = path ? `${path}.${part}` : part;
  }
  return { variable, path };
}

function step(
  variable: Variable,
  part: string,
  attributes: readonly string[] | undefined,
): Variable | undefined {
  if (variable === "attributes") return isAttribute(part, attributes) ? "text" : undefined;
  if (typeof variable === "string") return undefined;
  if ("fields" in variable) return Object.hasOwn(variable.fields, part) ? variable.fields[part] : undefined;
  if (part === "length") return "number";
  return /^\d$/.test(part) ? { fields: variable.list } : undefined;
}

/** Also `constructor`, where a business has an attribute called so: views hold attributes without a prototype. */
const isAttribute = (name: string, attributes: readonly string[] | undefined): boolean =>
  /^[a-zA-Z][a-zA-Z0-9_]{0,40}$/.test(name) && (attributes?.includes(name) ?? true);

/** The names that a scope offers, as one writes them: `customer.nickname`. */
function namesIn(scope: Scope, attributes: readonly string[] = []): string[] {
  return Object.entries(scope.fields).flatMap(([name, variable]) => {
    if (typeof variable === "string" || "list" in variable) return [name];
    return Object.entries(variable.fields).flatMap(([field, inner]) =>
      inner === "attributes"
        ? attributes.map((attribute) => `${name}.${field}.${attribute}`)
        : [`${name}.${field}`],
    );
  });
}

/** No name of ours is as long, nor is any near to one that is. */
const longestName = 100;

/** The known name most like a misspelt one, if any is near: at most a third of its letters differ. */
export function nearest(written: string, scope: Scope, attributes?: readonly string[]): string | undefined {
  if (written.length > longestName) return undefined;
  const ranked = namesIn(scope, attributes)
    .map((name) => ({ name, distance: likeness(written, name) }))
    .sort((a, b) => a.distance - b.distance);
  const [best] = ranked;
  return best && best.distance <= Math.max(2, best.name.length / 3) ? best.name : undefined;
}

/** How far two names are apart, where leaving out the group (`nickname` for `customer.nickname`) is near. */
function likeness(written: string, name: string): number {
  const bare = name.slice(name.lastIndexOf(".") + 1);
  return Math.min(
    distance(written.toLowerCase(), name.toLowerCase()),
    distance(written.toLowerCase(), bare.toLowerCase()) + 1,
  );
}

/** Levenshtein's distance. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
