import { attributeOf, type Element, pathTo } from "./html.ts";
import type { Media, Scheme } from "./media.ts";
import { isKnown, isPointedAt, matches, type Part, partOf } from "./selectors.ts";
import { type Declaration, type Rule, readStyle } from "./sheet.ts";

/** How a mail is read: by day or night, with the styles of its head or, as some programs do, without. */
export type Environment = { scheme: Scheme; sheets: boolean };
export const environments: readonly Environment[] = [
  { scheme: "light", sheets: true },
  { scheme: "dark", sheets: true },
  { scheme: "light", sheets: false },
];

type Entry = {
  property: string;
  value: string;
  /** What is greater wins (CSS Cascading 5, 6.1): importance and origin, specificity, order. */
  rank: readonly number[];
  certain: boolean;
  media: Media | undefined;
};

/** What is said of an element: of each property, what wins over the rest first; and of what is put beside it. */
type Said = { entries: ReadonlyMap<string, Entry[]>; beside: Declaration[] };

function byProperty(entries: readonly Entry[]): Map<string, Entry[]> {
  const found = new Map<string, Entry[]>();
  for (const entry of entries) {
    const known = found.get(entry.property);
    if (known) known.push(entry);
    else found.set(entry.property, [entry]);
  }
  for (const known of found.values()) known.sort((a, b) => compare(b.rank, a.rank));
  return found;
}

/** The styles of a page, and what they say of its elements. */
export class Styles {
  private readonly rules: readonly Rule[];
  private readonly known = new Map<Element, Said>();

  constructor(rules: readonly Rule[]) {
    this.rules = rules;
  }

  /**
   * Every value that a property of an element may have: that of the declaration that wins for certain, and those that
   * would win over it where they hold. `undefined` stands for none.
   */
  possible(element: Element, property: string, environment: Environment): (string | undefined)[] {
    const found: (string | undefined)[] = [];
    for (const entry of this.read(element).entries.get(property) ?? []) {
      if (!holds(entry, environment)) continue;
      found.push(entry.value);
      if (entry.certain) return found;
    }
    return [...found, undefined];
  }

  /** Every property that something is said of. */
  properties(element: Element, environment: Environment): string[] {
    const { entries } = this.read(element);
    return [...entries.keys()].filter((property) =>
      entries.get(property)?.some((entry) => holds(entry, environment)),
    );
  }

  /** What is said of what a style puts before or after an element's content. */
  beside(element: Element): readonly Declaration[] {
    return this.read(element).beside;
  }

  private read(element: Element): Said {
    const known = this.known.get(element);
    if (known) return known;
    const entries = [...hintsOf(element), ...inlineOf(element)];
    const beside: Declaration[] = [];
    const path = [...pathTo(element), element];
    for (const [order, rule] of this.rules.entries()) {
      for (const { part, certain, rank, pointed } of matchesOf(path, rule)) {
        if (part === "beside") beside.push(...rule.declarations);
        else entries.push(...fromRule(rule, { part, certain, rank: [...rank, order], pointed }));
      }
    }
    const read = { entries: byProperty(entries), beside };
    this.known.set(element, read);
    return read;
  }
}

const holds = ({ media }: Entry, { scheme, sheets }: Environment): boolean =>
  media === undefined || (sheets && (media.scheme === undefined || media.scheme === scheme));

