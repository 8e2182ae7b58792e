import type { Hidden } from "../tokens.ts";
import { type Blocks, readBlocks } from "./blocks.ts";
import { attributeOf, type Element, elementsIn, textIn } from "./html.ts";
import { asOutlookReads } from "./outlook.ts";
import { readSheet, type Sheet } from "./sheet.ts";

/** A mail's page as one kind of program reads it. */
export type Reading = Blocks & { sheet: Sheet; isOutlook: boolean };

/**
 * A page in every way in which programs read it: as browsers do, and as Outlook for Windows does. Undefined where
 * nobody knows what Outlook makes of its conditions.
 */
export function readingsOf(html: string, hidden: Hidden): Reading[] | undefined {
  const outlook = asOutlookReads(html);
  return (
    outlook &&
    [...new Set([html, ...outlook])].map((text, at) => {
      const blocks = readBlocks(text, hidden);
      return { ...blocks, sheet: sheetOf(blocks.root), isOutlook: at > 0 };
    })
  );
}

/** All styles of a page as one, in their order. */
function sheetOf(root: Element): Sheet {
  const sheets = [...elementsIn(root)]
    .filter(({ tagName }) => tagName === "style")
    .map((style) => readSheet(textIn(style), attributeOf(style, "media")));
  return {
    rules: sheets.flatMap(({ rules }) => rules),
    hasFonts: sheets.some(({ hasFonts }) => hasFonts),
    faults: sheets.flatMap(({ faults }) => faults),
  };
}
