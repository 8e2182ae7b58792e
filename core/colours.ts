const ink = "#111827";
const paper = "#ffffff";

/** The better of near-black and white on a colour, by WCAG 2.2's contrast ratio. */
export const readableOn = (colour: string): string =>
  contrast(colour, paper) >= contrast(colour, ink) ? paper : ink;

/**
 * The colour itself where it stands out from a background, or else the nearest mix of it with black or white
 * (whichever the background is not) that does; 4.5 is WCAG 2.2's ratio for text.
 */
export function standingOutFrom(background: string, colour: string, ratio = 4.5): string {
  const target = readableOn(background) === ink ? "#000000" : paper;
  for (let share = 0; share < 1; share += 0.05) {
    const mixed = mix(colour, target, share);
    if (contrast(mixed, background) >= ratio) return mixed;
  }
  return target;
}

/** WCAG 2.2's contrast ratio of two colours, 1 to 21. */
export function contrast(one: string, other: string): number {
  const [darker = 0, lighter = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (lighter + 0.05) / (darker + 0.05);
}

/** Relative luminance of `#rrggbb`, 0 to 1, as WCAG 2.2 defines it. */
function luminance(colour: string): number {
  const [red, green, blue] = channels(colour).map((channel) => {
    const share = channel / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function mix(colour: string, target: string, share: number): string {
  const towards = channels(target);
  const mixed = channels(colour).map((from, at) => Math.round(from + ((towards[at] ?? 0) - from) * share));
  return `#${mixed.map((channel) => channel.toString(16).padStart(2, "0")).join("")}`;
}

const channels = (colour: string): number[] =>
  [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
