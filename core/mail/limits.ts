import { longestBlank } from "../text.ts";
import type { Fault } from "./faults.ts";
import { expressionsIn } from "./tokens.ts";

/**
 * The most that one language of a template may hold. A mail at its largest, 88 KB, comes nowhere near; and what stays
 * within takes none of the parsers that read it (Handlebars', MJML's, two of HTML and one of CSS) more than a second.
 */
export const limits = {
  /** Of the source. */
  bytes: 200_000,
  lines: 10_000,
  /** Spaces and line breaks in a row. */
  blanks: 500,
  /** `{{…}}`, ends of blocks included. */
  expressions: 1000,
  /** Characters of one `{{…}}`, and of all that are no comments together. */
  expression: 500,
  allExpressions: 20_000,
  /** Tags of MJML and HTML together, and of MJML alone. */
  tags: 3000,
  mjmlTags: 500,
  /** Levels of MJML, and of HTML inside it. */
  depth: 40,
  htmlDepth: 100,
  /** Attributes of one tag, and characters of one value. */
  attributes: 50,
  attribute: 5000,
  /** Characters of CSS that is to be put into the tags, and how often a rule of it is held against a tag. */
  inlineCss: 10_000,
  inlineSteps: 200_000,
};

/** As many faults as an owner is told at once; what is beyond need not even be looked for. */
export const maxFaults = 20;

/** What a source has too much of, found in one pass before it is parsed. */
export function excess(source: string): Fault | undefined {
  const message = excessOf(source);
  return message === undefined ? undefined : { line: 1, message };
}

function excessOf(source: string): string | undefined {
  if (Buffer.byteLength(source) > limits.bytes) return `must be at most ${limits.bytes} bytes`;
  if (source.split("\n").length > limits.lines) return `has more than ${limits.lines} lines`;
  if (longestBlank(source) > limits.blanks) {
    return `has more than ${limits.blanks} spaces or line breaks in a row`;
  }
  return source.split("{{").length > limits.expressions
    ? `has more than ${limits.expressions} {{…}}`
    : excessOfExpressions(source);
}

function excessOfExpressions(source: string): string | undefined {
  let total = 0;
  for (const raw of expressionsIn(source)) {
    // Comments are read in one go, however long they are.
    if (/^\{\{~?!/.test(raw)) continue;
    if (raw.length > limits.expression) {
      return `has a {{…}} of ${raw.length} characters; one may have ${limits.expression}: {{${raw.slice(2, 40)}…`;
    }
    total += raw.length;
    if (total > limits.allExpressions) {
      return `has more than ${limits.allExpressions} characters in {{…}}`;
    }
  }
  return undefined;
}
