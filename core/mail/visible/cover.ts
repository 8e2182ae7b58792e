import { topmost } from "../footer.ts";
import type { Hidden } from "../tokens.ts";
import { environments, type Styles } from "./cascade.ts";
import { attributeOf, type Element, elementsIn, isComment, isElement, isText, parentOf } from "./html.ts";
import { staysInPlace } from "./properties.ts";
import { type Declaration, readStyle, type Sheet } from "./sheet.ts";
import { readColour, readLength } from "./values.ts";

/** What of a page might lie upon other parts of it. */
export class Covers {
  private readonly root: Element;
  private readonly styles: Styles;
  private readonly hidden: Hidden;
  private readonly moved: string | undefined;

  constructor(root: Element, styles: Styles, { sheet, hidden }: { sheet: Sheet; hidden: Hidden }) {
    this.root = root;
    this.styles = styles;
    this.hidden = hidden;
    this.moved = movedIn(root, sheet) ?? spilledIn(root, styles, sheet);
  }

  /** Why something might lie upon an element; undefined where nothing can. */
  over(element: Element): string | undefined {
    for (let at: Element | undefined = element; at; at = parentOf(at))
      if (this.isTopmost(at)) return undefined;
    return this.moved ?? pictureBeside(element);
  }

  /** The last element of the page, on a ground of its own, and above all others. */
  private isTopmost(element: Element): boolean {
    const always = (property: string, test: (value: string) => boolean) =>
      environments.every((environment) =>
        this.styles
          .possible(element, property, environment)
          .every((value) => value !== undefined && test(value)),
      );
    return (
      isLast(element, this.root) &&
      always("position", (value) => value === "relative") &&
      always("z-index", (value) => value === topmost) &&
      always("background-color", (value) => readColour(value, this.hidden).startsWith("#"))
    );
  }
}

function isLast(element: Element, root: Element): boolean {
  for (let at = element; at !== root; ) {
    const parent = parentOf(at);
    if (!parent) return false;
    const after = parent.childNodes.slice(parent.childNodes.indexOf(at) + 1);
    if (!after.every((node) => isComment(node) || (isText(node) && node.value.trim() === ""))) return false;
    at = parent;
  }
  return true;
}

function movedIn(root: Element, sheet: Sheet): string | undefined {
  for (const { declarations } of sheet.rules) {
    const moved = declarations.find((declaration) => !staysInPlace(declaration));
    if (moved) return `${moved.property}: ${moved.value} in a style`;
  }
  for (const element of elementsIn(root)) {
    const style = attributeOf(element, "style");
    const declarations = style === undefined ? [] : readStyle(style);
    const moved = declarations?.find((declaration) => !staysInPlace(declaration, element.tagName));
    if (moved) return `${moved.property}: ${moved.value} of <${element.tagName}>`;
    if (!declarations) return `the style of <${element.tagName}>`;
    const width = readLength(`${attributeOf(element, "width") ?? "0"}px`);
    if (width && "px" in width && width.px > 700) return `the width of <${element.tagName}>`;
  }
  return undefined;
}

const growing = /^(?:table|thead|tbody|tfoot|tr|td|th|img|video|audio|canvas|col|colgroup|html|body)$/;

const growingHeight = /^(?:auto|none|100%|inherit|unset)$/;
const isLow = ({ property, value }: Declaration): boolean =>
  (property === "height" || property === "max-height") && !growingHeight.test(value);

/** An element lower than what is in it, which then reaches into what follows. */
function spilledIn(root: Element, styles: Styles, { rules }: Sheet): string | undefined {
  const isRuled = rules.some(({ declarations }) => declarations.some(isLow));
  for (const element of elementsIn(root)) {
    const isStyled = isRuled || /height/i.test(attributeOf(element, "style") ?? "");
    if (!isStyled || growing.test(element.tagName) || !element.childNodes.some(isElement)) continue;
    for (const environment of environments) {
      const heights = ["height", "max-height"].flatMap((property) =>
        styles.possible(element, property, environment),
      );
      if (heights.some((value) => value !== undefined && !growingHeight.test(value)))
        return `the height of <${element.tagName}>`;
    }
  }
  return undefined;
}

/** A picture in a column beside an element might be wider than its column. */
function pictureBeside(element: Element): string | undefined {
  for (let at: Element | undefined = element; at; at = parentOf(at)) {
    const self = at;
    const parent = parentOf(self);
    const isColumn = self.tagName === "td" || /inline-block/.test(attributeOf(self, "style") ?? "");
    const others =
      parent?.childNodes.filter((node): node is Element => isElement(node) && node !== self) ?? [];
    const pictured = others.some((other) =>
      [...elementsIn(other)].some(({ tagName }) => /^(?:img|video)$/.test(tagName)),
    );
    if (isColumn && pictured) return "a picture beside it";
  }
  return undefined;
}
