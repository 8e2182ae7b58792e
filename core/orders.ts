import { z } from "zod";
import { CustomerId } from "./ids.ts";
import { Category, ItemId } from "./items.ts";
import { Currency } from "./money.ts";
import { Instant } from "./time.ts";

/** The business's own id of an order, such as the number on the receipt: adding it twice changes nothing. */
export const OrderId = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .regex(/^[^#\p{Cc}]+$/u, "must not hold # or control characters");

export const OrderLine = z.object({
  item: ItemId,
  /** Taken from the catalogue where the item is known and these are left out. */
  name: z.string().trim().min(1).max(120).optional(),
  category: Category.optional(),
  quantity: z.int().min(1).max(100_000),
  /** For one piece, in minor units of the order's currency. */
  price: z.int().min(0).optional(),
});
export type OrderLine = z.infer<typeof OrderLine>;

export const Order = z.object({
  id: OrderId,
  customer: CustomerId,
  placedAt: Instant,
  channel: z.string().trim().min(1).max(40),
  currency: Currency,
  /** What was paid, in minor units; nothing for a gift. */
  total: z.int().min(0),
  lines: z.array(OrderLine).max(200),
});
export type Order = z.infer<typeof Order>;
