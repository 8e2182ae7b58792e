import type { Locale } from "../../core/businesses.ts";

/** The words that every page shares; what else a page says stands beside it in `words/`, a file for each page. */
const id = {
  languageName: "Bahasa Indonesia",
  switchLanguage: "Ganti bahasa halaman",
  yourAddress: "alamat email Anda",
};

const en: typeof id = {
  languageName: "English",
  switchLanguage: "Change the language of this page",
  yourAddress: "your email address",
};

export const words: Record<Locale, typeof id> = { id, en };
