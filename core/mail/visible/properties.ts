import { topmost } from "../footer.ts";
import type { Element } from "./html.ts";
import type { Declaration } from "./sheet.ts";
import { readLength } from "./values.ts";

/** Properties that hide nothing and move nothing, whatever their value is. */
const free = new Set(
  `font-style font-weight font-variant font-variant-caps font-variant-ligatures font-variant-numeric font-kerning
  font-stretch text-align text-align-last text-decoration text-decoration-line text-decoration-color
  text-decoration-style text-decoration-thickness text-underline-offset text-underline-position text-transform
  text-rendering border border-top border-right border-bottom border-left border-color border-style border-collapse
  border-spacing border-radius list-style list-style-type list-style-position cursor word-break word-wrap overflow-wrap
  line-break hyphens quotes tab-size caption-side empty-cells box-sizing background-position background-size
  background-repeat background-origin background-attachment orphans widows clear -webkit-font-smoothing
  -moz-osx-font-smoothing -webkit-tap-highlight-color supported-color-schemes mso-line-height-rule mso-table-lspace
  mso-table-rspace mso-padding-alt mso-border-alt -ms-interpolation-mode object-fit text-wrap
  transition transition-property transition-duration transition-delay transition-timing-function`.split(
    /\s+/,
  ),
);
const isFree = (property: string): boolean =>
  free.has(property) ||
  property.startsWith("--") ||
  /^border-(?:top|right|bottom|left)-(?:color|style|width|(?:left|right)-radius)$|^border-width$|^(?:page-)?break-/.test(
    property,
  );

/** Properties whose values are looked at with those of the elements around. */
export const lookedAt = new Set(
  `color background-color background-image font-size line-height font-family width max-width white-space overflow
  overflow-x overflow-y padding padding-left padding-right  margin margin-left margin-right`.split(/\s+/),
);

type Test = (value: string, element: Element) => boolean;

const oneOf =
  (words: string): Test =>
  (value) =>
    words.split(" ").includes(value);

const pixels =
  (least: number, most: number): Test =>
  (value) => {
    const length = readLength(value);
    if (!length) return false;
    if ("word" in length) return length.word === "normal" || length.word === "auto";
    const px = "px" in length ? length.px : "em" in length ? length.em * 16 : Number.NaN;
    return px >= least && px <= most;
  };

const none = oneOf("none");
const table = /^(?:table|thead|tbody|tfoot|tr|td|th)$/;

/** Values with which a text stays where it is and can be seen. What stands in none of these lists may hide it. */
const allowed: Record<string, Test> = {
  display: oneOf(
    "block inline inline-block list-item table inline-table table-row table-row-group table-cell",
  ),
  visibility: oneOf("visible"),
  opacity: oneOf("1 1.0 100%"),
  position: oneOf("static relative"),
  ...Object.fromEntries(
    ["top", "right", "bottom", "left", "inset"].map((side) => [side, oneOf("auto 0 0px")]),
  ),
  float: none,
  "z-index": oneOf(`auto ${topmost}`),
  clip: oneOf("auto"),
  ...Object.fromEntries(
    "clip-path mask mask-image filter backdrop-filter transform translate rotate scale animation animation-name text-shadow box-shadow mso-hide"
      .split(" ")
      .map((property) => [property, none]),
  ),
  outline: oneOf("none 0 0px"),
  content: oneOf("normal none"),
  "mix-blend-mode": oneOf("normal"),
  "unicode-bidi": oneOf("normal embed isolate plaintext"),
  direction: oneOf("ltr rtl"),
  "table-layout": oneOf("auto"),
  "vertical-align": oneOf("baseline top middle bottom text-top text-bottom sub super"),
  "color-scheme": (_, { tagName }) => tagName === "html",
  ...Object.fromEntries(
    ["-webkit-text-size-adjust", "-ms-text-size-adjust", "-moz-text-size-adjust", "text-size-adjust"].map(
      (property) => [property, oneOf("100% none auto")],
    ),
  ),
  height: (value, { tagName }) => value === "auto" || value === "100%" || table.test(tagName),
  "max-height": none,
  "min-height": pixels(0, 1000),
  "min-width": pixels(0, 700),
  "padding-top": pixels(0, 400),
  "padding-bottom": pixels(0, 400),
  "margin-top": pixels(0, 400),
  "margin-bottom": pixels(0, 400),
  "letter-spacing": pixels(-1, 20),
  "word-spacing": pixels(-1, 40),
  "text-indent": pixels(0, 100),
};

/** What a value that defers to the element around, or to the beginning, can't do wrong by itself. */
const deferring = /^(?:inherit|unset|revert)$/;

/** Whether a property of an element, or of one around it, leaves a text where it can be seen. */
export function leavesVisible(property: string, value: string, element: Element): boolean {
  if (isFree(property) || deferring.test(value)) return true;
  return Object.hasOwn(allowed, property) && (allowed[property]?.(value, element) ?? false);
}

/**
 * Whether a declaration leaves an element in its own place: where that is not known of all elements of a mail, one of
 * them might lie upon another. Looks are no matter here; what hides its own element covers no other.
 */
export function staysInPlace({ property, value }: Declaration, tag = "img"): boolean {
  if (isFree(property) || deferring.test(value)) return true;
  if (/^(?:margin|padding)/.test(property)) return !/-\s*\.?\d|calc|var|min|max|clamp/.test(value);
  if (/^(?:box|text)-shadow$/.test(property)) return lengthsIn(value).every((px) => Math.abs(px) <= 40);
  if (property === "font-size") return lengthsIn(value).every((px) => px <= 80);
  if (/^(?:min-|max-)?width$/.test(property))
    return lengthsIn(value).every((px) => px <= 700) && !/vw/.test(value);
  // Said outright, it lets pictures reach out of their boxes.
  if (/^overflow/.test(property)) return value !== "visible" || !/^(?:img|video|audio)$/.test(tag);
  if (property === "display") return !/grid|flex|contents/.test(value);
  return harmlessElsewhere.test(property) || allowedAt(property, value);
}

const harmlessElsewhere =
  /^(?:color|background(?:-color|-image|-clip)?|font(?:-family)?|line-height|opacity|visibility|white-space|height|max-height|min-height|text-overflow|float|vertical-align|filter|content|mso-.*|pointer-events|user-select|-webkit-user-select|color-scheme|table-layout|clip|clip-path|mask|text-fill-color|-webkit-text-fill-color|image-rendering|all)$/;

/** On some element that is no part of a table. */
const allowedAt = (property: string, value: string): boolean =>
  Object.hasOwn(allowed, property) && (allowed[property]?.(value, { tagName: "div" } as Element) ?? false);

const lengthsIn = (value: string): number[] =>
  value.split(/[\s,/()]+/).map((part) => {
    const length = readLength(part);
    if (!length) return /\d/.test(part) ? Number.POSITIVE_INFINITY : 0;
    if ("word" in length || "share" in length) return 0;
    return "px" in length ? length.px : length.em * 16;
  });
