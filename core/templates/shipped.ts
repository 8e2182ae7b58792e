import birthdayEn from "../../templates/emails/birthday.en.mjml";
import birthdayId from "../../templates/emails/birthday.id.mjml";
import broadcastEn from "../../templates/emails/broadcast.en.mjml";
import broadcastId from "../../templates/emails/broadcast.id.mjml";
import newItemsEn from "../../templates/emails/new-items.en.mjml";
import newItemsId from "../../templates/emails/new-items.id.mjml";
import winbackEn from "../../templates/emails/winback.en.mjml";
import winbackId from "../../templates/emails/winback.id.mjml";
import button from "../../templates/partials/button.mjml";
import footerEn from "../../templates/partials/footer.en.mjml";
import footerId from "../../templates/partials/footer.id.mjml";
import head from "../../templates/partials/head.mjml";
import header from "../../templates/partials/header.mjml";
import items from "../../templates/partials/items.mjml";
import offer from "../../templates/partials/offer.mjml";
import type { Locale } from "../businesses.ts";
import type { TemplateSource } from "../mail/compiled.ts";
import type { BuiltInId } from "../templates.ts";

const shared: Record<string, string> = { button, head, header, items, offer };
const partials: Record<Locale, Record<string, string>> = {
  id: { ...shared, footer: footerId },
  en: { ...shared, footer: footerEn },
};

/**
 * Puts the partials of our own templates in place, `<!-- partial: header -->`, as text: MJML's own includes stay
 * off, for whoever writes a template. `<!-- partial: button Lihat menu -->` also fills in the partial's `[label]`.
 */
function compose(source: string, locale: Locale): string {
  return source.replace(/<!-- partial: (\w+)(?: ([^>]*?))? -->/g, (_, name: string, label = "") => {
    const partial = partials[locale][name];
    if (!partial) throw new Error(`There is no partial called ${name}`);
    return partial.trim().replaceAll("[label]", () => label);
  });
}

/** The subject of a built-in template is its `mj-title`. */
function translation(source: string, locale: Locale) {
  const mjml = compose(source, locale);
  const subject = /<mj-title>([^<]+)<\/mj-title>/.exec(mjml)?.[1]?.trim();
  if (!subject) throw new Error("A built-in template has no mj-title");
  return { subject, mjml };
}

const sourceOf = (id: string, en: string): TemplateSource => ({
  translations: { id: translation(id, "id"), en: translation(en, "en") },
});

/** The templates that come with Sapa, in both languages. */
export const shipped: Record<BuiltInId, { name: string; source: TemplateSource }> = {
  birthday: { name: "Birthday", source: sourceOf(birthdayId, birthdayEn) },
  winback: { name: "We miss you", source: sourceOf(winbackId, winbackEn) },
  "new-items": { name: "New items", source: sourceOf(newItemsId, newItemsEn) },
  broadcast: { name: "Broadcast", source: sourceOf(broadcastId, broadcastEn) },
};
