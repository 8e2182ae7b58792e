import type { Hidden } from "../tokens.ts";
import type { Environment, Styles } from "./cascade.ts";
import { attributeOf, type Element, elementsIn } from "./html.ts";
import { type Colour, type Length, namedSizes, readColour, readLength } from "./values.ts";

type LineHeight = { ratio: number } | { px: number };

/** How text directly in an element looks: every way that is possible. */
export type Looks = {
  colours: readonly Colour[];
  links: readonly Colour[];
  backgrounds: readonly Colour[];
  /** What is behind it where the element's own background is not painted. */
  behind: readonly Colour[];
  /** In pixels, as all lengths here. */
  sizes: readonly number[];
  lineHeights: readonly LineHeight[];
  /** Whether the font is surely one that the reader's device has. */
  isSystemFont: boolean;
  /** The least room that a line has. */
  width: number;
  nowrap: boolean;
  clipped: boolean;
  inline: boolean;
};

const inlineTags = new Set("span a b strong i em u font small big sub sup code".split(" "));
const smallerTags = new Set(["small", "sub", "sup"]);

/** A window, and what browsers show where a page says nothing: by night another page if it says that it can be dark. */
export function looksAround(root: Element, styles: Styles, environment: Environment, width: number): Looks {
  const said = styles.possible(root, "color-scheme", environment).map((value) => value ?? schemeIn(root));
  const schemes = said.map(
    (value) => /\bdark\b/.test(value) && (environment.scheme === "dark" || !/\blight\b/.test(value)),
  );
  const isDark = [...new Set(schemes)];
  const either = (dark: Colour, light: Colour) => isDark.map((one) => (one ? dark : light));
  const canvas = either("#121212", "#ffffff");
  return {
    colours: either("#ffffff", "#000000"),
    links: hasLinkColours(root) ? ["unknown"] : either("#9e9eff", "#0000ee"),
    backgrounds: canvas,
    behind: canvas,
    sizes: [16],
    lineHeights: [{ ratio: 1.2 }],
    isSystemFont: true,
    width,
    nowrap: false,
    clipped: false,
    inline: false,
  };
}

function schemeIn(root: Element): string {
  for (const element of elementsIn(root)) {
    if (element.tagName === "meta" && attributeOf(element, "name")?.toLowerCase() === "color-scheme") {
      return attributeOf(element, "content")?.toLowerCase() ?? "";
    }
  }
  return "";
}

const hasLinkColours = (root: Element): boolean =>
  root.childNodes.some((node) => "attrs" in node && node.attrs.some(({ name }) => /^[av]?link$/.test(name)));

/** The looks of an element's text, from those of the text around it. */
export function looksIn(
  element: Element,
  around: Looks,
  { styles, environment, hidden }: { styles: Styles; environment: Environment; hidden: Hidden },
): Looks {
  const { tagName: tag } = element;
  const possible = (property: string) => styles.possible(element, property, environment);
  const lengths = (property: string) => possible(property).map((value) => value ?? "auto");

  const displays = possible("display").map((value) => value ?? (inlineTags.has(tag) ? "inline" : "block"));
  const inline = displays.includes("inline");
  // A block in an inline box lies upon what is behind that box.
  const below =
    around.inline && displays.some((one) => one !== "inline")
      ? union(around.backgrounds, around.behind)
      : around.backgrounds;
  const isLink = tag === "a" && attributeOf(element, "href") !== undefined;
  const inherited = isLink ? around.links : around.colours;
  const colours = possible("color").flatMap((value): readonly Colour[] => {
    if (value === undefined) return inherited;
    const colour = readColour(value, hidden);
    if (colour === "inherit") return around.colours;
    return colour.startsWith("#") || colour === "brand" || colour === "on-brand" ? [colour] : ["unknown"];
  });
  const sizes = few(
    union(possible("font-size").flatMap((value) => fontSizes(value, around.sizes, smallerTags.has(tag)))),
    Number.NaN,
  );
  return {
    colours: few(union(colours), "unknown"),
    links: around.links,
    backgrounds: backgrounds(possible("background-color"), possible("background-image"), below, hidden),
    behind: below,
    sizes,
    lineHeights: few(
      distinct(possible("line-height").flatMap((value) => lineHeights(value, around.lineHeights, sizes))),
      { ratio: Number.NaN },
    ),
    isSystemFont: possible("font-family").every((value) =>
      value === undefined ? around.isSystemFont : /^(?:sans-serif|serif|monospace)$/.test(value),
    ),
    width: roomIn(element, around.width, lengths),
    nowrap: possible("white-space").some((value) =>
      value === undefined ? around.nowrap : !/^(?:normal|pre-wrap|pre-line|break-spaces)$/.test(value),
    ),
    clipped:
      around.clipped ||
      ["overflow", "overflow-x", "overflow-y"].some((property) =>
        possible(property).some((value) => value !== undefined && value !== "visible" && value !== "auto"),
      ),
    inline,
  };
}

