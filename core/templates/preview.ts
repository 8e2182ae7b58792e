import { z } from "zod";
import { type AttributeType, type Business, Locale } from "../businesses.ts";
import * as customers from "../customers.ts";
import { environment } from "../environment.ts";
import { SapaError } from "../errors.ts";
import { CustomerId } from "../ids.ts";
import * as catalogue from "../items.ts";
import { compile } from "../mail/compile.ts";
import { type CompiledTemplate, localeFor, type TemplateSource } from "../mail/compiled.ts";
import { type Rendered, render } from "../mail/render.ts";
import { type Addressee, type ShownItem, viewOf } from "../mail/view.ts";
import { compiled, type TemplateId } from "../templates.ts";
import { dayIn, type Instant } from "../time.ts";
import { visible } from "../visible-text.ts";
import { ensure } from "./save.ts";

// Loads MJML, by compile.ts: only what runs in owner-api may import this module.

/** For whom a preview is made: a customer of the business, or a sample one. */
export const PreviewInput = z.object({
  customer: CustomerId.optional().meta({ description: "Without it, for a sample customer" }),
  locale: Locale.optional().meta({ description: "Without it, the customer's or the business's language" }),
  offer: z.string().overwrite(visible).trim().min(1).max(200).optional(),
});
export type PreviewInput = z.infer<typeof PreviewInput>;

export const Preview = z.object({
  locale: Locale,
  subject: z.string(),
  html: z.string().meta({ description: "Show it in a sandboxed frame: an owner wrote it" }),
  text: z.string(),
});
export type Preview = z.infer<typeof Preview>;

/** A saved template, or a source that is not saved yet. */
export type Shown = { template: TemplateId; version?: number | undefined } | { source: TemplateSource };

/** The mail as the customer would get it, but with links that do nothing: an owner who tries them unsubscribes nobody. */
export async function preview(
  business: Business,
  { shown, input }: { shown: Shown; input: PreviewInput },
  now: Instant,
): Promise<Preview> {
  const template = await compiledOf(business, shown, now);
  const customer = input.customer ? await customers.get(business.id, input.customer) : undefined;
  const { locale, parts } = localeFor(template, [input.locale, customer?.locale, business.locale]);
  const view = viewOf({
    business,
    customer: customer ?? sampleCustomer(business, now),
    locale,
    offer: input.offer,
    items: await shownItems(business, locale),
    links: idleLinks(),
    day: dayIn(business.timeZone, now),
  });
  return { locale, ...fitting(render(parts, view)) };
}

/** In bytes: no mail program takes as much, and an answer of the API is not to be larger. */
const longestMail = 1_000_000;

/** A template may print what is long many times over. */
function fitting(mail: Rendered): Rendered {
  const bytes = Buffer.byteLength(mail.subject + mail.html + mail.text);
  if (bytes <= longestMail) return mail;
  throw new SapaError("unprocessable", "The template can't be used as it is", [
    { field: "translations", message: `makes a mail of ${bytes} bytes; at most ${longestMail} go` },
  ]);
}

async function compiledOf(business: Business, shown: Shown, now: Instant): Promise<CompiledTemplate> {
  if ("source" in shown) return compile(shown.source, { attributes: Object.keys(business.attributes) });
  const { id, version } = await ensure(business, shown.template, now);
  return compiled(business.id, id, shown.version ?? version);
}

/** Links of a mail that is no customer's: they lead to public-links' page for links that are not valid. */
export function idleLinks() {
  const base = environment("PUBLIC_URL");
  return { unsubscribe: `${base}/u/preview`, preferences: `${base}/p/preview`, rating: `${base}/r/preview` };
}

const samples: Record<AttributeType, string | number | boolean> = {
  text: "…",
  number: 12,
  boolean: true,
  date: "2026-01-31",
};

const sampleCustomer = ({ attributes }: Business, now: Instant): Addressee => ({
  name: "Ani Lestari",
  nickname: "Ani",
  joined: { at: now, way: "form" },
  attributes: Object.fromEntries(Object.entries(attributes).map(([name, type]) => [name, samples[type]])),
});

const sampleItems: Record<Locale, { name: string; category: string }[]> = {
  id: [
    { name: "Contoh produk pertama", category: "Contoh" },
    { name: "Contoh produk kedua", category: "Contoh" },
  ],
  en: [
    { name: "A first sample product", category: "Sample" },
    { name: "A second sample product", category: "Sample" },
  ],
};

/** Three items of the catalogue, or while it is empty two that a shop might have. */
async function shownItems(business: Business, locale: Locale): Promise<ShownItem[]> {
  const { items } = await catalogue.list(business.id, { limit: 10 });
  const inStock = items.filter(({ inStock }) => inStock);
  if (inStock.length > 0) return inStock.slice(0, 3);
  const price = { amount: 2_500_000, currency: business.currency };
  return sampleItems[locale].map((item) => ({ ...item, price }));
}
