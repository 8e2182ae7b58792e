import type { Fault } from "./faults.ts";
import { handlebars } from "./helpers.ts";
import { variables } from "./variables.ts";

/** One `{{…}}` of a template's source, taken out of MJML's way. */
export type Token = {
  name: string;
  /** As written, braces included. */
  raw: string;
  kind: "print" | "open" | "else" | "close";
  line: number;
};

export type Hidden = {
  /** The source with a word in place of each expression; comments are gone. */
  text: string;
  tokens: readonly Token[];
  /** Finds tokens in any text, and their place in it. */
  find(text: string): { token: Token; start: number; end: number }[];
  /** Puts the expressions back. */
  show(text: string): string;
  /** The line of the source for a line of the hidden text. */
  lineOf(line: number): number;
};

/**
 * MJML, CSS inlining and the plain-text converter each reshape what looks like punctuation, quotes and entities.
 * A plain word passes through all of them untouched, in text, attributes and addresses alike, so expressions
 * travel as words. The source must have been read without faults.
 */
export function hide(source: string): Hidden {
  const prefix = unusedWord(source);
  const tokens: Token[] = [];
  const lines: { hidden: number; swallowed: number }[] = [];
  let text = "";
  let line = 1;
  let hiddenLine = 1;
  for (const { raw, isExpression } of pieces(source)) {
    const breaks = raw.split("\n").length - 1;
    const kind = isExpression ? kindOf(raw) : undefined;
    if (!isExpression) {
      text += raw;
      hiddenLine += breaks;
    } else if (kind) {
      if (breaks > 0) lines.push({ hidden: hiddenLine, swallowed: breaks });
      const name = `${prefix}${tokens.length}z`;
      tokens.push({ name, raw, kind, line });
      text += name;
    } else {
      text += "\n".repeat(breaks);
      hiddenLine += breaks;
    }
    line += breaks;
  }
  const pattern = new RegExp(`${prefix}(\\d+)z`, "gi");
  return {
    text,
    tokens,
    find: (text) =>
      [...text.matchAll(pattern)].flatMap(({ 0: word, 1: at, index }) => {
        const token = tokens[Number(at)];
        return token ? [{ token, start: index, end: index + word.length }] : [];
      }),
    show: (text) => text.replace(pattern, (word, at) => tokens[Number(at)]?.raw ?? word),
    lineOf: (line) =>
      lines.reduce((sum, { hidden, swallowed }) => (hidden < line ? sum + swallowed : sum), line),
  };
}

/** The same, and of what is put into it afterwards: `added`, whose expressions are words of the same kind. */
export function hideWith(source: string, added: string): Hidden & { added: string } {
  const hidden = hide(`${source}\0${added}`);
  const end = hidden.text.lastIndexOf("\0");
  return { ...hidden, text: hidden.text.slice(0, end), added: hidden.text.slice(end + 1) };
}

/** A word that the source does not hold in any spelling: `qsapa0q`, or one with the first number that is free. */
function unusedWord(source: string): string {
  const used = new Set([...source.matchAll(/qsapa(\d{1,6})(?=q)/gi)].map(([, number]) => Number(number)));
  let number = 0;
  while (used.has(number)) number += 1;
  return `qsapa${number}q`;
}

function kindOf(raw: string): Token["kind"] | undefined {
  const inside = raw.replace(/^\{\{~?\s*/, "");
  if (inside.startsWith("!")) return undefined;
  if (inside.startsWith("#")) return "open";
  if (inside.startsWith("/")) return "close";
  // Inverted blocks open with {{^if x}}; a bare {{^}} is an else.
  if (inside.startsWith("^")) return /^\^\s*~?\}\}$/.test(inside) ? "else" : "open";
  return /^else\b/.test(inside) ? "else" : "print";
}

function* pieces(source: string): Generator<{ raw: string; isExpression: boolean }> {
  let at = 0;
  while (at < source.length) {
    const start = source.indexOf("{{", at);
    const until = start === -1 ? source.length : start;
    if (until > at) yield { raw: source.slice(at, until), isExpression: false };
    if (start === -1) return;
    at = expressionEnd(source, start);
    yield { raw: source.slice(start, at), isExpression: true };
  }
}

/** The expressions of a source as Handlebars finds them, in time proportional to the source, whatever is in it. */
export function* expressionsIn(source: string): Generator<string> {
  for (const { raw, isExpression } of pieces(source)) if (isExpression) yield raw;
}

