import type { AttributeType, Business } from "../businesses.ts";
import type { Evidence } from "../consents.ts";
import { CustomerInput } from "../customers/record.ts";
import type { UpsertInput } from "../customers/upsert.ts";
import { ownEntry } from "../dictionaries.ts";
import { identityFields, normalisePhone } from "../identities.ts";
import { beginning, blanks, withoutEnd } from "../text.ts";
import { type Cell, Cells } from "./cells.ts";
import { ConsentReader, type Signal, signalOf, UnknownConsent } from "./consent-signals.ts";
import { numbersOf } from "./consent-titles.ts";
import { birthday, day } from "./dates.ts";
import { isConsentField, maxValueLength } from "./mapping.ts";
import type { ColumnReading, Import, Rejection } from "./record.ts";
import type { Row } from "./rows.ts";
import { BadValue, boolean, number, whole } from "./values.ts";

/** A row as it goes in, with what was left out of it. */
export type CustomerRow = {
  row: Row;
  input: UpsertInput;
  /** Whether a letter may ask for their consent: not those of whom the file says that they never asked for mail. */
  mayBeAsked: boolean;
  problems: Rejection[];
};
export type RejectedRow = { row: Row; problems: Rejection[] };

/** Reads the rows of a file of customers. */
export class CustomerRows {
  readonly #imported: Import;
  readonly #business: Business;
  readonly #columns: readonly ColumnReading[];
  readonly #details: readonly ColumnReading[];
  readonly #consents: readonly ConsentReader[];

