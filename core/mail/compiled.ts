import { z } from "zod";
import type { Locale } from "../businesses.ts";

/** One language of a template as the owner writes it: a subject, MJML, and plain text if it is to differ. */
export const Translation = z.object({
  subject: z.string().min(1).meta({ example: "Selamat ulang tahun, {{customer.nickname}}!" }),
  mjml: z.string().min(1).meta({ description: "MJML with Handlebars expressions" }),
  text: z.string().optional().meta({ description: "Plain text; without it, it is made from the MJML" }),
});
export type Translation = z.infer<typeof Translation>;

/** A template as the owner writes it, in one language or both. */
export const TemplateSource = z.object({
  translations: z
    .object({ id: Translation.optional(), en: Translation.optional() })
    .refine(({ id, en }) => id || en, { error: "must hold at least one language, id or en" }),
});
export type TemplateSource = z.infer<typeof TemplateSource>;

/** One language of a saved template: Handlebars, with MJML's work done. */
export type CompiledLocale = {
  subject: string;
  html: string;
  text: string;
  /** The variables used, `customer.nickname`, `customer.attributes.favourite`, `items`: what a batch must carry. */
  uses: string[];
};

/** Exempts a link from SES's click tracking, which would lead by way of SES and tell its events the token. */
export const noTrack = "ses:no-track";

export type CompiledTemplate = Partial<Record<Locale, CompiledLocale>>;

/** The language to write to a customer in: the first preferred one that the template has, else what there is. */
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
