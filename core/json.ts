/** How much a text of JSON may hold: levels, the fields of one object, and values at all depths together. */
export type JsonLimits = { depth: number; fields: number; values: number };

const code = {
  quote: 34,
  comma: 44,
  openList: 91,
  backslash: 92,
  closeList: 93,
  openObject: 123,
  closeObject: 125,
};

/**
 * What a text of JSON has too much of, to be put after its name: `is nested more than 40 deep`; undefined when it is
 * within the limits. Takes one pass over the text, valid or not, so that no parser meets more than it can bear.
 */
export function excess(text: string, { depth, fields, values }: JsonLimits): string | undefined {
  const open: { isObject: boolean; entries: number }[] = [];
  let count = 1;
  for (let at = 0; at < text.length; at++) {
    const character = text.charCodeAt(at);
    if (character === code.quote) at = endOfString(text, at);
    else if (character === code.openList || character === code.openObject) {
      count += 1;
      open.push({ isObject: character === code.openObject, entries: 1 });
      if (open.length > depth) return `is nested more than ${depth} deep`;
    } else if (character === code.closeList || character === code.closeObject) open.pop();
    else if (character === code.comma) {
      count += 1;
      const container = open.at(-1);
      if (container) container.entries += 1;
      if (container?.isObject && container.entries > fields) {
        return `has an object of more than ${grouped(fields)} fields`;
      }
    }
    if (count > values) return `has more than ${grouped(values)} values`;
  }
  return undefined;
}

/** The place of a string's closing quote; the text's end when it has none. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const character = text.charCodeAt(at);
    if (character === code.backslash) at += 1;
    else if (character === code.quote) return at;
  }
  return text.length;
}

const grouped = (count: number): string => count.toLocaleString("en-US");

/** What is said of text with half of a character in it, by every way that text comes in. */
export const halfCharacter = "holds half of a character (an unpaired surrogate)";

/**
 * The path to the first text, or name of a field, that holds half of a character, which JSON can write (`"\ud83d"`)
 * and UTF-8 can't; undefined when there is none.
 */
export function pathOfHalfCharacter(text: string, value: unknown): string[] | undefined {
  // Nearly every text is told whole by its own characters.
  if (text.isWellFormed() && !/\\u[dD][89a-fA-F]/.test(text)) return undefined;
  return pathIn(value);
}

function pathIn(value: unknown): string[] | undefined {
  if (typeof value === "string") return value.isWellFormed() ? undefined : [];
  if (typeof value !== "object" || value === null) return undefined;
  for (const [name, inner] of Object.entries(value)) {
    const path = name.isWellFormed() ? pathIn(inner) : [];
    if (path) return [name.toWellFormed(), ...path];
  }
  return undefined;
}
