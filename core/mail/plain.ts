import { convert } from "html-to-text";
import { withoutEnd } from "../text.ts";

/** Plain text of compiled HTML whose expressions are hidden: what is read aloud, on watches and in terminals. */
export function plainTextOf(html: string): string {
  const text = convert(html, {
    wordwrap: false,
    decodeEntities: true,
    limits: { maxDepth: 100 },
    selectors: [
      // The preheader repeats what follows; it is there for the inbox's list only.
      { selector: 'div[style*="display:none"]', format: "skip" },
      { selector: "img", format: "skip" },
      // Angle brackets keep an address apart from what follows it, as RFC 3986 recommends.
      { selector: "a", options: { linkBrackets: ["<", ">"], hideLinkHrefIfSameAsText: true } },
      ...["h1", "h2", "h3", "h4"].map((selector) => ({ selector, options: { uppercase: false } })),
    ],
  });
  // Spacers are hair spaces, and non-breaking ones hold words together that may part here.
  const lines = text
    .replace(/[\u00a0\u200a]/g, " ")
    .replace(/ {2,}/g, " ")
    .split("\n")
    .map((line) => withoutEnd(line, " \t"))
    .join("\n");
  return `${lines.replace(/\n{3,}/g, "\n\n").trim()}\n`;
}

/**
 * Tidies plain text whose expressions are shown again. A block's tag vanishes together with its line when it is
 * alone there; and the gaps before and after it would add up to a hole.
 */
export const tidyBlocks = (text: string): string =>
  text
    .split("\n")
    .flatMap((line) => (isBlocks(line) ? line.trim().split(/(?<=\}\}) *(?=\{\{)/) : [line]))
    .join("\n")
    .replace(/^(\{\{(?:[#/^]|else\b)[^{}\n]*\}\}\n)\n+/gm, "$1");

const isBlocks = (line: string): boolean => /^ *(?:\{\{(?:[#/^]|else\b)[^{}]*\}\} *)+$/.test(line);
