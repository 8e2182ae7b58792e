/**
 * The beginning of a text, of at most `length` UTF-16 units. A character of two units is kept or left out whole: half
 * of one is no text, and DynamoDB takes none.
 */
export function beginning(text: string, length: number): string {
  const end = text.length > length && isPair(text, length - 1) ? length - 1 : length;
  return text.slice(0, end).toWellFormed();
}

const isPair = (text: string, at: number): boolean => (text.codePointAt(at) ?? 0) > 0xffff;

/** All that `\s` matches in a pattern. */
export const blanks =
  "\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff";

/** The length of the longest run of blanks and line breaks: parsers of text tend to look at each of them anew. */
export function longestBlank(text: string): number {
  let longest = 0;
  for (const [run] of text.matchAll(/\s+/g)) longest = Math.max(longest, run.length);
  return longest;
}

/**
 * Where the run of these characters begins that a text ends with. A pattern such as `[ ]+$` would look at each blank of
 * the whole text anew.
 */
export function startOfEnd(text: string, characters: string): number {
  let start = text.length;
  while (start > 0 && characters.includes(text[start - 1] ?? "")) start -= 1;
  return start;
}

/** Where the run of characters without any of these begins that a text ends with. */
export function startOfLast(text: string, characters: string): number {
  let start = text.length;
  while (start > 0 && !characters.includes(text[start - 1] ?? "")) start -= 1;
  return start;
}

/** A text without these characters at its end. */
export const withoutEnd = (text: string, characters: string): string =>
  text.slice(0, startOfEnd(text, characters));
