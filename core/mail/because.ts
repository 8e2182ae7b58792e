import type { Business, Locale } from "../businesses.ts";
import type { Joined } from "../customers.ts";
import { printableName } from "../stranger-text.ts";

type Reason = (shop: string, day: string, source: string) => string;

const words: Record<Locale, Record<Joined["way"] | "unknown", Reason>> = {
  id: {
    form: (shop, day, source) =>
      `Kamu menerima email ini karena mendaftar sendiri di ${shop}${source && ` lewat ${source}`} pada ${day}.`,
    link: (shop, day) => `Kamu menerima email ini karena meminta email dari ${shop} pada ${day}.`,
    api: (shop, day) =>
      `Kamu menerima email ini karena setuju menerima kabar dari ${shop}, yang mencatatnya pada ${day}.`,
    import: (shop, day) =>
      `Kamu menerima email ini karena ${shop} memasukkanmu ke daftar pelanggannya pada ${day}.`,
    unknown: (shop) => `Kamu menerima email ini karena berlangganan kabar dari ${shop}.`,
  },
  en: {
    form: (shop, day, source) =>
      `You get this email because you signed up with ${shop}${source && ` by ${source}`} on ${day}.`,
    link: (shop, day) => `You get this email because you asked ${shop} for emails on ${day}.`,
    api: (shop, day) =>
      `You get this email because you agreed to hear from ${shop}, which noted it on ${day}.`,
    import: (shop, day) => `You get this email because ${shop} put you on its list of subscribers on ${day}.`,
    unknown: (shop) => `You get this email because you are subscribed to news from ${shop}.`,
  },
};

/** Why a customer gets mail at all, in a sentence for the footer, from the evidence of their consent. */
export function because(joined: Joined | undefined, business: Business, locale: Locale): string {
  const { unknown, ...known } = words[locale];
  if (!joined) return unknown(business.name, "", "");
  const day = dayFormat(locale, business.timeZone).format(Date.parse(joined.at));
  return known[joined.way](business.name, day, named(joined.source ?? ""));
}

/** Longer than the name of a place where a form stands. */
const maxSource = 30;

/**
 * `instagram` as the page's address says it, `Instagram` as people do. Whoever hands a link to the form around can
 * write anything there: what is a sentence, or would become a link, is left out.
 */
function named(source: string): string {
  if (source.length > maxSource) return "";
  const words = printableName(source.replace(/[-_]+/g, " ")) ?? "";
  return words.replace(/^\p{L}/u, (letter) => letter.toUpperCase());
}

const dayFormats = new Map<string, Intl.DateTimeFormat>();

/** Making a format takes some 50 µs, using one takes 1; and a stack knows few zones. */
function dayFormat(locale: Locale, timeZone: string): Intl.DateTimeFormat {
  const key = `${locale} ${timeZone}`;
  const known = dayFormats.get(key);
  if (known) return known;
  const made = new Intl.DateTimeFormat(locale, { dateStyle: "long", timeZone });
  dayFormats.set(key, made);
  return made;
}
