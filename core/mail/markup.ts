/**
 * Reads MJML and HTML tag by tag, in one pass that takes time in proportion to the text whatever is in it.
 * Not a parser: it builds no tree and mends nothing, so that what it reports stands in the text as it is.
 */
export type Mark =
  | { kind: "text"; start: number; end: number }
  | { kind: "comment"; start: number; end: number }
  | { kind: "open"; name: string; start: number; end: number; attributes: Attribute[]; alone: boolean }
  | { kind: "close"; name: string; start: number; end: number };

/** `value` as written, entities and all; `quoted` is false for `a=b` and for an attribute without a value. */
export type Attribute = { name: string; value: string; start: number; quoted: boolean };

export function* marks(text: string): Generator<Mark> {
  let at = 0;
  let lowerCase: string | undefined;
  while (at < text.length) {
    const next = text.indexOf("<", at);
    if (next === -1 || next > at) {
      yield { kind: "text", start: at, end: next === -1 ? text.length : next };
      if (next === -1) return;
    }
    const mark = markAt(text, next);
    yield mark;
    at = mark.end;
    // What a style or script holds is text up to its closing tag, whatever it looks like.
    if (mark.kind === "open" && !mark.alone && (mark.name === "style" || mark.name === "script")) {
      lowerCase ??= text.toLowerCase();
      const found = lowerCase.indexOf(`</${mark.name}`, at);
      const end = found === -1 ? text.length : found;
      if (end > at) yield { kind: "text", start: at, end };
      at = end;
    }
  }
}

function markAt(text: string, start: number): Mark {
  const after = text[start + 1] ?? "";
  if (after === "!" || after === "?") return { kind: "comment", start, end: commentEnd(text, start) };
  if (after === "/") {
    const name = nameAt(text, start + 2);
    return { kind: "close", name: name.toLowerCase(), start, end: past(text, ">", start + 2) };
  }
  // A lone "<", as in "1 < 2".
  if (!/[a-zA-Z]/.test(after)) return { kind: "text", start, end: start + 1 };
  return openTag(text, start);
}

/** Outlook's conditional comments are only brackets around markup that is read like any other. */
function commentEnd(text: string, start: number): number {
  if (text.startsWith("<!--[if", start)) return past(text, ">", start);
  if (text.startsWith("<!-->", start)) return start + 5;
  if (text.startsWith("<!--", start)) return past(text, "-->", start + 4);
  return past(text, ">", start);
}

function past(text: string, what: string, from: number): number {
  const found = text.indexOf(what, from);
  return found === -1 ? text.length : found + what.length;
}

const nameAt = (text: string, start: number): string => text.slice(start, scan(text, start, endsName));

function openTag(text: string, start: number): Mark {
  const name = nameAt(text, start + 1);
  const attributes: Attribute[] = [];
  let at = start + 1 + name.length;
  for (;;) {
    at = scan(text, at, (character) => !isSpace(character) && character !== "/");
    const alone = text[at - 1] === "/";
    if (at >= text.length || text[at] === ">") {
      const end = Math.min(at + 1, text.length);
      return { kind: "open", name: name.toLowerCase(), start, end, attributes, alone };
    }
    const attribute = attributeAt(text, at);
    attributes.push(attribute);
    at = attribute.end;
  }
}

function attributeAt(text: string, start: number): Attribute & { end: number } {
  // At least one character, even a stray quote, so that reading goes on.
  const nameEnd = scan(text, start + 1, (character) => endsName(character) || character === "=");
  const name = text.slice(start, nameEnd).toLowerCase();
  const equals = scan(text, nameEnd, (character) => !isSpace(character));
  if (text[equals] !== "=") return { name, value: "", start, quoted: false, end: nameEnd };
  const from = scan(text, equals + 1, (character) => !isSpace(character));
  const quote = text[from];
  if (quote === '"' || quote === "'") {
    const end = past(text, quote, from + 1);
    const value = text.slice(from + 1, text[end - 1] === quote && end > from + 1 ? end - 1 : end);
    return { name, value, start, quoted: true, end };
  }
  const end = scan(text, from, (character) => isSpace(character) || character === ">");
  return { name, value: text.slice(from, end), start, quoted: false, end };
}

const isSpace = (character: string): boolean => /\s/.test(character);
const endsName = (character: string): boolean => isSpace(character) || character === ">" || character === "/";

function scan(text: string, from: number, stop: (character: string) => boolean): number {
  let at = from;
  while (at < text.length && !stop(text[at] ?? "")) at++;
  return at;
}
