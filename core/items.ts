import { z } from "zod";
import { Money } from "./money.ts";
import { Instant } from "./time.ts";

/** The business's own id of an item, its SKU. */
export const ItemId = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .regex(/^[^#\p{Cc}]+$/u, "must not hold # or control characters");

export const Category = z.string().trim().min(1).max(60);

export const ItemDetails = z.object({
  name: z.string().trim().min(1).max(120),
  category: Category,
  price: Money,
  description: z.string().trim().max(300).optional(),
  url: z
    .url({ protocol: /^https$/, error: "must be an https address" })
    .max(500)
    .optional(),
  imageUrl: z
    .url({ protocol: /^https$/, error: "must be an https address" })
    .max(500)
    .optional(),
  inStock: z.boolean().default(true),
});
export type ItemDetails = z.infer<typeof ItemDetails>;

/** An entry of the catalogue. */
export const Item = ItemDetails.extend({
  id: ItemId,
  /** When it came into the catalogue; new-items campaigns go by it. */
  addedAt: Instant,
  updatedAt: Instant,
});
export type Item = z.infer<typeof Item>;
