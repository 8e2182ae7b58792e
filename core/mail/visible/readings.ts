import type { Hidden } from "../tokens.ts";
import { type Blocks, readBlocks } from "./blocks.ts";
import { attributeOf, depthOf, type Element, elementsIn, readPage, textIn } from "./html.ts";
import { asOutlookReads } from "./outlook.ts";
import { readSheet, type Sheet } from "./sheet.ts";

/** A mail's page as one kind of program reads it. */
export type Reading = Blocks & { sheet: Sheet; isOutlook: boolean };

/** Deeper than any mail: what is looked for in an element is looked for in all that is around it. */
const maxDepth = 300;
/** More styles than any mail has; each is looked at for each element that matters. */
const maxStyles = 5000;

/**
 * A page in every way in which programs read it, as browsers do and as Outlook for Windows does; or what keeps it from
 * being read.
 */
export function readingsOf(html: string, hidden: Hidden): Reading[] | { near: string; message: string } {
  const outlook = asOutlookReads(html);
  if (!outlook) {
    return {
      near: "<!--[if",
      message: "comments with conditions, <!--[if …]>, must be opened and closed in turn",
    };
  }
  const readings: Reading[] = [];
  for (const [at, text] of [...new Set([html, ...outlook])].entries()) {
    const { root } = readPage(text);
    if (depthOf(root) > maxDepth)
      return { near: "<", message: `elements are nested more than ${maxDepth} deep` };
    const blocks = readBlocks(text, hidden);
    const sheet = sheetOf(blocks.root);
    const styles = sheet.rules.map(
      ({ selectors, declarations }) => (selectors?.length ?? 1) * declarations.length,
    );
    if (styles.reduce((sum, one) => sum + one, 0) > maxStyles) {
      return { near: "mj-style", message: `has more than ${maxStyles} styles` };
    }
    readings.push({ ...blocks, sheet, isOutlook: at > 0 });
  }
  return readings;
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
