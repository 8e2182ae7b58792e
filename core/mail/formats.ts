import type { Locale } from "../businesses.ts";
import { type Currency, type Money, minorDigits } from "../money.ts";
import type { Day } from "../time.ts";

/** Currencies whose minor unit nobody uses: whole amounts are shown without decimals, Rp25.000. */
const shownWhole: ReadonlySet<Currency> = new Set(["IDR"]);

/** A price as customers read it: `Rp25.000` and `US$12,50` in Indonesian, `Rp25,000` and `$12.50` in English. */
export function price({ amount, currency }: Money, locale: Locale): string {
  const digits = minorDigits(currency);
  const value = amount / 10 ** digits;
  const decimals = shownWhole.has(currency) && Number.isInteger(value) ? 0 : digits;
  const parts = currencyFormat(locale, currency, decimals).formatToParts(value);
  const symbol = parts.find(({ type }) => type === "currency")?.value ?? "";
  // Indonesian spelling writes a symbol without a space, Rp25.000, where CLDR puts one; a code keeps it.
  const tight = symbol === "Rp" || (locale === "id" && !/^[A-Z]{3}$/.test(symbol));
  return parts
    .filter(({ type }) => !(tight && type === "literal"))
    .map(({ value }) => value)
    .join("");
}

/** A day in words: `24 November 2026` in Indonesian, `November 24, 2026` in English. */
export const day = (day: Day, locale: Locale): string => dayFormats[locale].format(new Date(`${day}T00:00Z`));

/** A number with the locale's separators and at most two decimals: `1.234,5` in Indonesian. */
export const number = (value: number, locale: Locale): string => numberFormats[locale].format(value);

export const yesOrNo = (value: boolean, locale: Locale): string => answers[locale][value ? "yes" : "no"];

const answers = { id: { yes: "ya", no: "tidak" }, en: { yes: "yes", no: "no" } };

const numberFormats = {
  id: new Intl.NumberFormat("id", { maximumFractionDigits: 2 }),
  en: new Intl.NumberFormat("en", { maximumFractionDigits: 2 }),
};

const dayFormats = {
  id: new Intl.DateTimeFormat("id", { dateStyle: "long", timeZone: "UTC" }),
  en: new Intl.DateTimeFormat("en", { dateStyle: "long", timeZone: "UTC" }),
};

// Making an Intl format takes some 50 µs, using one takes 1.
const currencyFormats = new Map<string, Intl.NumberFormat>();

function currencyFormat(locale: Locale, currency: Currency, decimals: number): Intl.NumberFormat {
  const key = `${locale} ${currency} ${decimals}`;
  const known = currencyFormats.get(key);
  if (known) return known;
  const made = new Intl.NumberFormat(locale, {
    style: "currency",
    currency,
    currencyDisplay: locale === "en" || currency === "IDR" ? "narrowSymbol" : "symbol",
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  });
  currencyFormats.set(key, made);
  return made;
}
