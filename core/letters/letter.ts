import Handlebars from "handlebars";
import source from "../../templates/letters/letter.hbs";
import type { Business, Locale } from "../businesses.ts";
import { readableOn } from "../colours.ts";
import type { Rendered } from "../mail/render.ts";

/**
 * A mail to one person, who has done something that it answers: no campaign, no template of the owner's. Nothing
 * that a stranger typed may stand in a letter to an address that nobody has confirmed, or Sapa would carry their spam.
 */
export type Letter = {
  /** What SES's events and metrics call it, `confirmation`. */
  kind: string;
  /** A person wrote it, to this reader. */
  byHand?: boolean;
  locale: Locale;
  subject: string;
  /** What an inbox shows beside the subject. */
  preview: string;
  title: string;
  paragraphs: readonly string[];
  /** Words of the reader's own, or to them, that stand apart. */
  quote?: string;
  button?: { label: string; url: string };
  /** Below the button, in small print. */
  small: readonly string[];
  /** Why it came, as its footer says. */
  why: string;
  /** In the footer; the one to unsubscribe stands in the mail's header too (RFC 8058). */
  links?: readonly { label: string; url: string; unsubscribes?: boolean }[];
};

const html = Handlebars.compile(source, { knownHelpersOnly: true, strict: true });

/** The letter in the business's colours, and as plain text. */
export function render(letter: Letter, business: Business): Rendered {
  const { brand, name, postalAddress } = business;
  const view = {
    ...letter,
    quote: letter.quote ?? "",
    button: letter.button ?? null,
    links: letter.links ?? [],
    shop: name,
    postalAddress,
    brand: brand.colour,
    onBrand: readableOn(brand.colour),
    logoUrl: brand.logoUrl ?? "",
  };
  return { subject: letter.subject, html: html(view), text: plain(letter, business) };
}

function plain({ title, paragraphs, quote, button, small, why, links = [] }: Letter, business: Business) {
  const blocks = [
    title,
    ...paragraphs,
    ...(quote ? [quote.replace(/^/gm, "> ")] : []),
    ...(button ? [`${button.label}:\n${button.url}`] : []),
    ...small,
    [
      "--",
      why,
      `${business.name} · ${business.postalAddress}`,
      ...links.map(({ label, url }) => `${label}: ${url}`),
    ].join("\n"),
  ];
  return `${blocks.join("\n\n")}\n`;
}
