/** The versions of Outlook for Windows that read mails with Word: 2007, 2010, 2013, and all since 2016. */
const versions = [12, 14, 15, 16];

/**
 * A page as Outlook for Windows reads it, where comments with conditions are markup: `<!--[if mso]>…<![endif]-->`
 * (Microsoft, "About conditional comments"). One text for each way in which versions differ; undefined where the
 * conditions are not opened and closed in turn, since nobody knows what Outlook makes of that.
 */
export function asOutlookReads(html: string): string[] | undefined {
  const pieces = piecesOf(html);
  const readings = versions.map((version) => readingFor(pieces, version));
  if (readings.includes(undefined)) return undefined;
  return [...new Set(readings.filter((reading) => reading !== undefined))];
}

type Piece = { text: string } | { condition: string } | { end: true };

/** Openings and ends of conditions, each with the marks that keep browsers from seeing them. */
const opening = /^<!(?:--)?\[if\s([^\]]*)\]>(?:<!-->|-->)?/i;
const ending = /^(?:<!--)?<!\[endif\](?:--)?>/i;

function piecesOf(html: string): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  while (at < html.length) {
    const next = html.indexOf("<!", at);
    if (next === -1) break;
    if (next > at) pieces.push({ text: html.slice(at, next) });
    const rest = html.slice(next, next + 300);
    const opened = opening.exec(rest);
    const ended = ending.exec(rest);
    if (opened) pieces.push({ condition: opened[1] ?? "" });
    else if (ended) pieces.push({ end: true });
    const mark = opened?.[0] ?? ended?.[0];
    at = next + (mark?.length ?? otherLength(html, next));
    if (mark === undefined) pieces.push({ text: html.slice(next, at) });
  }
  return at < html.length ? [...pieces, { text: html.slice(at) }] : pieces;
}

/** A comment without a condition, or a doctype, goes by as it is. */
function otherLength(html: string, start: number): number {
  if (!html.startsWith("<!--", start)) return 2;
  const end = html.indexOf("-->", start + 4);
  return (end === -1 ? html.length : end + 3) - start;
}

function readingFor(pieces: readonly Piece[], version: number): string | undefined {
  const holds: boolean[] = [];
  let text = "";
  for (const piece of pieces) {
    if ("condition" in piece) holds.push(isTrue(piece.condition, version));
    else if ("text" in piece) text += holds.includes(false) ? "" : piece.text;
    else if (holds.pop() === undefined) return undefined;
  }
  return holds.length === 0 ? text : undefined;
}

/** What a condition says in this version: `mso`, `gte mso 15`, `!mso`, `(mso) | (IE)`. Word is no IE. */
function isTrue(condition: string, version: number): boolean {
  const tokens = condition.match(/[()!&|]|(?:(?:lte?|gte?)\s+)?[a-z]+(?:\s+\d+(?:\.\d+)?)?/gi) ?? [];
  let at = 0;
  const one = (): boolean => {
    const token = tokens[at++] ?? "";
    if (token === "!") return !one();
    if (token !== "(") return isFeature(token.toLowerCase(), version);
    const inside = any();
    at++;
    return inside;
  };
  const all = (): boolean => {
    let result = one();
    for (; tokens[at] === "&"; ) {
      at++;
      result = one() && result;
    }
    return result;
  };
  const any = (): boolean => {
    let result = all();
    for (; tokens[at] === "|"; ) {
      at++;
      result = all() || result;
    }
    return result;
  };
  return any();
}

function isFeature(feature: string, version: number): boolean {
  if (feature === "true" || feature.includes("vml")) return true;
  const [, how, number] = /^(?:(lte?|gte?)\s+)?mso(?:\s+([\d.]+))?$/.exec(feature) ?? [];
  if (!feature.includes("mso")) return false;
  const asked = number === undefined ? version : Number(number);
  if (how === "lt") return version < asked;
  if (how === "lte") return version <= asked;
  if (how === "gt") return version > asked;
  return how === "gte" ? version >= asked : Math.floor(asked) === version;
}
