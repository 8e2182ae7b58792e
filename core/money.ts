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
