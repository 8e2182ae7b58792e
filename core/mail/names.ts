import type { Locale } from "../businesses.ts";
import { printableName } from "../stranger-text.ts";

/** What to call a customer whose name is not known: both read well after a greeting and after a wish. */
const nameless: Record<Locale, string> = { id: "Kak", en: "friend" };

/** Titles are no first names: "Ibu Sri Wahyuni" is greeted as "Ibu Sri". */
const titles = new Set(
  "ibu bapak pak bu bpk mas mbak kak kakak bang abang teh kang bli gus ning ustaz ustazah haji hajah h hj dr drg drs dra ir prof mr mrs ms miss mx sir madam".split(
    " ",
  ),
);

/** Particles before a Balinese name, "I Wayan" and "Ni Made", are not how a person is called. */
const particles = new Set(["i", "ni", "ida"]);

type Named = { name?: string | undefined; nickname?: string | undefined };

/**
 * The words that a greeting uses: the nickname, else the first name, else a word that suits anyone. Names come from
 * public forms too, so one that a mail program would make a link of is none.
 */
export function nicknameOf(customer: Named, locale: Locale): string {
  const nickname = customer.nickname && printableName(customer.nickname);
  if (nickname) return nickname;
  const name = customer.name && printableName(customer.name);
  return (name && firstName(name)) || nameless[locale];
}

export function nameOf(customer: Named, locale: Locale): string {
  return (customer.name && printableName(customer.name)) || nicknameOf(customer, locale);
}

/**
 * The first name in a full one, with the title before it. Initials are passed over ("M. Rizky" is "Rizky"),
 * and names that a till stored in capitals are written as names. Empty when nothing usable is in there.
 */
export function firstName(name: string): string {
  const words = name.split(/[\s,]+/).filter((word) => /\p{L}/u.test(word));
  const written = isOneCase(name) ? words.map(capitalised) : words;
  const titled: string[] = [];
  for (const [at, word] of written.entries()) {
    const bare = word.toLowerCase().replace(/\./g, "");
    const last = at === written.length - 1;
    if (titles.has(bare)) titled.push(word);
    else if (last || !(word.endsWith(".") || bare.length === 1 || particles.has(bare))) {
      return [...titled, word].join(" ");
    }
  }
  return titled.join(" ");
}

const isOneCase = (name: string): boolean => name === name.toUpperCase() || name === name.toLowerCase();

const capitalised = (word: string): string =>
  word.toLowerCase().replace(/(^|[-'’])\p{L}/gu, (start) => start.toUpperCase());
