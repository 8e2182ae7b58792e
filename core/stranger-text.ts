import tlds from "tlds";
import { blanks, startOfLast, withoutEnd } from "./text.ts";
import { severalLines, tidyName } from "./visible-text.ts";

/**
 * The one rule for what strangers write: names and nicknames, what customers say back, where they found a form. Anyone
 * can type anything under anyone's address, so it must not come back to a reader as a link, a second line of a subject
 * or a text that reads otherwise than it is stored. Letters and signs of every script stay as they are.
 */
export type StrangerText = {
  /** What was written, without what can't be seen; in one line unless `lines` are kept. */
  text: string;
  /** What a mail program would make a link of, or a phone a call: as it stands in `text`. */
  links: readonly Run[];
};
/** `dotted` where words only lack a space after a dot, as in "Budi, M.Si" or "Evil.Com". */
export type Run = { start: number; end: number; dotted: boolean };

export function readStrangerText(written: string, { lines = false } = {}): StrangerText {
  const text = lines ? severalLines(written) : tidyName(written);
  return { text, links: /[^\p{L}\p{M}\p{Zs}'’-]/u.test(text) ? linksIn(text) : [] };
}

/** Whether someone tries to have a link, an address or a phone number mailed. */
export const holdsLink = (written: string): boolean =>
  readStrangerText(written).links.some(({ dotted }) => !dotted);

/** A name that no mail program makes a link of, "Budi, M. Si"; undefined for one that is nothing but bait. */
export function printableName(written: string): string | undefined {
  // Most names: spared the rest, since this is asked for each mail.
  if (/^[A-Za-z]+(?:[ '-][A-Za-z]+)*$/.test(written)) return written;
  const { text, links } = readStrangerText(written);
  if (links.length === 0) return text || undefined;
  if (links.some(({ dotted }) => !dotted)) return undefined;
  const apart = replaced(text, links, spaced);
  return readStrangerText(apart).links.length === 0 ? apart : undefined;
}

/** What someone said, as a mail may quote it: `[…]` stands where a link, an address or a phone number stood. */
export function quotable(written: string): string {
  const { text, links } = readStrangerText(written, { lines: true });
  return replaced(text, links, (run, { dotted }) => (dotted ? spaced(run) : "[…]"));
}

function replaced(text: string, runs: readonly Run[], by: (written: string, run: Run) => string): string {
  let result = "";
  let from = 0;
  for (const run of runs) {
    result += text.slice(from, run.start) + by(text.slice(run.start, run.end), run);
    from = run.end;
  }
  return result + text.slice(from);
}

const dots = /[.。．｡․﹒]/gu;
const dotsInWords = /[.。．｡․﹒](?=[\p{L}\p{N}])/gu;
const spaced = (run: string): string => run.replace(dotsInWords, ". ");

function linksIn(text: string): Run[] {
  const words = [...text.matchAll(/\S+/gu)].flatMap(({ 0: word, index }) => {
    const kind = onlyLetters.test(word) ? undefined : linkKind(word);
    return kind ? [{ start: index, end: index + word.length, dotted: kind === "dotted" }] : [];
  });
  const numbers = (manyDigits.test(text) ? [...text.matchAll(phone)] : [])
    .filter(({ 0: run }) => (run.match(/\p{Nd}/gu) ?? []).length >= phoneDigits && !noPhone.test(run))
    .map(({ 0: run, index }) => inWords(text, { start: index, end: index + run.length, dotted: false }));
  return merged([...words, ...numbers]);
}

/** The run with all of the words that it is a part of: what is left of a word might be a link by itself. */
function inWords(text: string, { start, end, dotted }: Run): Run {
  const [after = ""] = /^\S*/u.exec(text.slice(end)) ?? [];
  return { start: startOfLast(text.slice(0, start), blanks), end: end + after.length, dotted };
}

function merged(runs: readonly Run[]): Run[] {
  const apart: Run[] = [];
  for (const run of [...runs].sort((a, b) => a.start - b.start)) {
    const last = apart.at(-1);
    if (!last || run.start >= last.end) apart.push({ ...run });
    else {
      last.end = Math.max(last.end, run.end);
      last.dotted &&= run.dotted;
    }
  }
  return apart;
}

/** A word that needs no closer look; most do. */
const onlyLetters = /^[\p{L}\p{M}'’-]+,?$/u;
const manyDigits = /(?:\p{Nd}\P{Nd}*){7}/u;

/** Phones offer to call what has at least so many digits, however they are set apart. */
const phoneDigits = 7;
const phone = /[\p{Nd}+(](?:\p{Nd}|\ufe0f|\u20e3|[\p{Zs}.()/+\-‐-―](?=[\p{Zs}.()/+\-‐-―]{0,2}\p{Nd}))*/gu;
/** A day, `24/11/2026` or `2026-11-24`, and an amount, `25.000.000`. */
const noPhone = /^(?:\d{1,2}([./-])\d{1,2}\1\d{2,4}|\d{4}-\d{2}-\d{2}|[1-9]\d{0,2}([.,])\d{3}(?:\2\d{3})*)$/;

const scheme =
  /[a-z0-9+.-]:\/\/|\/\/[\p{L}\p{N}]|(?:mailto|tel|sms|callto|skype|facetime|whatsapp|geo|javascript|data|vbscript|file|intent|magnet):\S|\\\\\S/iu;
const www = /(?:^|[^\p{L}\p{N}])www\d{0,3}\.\S/iu;
const address = /[^\s@]@[^\s@]/u;
const number = /\d(?:\.\d+){2}\.\d/;

/** What mail programs would see in a word: in its letters as they are, or in the plain ones that Unicode has for them. */
function linkKind(word: string): "link" | "dotted" | undefined {
  const plain = word
    .normalize("NFKC")
    .replace(/\p{Default_Ignorable_Code_Point}|\u20e3/gu, "")
    .replace(dots, ".");
  const kind = kindIn(word);
  return kind === "link" || plain === word ? kind : (kindIn(plain) ?? kind);
}

function kindIn(word: string): "link" | "dotted" | undefined {
  if ([scheme, www, address, number].some((pattern) => pattern.test(word))) return "link";
  const kinds = word.split(/[,;()[\]"“”«»]+/u).map(kindOfHost);
  return kinds.find((kind) => kind === "link") ?? kinds.find((kind) => kind === "dotted");
}

/** A host may be of anything, signs and pictures too, before a dot and a top-level domain. */
function kindOfHost(piece: string): "link" | "dotted" | undefined {
  const [, ...after] = piece.split(/(?<=[^.])\./u);
  if (!after.some(isTopLevel)) return undefined;
  const labels = withoutEnd(piece.replace(/^['’]+/u, ""), "'’.:!?").split(".");
  return labels.every(isNamePart) ? "dotted" : "link";
}

/** An initial or a short degree, "m" and "si", or a word that begins with a capital. */
const isNamePart = (label: string): boolean =>
  /^(?:\p{L}\p{M}*){1,2}$/u.test(label) || /^\p{Lu}[\p{L}\p{M}'’-]*$/u.test(label);

/** Those that there are, and two that some programs take for one. */
const topLevel = new Set([...tlds, "web", "onion"]);
const isTopLevel = (label: string): boolean => {
  const lower = label.toLowerCase();
  if (lower.startsWith("xn--") || topLevel.has(lower)) return true;
  // To some programs a host ends where letters do, or plain ones.
  return [/^[a-z0-9]+/, /^[\p{L}\p{M}\p{N}]+/u, /^[^\p{ASCII}\P{L}]+/u].some((letters) =>
    topLevel.has(letters.exec(lower)?.[0] ?? ""),
  );
};
