import { noTrack } from "./compiled.ts";
import type { Fault } from "./faults.ts";
import { maxFaults } from "./limits.ts";
import { type Attribute, type Mark, marks } from "./markup.ts";
import { type Hidden, kindOfValue, type Token } from "./tokens.ts";

/** Active content: mail clients drop it, and a preview must not run it. */
const refused = new Set(
  "script iframe object embed applet form input button base frame frameset math".split(" "),
);
const addresses = new Set(["href", "src", "background", "action", "poster", "cite", "data", "xlink:href"]);

/**
 * Checks where expressions stand in compiled HTML. Escaping makes a value safe in text and in a quoted
 * attribute; it does not in a style, in a tag or at the beginning of an address, so only values of a known
 * shape may stand there. Answers the HTML with click tracking turned off for the links that every mail has.
 */
export function checkPlaces(html: string, hidden: Hidden): { html: string; faults: Fault[] } {
  const faults: Fault[] = [];
  const pieces: string[] = [];
  let inside = "";
  for (const mark of marks(html)) {
    if (faults.length >= maxFaults) break;
    const text = html.slice(mark.start, mark.end);
    pieces.push(mark.kind === "open" && mark.name === "a" ? untracked(mark, text, hidden) : text);
    if (mark.kind === "text" && inside === "style") faults.push(...inStyle(text, hidden));
    if (mark.kind === "open") faults.push(...inTag(mark, hidden));
    if (mark.kind !== "comment" && mark.kind !== "text") inside = mark.kind === "open" ? mark.name : "";
  }
  return { html: pieces.join(""), faults };
}

/** Tracking would replace the address by a redirect of SES's, which the tag tells it not to and SES removes. */
function untracked(mark: Extract<Mark, { kind: "open" }>, text: string, hidden: Hidden): string {
  const isOurs = mark.attributes.some(
    ({ name, value }) =>
      name === "href" && hidden.find(value).some(({ token }) => /\blinks\./.test(token.raw)),
  );
  const isMarked = mark.attributes.some(({ name }) => name === noTrack);
  return isOurs && !isMarked ? text.replace(/^<a/i, `<a ${noTrack}`) : text;
}

function inTag({ name: tag, attributes }: Extract<Mark, { kind: "open" }>, hidden: Hidden): Fault[] {
  const faults: Fault[] = refused.has(tag)
    ? [{ line: lineWith(`<${tag}`, hidden), message: `<${tag}> is not supported in mails` }]
    : [];
  for (const attribute of attributes) {
    if (/^on[a-z]/.test(attribute.name)) {
      const line = lineWith(attribute.name, hidden);
      faults.push({ line, message: `${attribute.name}: scripts are not supported in mails` });
    } else faults.push(...inAttribute(attribute, hidden));
  }
  return faults;
}

function inAttribute({ name, value, quoted }: Attribute, hidden: Hidden): Fault[] {
  const named = hidden.find(name)[0]?.token;
  if (named) return [at(named, `${named.raw} must stand in text or within the quotes of an attribute`)];
  const tokens = hidden.find(value);
  const [first] = tokens;
  if (first && !quoted)
    return [at(first.token, `the attribute ${name} needs quotes around ${first.token.raw}`)];
  if (name === "style") return inStyle(value, hidden);
  return addresses.has(name) ? inAddress(value, hidden) : [];
}

function inStyle(css: string, hidden: Hidden): Fault[] {
  const wrong = hidden
    .find(css)
    .filter(({ token }) => token.kind === "print" && kindOfValue(token) !== "colour");
  return wrong.map(({ token }) =>
    at(token, `only {{business.brandColour}} and {{business.brandTextColour}} can stand in a style`),
  );
}

/** An address begins with a scheme that mails use or with a variable that is a whole address. */
function inAddress(value: string, hidden: Hidden): Fault[] {
  const tokens = hidden.find(value);
  const before: boolean[] = [];
  let begun = false;
  let from = 0;
  for (const { token, start, end } of [...tokens, { token: undefined, start: value.length, end: 0 }]) {
    const literal = value.slice(from, start).trim();
    if (literal && !begun) {
      if (!/^(https?:|mailto:|tel:|sms:|cid:|#)/i.test(literal))
        return [badAddress(value, hidden, tokens[0]?.token)];
      begun = true;
    }
    if (!token) break;
    from = end;
    if (token.kind === "open") before.push(begun);
    else if (token.kind === "else") begun = before.at(-1) ?? false;
    else if (token.kind === "close") before.pop();
    else if (!begun) {
      if (kindOfValue(token) !== "url") return [badAddress(value, hidden, token)];
      begun = true;
    }
  }
  return [];
}

function badAddress(value: string, hidden: Hidden, token: Token | undefined): Fault {
  const message = `a link or image must be a complete address, https://…, not "${hidden.show(value).trim().slice(0, 60)}"`;
  return token ? at(token, message) : { line: lineWith(value, hidden), message };
}

/** The source's line that holds a text first; the first line where MJML has changed the text. */
function lineWith(text: string, hidden: Hidden): number {
  const found = hidden.text.toLowerCase().indexOf(text.toLowerCase());
  return found === -1 ? 1 : hidden.lineOf(hidden.text.slice(0, found).split("\n").length);
}

const at = ({ line }: Token, message: string): Fault => ({ line, message });
