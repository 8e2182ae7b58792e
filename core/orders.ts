import { z } from "zod";
import { EmailAddress } from "./businesses.ts";
import { SapaError } from "./errors.ts";
import { type BusinessId, CustomerId, OwnId } from "./ids.ts";
import { Category, ItemId } from "./items.ts";
import { pageOf } from "./lists.ts";
import { Currency } from "./money.ts";
import { decodeCursor, findMany, type Item, query, find as read } from "./store.ts";
import { Instant } from "./time.ts";
import { tidyName } from "./visible-text.ts";

export { type Added, add, addMany, type OrderInput } from "./orders/add.ts";

/** The business's own id of an order, such as the number on the receipt: adding it twice changes nothing. */
export const OrderId = OwnId;

export const OrderLine = z.object({
  item: ItemId,
  name: z
    .string()
    .trim()
    .min(1)
    .max(120)
    .optional()
    .meta({ description: "Without it the catalogue's, where it has the item" }),
  category: Category.optional().meta({
    description: "Without it the catalogue's, where it has the item",
  }),
  quantity: z.int().min(1).max(100_000),
  price: z.int().min(0).optional().meta({ description: "For one piece, in minor units of the currency" }),
});
export type OrderLine = z.infer<typeof OrderLine>;

const details = {
  id: OrderId.meta({ description: "Your own, such as the number on the receipt" }),
  placedAt: Instant,
  channel: z.string().trim().min(1).max(40).meta({ description: "Where it was placed, such as pos or web" }),
  currency: Currency,
  total: z.int().min(0).meta({ description: "What was paid, in minor units; 0 for a gift" }),
  lines: z.array(OrderLine).max(200),
};

export const Order = z.object({
  ...details,
  customer: CustomerId.optional().meta({ description: "Absent once the customer has been erased" }),
});
export type Order = z.infer<typeof Order>;

/** What a key that may add orders, and not read them, is told of one. */
export const OrderReference = Order.pick({ id: true, customer: true });
export type OrderReference = z.infer<typeof OrderReference>;

export const referenceTo = ({ id, customer }: Order): OrderReference => ({
  id,
  ...(customer && { customer }),
});

/** Who ordered: a known customer's id, or at least one identity. Someone new is created with consent pending. */
export const Buyer = z
  .object({
    id: CustomerId.optional(),
    email: EmailAddress.optional(),
    phone: z.string().trim().min(5).max(40).optional().meta({ example: "0812-3456-7890" }),
    externalId: z.string().trim().min(1).max(100).optional(),
    name: z
      .string()
      .overwrite(tidyName)
      .min(1)
      .max(120)
      .optional()
      .meta({ description: "For someone new; a known customer keeps the name they have" }),
  })
  .refine(({ id, email, phone, externalId }) => id || email || phone || externalId, {
    error: "must have an id, email, phone or externalId",
  });
export type Buyer = z.infer<typeof Buyer>;

/** Clients resolve `.` and `..` before they send a path (RFC 3986, section 5.2.4): no request would find the order. */
const isAddressable = (id: string): boolean => !id.split("/").some((part) => part === "." || part === "..");

export const NewOrder = z.object({
  ...details,
  id: details.id.refine(isAddressable, { error: "must not have . or .. alone between slashes" }),
  customer: Buyer,
  channel: details.channel.default("pos"),
  currency: Currency.optional().meta({ description: "Without it the business's, which it must be" }),
  lines: details.lines.default([]),
});
export type NewOrder = z.infer<typeof NewOrder>;

/** `biz_x#INV-1` */
export const keyOf = (business: BusinessId, id: string) => ({ order: `${business}#${id}` });

/** As stored: the customer is the index's key. */
export const toItem = (business: BusinessId, order: Order): Item => ({
  ...order,
  ...keyOf(business, order.id),
  customer: order.customer && `${business}#${order.customer}`,
});

export function fromItem({ order: _, customer, ...stored }: Item): Order {
  return Order.parse({ ...stored, ...(customer ? { customer: String(customer).split("#")[1] } : {}) });
}

export async function get(business: BusinessId, id: string): Promise<Order> {
  const item = await read("orders", keyOf(business, id), { ConsistentRead: true });
  if (!item) throw new SapaError("not-found", "There is no such order");
  return fromItem(item);
}

/** A customer's orders, the latest first. */
export async function list(
  business: BusinessId,
  customer: CustomerId,
  page: { limit: number; cursor?: string | undefined },
): Promise<{ items: Order[]; next?: string }> {
  const place = page.cursor === undefined ? undefined : decodeCursor(page.cursor);
  const { items, next } = await query("orders", {
    ...ofCustomer(business, customer),
    ScanIndexForward: false,
    Limit: page.limit,
    ...(place && {
      ExclusiveStartKey: {
        customer: `${business}#${customer}`,
        placedAt: String(place.placedAt),
        ...keyOf(business, String(place.id)),
      },
    }),
  });
  const found = new Map((await findMany("orders", items.map(keyIn))).map((item) => [item.order, item]));
  return pageOf(items, {
    more: Boolean(next),
    itemOf: ({ order }) => {
      const item = found.get(order);
      return item && fromItem(item);
    },
    placeOf: ({ order, placedAt }) => ({
      placedAt: String(placedAt),
      id: String(order).slice(business.length + 1),
    }),
  });
}

const ofCustomer = (business: BusinessId, customer: CustomerId) => ({
  IndexName: "byCustomer",
  KeyConditionExpression: "customer = :customer",
  ExpressionAttributeValues: { ":customer": `${business}#${customer}` },
});

const keyIn = ({ order }: Item) => ({ order: String(order) });