function expressionEnd(source: string, start: number): number {
  const comment = /^\{\{~?!(--)?/.exec(source.slice(start, start + 6));
  if (comment) {
    const end = /--~?\}\}/g;
    end.lastIndex = start;
    const found = comment[1] ? end.exec(source) : null;
    return found ? end.lastIndex : past(source, "}}", start);
  }
  for (let at = start + 2; at < source.length; at++) {
    const quote = closers[source[at] ?? ""];
    if (quote) at = Math.max(at, closing(source, quote, at + 1));
    else if (source.startsWith("}}", at)) return at + 2;
  }
  return source.length;
}

const closers: Record<string, string> = { '"': '"', "'": "'", "[": "]" };

/** Where a quote ends, as Handlebars' lexer has it: a backslash spares the one behind it, unless it is the last. */
function closing(source: string, quote: string, from: number): number {
  let spared = -1;
  for (let at = source.indexOf(quote, from); at !== -1; at = source.indexOf(quote, at + 1)) {
    if (source[at - 1] !== "\\") return at;
    spared = at;
  }
  return spared;
}

function past(text: string, what: string, from: number): number {
  const found = text.indexOf(what, from);
  return found === -1 ? text.length : found + what.length;
}

/** The path of the variable that a token prints, `links.unsubscribe`, if it prints one and nothing more. */
export function printedPath(token: Token): string | undefined {
  const { path, params } = mustacheOf(token) ?? {};
  if (path?.type !== "PathExpression" || params?.length) return undefined;
  return (path as hbs.AST.PathExpression).parts.join(".");
}

/** Whether a token prints anything of what a path begins with, such as `links`, in whatever way it is written. */
export const prints = (token: Token, root: string): boolean => {
  let found = false;
  JSON.stringify(mustacheOf(token), (key, value) => {
    if (key === "parts" && Array.isArray(value) && value[0] === root) found = true;
    return key === "loc" ? undefined : value;
  });
  return found;
};

const mustaches = new WeakMap<Token, hbs.AST.MustacheStatement | null>();

function mustacheOf(token: Token): hbs.AST.MustacheStatement | undefined {
  let known = mustaches.get(token);
  if (known === undefined) {
    const [node] = token.kind === "print" ? handlebars.parse(token.raw).body : [];
    known = node?.type === "MustacheStatement" ? (node as hbs.AST.MustacheStatement) : null;
    mustaches.set(token, known);
  }
  return known ?? undefined;
}

/** What a printed variable is, judged by its last name; names in variables.ts are of one kind each. */
export function kindOfValue({ raw }: Token): "text" | "url" | "colour" {
  const path = /^\{\{~?\s*([^\s~}]+)\s*~?\}\}$/.exec(raw)?.[1] ?? "";
  if (path.includes("attributes.")) return "text";
  const name = path.slice(1 + Math.max(path.lastIndexOf("."), path.lastIndexOf("/"))).replace(/[[\]]/g, "");
  return kinds.get(name) ?? "text";
}

const kinds = new Map<string, "url" | "colour">();
for (const variable of [{ fields: variables }, ...Object.values(variables)]) {
  if (typeof variable === "string") continue;
  for (const [name, kind] of Object.entries("fields" in variable ? variable.fields : variable.list)) {
    if (kind === "url" || kind === "colour") kinds.set(name, kind);
  }
}

const lines = new WeakMap<Hidden, Map<string, number>>();

/** The source's line that holds a text first; the first line where MJML has changed the text. */
export function lineWith(text: string, hidden: Hidden): number {
  const known = lines.get(hidden) ?? new Map<string, number>();
  lines.set(hidden, known);
  const before = known.get(text);
  if (before !== undefined) return before;
  const found = hidden.text.toLowerCase().indexOf(text.toLowerCase());
  const line = found === -1 ? 1 : hidden.lineOf(hidden.text.slice(0, found).split("\n").length);
  known.set(text, line);
  return line;
}

/** What in plain text may stand right before and after an address, so that the address is read as it is. */
const before = /(?:^|[\s<([:"'])$/;
const after = /^(?:$|[\s>)\]"'])/;

/** Where a customer's own links stand in plain text so that they would lead elsewhere, or tell another host of them. */
export function linkFaults(text: string): Fault[] {
  const hidden = hide(text);
  // Whatever conditions hold: what stands beside a link may stand there for some customers.
  const blocks = hidden.tokens.filter(({ kind }) => kind !== "print");
  const bare = blocks.reduce((left, { name }) => left.replace(name, ""), hidden.text);
  return hidden.find(bare).flatMap(({ token, start, end }) => {
    if (!prints(token, "links")) return [];
    const isApart = before.test(bare.slice(0, start)) && after.test(bare.slice(end));
    if (isApart && printedPath(token)) return [];
    return [{ line: token.line, message: `${token.raw} must stand by itself, with spaces around it` }];
  });
}
