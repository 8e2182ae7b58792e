import type { Hidden } from "../tokens.ts";
import { type Environment, environments, type Styles } from "./cascade.ts";
import { attributeOf, type Element, parentOf, type Text } from "./html.ts";
import { type Looks, looksAround, looksIn } from "./looks.ts";
import { leavesVisible, lookedAt, staysInPlace } from "./properties.ts";
import { type Colour, standsOut } from "./values.ts";

/** WCAG 2.2's least contrast of what must be perceived at all (1.4.11), and the smallest print, in pixels. */
export const leastContrast = 3;
export const smallestPrint = 9;
/** The narrowest window that is reckoned with, and the least of it that a text needs, in pixels. */
const narrowWindow = 360;
const leastRoom = 60;
/** Letters are narrower than this many parts of their size. */
const letterWidth = 0.7;

/** Elements in which text is shown as it is. */
const plain = new Set(
  `html body div center table thead tbody tfoot tr td th p span a b strong i em u font small big h1 h2 h3 h4 h5 h6 ul ol
  li dl dt dd blockquote section article header footer main nav aside address sub sup pre code`.split(/\s+/),
);

/** Says of texts of one page whether every reader can see them. What might lie upon them is no matter here. */
export class Judge {
  private readonly styles: Styles;
  private readonly hidden: Hidden;
  private readonly hasFonts: boolean;
  private readonly known = new Map<Environment, Map<Element, Looks | string>>();

  constructor(styles: Styles, { hidden, hasFonts }: { hidden: Hidden; hasFonts: boolean }) {
    this.styles = styles;
    this.hidden = hidden;
    this.hasFonts = hasFonts;
  }

  /** Why a reader might not see a text of so many letters; undefined if every reader does. */
  against(text: Text, letters: number): string | undefined {
    const parent = parentOf(text);
    if (!parent) return "it stands in nothing";
    for (const environment of environments) {
      const looks = this.looksOf(parent, environment);
      const reason = typeof looks === "string" ? looks : this.againstLooks(looks, letters);
      if (reason) return reason;
    }
    return undefined;
  }

  private againstLooks(looks: Looks, letters: number): string | undefined {
    const { colours, backgrounds, sizes, lineHeights, width, nowrap } = looks;
    const [least, most] = [Math.min(...sizes), Math.max(...sizes)];
    if (!(least >= smallestPrint)) return `a font of ${Math.round(least * 10) / 10} pixels`;
    const heights = lineHeights.map((one) => ("px" in one ? one.px / most : one.ratio));
    if (!heights.every((height) => height >= 0.8)) return "lines that lie upon each other";
    for (const colour of colours) {
      const like = backgrounds.find((background) => standsOut(colour, background) < leastContrast);
      if (like) return `${inWords(colour)} text on ${inWords(like)}`;
    }
    if (nowrap && letters * most * letterWidth > width) return "white-space: nowrap";
    if (this.hasFonts && !looks.isSystemFont) return "a font from elsewhere";
    return undefined;
  }

  private looksOf(element: Element, environment: Environment): Looks | string {
    const known = this.known.get(environment) ?? new Map<Element, Looks | string>();
    this.known.set(environment, known);
    // From the root on, so that a deep page is no deep recursion.
    const path: Element[] = [];
    let at: Element | undefined = element;
    for (; at && !known.has(at); at = parentOf(at)) path.push(at);
    path.reverse();
    const [root = element] = path;
    let looks = (at && known.get(at)) ?? looksAround(root, this.styles, environment, narrowWindow);
    for (const one of path) {
      if (typeof looks !== "string") looks = this.looksWithin(one, looks, environment);
      known.set(one, looks);
    }
    return looks;
  }

  private looksWithin(element: Element, around: Looks, environment: Environment): Looks | string {
    const reason = this.againstElement(element, environment);
    if (reason) return reason;
    const { styles, hidden } = this;
    const looks = looksIn(element, around, { styles, environment, hidden });
    if (!(looks.width >= leastRoom)) return `too little room in <${element.tagName}>`;
    if (looks.clipped && looks.nowrap) return `overflow: hidden around <${element.tagName}>`;
    return looks;
  }

  private againstElement(element: Element, environment: Environment): string | undefined {
    const { tagName } = element;
    if (!plain.has(tagName)) return `<${tagName}>`;
    // Columns lie behind cells without being around them.
    if (element.childNodes.some(({ nodeName }) => nodeName === "colgroup")) return "<colgroup>";
    for (const name of ["class", "id"]) {
      if (this.hidden.find(attributeOf(element, name) ?? "").length > 0)
        return `{{…}} in the ${name} of <${tagName}>`;
    }
    for (const property of this.styles.properties(element, environment)) {
      for (const value of this.styles.possible(element, property, environment)) {
        if (value !== undefined && !isFine(property, value, element)) {
          return `${property}: ${this.hidden.show(value)} of <${tagName}>`;
        }
      }
    }
    const beside = environment.sheets ? this.styles.beside(element) : [];
    const moved = beside.find((declaration) => !staysInPlace(declaration));
    return moved && `${moved.property}: ${moved.value} beside <${tagName}>`;
  }
}

function isFine(property: string, value: string, element: Element): boolean {
  const isWindow = element.tagName === "html" || element.tagName === "body";
  // There it is the window's: what it cuts off can't be scrolled to.
  if (isWindow && property.startsWith("overflow")) {
    return value === "visible" || value === "auto" || (property === "overflow-x" && value === "hidden");
  }
  return lookedAt.has(property) || leavesVisible(property, value, element);
}

const inWords = (colour: Colour): string => (colour === "unknown" ? "a colour or picture" : colour);
