import names from "color-name";
import { contrast } from "../../colours.ts";
import { type Hidden, printedPath } from "../tokens.ts";

/** `#rrggbb`, or what is not known before the mail is sent: the business's colour, and the one that is readable on it. */
export type Colour = `#${string}` | "brand" | "on-brand" | "transparent" | "inherit" | "current" | "unknown";

export function readColour(value: string, hidden: Hidden): Colour {
  const [token] = hidden.find(value);
  if (token) {
    const path = token.end - token.start === value.length ? printedPath(token.token) : undefined;
    if (path === "business.brandColour") return "brand";
    return path === "business.brandTextColour" ? "on-brand" : "unknown";
  }
  if (value === "transparent") return "transparent";
  if (value === "currentcolor") return "current";
  if (value === "inherit" || value === "unset") return "inherit";
  const named = Object.hasOwn(names, value) ? names[value as keyof typeof names] : undefined;
  if (named) return opaque([...named]);
  return hex(value) ?? channels(value) ?? "unknown";
}

const opaque = (rgb: readonly number[]): Colour =>
  `#${rgb
    .map((one) =>
      Math.round(Math.min(255, Math.max(0, one)))
        .toString(16)
        .padStart(2, "0"),
    )
    .join("")}`;

function hex(value: string): Colour | undefined {
  const [, digits] = /^#((?:[\da-f]{3,4}){1,2})$/.exec(value) ?? [];
  if (!digits) return undefined;
  const long = digits.length < 6 ? [...digits].map((digit) => digit + digit).join("") : digits;
  return withAlpha(`#${long.slice(0, 6)}`, long.length === 8 ? Number.parseInt(long.slice(6), 16) / 255 : 1);
}

/** `rgb(…)` and `hsl(…)`, with commas or without. */
function channels(value: string): Colour | undefined {
  const [, kind, inside = ""] = /^(rgb|hsl)a?\(([^()]*)\)$/.exec(value) ?? [];
  if (!kind) return undefined;
  const parts = inside.split(/[\s,/]+/).filter(Boolean);
  if (parts.length < 3 || parts.length > 4) return undefined;
  const [alpha = 1] = parts.slice(3).map((part) => share(part, 1));
  const rgb = kind === "rgb" ? parts.slice(0, 3).map((part) => share(part, 255)) : fromHsl(parts);
  return [...rgb, alpha].every(Number.isFinite) ? withAlpha(opaque(rgb), alpha) : undefined;
}

const share = (part: string, whole: number): number =>
  /^[\d.]+%$/.test(part)
    ? (Number.parseFloat(part) / 100) * whole
    : /^[\d.]+$/.test(part)
      ? Number(part)
      : Number.NaN;

/** CSS Color 4, 7.1. */
function fromHsl([h = "", s = "", l = ""]: readonly string[]): number[] {
  const hue = /^-?[\d.]+(?:deg)?$/.test(h) ? Number.parseFloat(h) : Number.NaN;
  const saturation = share(s, 1);
  const lightness = share(l, 1);
  return [0, 8, 4].map((n) => {
    const k = (((n + hue / 30) % 12) + 12) % 12;
    const chroma = saturation * Math.min(lightness, 1 - lightness);
    return 255 * (lightness - chroma * Math.max(-1, Math.min(k - 3, 9 - k, 1)));
  });
}

function withAlpha(colour: Colour, alpha: number): Colour {
  if (alpha >= 1) return colour;
  return alpha <= 0 ? "transparent" : "unknown";
}

/** How a text stands out from its background, 1 to 21 (WCAG 2.2); 1 where that can't be said. */
export function standsOut(text: Colour, background: Colour): number {
  if (text === "on-brand" && background === "brand") return 4.5;
  const known = [text, background].every((colour) => colour.startsWith("#"));
  return known ? contrast(text, background) : 1;
}

/** A length in CSS pixels; in parts of the font's size, or of the width around it; or a word. */
export type Length = { px: number } | { em: number } | { share: number } | { word: string };

const pixels: Record<string, number> = { px: 1, pt: 4 / 3, pc: 16, in: 96, cm: 96 / 2.54, mm: 9.6 / 2.54 };

export function readLength(value: string): Length | undefined {
  const [, number = "", unit = ""] = /^([+-]?(?:\d+(?:\.\d*)?|\.\d+))([a-z]*|%)$/.exec(value) ?? [];
  const amount = Number(number);
  if (number === "" || !Number.isFinite(amount)) {
    return /^[a-z-]+$/.test(value) ? { word: value } : undefined;
  }
  if (unit === "%") return { share: amount / 100 };
  if (unit === "em" || unit === "rem") return { em: amount };
  if (unit === "ex" || unit === "ch") return { em: amount / 2 };
  const size = unit === "" ? (amount === 0 ? 0 : undefined) : pixels[unit];
  return size === undefined ? undefined : { px: amount * size };
}

/** Sizes of fonts that have names, in pixels. */
export const namedSizes: Record<string, number> = {
  "xx-small": 9,
  "x-small": 10,
  small: 13,
  medium: 16,
  large: 18,
  "x-large": 24,
  "xx-large": 32,
};
