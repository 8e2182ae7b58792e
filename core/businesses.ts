import { PutCommand, ScanCommand } from "@aws-sdk/lib-dynamodb";
import { z } from "zod";
import { checkChange } from "./businesses/change.ts";
import {
  Breaker,
  BreakerPatch,
  Retention,
  RetentionPatch,
  SoftBounces,
  SoftBouncesPatch,
} from "./businesses/limits.ts";
import { mergePatch } from "./businesses/merge-patch.ts";
import { SapaError } from "./errors.ts";
import { BusinessId, newId } from "./ids.ts";
import { Currency } from "./money.ts";
import {
  backOff,
  conditionFailed,
  decodeCursor,
  documents,
  encodeCursor,
  type Item,
  find as read,
  refuseStart,
  tableName,
} from "./store.ts";
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

const Colour = z.string().regex(/^#[0-9a-fA-F]{6}$/, "must be a colour such as #0f766e");
const HttpsUrl = z.url({ protocol: /^https$/, error: "must be an https address" }).max(500);
const PostalAddress = z.string().trim().min(5).max(200);
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
    .default({})
    .meta({ description: "The type of each attribute that customers may have" }),
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

/** Why nothing is sent for a business until its owner says so: too many of its mails came back, or were called spam. */
export const Halt = z.object({
  reason: z.enum(["bounces", "complaints"]),
  /** The share of mails, and of how many. */
  rate: z.number(),
  sample: z.int(),
  at: Instant,
});
export type Halt = z.infer<typeof Halt>;

export const Business = BusinessSettings.extend({
  id: BusinessId,
  halted: Halt.optional(),
  /** How often its sending was resumed after a halt: each time the rates are counted anew. */
  resumed: z.int().default(0),
  resumedAt: Instant.optional(),
  createdAt: Instant,
  updatedAt: Instant,
  version: z.int(),
});
export type Business = z.infer<typeof Business>;

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

export async function create(settings: BusinessSettings, now: Instant): Promise<Business> {
  const business: Business = {
    ...settings,
    id: newId("biz"),
    resumed: 0,
    createdAt: now,
    updatedAt: now,
    version: 1,
  };
  await documents.send(
    new PutCommand({
      TableName: tableName("businesses"),
      Item: business,
      ConditionExpression: "attribute_not_exists(id)",
    }),
  );
  return business;
}

export async function find(id: BusinessId): Promise<Business | undefined> {
  const item = await read("businesses", { id }, { ConsistentRead: true });
  return item && Business.parse(item);
}

export async function get(id: BusinessId): Promise<Business> {
  const business = await find(id);
  if (!business) throw new SapaError("not-found", "There is no such business");
  return business;
}

/** All businesses, in no order; for the operator only. */
export async function list(page: {
  limit: number;
  cursor?: string | undefined;
}): Promise<{ items: Business[]; next?: string }> {
  const start: { ExclusiveStartKey?: Item } = page.cursor
    ? { ExclusiveStartKey: { id: decodeCursor(page.cursor).id } }
    : {};
  const { Items = [], LastEvaluatedKey } = await documents
    .send(new ScanCommand({ TableName: tableName("businesses"), Limit: page.limit, ...start }))
    .catch((error) => refuseStart(error, start.ExclusiveStartKey));
  const items = Items.map((item) => Business.parse(item));
  return LastEvaluatedKey ? { items, next: encodeCursor({ id: LastEvaluatedKey.id }) } : { items };
}

/** Changes settings. Two changes at once are both made: the slower one is made again on top of the faster. */
export async function update(id: BusinessId, patch: BusinessPatch, now: Instant): Promise<Business> {
  for (let attempt = 1; attempt <= 10; attempt++) {
    const before = await get(id);
    const settings = BusinessSettings.parse(mergePatch(before, patch));
    await checkChange(before, settings);
    const after: Business = {
      ...settings,
      id,
      ...(before.halted && { halted: before.halted }),
      resumed: before.resumed,
      ...(before.resumedAt && { resumedAt: before.resumedAt }),
      createdAt: before.createdAt,
      updatedAt: now,
      version: before.version + 1,
    };
    try {
      await documents.send(
        new PutCommand({
          TableName: tableName("businesses"),
          Item: after,
          ConditionExpression: "version = :version",
          ExpressionAttributeValues: { ":version": before.version },
        }),
      );
      return after;
    } catch (error) {
      if (!conditionFailed(error)) throw error;
      await backOff(attempt);
    }
  }
  throw new SapaError("conflict", "The business kept changing; try again");
}
