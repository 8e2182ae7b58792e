import { z } from "zod";
import { BusinessId } from "./ids.ts";
import { Currency } from "./money.ts";
import { Instant, LeapDayRule, TimeOfDay, TimeZone } from "./time.ts";

export const Locale = z.enum(["id", "en"]);
export type Locale = z.infer<typeof Locale>;

export const EmailAddress = z.email("is not an email address").max(254);

/** Text in both languages that customers read. */
const Translated = z.object({ id: z.string().trim().min(1).max(80), en: z.string().trim().min(1).max(80) });

/** A kind of mail that a customer can opt in or out of. */
export const TopicKey = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,30}$/, "must be lower-case letters, digits and dashes");
export const Topic = z.object({ key: TopicKey, name: Translated });
export type Topic = z.infer<typeof Topic>;

export const defaultTopics: Topic[] = [
  { key: "birthday", name: { id: "Ucapan ulang tahun", en: "Birthday greetings" } },
  { key: "offers", name: { id: "Penawaran khusus", en: "Special offers" } },
  { key: "news", name: { id: "Kabar dan produk baru", en: "News and new products" } },
];

/** The most mails that a customer gets, counted over the last 24 hours, 7 days or 30 days. */
export const FrequencyCap = z.object({
  perDay: z.int().min(1).max(10).optional(),
  perWeek: z.int().min(1).max(20).optional(),
  perMonth: z.int().min(1).max(31).optional(),
  minimumGapHours: z.int().min(1).max(720).optional(),
});
export type FrequencyCap = z.infer<typeof FrequencyCap>;

/** Hours in which nothing is sent, by the clock of the business; `from` after `to` goes over midnight. */
export const QuietHours = z
  .object({ from: TimeOfDay, to: TimeOfDay })
  .refine(({ from, to }) => from !== to, { error: "must not begin and end at the same time" });
export type QuietHours = z.infer<typeof QuietHours>;

/** The type of each custom attribute of customers; a `date` is `YYYY-MM-DD`. */
export const AttributeType = z.enum(["text", "number", "boolean", "date"]);
export type AttributeType = z.infer<typeof AttributeType>;
export const AttributeName = z
  .string()
  .regex(/^[a-zA-Z][a-zA-Z0-9_]{0,40}$/, "must be letters, digits and _");

/** One line that goes into a mail's header: no line breaks, which would start another header. */
const HeaderText = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .refine((text) => !/[\p{Cc}<>"]/u.test(text), {
    error: 'must not hold line breaks or the characters < > "',
  });

/** What an owner says of their business; all of it can be changed later. */
export const BusinessSettings = z.object({
  name: HeaderText,
  sender: z.object({
    address: EmailAddress,
    name: HeaderText.optional(),
    replyTo: EmailAddress.optional(),
  }),
  /** Shown in the footer of each mail, as CAN-SPAM wants it. */
  postalAddress: z.string().trim().min(5).max(200),
  brand: z
    .object({
      colour: z.string().regex(/^#[0-9a-fA-F]{6}$/, "must be a colour such as #0f766e"),
      logoUrl: z
        .url({ protocol: /^https$/, error: "must be an https address" })
        .max(500)
        .optional(),
    })
    .default({ colour: "#0f766e" }),
  /** The business's website, where buttons of the built-in mails lead. */
  websiteUrl: z
    .url({ protocol: /^https$/, error: "must be an https address" })
    .max(500)
    .optional(),
  timeZone: TimeZone,
  currency: Currency,
  locale: Locale,
  topics: z.array(Topic).min(1).max(20).default(defaultTopics),
  attributes: z.record(AttributeName, AttributeType).default({}),
  frequencyCap: FrequencyCap.default({}),
  quietHours: QuietHours.optional(),
  leapDayRule: LeapDayRule.default("february-28"),
});
export type BusinessSettings = z.infer<typeof BusinessSettings>;

export const Business = BusinessSettings.extend({
  id: BusinessId,
  createdAt: Instant,
  updatedAt: Instant,
  version: z.int(),
});
export type Business = z.infer<typeof Business>;
