import type { AttributeType, Business } from "../businesses.ts";
import { CustomerInput } from "../customers/record.ts";
import type { UpsertInput } from "../customers/upsert.ts";
import { ownEntry } from "../dictionaries.ts";
import { Cells } from "./cells.ts";
import type { Column } from "./columns.ts";
import type { ColumnType, Import, Rejection } from "./record.ts";
import type { Row } from "./rows.ts";
import { BadValue, birthday, boolean, day, number, whole } from "./values.ts";

/** What a row says of a customer, or what is wrong with it. */
export function customerOf(
  row: Row,
  columns: readonly Column[],
  { imported, business }: { imported: Import; business: Business },
): UpsertInput | Rejection[] {
  const cells = new Cells(row, columns);
  const { firstName, lastName, ...values } = cells.read((field, text, type) =>
    fieldsOf(business, { field, text, type: usual(business, type) }),
  );
  const names = [firstName, lastName].filter(Boolean).join(" ");
  const details = cells.parse(CustomerInput, { ...(names && { name: names }), ...nested(values) });
  if (!details) return cells.rejections;
  const { consent, ...rest } = details;
  return {
    details: rest,
    consent: consentOf(imported, consent),
    evidence: {
      way: "import",
      file: imported.id,
      ...(imported.fileName && { fileName: imported.fileName }),
      row: row.number,
      ...(imported.legalBasis && { legalBasis: imported.legalBasis }),
    },
  };
}

/**
 * A file's "yes" alone is no ground to mail anyone: that needs the owner's word for the legal basis, or where each is
 * to be asked, their own.
 */
function consentOf(imported: Import, consent: UpsertInput["consent"]): UpsertInput["consent"] {
  if (consent === "subscribed" && (imported.doubleOptIn || !imported.legalBasis)) return "pending";
  return consent ?? imported.consent;
}

type Cell = { field: string; text: string; type: ColumnType | undefined };

function fieldsOf(business: Business, { field, text, type }: Cell): Record<string, unknown> {
  const [group, name = ""] = field.split(".");
  if (group === "attributes") {
    return { [field]: attribute(ownEntry(business.attributes, name) ?? "text", text, type) };
  }
  if (group === "topics") return { [field]: boolean(text) };
  switch (field) {
    case "email":
      return { email: text.toLowerCase() };
    case "birthday":
      return birthday(text, type);
    case "birthYear":
      return { birthYear: whole(text) };
    case "tags":
      return {
        tags: [
          ...new Set(
            text
              .split(/[,;|]/)
              .map((tag) => tag.trim())
              .filter(Boolean),
          ),
        ],
      };
    case "locale":
      return { locale: locale(text) };
    case "consent":
      return { consent: consent(text) };
    default:
      return { [field]: text };
  }
}

function attribute(declared: AttributeType, text: string, type: ColumnType | undefined) {
  if (declared === "number") return number(text);
  if (declared === "boolean") return boolean(text);
  return declared === "date" ? day(text, type) : text;
}

function locale(text: string): string {
  const word = text.toLowerCase();
  if (/^(id|in)([-_]|$)|^(bahasa|indonesia)/.test(word)) return "id";
  if (/^en([-_]|$)|^(english|inggris)/.test(word)) return "en";
  throw new BadValue("must be id or en");
}

const consents = new Map([
  ...["pending", "unconfirmed", "menunggu"].map((word) => [word, "pending"] as const),
  ...["subscribed", "active", "confirmed", "optin"].map((word) => [word, "subscribed"] as const),
  ...["unsubscribed", "inactive", "optout", "cleaned"].map((word) => [word, "unsubscribed"] as const),
]);

function consent(text: string): string {
  const named = consents.get(text.toLowerCase().replace(/[^a-z]/g, ""));
  if (named) return named;
  try {
    return boolean(text) ? "subscribed" : "unsubscribed";
  } catch {
    throw new BadValue("must be subscribed, unsubscribed or pending, or yes or no");
  }
}

/** Indonesians write the day first; who reads English may mean either, so that is left to be told. */
export const usual = ({ locale }: Pick<Business, "locale">, type: ColumnType | undefined) =>
  type ?? (locale === "id" ? ("day-first" as const) : undefined);

/** `{"attributes.drink": "latte"}` as `{attributes: {drink: "latte"}}`. */
function nested(values: Record<string, unknown>): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(values)) {
    const [group = "", name] = field.split(".");
    if (name) result[group] = { ...(result[group] as object | undefined), [name]: value };
    else result[field] = value;
  }
  return result;
}
