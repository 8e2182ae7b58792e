import Handlebars from "handlebars";

/** What templates may call, besides `if`, `unless` and `each`. Arguments are texts or numbers; so are results. */
export const callable = {
  /** `{{default customer.attributes.favourite "kopi"}}`: the second where the first is empty. */
  default: (value: unknown, fallback: unknown) => text(isEmpty(value) ? fallback : value),
  /** `https://kopi.example/?n={{encode customer.name}}`: for a place within a web address. */
  encode: (value: unknown) => encoded(text(value)),
  /** `{{#if (eq customer.attributes.tier "gold")}}`: the same text. */
  eq: (a: unknown, b: unknown) => text(a) === text(b),
} satisfies Record<string, (...values: unknown[]) => unknown>;
export type CallableName = keyof typeof callable;

export const isCallable = (name: string): name is CallableName => Object.hasOwn(callable, name);

/** How many arguments each takes. */
export const arity: Record<CallableName, number> = { default: 2, encode: 1, eq: 2 };

/** As Handlebars' own `if` sees it: empty text, 0, false, nothing, and a list without entries. */
export const isEmpty = (value: unknown): boolean => !value || (Array.isArray(value) && value.length === 0);

const text = (value: unknown): string => (value === null || value === undefined ? "" : String(value));

function encoded(value: string): string {
  try {
    return encodeURIComponent(value);
  } catch {
    return ""; // Half a surrogate pair, which no address can hold.
  }
}

/** Handlebars with nothing in it but what templates may use. */
export const handlebars: typeof Handlebars = Handlebars.create();
for (const name of ["with", "lookup", "log", "blockHelperMissing"]) handlebars.unregisterHelper(name);
for (const [name, call] of Object.entries(callable)) {
  // Handlebars adds its options as the last argument.
  handlebars.registerHelper(name, (first: unknown, second: unknown) => call(first, second));
}

/** With only these known, a variable can never be taken for a helper, nor call one. */
export const knownHelpers = {
  if: true,
  unless: true,
  each: true,
  default: true,
  encode: true,
  eq: true,
  with: false,
  lookup: false,
  log: false,
  helperMissing: false,
  blockHelperMissing: false,
};
