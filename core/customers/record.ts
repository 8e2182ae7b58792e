import { z } from "zod";
import { AttributeName, EmailAddress, Locale, TopicKey } from "../businesses.ts";
import { BusinessId, CampaignId, CustomerId, shardOf } from "../ids.ts";
import type { Item } from "../store.ts";
import { Day, Instant, MonthDay } from "../time.ts";

export const Consent = z.enum(["pending", "subscribed", "unsubscribed"]);
export type Consent = z.infer<typeof Consent>;

/** Why an address must not be mailed. */
export const SuppressionReason = z.enum(["bounce", "complaint", "erasure", "owner"]);
export type SuppressionReason = z.infer<typeof SuppressionReason>;

export const AttributeValue = z.union([z.string().max(500), z.number(), z.boolean()]);
export type AttributeValue = z.infer<typeof AttributeValue>;

/**
 * What the customer bought, kept up to date in the order's own transaction. Amounts are minor units of the
 * business's currency. The 300 items bought last are remembered, which is more than most catalogues hold.
 */
export const Statistics = z.object({
  orders: z.int(),
  spent: z.int(),
  firstOrderAt: Instant.optional(),
  lastOrderAt: Instant.optional(),
  categories: z.record(z.string(), z.object({ orders: z.int(), lastAt: Instant })),
  items: z.record(z.string(), Instant),
});
export type Statistics = z.infer<typeof Statistics>;
export const noOrders: Statistics = { orders: 0, spent: 0, categories: {}, items: {} };

/** What an owner or an import may say of a customer. */
export const CustomerDetails = z.object({
  email: EmailAddress.optional(),
  /** E.164, `+6281234567890`. */
  phone: z
    .string()
    .regex(/^\+[1-9]\d{6,14}$/, "must be a phone number such as +6281234567890")
    .optional(),
  externalId: z.string().trim().min(1).max(100).optional(),
  name: z.string().trim().min(1).max(120).optional(),
  /** How the customer likes to be called in a greeting; without it the first name serves. */
  nickname: z.string().trim().min(1).max(60).optional(),
  birthday: MonthDay.optional(),
  birthYear: z.int().min(1900).max(2100).optional(),
  tags: z.array(z.string().trim().min(1).max(60)).max(50).default([]),
  attributes: z.record(AttributeName, AttributeValue).default({}),
  /** Topics that the customer has turned on or off; a topic not named here counts as on. */
  topics: z.record(TopicKey, z.boolean()).default({}),
  locale: Locale.optional(),
});
export type CustomerDetails = z.infer<typeof CustomerDetails>;

export const Customer = CustomerDetails.extend({
  id: CustomerId,
  business: BusinessId,
  consent: Consent,
  /** Set when the email address must not be mailed. */
  suppressed: SuppressionReason.optional(),
  /** No marketing mail before this day's start in the business's zone. */
  pausedUntil: Day.optional(),
  statistics: Statistics,
  engagement: z.object({ lastOpenedAt: Instant.optional(), lastClickedAt: Instant.optional() }),
  /** When marketing mail was claimed for this customer in the last 30 days, oldest first: what caps count. */
  recentSends: z.array(Instant),
  /** For each winback campaign, the last order before the lapse that it has already answered. */
  wonBack: z.record(CampaignId, Instant),
  createdAt: Instant,
  updatedAt: Instant,
  /** Raised by every change, so that a claim made on an older reading fails. */
  version: z.int(),
});
export type Customer = z.infer<typeof Customer>;

/** The key of a customer's item in the table of customers. */
export const keyOf = (business: BusinessId, id: CustomerId) => ({ shard: shardOf(business, id), id });

/** The customer as stored: with the shard, and with the keys by which the indexes sort. */
export function toItem(customer: Customer): Item {
  const { name, statistics } = customer;
  return {
    ...customer,
    shard: shardOf(customer.business, customer.id),
    // An index leaves out an item that lacks its key, and refuses an empty one.
    nameKey: (name && nameKey(name)) || undefined,
    lastOrderAt: statistics.lastOrderAt,
  };
}

/** The customer of a stored item, trusted as written: parsing each would cost a run more than matching it. */
export function fromItem(item: Item): Customer {
  const { shard, nameKey, lastOrderAt, ...customer } = item;
  return customer as Customer;
}

/** How names are sorted and found by their beginning: "Née  Siti" and "nee siti" are the same. */
export const nameKey = (name: string): string =>
  name.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().replace(/\s+/g, " ").trim();

/** What the owner's API shows of a customer. */
export const CustomerView = Customer.omit({ recentSends: true, wonBack: true }).extend({
  statistics: Statistics.omit({ items: true }),
});
export type CustomerView = z.infer<typeof CustomerView>;

/** Leaves out what only Sapa's own bookkeeping needs. */
export function present(customer: Customer): CustomerView {
  const { recentSends, wonBack, statistics, ...shown } = customer;
  const { items, ...totals } = statistics;
  return { ...shown, statistics: totals };
}
