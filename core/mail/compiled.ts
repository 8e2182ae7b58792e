import type { Locale } from "../businesses.ts";

/** One language of a template as the owner writes it. */
export type Translation = { subject: string; mjml: string; text?: string | undefined };

/** A template as the owner writes it, in one language or both. */
export type TemplateSource = { translations: Partial<Record<Locale, Translation>> };

/** One language of a saved template: Handlebars, with MJML's work done. */
export type CompiledLocale = {
  subject: string;
  html: string;
  text: string;
  /** The variables used, `customer.nickname`, `customer.attributes.favourite`, `items`: what a batch must carry. */
  uses: string[];
};

export type CompiledTemplate = Partial<Record<Locale, CompiledLocale>>;

/** The language to write to a customer in: theirs if the template has it, else the business's, else what there is. */
export function localeFor(
  compiled: CompiledTemplate,
  preferred: readonly (Locale | undefined)[],
): { locale: Locale; parts: CompiledLocale } {
  for (const locale of [...preferred, "id", "en"] as const) {
    const parts = locale && compiled[locale];
    if (parts) return { locale, parts };
  }
  throw new Error("A compiled template has no language");
}
