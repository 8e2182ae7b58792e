import type { Locale } from "../businesses.ts";
import type { Required } from "./visible/seen.ts";

/** The order in which things lie upon each other has no place above this one. */
export const topmost = "2147483647";

/** What the law and mailbox providers want in every mail, whoever wrote its template. */
export const required: Required = {
  texts: ["because", "business.postalAddress"],
  links: ["links.preferences", "links.unsubscribe"],
};
const all = [...required.texts, ...required.links];

const words = {
  id: { preferences: "Atur email", unsubscribe: "Berhenti berlangganan" },
  en: { preferences: "Email preferences", unsubscribe: "Unsubscribe" },
};

/** What of it is not among the given paths. */
export function missing(paths: Iterable<string>): string[] {
  const there = new Set(paths);
  return all.filter((path) => !there.has(path));
}

/** No style of the template's head is above these: they stand at the element, and are important. */
const pinned = (styles: string): string =>
  styles
    .split(";")
    .map((style) => `${style}!important`)
    .join(";");

const plain =
  "visibility:visible;opacity:1;float:none;width:auto;height:auto;max-height:none;overflow:visible;text-indent:0;text-shadow:none;font:13px/20px sans-serif;color:#44403c";
const ground = pinned(
  `display:block;position:relative;z-index:${topmost};margin:0;padding:16px 24px;background:#f5f4f2;text-align:center;${plain}`,
);
const link = pinned(
  `display:inline;position:static;margin:0;padding:0;background:transparent;text-decoration:underline;${plain}`,
);

/**
 * HTML of a footer with the given parts, for the end of a mail: on a ground of its own and above all else, so that
 * nothing in the template can hide it but what hides the mail. On one line, for the lines of the template stay theirs.
 */
export function footer(parts: readonly string[], locale: Locale): string {
  if (parts.length === 0) return "";
  const anchor = (path: string, label: string) => `<a href="{{${path}}}" style="${link}">${label}</a>`;
  return `<mj-raw><div style="${ground}">${linesOf(parts, locale, anchor).join("<br>")}</div></mj-raw>`;
}

/** The same for plain text. */
export function plainFooter(parts: readonly string[], locale: Locale): string {
  if (parts.length === 0) return "";
  const lines = linesOf(parts, locale, (path, label) => `${label}: {{${path}}}`, "\n");
  return `\n\n--\n${lines.join("\n")}\n`;
}

function linesOf(
  parts: readonly string[],
  locale: Locale,
  link: (path: string, label: string) => string,
  between = " · ",
): string[] {
  const { preferences, unsubscribe } = words[locale];
  const links = [
    ...(parts.includes("links.preferences") ? [link("links.preferences", preferences)] : []),
    ...(parts.includes("links.unsubscribe") ? [link("links.unsubscribe", unsubscribe)] : []),
  ];
  return [
    ...(parts.includes("because") ? ["{{because}}"] : []),
    ...(parts.includes("business.postalAddress") ? ["{{business.name}} · {{business.postalAddress}}"] : []),
    ...(links.length > 0 ? [links.join(between)] : []),
  ];
}
