import { z } from "zod";

/** An ISO 4217 code that this runtime knows. */
export const Currency = z
  .string()
  .refine((code) => Intl.supportedValuesOf("currency").includes(code), {
    error: "is not an ISO 4217 currency, such as IDR",
  })
  .meta({ pattern: "^[A-Z]{3}$", example: "IDR" });
export type Currency = string;

/** An amount in the currency's minor unit as ISO 4217 counts it: 1250 USD is $12.50, 25000 JPY is ¥25,000. */
export const Money = z.object({
  amount: z.int().min(0).meta({ example: 2500000 }),
  currency: Currency,
});
export type Money = z.infer<typeof Money>;

const digits: Record<string, number> = Object.fromEntries([
  ..."BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
    .split(" ")
    .map((code) => [code, 0]),
  ..."BHD IQD JOD KWD LYD OMR TND".split(" ").map((code) => [code, 3]),
  ..."CLF UYW".split(" ").map((code) => [code, 4]),
]);

/**
 * Decimals of a currency's minor unit as ISO 4217 lists them: 2 for USD and IDR, none for JPY. Not asked of
 * Intl, which answers by custom (0 for IDR) and differently in each release of Node.
 */
export const minorDigits = (currency: Currency): number => digits[currency] ?? 2;