/** More ways than this are not reckoned with: then anything is possible. */
const maxWays = 30;
const few = <T>(ways: readonly T[], anything: T): readonly T[] => (ways.length > maxWays ? [anything] : ways);

const distinct = (heights: readonly LineHeight[]): LineHeight[] => [
  ...new Map(heights.map((height) => [JSON.stringify(height), height])).values(),
];

const union = <T>(...lists: (readonly T[])[]): T[] => [...new Set(lists.flat())];

function backgrounds(
  colours: readonly (string | undefined)[],
  images: readonly (string | undefined)[],
  below: readonly Colour[],
  hidden: Hidden,
): Colour[] {
  if (images.some((value) => value !== undefined && value !== "none")) return ["unknown"];
  return union(
    colours.flatMap((value) => {
      const colour = value === undefined ? "transparent" : readColour(value, hidden);
      return colour === "transparent"
        ? below
        : [colour === "current" || colour === "inherit" ? "unknown" : colour];
    }),
  );
}

function fontSizes(value: string | undefined, around: readonly number[], isSmaller: boolean): number[] {
  if (value === undefined) return around.map((size) => (isSmaller ? size / 1.2 : size));
  const length = readLength(value);
  if (!length) return [Number.NaN];
  if ("px" in length) return [length.px];
  if ("em" in length) return around.map((size) => size * length.em);
  if ("share" in length) return around.map((size) => size * length.share);
  const factor: Record<string, number> = { smaller: 1 / 1.2, larger: 1.2, inherit: 1, unset: 1 };
  const named = namedSizes[length.word];
  return named ? [named] : around.map((size) => size * (factor[length.word] ?? Number.NaN));
}

function lineHeights(
  value: string | undefined,
  around: readonly LineHeight[],
  sizes: readonly number[],
): readonly LineHeight[] {
  if (value === undefined || value === "inherit" || value === "unset") return around;
  if (/^[\d.]+$/.test(value)) return [{ ratio: Number(value) }];
  const length = readLength(value);
  if (!length) return [{ ratio: Number.NaN }];
  if ("px" in length) return [{ px: length.px }];
  if ("word" in length) return [{ ratio: length.word === "normal" ? 1.2 : Number.NaN }];
  return sizes.map((size) => ({ px: size * ("em" in length ? length.em : length.share) }));
}

/** The width of a line in an element, at its least: that of the window less all that is around. */
function roomIn(element: Element, around: number, lengths: (property: string) => string[]): number {
  const widths = [...lengths("width"), ...lengths("max-width")].map((value) =>
    roomOf(readLength(value), around),
  );
  // Cells and tables are as wide as what they hold, or wider.
  const isTable = /^(?:table|thead|tbody|tfoot|tr|td|th)$/.test(element.tagName);
  const stated = widths.filter((width) => !isTable || width >= around || !Number.isFinite(width));
  const width = Math.min(around, ...stated);
  const sides = ["padding", "margin"].flatMap((name) => [
    widest(lengths(name).map((value) => sidesOf(value, width))),
    ...["left", "right"].map((side) =>
      widest(lengths(`${name}-${side}`).map((value) => lengthOf(value, width))),
    ),
  ]);
  return sides.reduce((room, side) => room - side, width);
}

function roomOf(length: Length | undefined, around: number): number {
  if (!length) return Number.NaN;
  if ("word" in length)
    return /^(?:auto|none|inherit|unset|initial|revert)$/.test(length.word) ? around : Number.NaN;
  if ("px" in length) return length.px <= 700 ? length.px : Number.NaN;
  return "em" in length ? length.em * 16 : length.share <= 1 ? length.share * around : Number.NaN;
}

/** A `NaN`, for what can't be read, is the widest of all. */
const widest = (lengths: readonly number[]): number =>
  lengths.some(Number.isNaN) ? Number.NaN : Math.max(0, ...lengths);

/** Left and right together, of one to four values. */
function sidesOf(value: string, around: number): number {
  const parts = value.split(/\s+/);
  const right = parts[1] ?? parts[0] ?? "";
  const left = parts[3] ?? right;
  const all = parts.map((part) => lengthOf(part, around));
  return all.some(Number.isNaN) || parts.length > 4
    ? Number.NaN
    : lengthOf(left, around) + lengthOf(right, around);
}

function lengthOf(value: string, around: number): number {
  const length = readLength(value);
  if (!length) return Number.NaN;
  if ("word" in length) return /^(?:auto|inherit|unset|initial|revert)$/.test(length.word) ? 0 : Number.NaN;
  const px = "px" in length ? length.px : "em" in length ? length.em * 16 : length.share * around;
  return px >= 0 ? px : Number.NaN;
}
