import { z } from "zod";
import { AttributeName, EmailAddress, FrequencyCap, Locale, TopicKey } from "../businesses.ts";
import { BusinessId, CampaignId, CustomerId, RunId, shardOf } from "../ids.ts";
import type { Item } from "../store.ts";
import { beginning } from "../text.ts";
import { Day, Instant, MonthDay, TimeZone } from "../time.ts";
import { tidyName, visible } from "../visible-text.ts";

export const Consent = z.enum(["pending", "subscribed", "unsubscribed"]);
export type Consent = z.infer<typeof Consent>;

/** Why an address must not be mailed. */
export const SuppressionReason = z
  .enum(["bounce", "soft-bounces", "complaint", "erasure", "owner", "unsubscribed"])
  .meta({
    description: "unsubscribed: whoever had the address before unsubscribed; only its reader can lift that",
  });
export type SuppressionReason = z.infer<typeof SuppressionReason>;

/** DynamoDB keeps fewer numbers than JSON has: none over 38 digits, and none nearer to zero than 1e-130. */
export const AttributeNumber = z
  .number()
  .min(-1e15)
  .max(1e15)
  .refine((value) => value === 0 || Math.abs(value) >= 1e-9, { error: "must be 0, or not so near to it" });

export const AttributeValue = z.union([z.string().overwrite(visible).max(500), AttributeNumber, z.boolean()]);
export type AttributeValue = z.infer<typeof AttributeValue>;

/** How a customer came to be subscribed, as the footer of each mail tells them; the whole proof is in consents.ts. */
export const Joined = z.object({
  at: Instant,
  way: z.enum(["form", "api", "import", "link"]),
  /** Where the form was found, such as `instagram`. */
  source: z.string().optional(),
});
export type Joined = z.infer<typeof Joined>;

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

const fields = {
  email: EmailAddress,
  /** E.164, `+6281234567890`. */
  phone: z.string().regex(/^\+[1-9]\d{6,14}$/, "must be a phone number such as +6281234567890"),
  externalId: z.string().trim().min(1).max(100),
  name: z.string().overwrite(tidyName).min(1).max(120),
  /** How the customer likes to be called in a greeting; without it the first name serves. */
  nickname: z.string().overwrite(tidyName).min(1).max(60),
  birthday: MonthDay,
  birthYear: z.int().min(1900).max(2100),
  tags: z.array(z.string().trim().min(1).max(60)).max(50),
  attributes: z.record(AttributeName, AttributeValue),
  /** Topics that the customer has turned on or off; a topic not named here counts as on. */
  topics: z.record(TopicKey, z.boolean()),
  locale: Locale,
  /** Where the customer lives, if not in the business's own time zone: quiet hours go by it. */
  timeZone: TimeZone.meta({ example: "Asia/Jayapura" }),
};

/** What an owner or an import may say of a customer, as it is kept. */
export const CustomerDetails = z.object({
  email: fields.email.optional(),
  phone: fields.phone.optional(),
  externalId: fields.externalId.optional(),
  name: fields.name.optional(),
  nickname: fields.nickname.optional(),
  birthday: fields.birthday.optional(),
  birthYear: fields.birthYear.optional(),
  tags: fields.tags.default([]),
  attributes: fields.attributes.default({}),
  topics: fields.topics.default({}),
  locale: fields.locale.optional(),
  timeZone: fields.timeZone.optional(),
});
export type CustomerDetails = z.infer<typeof CustomerDetails>;

/** A phone number as people write it; it is kept as E.164. */
const WrittenPhone = z.string().trim().min(5).max(40).meta({ example: "0812-3456-7890" });

/** A save by identity: what is absent stays as it is. */
export const CustomerInput = z
  .object({ ...fields, phone: WrittenPhone })
  .partial()
  .extend({ consent: Consent.optional() });
export type CustomerInput = z.infer<typeof CustomerInput>;

