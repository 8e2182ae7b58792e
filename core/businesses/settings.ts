import { z } from "zod";
import { Currency } from "../money.ts";
import { LeapDayRule, TimeOfDay, TimeZone } from "../time.ts";
import { visible } from "../visible-text.ts";
import { HttpsUrl, StoredHttpsUrl } from "../web-addresses.ts";
import { Breaker, BreakerPatch, Retention, RetentionPatch, SoftBounces, SoftBouncesPatch } from "./limits.ts";

export const Locale = z.enum(["id", "en"]);
export type Locale = z.infer<typeof Locale>;

export const EmailAddress = z.email("is not an email address").max(254);

/** Text in both languages that customers read. */
const Words = z.string().overwrite(visible).trim().min(1).max(80);
const Translated = z.object({ id: Words, en: Words });

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

/** More than any shop asks its customers, and few enough that a customer with all of them fits into one record. */
const maxAttributes = 100;

/** One line that goes into a mail's header: no line breaks, which would start another header. */
const HeaderText = z
  .string()
  .overwrite(visible)
  .trim()
  .min(1)
  .max(100)
  .refine((text) => !/[\p{Cc}<>"]/u.test(text), {
    error: 'must not hold line breaks or the characters < > "',
  });

const Colour = z.string().regex(/^#[0-9a-fA-F]{6}$/, "must be a colour such as #0f766e");
/** Where the business is, for readers: a text of signs alone, or of none that can be seen, says nothing. */
const PostalAddress = z
  .string()
  .overwrite(visible)
  .trim()
  .max(200)
  .refine((text) => (text.match(/[\p{L}\p{N}]/gu) ?? []).length >= 5, {
    error: "must be a postal address, of at least 5 letters and numbers",
  });
const Topics = z
  .array(Topic)
  .min(1)
  .max(20)
  .refine((topics) => new Set(topics.map(({ key }) => key)).size === topics.length, {
    error: "must not name a key twice",
  });

/** How people join by themselves, on the business's own page. */
const SignUpSettings = z.object({
  open: z.boolean().default(true).meta({ description: "Whether the page takes anyone" }),
  doubleOptIn: z.boolean().default(true).meta({
    description:
      "Whether a link in a mail must be followed first. Who once unsubscribed always has to, whatever this says",
  }),
  privacyUrl: HttpsUrl.optional().meta({ description: "Your privacy notice, which the page leads to" }),
});

/** What an owner says of their business; nearly all of it can be changed later (see `update`). */
export const BusinessSettings = z.object({
  name: HeaderText,
  sender: z.object({
    address: EmailAddress.meta({ description: "Verified in SES, itself or by its domain" }),
    name: HeaderText.optional().meta({ description: "Without it the business's name" }),
    replyTo: EmailAddress.optional(),
  }),
  postalAddress: PostalAddress.meta({
    description: "Shown in the footer of each mail, as CAN-SPAM wants it",
  }),
  brand: z.object({ colour: Colour, logoUrl: HttpsUrl.optional() }).default({ colour: "#0f766e" }),
  websiteUrl: HttpsUrl.optional().meta({ description: "Where buttons of the built-in mails lead" }),
  timeZone: TimeZone.meta({
    description: "Of the IANA database; all schedules and days go by it",
    example: "Asia/Jakarta",
  }),
  currency: Currency,
  locale: Locale.meta({ description: "What customers are written to in, unless they chose otherwise" }),
  topics: Topics.default(defaultTopics).meta({ description: "Kinds of mail that customers can turn off" }),
  attributes: z
    .record(AttributeName, AttributeType)
    .refine((attributes) => Object.keys(attributes).length <= maxAttributes, {
      error: `must have at most ${maxAttributes} attributes`,
    })
    .default({})
    .meta({ description: `The type of each attribute that customers may have, at most ${maxAttributes}` }),
  frequencyCap: FrequencyCap.default({}).meta({ description: "The most mails that one customer gets" }),
  quietHours: QuietHours.optional().meta({ description: "Hours in which nothing is sent" }),
  leapDayRule: LeapDayRule.default("february-28").meta({
    description: "When those born on February 29 celebrate in common years",
  }),
  signUp: SignUpSettings.prefault({}),
  softBounces: SoftBounces.prefault({}),
  breaker: Breaker.prefault({}),
  retention: Retention.prefault({}),
});
export type BusinessSettings = z.infer<typeof BusinessSettings>;

/** Settings that were once less strict, as they are read back: one that is refused today takes nothing else with it. */
export const storedSettings = {
  postalAddress: z.string(),
  brand: BusinessSettings.shape.brand
    .unwrap()
    .extend({ logoUrl: StoredHttpsUrl })
    .default({ colour: "#0f766e" }),
  websiteUrl: StoredHttpsUrl,
  signUp: SignUpSettings.extend({ privacyUrl: StoredHttpsUrl }).prefault({}),
};

/** A change of settings: objects are merged field by field, lists are replaced, `null` takes away what is optional. */
export const BusinessPatch = z.object({
  name: HeaderText.optional(),
  sender: z
    .object({
      address: EmailAddress.optional(),
      name: HeaderText.nullable().optional(),
      replyTo: EmailAddress.nullable().optional(),
    })
    .optional(),
  postalAddress: PostalAddress.optional(),
  brand: z.object({ colour: Colour.optional(), logoUrl: HttpsUrl.nullable().optional() }).optional(),
  websiteUrl: HttpsUrl.nullable().optional(),
  timeZone: TimeZone.optional(),
  currency: Currency.optional(),
  locale: Locale.optional(),
  topics: Topics.optional(),
  attributes: z.record(AttributeName, AttributeType.nullable()).optional(),
  frequencyCap: z
    .object({
      perDay: FrequencyCap.shape.perDay.nullable(),
      perWeek: FrequencyCap.shape.perWeek.nullable(),
      perMonth: FrequencyCap.shape.perMonth.nullable(),
      minimumGapHours: FrequencyCap.shape.minimumGapHours.nullable(),
    })
    .optional(),
  quietHours: QuietHours.nullable().optional(),
  leapDayRule: LeapDayRule.optional(),
  signUp: z
    .object({ open: z.boolean(), doubleOptIn: z.boolean(), privacyUrl: HttpsUrl.nullable() })
    .partial()
    .optional(),
  softBounces: SoftBouncesPatch.optional(),
  breaker: BreakerPatch.optional(),
  retention: RetentionPatch.optional(),
});
export type BusinessPatch = z.infer<typeof BusinessPatch>;
