import { z } from "zod";
import { maxTitle } from "./limits.ts";

/** How a column's values are written, where that can't be told from the values. */
export const ColumnType = z.enum([
  "decimal", // 29.33 or 1,250.00: a point before the decimals
  "decimal-comma", // 29,33 or 25.000: a comma before the decimals, points between thousands
  "minor-units", // 2933: as the API counts amounts
  "day-first", // 24/11/2026
  "month-first", // 11/24/2026
]);
export type ColumnType = z.infer<typeof ColumnType>;

/** What a value of a file says about mail to the customer. */
export const Meaning = z
  .enum([
    "subscribed", // counts with a legal basis only
    "pending", // asked for, and not confirmed
    "not-subscribed", // never asked for mail
    "unsubscribed",
    "bounced", // the address does not exist: it is suppressed
    "complained", // called mail spam: unsubscribed, and the address is suppressed
    "suppressed", // kept from all mail for another reason: unsubscribed, and the address is suppressed
    "nothing", // says nothing about mail
  ])
  .meta({
    description:
      "subscribed counts only with a legal basis; pending has not confirmed; not-subscribed never asked for mail; bounced, complained and suppressed suppress the address; nothing: the value says nothing about mail",
  });
export type Meaning = z.infer<typeof Meaning>;

/** The fields by which a file says what customers want; several columns may go into each. */
export const consentFields = [
  "consent", // a status, or yes for those who want mail
  "confirmed", // yes for those who confirmed their address
  "unsubscribed", // yes, or since when
  "bounced",
  "complained",
  "suppressed",
  "consentAt", // when the customer came to want, or not to want, mail
] as const;
export type ConsentField = (typeof consentFields)[number];

export const isConsentField = (field: string): field is ConsentField =>
  (consentFields as readonly string[]).includes(field);

export const customerFields = [
  "email",
  "phone",
  "externalId",
  "name",
  "firstName",
  "lastName",
  "nickname",
  "birthday",
  "birthYear",
  "tags",
  "locale",
  "timeZone",
  ...consentFields,
] as const;
export const orderFields = [
  "id",
  "email",
  "phone",
  "externalId",
  "name",
  "placedAt",
  "total",
  "currency",
  "channel",
  "item",
  "itemName",
  "category",
  "quantity",
  "price",
] as const;

/** A value longer than this is cut, wherever a file's values are shown or compared. */
export const maxValueLength = 80;

/** Columns of a file that are told of, at once and with what was said before. */
export const maxMappings = 100;

/** Values whose meaning is told, in all columns together. */
export const maxMappedValues = 300;

export const ValueMapping = z.object({
  value: z.string().trim().max(maxValueLength).meta({
    description: "As the file has it, whatever its case; an empty text stands for empty cells",
    example: "blocklisted",
  }),
  means: Meaning,
});
export type ValueMapping = z.infer<typeof ValueMapping>;

export const ColumnMapping = z.object({
  column: z.string().trim().min(1).max(maxTitle).meta({
    description: "The column's title in the file, or the key in JSON Lines (address.city for an inner one)",
  }),
  field: z.string().min(1).max(60).nullable().meta({
    description:
      "A field of customers or orders, attributes.<name> or topics.<key>; null leaves the column out, which also answers a question about it",
    example: "consent",
  }),
  type: ColumnType.optional().meta({ description: "How its days or amounts are written" }),
  values: z.array(ValueMapping).max(maxMappedValues).optional().meta({
    description:
      "For columns of consent: what its values mean. Rows with other values that are not understood are then rejected",
  }),
  otherwise: Meaning.optional().meta({ description: "What every other value of the column means" }),
});
export type ColumnMapping = z.infer<typeof ColumnMapping>;
