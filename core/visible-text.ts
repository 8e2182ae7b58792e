/** Scripts whose letters take another shape, or another meaning, by a joiner between them. */
const joining =
  "Arabic Syriac Nko Mongolian Devanagari Bengali Gurmukhi Gujarati Oriya Tamil Telugu Kannada Malayalam Sinhala Myanmar Khmer Balinese Javanese Sundanese Tibetan";
const joined = `[${joining.replace(/(\w+) ?/g, "\\p{scx=$1}")}]`;

/** Where a sign that can't be seen by itself belongs to what stands around it. */
const belongs = [
  `(?<=${joined})[\\u200c\\u200d](?=${joined})`,
  "(?<=[\\p{Extended_Pictographic}\\p{Emoji_Modifier}\\ufe0f])\\u200d(?=\\p{Extended_Pictographic})",
  "(?<=[\\p{Emoji}\\p{sc=Han}\\p{sc=Myanmar}])[\\ufe00-\\ufe0f]",
  "(?<=\\p{sc=Han})[\\u{e0100}-\\u{e01ef}]",
  "(?<=\\p{sc=Mongolian})[\\u180b-\\u180f]",
  "(?<=\\u{1f3f4})[\\u{e0020}-\\u{e007e}]{1,7}\\u{e007f}",
].join("|");
const unseen = new RegExp(
  `(${belongs})|[\\p{Default_Ignorable_Code_Point}\\p{Bidi_Control}\\p{Cs}\\p{Co}\\ufff9-\\ufffc]|\\p{Noncharacter_Code_Point}`,
  "gu",
);
/** More marks on one letter than any script has would reach into the lines around it. */
const heapedMarks = /(\p{M}{8})\p{M}+/gu;

/** Longer than anything that is kept: what comes after it is not read. */
const maxLength = 5000;
/** Text without characters that can't be seen, or that turn others around, where they belong to no letter or sign. */
export const visible = (text: string): string =>
  text
    .slice(0, maxLength)
    .replace(unseen, (_, kept: string | undefined) => kept ?? "")
    .replace(heapedMarks, "$1");

const space = /[\p{Zs}\p{Cc}\p{Zl}\p{Zp}\u2800]+/gu;
/** An ideographic space by itself is how a Japanese name is written. */
const oneLine = (text: string): string => text.replace(space, (run) => (run === "\u3000" ? run : " ")).trim();

/** A name as it is kept, in one line. What may be printed of it is asked anew each time: see stranger-text.ts. */
export const tidyName = (written: string): string => oneLine(visible(written));

/** The same of several lines, of which no more than one after the other is empty. */
export const severalLines = (written: string): string =>
  visible(written.slice(0, maxLength).replace(/\r\n?|[\v\f\u0085\u2028\u2029]/g, "\n"))
    .replace(/[^\P{Cc}\n]/gu, "")
    .replace(/\n{3,}/g, "\n\n")
    .trim();
