import { z } from "zod";
import { FrequencyCap } from "./businesses.ts";
import { Consent } from "./customers/record.ts";
import { type BusinessId, type CustomerId, ImportId, RunId } from "./ids.ts";
import { pageOf } from "./lists.ts";
import { decodeCursor, type Item, query, queryPages, tableName, type Write } from "./store.ts";
import { beginning } from "./text.ts";
import { Day, Instant } from "./time.ts";
import { tidyName } from "./visible-text.ts";

/** How we know what a customer wants: who said it, and by which way it reached us. */
export const Evidence = z.object({
  way: z.enum([
    "api",
    "import",
    "form", // the sign-up page, or an owner's own form that leads to it
    "confirmation", // the button behind the link in the mail that a sign-up or an import brought
    "link", // a page that a link in a mail leads to
    "one-click", // the mail program's own button (RFC 8058)
    "mailto", // a mail to the unsubscribe address (RFC 2369)
    "complaint",
    "bounce",
  ]),
  ip: z.string().max(64).optional(),
  userAgent: z.string().max(300).optional(),
  /** The import, and the row in its file. */
  file: ImportId.optional(),
  fileName: z.string().max(200).optional(),
  row: z.int().optional(),
  /** What the file says there, such as `blocklisted`, and when it came to be so, where the file says it. */
  fileValue: z.string().max(100).optional(),
  fileDate: Instant.optional(),
  /** Where the form was found, such as `instagram`. */
  source: z.string().max(60).optional(),
  /** What the person was shown when they agreed, and which edition of it. */
  wording: z.object({ version: z.string().max(40), text: z.string().max(1000) }).optional(),
  /** The run whose mail held the link. */
  run: RunId.optional(),
  /** The entry that is taken back, by its time: a leaving that the customer undid. */
  undoes: Instant.optional(),
  /** What entitles the owner to mail, in the owner's words. */
  legalBasis: z.string().max(500).optional(),
});
export type Evidence = z.infer<typeof Evidence>;

/** What a customer's choice changed. */
export const Choice = z.object({
  consent: Consent.optional(),
  was: Consent.optional(),
  topics: z.record(z.string(), z.boolean()).optional(),
  /** null: mail goes on. */
  pausedUntil: Day.nullable().optional(),
  /** null: as the business has it. */
  frequencyCap: FrequencyCap.nullable().optional(),
  /** Whether data is only kept from here on. */
  restricted: z.boolean().optional(),
});
export type Choice = z.infer<typeof Choice>;

/** One entry of the append-only history of what a customer agreed to. */
export const ConsentRecord = z.object({ at: Instant, ...Choice.shape, ...Evidence.shape });
export type ConsentRecord = z.infer<typeof ConsentRecord>;

const partition = (business: BusinessId, customer: CustomerId) => `${business}#${customer}`;

/**
 * The write that adds to a customer's history; it belongs into the transaction that changes the customer. What comes
 * `beside` the entry of a version says so.
 */
export const record = (
  of: { business: BusinessId; id: CustomerId; version: number; beside?: "asked" | "repeated" },
  entry: ConsentRecord,
): Write => ({
  Put: {
    TableName: tableName("consents"),
    Item: {
      ...entry,
      customer: partition(of.business, of.id),
      // Two changes of mind in one millisecond stay in their order.
      at: `${entry.at}#${String(of.version).padStart(9, "0")}${of.beside ? `#${of.beside}` : ""}`,
      // A browser's name is up to its sender: kept short.
      userAgent: entry.userAgent && beginning(tidyName(entry.userAgent), 300),
    },
    // The history is added to, never written over.
    ConditionExpression: "attribute_not_exists(customer)",
  },
});

/** What a customer agreed to and took back, oldest first, with the evidence of each. */
export async function history(business: BusinessId, customer: CustomerId): Promise<ConsentRecord[]> {
  return (await stored(business, customer)).map(fromItem);
}

/** The same, page by page. */
export async function list(
  business: BusinessId,
  customer: CustomerId,
  { limit, cursor }: { limit: number; cursor?: string | undefined },
): Promise<{ items: ConsentRecord[]; next?: string }> {
  const after = cursor === undefined ? undefined : String(decodeCursor(cursor).at);
  const { items, next } = await query("consents", {
    ...ofCustomer(business, customer),
    Limit: limit,
    ...(after && { ExclusiveStartKey: { customer: partition(business, customer), at: after } }),
  });
  return pageOf(items, {
    more: Boolean(next),
    itemOf: fromItem,
    placeOf: ({ at }) => ({ at: String(at) }),
  });
}

const fromItem = ({ customer: _, at, ...entry }: Item): ConsentRecord =>
  ConsentRecord.parse({ ...entry, at: String(at).split("#")[0] });

const ofCustomer = (business: BusinessId, customer: CustomerId) => ({
  KeyConditionExpression: "customer = :customer",
  ExpressionAttributeValues: { ":customer": partition(business, customer) },
  ConsistentRead: true,
});

/** One customer's choices: a few, or some dozens. */
async function stored(business: BusinessId, customer: CustomerId): Promise<Item[]> {
  const items: Item[] = [];
  for await (const page of queryPages("consents", ofCustomer(business, customer))) items.push(...page);
  return items;
}
