import fc from "fast-check";
import { bombs } from "../names/bombs.ts";
import { anyName, halves } from "../names/hostile.ts";
import { seed, times } from "./seed.ts";

export type Text = { what: string; text: string };

let drawn = 0;

/**
 * So many of each corpus for one place in a request, other ones for each place, beside those that nearly always tell
 * something. Drawn from the seed: the same in each run that asks for the same places.
 */
export function textsFor({ names, longest }: { names: number; longest: number }): Text[] {
  drawn += 1;
  const draw = <T>(from: fc.Arbitrary<T>, count: number): T[] =>
    fc.sample(from, { seed: seed * 10_007 + drawn, numRuns: count * times });
  const half = halves[drawn % halves.length] ?? "";
  return [
    ...["kopi", "constructor", "__proto__", half, ...draw(anyName, names)].map((text) => ({
      what: JSON.stringify(text.slice(0, 60)),
      text,
    })),
    ...draw(fc.constantFrom(...Object.entries(bombs)), longest).map(([what, text]) => ({ what, text })),
  ];
}

/** Every bomb in the text of a template that is fine otherwise, which gets it past what only looks for a mail. */
export const bombsInMails: readonly Text[] = Object.entries(bombs).map(([what, bomb]) => ({
  what: `a mail with ${what}`,
  text: `<mjml><mj-body><mj-section><mj-column><mj-text>Halo, ${bomb}</mj-text></mj-column></mj-section></mj-body></mjml>`,
}));

/**
 * As a path or a query holds it; half of a character as the bytes that would be it. Cut to what API Gateway takes of a
 * request's line.
 */
export function encoded(text: string): string {
  let result = "";
  for (const character of text) {
    const next = /^[\ud800-\udfff]$/.test(character) ? "%ED%A0%80" : encodeURIComponent(character);
    if (result.length + next.length > 7_000) break;
    result += next;
  }
  return result;
}

/** What `fetch` lets a header hold. */
export const fitsHeader = (text: string): boolean => /^[\t\x20-\x7e\x80-\xff]{0,4000}$/.test(text);