function compare(a: readonly number[], b: readonly number[]): number {
  for (const [at, one] of a.entries()) {
    const difference = one - (b[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

type Found = { part: Part; certain: boolean; rank: number[]; pointed: boolean };

function matchesOf(path: readonly Element[], { selectors, media }: Rule): Found[] {
  // What can't be read may be about anything.
  if (!selectors) return [{ part: "element", certain: false, rank: [], pointed: false }];
  const sure = media.certain && isKnown(selectors);
  return selectors.flatMap((selector) => {
    const part = partOf(selector);
    const match = part === "elsewhere" ? "no" : matches(path, selector);
    if (match === "no") return [];
    const count = (...types: string[]) => selector.filter(({ type }) => types.includes(type)).length;
    const ids = selector.filter((token) => token.type === "attribute" && token.name === "id").length;
    const rank = [ids, count("attribute", "pseudo") - ids, count("tag", "pseudo-element")];
    return [{ part, certain: sure && match === "yes", rank, pointed: isPointedAt(selector) }];
  });
}

function fromRule(rule: Rule, { part, certain, rank, pointed }: Found): Entry[] {
  return rule.declarations.flatMap(expanded).flatMap((declaration) => {
    // Other colours under the pointer are how links show that they are links.
    if (pointed && /color$/.test(declaration.property)) return [];
    const sure = certain && declaration.certain && part === "element";
    // What is not sure to hold is ranked as if it were, since nothing else would see it.
    const level = part === "text" ? 9 : (declaration.important ? 6 : 3) + (sure ? 0 : 0.5);
    const { property, value } = declaration;
    return [{ property, value, rank: [level, ...rank], certain: sure, media: rule.media }];
  });
}

function inlineOf(element: Element): Entry[] {
  const style = attributeOf(element, "style");
  if (style === undefined) return [];
  const declarations = readStyle(style);
  // Named so that no rule about properties knows it.
  if (!declarations)
    return [{ property: "style", value: style, rank: [7], certain: false, media: undefined }];
  return declarations.flatMap(expanded).map(({ property, value, important, certain }, order) => ({
    property,
    value,
    rank: [important ? 7 : 4, 0, 0, 0, order],
    certain,
    media: undefined,
  }));
}

/** What attributes say of an element's looks, which any style overrules (WHATWG HTML, 15.2). */
function hintsOf(element: Element): Entry[] {
  const { tagName: tag } = element;
  const isTable = /^(?:table|thead|tbody|tfoot|tr|td|th)$/.test(tag);
  const given = (name: string, property: string, read = (value: string) => value): Entry[] => {
    const value = attributeOf(element, name)?.trim().toLowerCase();
    if (value === undefined) return [];
    return [{ property, value: read(value), rank: [1], certain: true, media: undefined }];
  };
  const size = (value: string) => (/^\d+(?:\.\d+)?$/.test(value) ? `${value}px` : value);
  return [
    ...given("bgcolor", "background-color"),
    ...given("background", "background-image", () => "image"),
    ...(tag === "font" ? [...given("color", "color"), ...given("size", "font-size", fontSize)] : []),
    ...(tag === "body" ? given("text", "color") : []),
    ...(isTable ? [...given("width", "width", size), ...given("height", "height", size)] : []),
    ...(isTable ? given("nowrap", "white-space", () => "nowrap") : []),
    ...(tag === "table" ? given("align", "float", (value) => (value === "center" ? "none" : value)) : []),
    ...given("hidden", "display", () => "none"),
    ...given("popover", "display", () => "none"),
    ...given("inert", "pointer-events", () => "none"),
  ];
}

/** WHATWG HTML, 15.3.4: 1 to 7, or as much more or less than 3. */
function fontSize(value: string): string {
  const [, sign, digits] = /^([+-]?)(\d+)$/.exec(value) ?? [];
  if (digits === undefined) return value;
  const asked = sign ? 3 + Number(`${sign}${digits}`) : Number(digits);
  return `${[10, 13, 16, 18, 24, 32, 48][Math.min(7, Math.max(1, asked)) - 1]}px`;
}

/** The properties that short forms stand for, as far as anything is asked about them. */
function expanded(declaration: Declaration): Declaration[] {
  const { property, value } = declaration;
  if (property === "background") {
    const image = /url\(|gradient\(|image|element\(|cross-fade\(|var\(/.test(value);
    const colour = image ? "unknown" : value === "none" ? "transparent" : value;
    return [
      { ...declaration, property: "background-color", value: colour },
      { ...declaration, property: "background-image", value: image ? "image" : "none" },
    ];
  }
  if (property !== "font") return [declaration];
  const { size, height, family } = fontOf(value) ?? { size: "unknown", height: "normal", family: "" };
  return [
    { ...declaration, property: "font-size", value: size },
    { ...declaration, property: "line-height", value: height },
    { ...declaration, property: "font-family", value: family },
  ];
}

const fontSizes = /^(?:[\d.]+(?:px|pt|em|rem|%)|0|(?:x{1,3}-)?(?:small|large)(?:er)?|medium)$/;
const lineHeights = /^(?:[\d.]+[a-z%]*|normal)$/;

/** CSS Fonts 4, 2.7: what goes before the size may stand in any order, the family after it is all that is left. */
function fontOf(value: string): { size: string; height: string; family: string } | undefined {
  const words = value.replaceAll("/", " / ").trim().split(/\s+/);
  const at = words.findIndex((word) => fontSizes.test(word));
  const size = words[at];
  const hasHeight = words[at + 1] === "/";
  const height = hasHeight ? (words[at + 2] ?? "") : "normal";
  const family = words.slice(at + (hasHeight ? 3 : 1));
  if (!size || !lineHeights.test(height) || family.length === 0 || family.includes("/")) return undefined;
  return { size, height, family: family.join(" ") };
}
