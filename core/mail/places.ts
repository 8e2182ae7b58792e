import { noTrack } from "./compiled.ts";
import type { Fault } from "./faults.ts";
import { maxFaults } from "./limits.ts";
import { type Attribute, type Mark, marks } from "./markup.ts";
import { addressAttributes, refusedTags } from "./refused.ts";
import { type Hidden, kindOfValue, lineWith, prints, type Token } from "./tokens.ts";

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
    ({ name, value }) => name === "href" && hidden.find(value).some(({ token }) => prints(token, "links")),
  );
  const isMarked = mark.attributes.some(({ name }) => name === noTrack);
  return isOurs && !isMarked ? text.replace(/^<a/i, `<a ${noTrack}`) : text;
}

function inTag({ name: tag, attributes }: Extract<Mark, { kind: "open" }>, hidden: Hidden): Fault[] {
  const faults: Fault[] = refusedTags.has(tag)
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
  return addressAttributes.has(name) ? inAddress(value, hidden) : [];
}

function inStyle(css: string, hidden: Hidden): Fault[] {
  const wrong = hidden
    .find(css)
    .filter(({ token }) => token.kind === "print" && kindOfValue(token) !== "colour");
  return wrong.map(({ token }) =>
    at(token, `only {{business.brandColour}} and {{business.brandTextColour}} can stand in a style`),
  );
}

/** How far an address is known where something is printed in it: not at all, up to the host, or past it. */
type Known = "nothing" | "scheme" | "host";
const order: readonly Known[] = ["nothing", "scheme", "host"];
const lesser = (one: Known, other: Known): Known => (order.indexOf(one) < order.indexOf(other) ? one : other);

/**
 * An address begins with a scheme that mails use or with a variable that is a whole address. What customers say of
 * themselves comes after the host: strangers say it, and would choose where a link leads.
 */
function inAddress(value: string, hidden: Hidden): Fault[] {
  const tokens = hidden.find(value);
  const blocks: { before: Known; least: Known; always: boolean }[] = [];
  let known: Known = "nothing";
  let from = 0;
  for (const { token, start, end } of [...tokens, { token: undefined, start: value.length, end: 0 }]) {
    const literal = value.slice(from, start).trim();
    if (literal && known === "nothing") {
      if (!/^(https?:\/\/|mailto:|tel:|sms:|cid:|#)/i.test(literal))
        return [badAddress(value, hidden, tokens[0]?.token)];
      known = /^(?:https?:\/\/[^/?#]+[/?#]|(?:mailto|tel|sms):[^?]+\?|cid:|#)/i.test(literal)
        ? "host"
        : "scheme";
    } else if (known === "scheme" && /[/?#]/.test(literal)) known = "host";
    if (!token) break;
    from = end;
    const block = blocks.at(-1);
    if (token.kind === "open") blocks.push({ before: known, least: "host", always: false });
    else if (token.kind === "else" && block) {
      block.least = lesser(block.least, known);
      block.always ||= /^\{\{~?\s*(?:else|\^)\s*~?\}\}$/.test(token.raw);
      known = block.before;
    } else if (token.kind === "close" && block) {
      known = lesser(lesser(block.least, known), block.always ? "host" : block.before);
      blocks.pop();
    } else if (known === "nothing") {
      if (kindOfValue(token) !== "url") return [badAddress(value, hidden, token)];
      known = "scheme";
    } else if (known === "scheme") {
      return [at(token, `${token.raw} can't be a part of the host that a link leads to: put / before it`)];
    }
  }
  return [];
}

function badAddress(value: string, hidden: Hidden, token: Token | undefined): Fault {
  const message = `a link or image must be a complete address, https://…, not "${hidden.show(value).trim().slice(0, 60)}"`;
  return token ? at(token, message) : { line: lineWith(value, hidden), message };
}

const at = ({ line }: Token, message: string): Fault => ({ line, message });
