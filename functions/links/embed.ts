import type { Business, Locale } from "../../core/businesses.ts";
import { joinUrl } from "../../core/links.ts";
import { wordingFor } from "../../core/wordings.ts";
import source from "../../templates/pages/join-embed.hbs";
import { birthdayOptions } from "./birthdays.ts";
import { template } from "./page.ts";
import { words } from "./words/join.ts";

const form = template(source);

/**
 * The sign-up form as HTML for the owner's own site, in the site's own looks. It posts across sites, which needs no
 * script and no cookie; what is missing or wrong in it the hosted page says.
 */
export function embedded(business: Business, locale: Locale): string {
  const wording = wordingFor(business, locale);
  return form({
    t: words[locale],
    locale,
    action: `${joinUrl(business.id)}?lang=${locale}&source=website`,
    ...birthdayOptions({ day: "", month: "" }, locale),
    topics: business.topics.map(({ key, name }) => ({ key, name: name[locale] })),
    edition: wording.version,
    agreement: wording.text,
    privacyUrl: business.signUp.privacyUrl ?? "",
  });
}