/** The most mails that one customer wants: at least one of its numbers, since without any it would say nothing. */
const CustomerCap = FrequencyCap.refine((cap) => Object.values(cap).some((most) => most !== undefined), {
  error: "must hold at least one number; null takes the cap away",
}).meta({
  description: "The most mails that this customer gets, beside the business's own cap; replaced as a whole",
});

/** A change: what is absent stays as it is, null removes. */
export const CustomerPatch = z.object({
  email: fields.email.nullish(),
  phone: WrittenPhone.nullish(),
  externalId: fields.externalId.nullish(),
  name: fields.name.nullish(),
  nickname: fields.nickname.nullish(),
  birthday: fields.birthday.nullish(),
  birthYear: fields.birthYear.nullish(),
  tags: fields.tags.nullish(),
  attributes: z.record(AttributeName, AttributeValue.nullable()).nullish(),
  topics: z.record(TopicKey, z.boolean().nullable()).nullish(),
  locale: fields.locale.nullish(),
  timeZone: fields.timeZone.nullish(),
  frequencyCap: CustomerCap.nullish(),
  pausedUntil: Day.nullish().meta({ description: "No marketing mail before this day" }),
  consent: Consent.optional(),
});
export type CustomerPatch = z.infer<typeof CustomerPatch>;

export const Customer = CustomerDetails.extend({
  id: CustomerId,
  business: BusinessId,
  consent: Consent,
  /** Set when the email address must not be mailed. */
  suppressed: SuppressionReason.optional(),
  /** No marketing mail before this day's start in the business's zone. */
  pausedUntil: Day.optional(),
  /** Addresses that the customer had before, the latest last: links in mails that went there stop mail to them. */
  formerEmails: z.array(fields.email).optional(),
  /** The most mails that the customer wants; it holds beside the business's own cap. */
  frequencyCap: FrequencyCap.optional(),
  /** Since when the customer's data is only kept: no mail of any kind. */
  restrictedAt: Instant.optional(),
  /** Set while subscribed. */
  joined: Joined.optional(),
  /** The mails that came back for the moment, by their runs. */
  softBounces: z.record(RunId, Instant).optional(),
  statistics: Statistics,
  engagement: z.object({ lastOpenedAt: Instant.optional(), lastClickedAt: Instant.optional() }),
  /** When marketing mail was claimed for this customer in the last 30 days, oldest first: what caps count. */
  recentSends: z.array(Instant),
  /** For each winback campaign, the last order before the lapse that it has already answered. */
  wonBack: z.record(CampaignId, Instant),
  /** For each birthday campaign, the day that it last greeted the customer for. */
  greeted: z.record(CampaignId, Day),
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

/**
 * How names are sorted and found by their beginning: "Née  Siti" and "nee siti" are the same. A few letters unfold to
 * many, and an index's key holds 1,024 bytes: 300 characters never take more. No name is longer before it unfolds
 * either, as putting a letter's accents in order takes time by the square of their number.
 */
export const nameKey = (name: string): string => beginning(plain(beginning(name, maxNameKey)), maxNameKey);

const maxNameKey = 300;

const plain = (name: string): string =>
  name.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().replace(/\s+/g, " ").trim();

/** What the owner's API shows of a customer. */
export const CustomerView = Customer.omit({
  recentSends: true,
  wonBack: true,
  greeted: true,
  softBounces: true,
  formerEmails: true,
}).extend({
  statistics: Statistics.omit({ items: true }),
});
export type CustomerView = z.infer<typeof CustomerView>;

/** What a key that may save customers, and not read them, is told of one: which it is. */
export const CustomerReference = CustomerView.pick({ id: true, business: true });
export type CustomerReference = z.infer<typeof CustomerReference>;

export const referenceTo = ({ id, business }: CustomerReference): CustomerReference => ({ id, business });

/** Leaves out what only Sapa's own bookkeeping needs. */
export function present(customer: Customer): CustomerView {
  const { recentSends, wonBack, greeted, softBounces, formerEmails, statistics, ...shown } = customer;
  const { items, ...totals } = statistics;
  return { ...shown, statistics: totals };
}
