import type { Locale } from "./businesses.ts";
import type { Evidence } from "./consents.ts";

/**
 * What people are shown when they agree to mail, in each edition that ever was: evidence names the edition, and a
 * form that stands on an owner's site may still show an older one. Change the words by adding an edition.
 */
const editions = {
  "2026-11": {
    id: (shop: string) =>
      `Saya ingin menerima email dari ${shop}, misalnya kabar, penawaran, dan ucapan. Saya bisa berhenti kapan saja lewat tautan di setiap email.`,
    en: (shop: string) =>
      `I would like to get emails from ${shop}, such as news, offers and greetings. I can stop them at any time by the link in each email.`,
  },
} satisfies Record<string, Record<Locale, (shop: string) => string>>;

type Edition = keyof typeof editions;
const current: Edition = "2026-11";

/** The sentence that someone agrees to, of the edition that their form showed, or else of today's. */
export function wordingFor(
  { name }: { name: string },
  locale: Locale,
  shown?: string | undefined,
): NonNullable<Evidence["wording"]> {
  const version = shown && Object.hasOwn(editions, shown) ? (shown as Edition) : current;
  return { version: `${version}/${locale}`, text: editions[version][locale](name) };
}
