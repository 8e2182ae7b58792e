import { type CountryCode, isSupportedCountry, parsePhoneNumberFromString } from "libphonenumber-js/min";
import type { Business } from "./businesses.ts";
import { type Problem, SapaError } from "./errors.ts";
import type { BusinessId, CustomerId } from "./ids.ts";
import { findMany, type Records, tableName, type Write } from "./store.ts";

/** The three things that tell one customer of a business from another. */
export const identityFields = ["email", "phone", "externalId"] as const;
export type IdentityField = (typeof identityFields)[number];
export type Identities = { [field in IdentityField]?: string | undefined };

const kinds = { email: "email", phone: "phone", externalId: "external" } as const;

/** `biz_x#email:ani@example.com`: the key of an identity, which must be normalised before. */
export const identityKey = (business: BusinessId, field: IdentityField, value: string): string =>
  `${business}#${kinds[field]}:${value}`;

/** The keys of the identities that are given, each with its field. */
export const keysOf = (business: BusinessId, identities: Identities): [field: IdentityField, key: string][] =>
  identityFields.flatMap((field) => {
    const value = identities[field];
    return value ? [[field, identityKey(business, field, value)] as [IdentityField, string]] : [];
  });

/** The same address always in the same letters: no provider in use tells ANI@ from ani@. */
export const normaliseEmail = (email: string): string => email.trim().toLowerCase();

/**
 * A phone number as E.164. A number without a country code is one of the business's own country, so that
 * "0812-3456-7890", "62812…" and, with the zero lost in a spreadsheet, "812…" are all +6281234567890 in Indonesia.
 */
export function normalisePhone(business: Business, phone: string): string | undefined {
  const country = countryOf(business);
  const parsed = country ? parsePhoneNumberFromString(phone, country) : parsePhoneNumberFromString(phone);
  return parsed?.isPossible() ? parsed.number : undefined;
}

/** The identities in their one spelling; a phone number that can't be one is an `invalid` error naming it. */
export function normalise<T extends Identities>(business: Business, given: T): T {
  const { email, phone } = given;
  const number = phone ? normalisePhone(business, phone) : undefined;
  if (phone && !number) {
    throw new SapaError("invalid", "The phone number can't be one", [
      { field: "phone", message: "must be a phone number such as +6281234567890" },
    ]);
  }
  return {
    ...given,
    ...(email && { email: normaliseEmail(email) }),
    ...(number && { phone: number }),
    ...(given.externalId && { externalId: given.externalId.trim() }),
  };
}

/** Which customers the identities belong to: the identity's key to the customer's id. Read consistently. */
export async function owners(
  keys: readonly string[],
  records: Pick<Records, "findMany"> = { findMany },
): Promise<Map<string, CustomerId>> {
  const found = await records.findMany(
    "identities",
    keys.map((identity) => ({ identity })),
    true,
  );
  return new Map(found.map(({ identity, customer }) => [identity as string, customer as CustomerId]));
}

/** Gives a customer an identity that nobody has: fails when another customer has it by then. */
export const claim = (identity: string, customer: CustomerId): Write => ({
  Put: {
    TableName: tableName("identities"),
    Item: { identity, customer },
    ConditionExpression: "attribute_not_exists(customer)",
  },
});

/** Frees an identity of a customer. */
export const release = (identity: string, customer: CustomerId): Write => ({
  Delete: {
    TableName: tableName("identities"),
    Key: { identity },
    ConditionExpression: "customer = :customer",
    ExpressionAttributeValues: { ":customer": customer },
  },
});

/** The answer to a wish for identities that others of the business's customers have. */
export function taken(fields: readonly [IdentityField, CustomerId][]): SapaError {
  const problems: Problem[] = fields.map(([field, owner]) => ({
    field,
    message: `belongs to another customer of yours, ${owner}`,
  }));
  return new SapaError("conflict", "Another customer of yours has this identity", problems);
}

const zones: Record<string, CountryCode> = {
  "Asia/Jakarta": "ID",
  "Asia/Makassar": "ID",
  "Asia/Pontianak": "ID",
  "Asia/Jayapura": "ID",
  "Europe/Berlin": "DE",
  "Europe/Vienna": "AT",
  "Europe/Paris": "FR",
  "Europe/Madrid": "ES",
  "Europe/Rome": "IT",
  "Europe/Amsterdam": "NL",
  "Europe/Brussels": "BE",
  "Europe/Lisbon": "PT",
  "Europe/Dublin": "IE",
  "Europe/Athens": "GR",
  "Europe/Helsinki": "FI",
};

/**
 * The country whose phone numbers a business means. ISO 4217 begins each national currency's code with the
 * country's; the euro has no country, so its larger ones go by time zone.
 */
function countryOf({ timeZone, currency, locale }: Business): CountryCode | undefined {
  const country = currency.slice(0, 2);
  if (zones[timeZone]) return zones[timeZone];
  if (isSupportedCountry(country)) return country;
  return locale === "id" ? "ID" : undefined;
}
