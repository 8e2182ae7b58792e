export type Scheme = "light" | "dark";

/** Where a media query lets rules hold. `certain` is false where that also depends on what nobody can know beforehand. */
export type Media = { scheme?: Scheme; certain: boolean };

export const everywhere: Media = { certain: true };

/** What a media query says of a screen; undefined where it never holds on one. */
export function readMedia(query: string): Media | undefined {
  const queries = query.toLowerCase().split(",");
  const found = queries.map(readOne).filter((media) => media !== undefined);
  if (found.length === 0) return undefined;
  const [first] = found;
  if (found.length === 1 && queries.length === 1 && first) return first;
  const sameScheme = found.every(({ scheme }) => scheme === first?.scheme);
  return { certain: false, ...(sameScheme && first?.scheme && { scheme: first.scheme }) };
}

function readOne(query: string): Media | undefined {
  const text = query.trim().replace(/\s+/g, " ");
  if (/^(?:only )?(?:print|speech|aural|tty|tv|projection|braille|embossed)\b/.test(text)) return undefined;
  const rest = text.replace(/^(?:only )?(?:screen|all)\b(?: and )?/, "");
  if (rest === "") return everywhere;
  const [, scheme] = /^\( ?prefers-color-scheme ?: ?(light|dark) ?\)$/.exec(rest) ?? [];
  if (scheme === "light" || scheme === "dark") return { scheme, certain: true };
  const [, among] = /^(?!.*\b(?:not|or)\b).*\( ?prefers-color-scheme ?: ?(light|dark) ?\)/.exec(rest) ?? [];
  return among === "light" || among === "dark" ? { scheme: among, certain: false } : { certain: false };
}

/** Both at once, as where one stands in the other; undefined where they exclude each other. */
export function both(one: Media, other: Media): Media | undefined {
  if (one.scheme && other.scheme && one.scheme !== other.scheme) return undefined;
  const scheme = one.scheme ?? other.scheme;
  return { certain: one.certain && other.certain, ...(scheme && { scheme }) };
}