  constructor(imported: Import, business: Business, columns: readonly ColumnReading[]) {
    this.#imported = imported;
    this.#business = business;
    this.#columns = columns;
    this.#details = columns.filter(({ field }) => !isConsentField(field));
    this.#consents = columns.flatMap(({ column, field, type }) =>
      isConsentField(field) ? [new ConsentReader({ column, field, type, ...toldOf(imported, column) })] : [],
    );
  }

  /**
   * What a row says of a customer. A field that can't be read is left out and noted; a row is rejected when nothing is
   * left by which the customer can be told from others, or when it can't be understood what it says about mail.
   */
  read(row: Row): CustomerRow | RejectedRow {
    const cells = new Cells(row, this.#details);
    const values = cells.read((cell) => fieldsOf(this.#business, cell), "field-left-out");
    const details = detailsOf(values, cells);
    if (!identityFields.some((field) => details[field])) this.#refuse(cells);
    const signal = this.#signalOf(row, cells);
    if (cells.rejected || !signal) {
      return { row, problems: cells.problems.filter(({ effect }) => effect === "row-rejected") };
    }
    const consent = consentOf(this.#imported, signal);
    return {
      row,
      input: {
        details,
        consent,
        ...(signal.suppress && { suppress: signal.suppress }),
        evidence: this.#evidence(row, signal, consent),
      },
      mayBeAsked: signal.consent !== "not-subscribed",
      problems: cells.problems,
    };
  }

  /** The identities of a row, as far as they can be read. */
  identities(row: Row): Pick<CustomerInput, "email" | "phone" | "externalId"> {
    const named = this.#details.filter(({ field }) => identityFields.some((one) => one === field));
    const cells = new Cells(row, named);
    return detailsOf(
      cells.read((cell) => fieldsOf(this.#business, cell), "field-left-out"),
      cells,
    );
  }

  /** What is wrong with the identities is why the row can't go in; without any of them it says that one is needed. */
  #refuse(cells: Cells): void {
    const wrong = cells.problems.filter(({ field }) => identityFields.some((one) => one === field));
    for (const problem of wrong) problem.effect = "row-rejected";
    if (wrong.length === 0) {
      cells.note({ field: "email", message: "is needed, or a phone or externalId" }, "row-rejected");
    }
  }

  #signalOf(row: Row, cells: Cells): Signal | undefined {
    try {
      return signalOf(this.#consents, row.cells, this.#business.timeZone);
    } catch (error) {
      if (!(error instanceof UnknownConsent)) throw error;
      const value = beginning(ownEntry(row.cells, error.column)?.trim() ?? "", maxValueLength);
      cells.problems.unshift({
        row: row.number,
        field: this.#columns.find(({ column }) => column === error.column)?.field ?? "consent",
        reason: error.message,
        effect: "row-rejected",
        ...(value && { value }),
      });
      return undefined;
    }
  }

  #evidence({ number }: Row, { at, value }: Signal, consent: UpsertInput["consent"]): Evidence {
    const { id, fileName, legalBasis } = this.#imported;
    return {
      way: "import",
      file: id,
      ...(fileName && { fileName }),
      row: number,
      ...(value && { fileValue: value }),
      ...(at && { fileDate: at }),
      // What entitles to mail somebody says nothing about why they left.
      ...(legalBasis && consent !== "unsubscribed" && { legalBasis }),
    };
  }
}

/** What is known of a column's values beside the words that are understood anywhere: by the owner, or of the tool. */
export function toldOf({ mapping = [] }: Pick<Import, "mapping">, title: string) {
  const told = mapping.find(({ column }) => column.toLowerCase() === title.toLowerCase());
  return { values: [...(told?.values ?? []), ...numbersOf(title)], otherwise: told?.otherwise };
}

/**
 * A file's "yes" alone is no ground to mail anyone: that needs the owner's word for the legal basis, or where each is
 * to be asked, their own.
 */
function consentOf(imported: Import, { consent: said }: Signal): UpsertInput["consent"] {
  if (said === "not-subscribed") return "pending";
  const consent = said ?? imported.consent;
  return consent === "subscribed" && (imported.doubleOptIn || !imported.legalBasis) ? "pending" : consent;
}

/** The details of a customer, without those fields that the schema refuses, which are noted. */
function detailsOf(values: ReadonlyMap<string, unknown>, cells: Cells): CustomerInput {
  const wanted = assembled(values);
  const result = CustomerInput.safeParse(wanted);
  if (result.success) return result.data;
  for (const { path, message } of result.error.issues) {
    const [field = "", name] = path.map(String);
    const inGroup = (field === "attributes" || field === "topics") && name !== undefined;
    cells.note({ field: inGroup ? `${field}.${name}` : field, message }, "field-left-out");
    if (inGroup) delete (wanted[field] as Record<string, unknown>)[name];
    else delete wanted[field];
  }
  return CustomerInput.parse(wanted);
}

/** `attributes.drink: "latte"` as `{attributes: {drink: "latte"}}`, and first and last names as one. */
function assembled(values: ReadonlyMap<string, unknown>): Record<string, unknown> {
  const names = [values.get("firstName"), values.get("lastName")].filter(Boolean).join(" ");
  const result: Record<string, unknown> = names ? { name: names } : {};
  const groups: Record<string, Record<string, unknown>> = { attributes: {}, topics: {} };
  for (const [field, value] of values) {
    const [group = "", name] = field.split(".");
    if (name) {
      groups[group] = { ...groups[group], [name]: value };
      result[group] = groups[group];
    } else if (field !== "firstName" && field !== "lastName") result[field] = value;
  }
  return result;
}

function fieldsOf(business: Business, { field, text, type }: Cell): Record<string, unknown> {
  const [group, name = ""] = field.split(".");
  if (group === "attributes") {
    return { [field]: attribute(ownEntry(business.attributes, name) ?? "text", text, type) };
  }
  if (group === "topics") return { [field]: boolean(text) };
  switch (field) {
    case "email":
      return { email: address(text) };
    case "phone":
      return { phone: phone(business, text) };
    case "birthday":
      return birthday(text, type);
    case "birthYear":
      return { birthYear: whole(text) };
    case "tags":
      return { tags: tags(text) };
    case "locale":
      return { locale: locale(text) };
    default:
      return { [field]: text };
  }
}

/**
 * An address as mail programs and spreadsheets write it: `Ani <ani@example.com>`, `mailto:…`, with a semicolon after
 * it or with spaces that can't be seen. Were such a row refused, the "no" in it would be lost.
 */
function address(text: string): string {
  const plain = text.replace(/[\u00a0\u200b-\u200d\u2060\ufeff]/g, "").trim();
  const [, within] = /<([^<>\s]+)>\s*[;,]?$/.exec(plain) ?? [];
  return withoutEnd((within ?? plain).replace(/^mailto:/i, ""), `;,.${blanks}`).toLowerCase();
}

function phone(business: Business, text: string): string {
  const found = text.length <= 40 ? normalisePhone(business, text) : undefined;
  if (!found) throw new BadValue("must be a phone number such as +6281234567890");
  return found;
}

const tags = (text: string): string[] => [
  ...new Set(
    text
      .split(/[,;|]/)
      .map((tag) => tag.trim().replace(/^"(.*)"$/, "$1"))
      .filter(Boolean),
  ),
];

function attribute(declared: AttributeType, text: string, type: Cell["type"]) {
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
