import { convert } from "html-to-text";

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
  return `${text
    .replace(/[ \t\u00a0]+$/gm, "")
    .replace(/\n{3,}/g, "\n\n")
    .trim()}\n`;
}
