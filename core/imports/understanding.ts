import type { Business } from "../businesses.ts";
import { beginning } from "../text.ts";
import { missing } from "./columns.ts";
import { ConsentReader } from "./consent-signals.ts";
import { mayBeAPlace, ownerOf, speaksOfStatus } from "./consent-titles.ts";
import { meaningOf } from "./consent-words.ts";
import { toldOf } from "./customer-rows.ts";
import { fileNameColumn, saidByName } from "./file-name.ts";
import { type ConsentField, isConsentField } from "./mapping.ts";
import { answers, type ColumnReading, type Import, type Question } from "./record.ts";
import { type DayOrders, isOfDays, type Survey, type SurveyedColumn } from "./survey.ts";
import { BadFile } from "./text.ts";
import { bareTitle } from "./titles.ts";

/** How a file is read: which field each column goes into, and what its owner has to say before anything comes in. */
export type Understanding = {
  columns: ColumnReading[];
  ignoredColumns: string[];
  questions: Question[];
};

/** Ignored columns and values that are named, and questions asked at a time: an item of DynamoDB holds 400 KB. */
const maxIgnored = 100;
const maxValues = 300;
const maxQuestions = 20;
/** Bytes of all that is kept of columns; the mapping and the problems are in the same item. */
const maxBytes = 150_000;

/**
 * Makes of a survey how the file is read. What the owner says comes first, then the title, then the values; of two
 * columns for one field the first counts, but for those of consent, which all count. Throws BadFile for a CSV file
 * that lacks a column it needs.
 */
export function understand(survey: Survey, imported: Import, business: Business): Understanding {
  const context = { survey, imported, business };
  const taken = new Set(survey.columns.flatMap(({ told }) => told?.field ?? []));
  const consents = new Set(
    survey.columns.flatMap(({ field, filled }) =>
      filled > 0 && field && isConsentField(field) ? field : [],
    ),
  );
  const readings = survey.columns.map((column): ColumnReading | Question | undefined => {
    const { told, title } = column;
    const isAddresses = holdsAddresses(column);
    const field = isAddresses ? "email" : column.field;
    if (field === null) return undefined;
    if (field && isConsentField(field)) return readConsent(column, field, context);
    if (!told && !isAddresses && needsAnswer(column, consents)) return question(column, looksLike);
    if (!told && column.telling && imported.kind === "customers")
      return readConsent(column, "consent", context);
    if (!field || (!told && taken.has(field))) return undefined;
    taken.add(field);
    return {
      column: title,
      field,
      ...(told?.type && { type: told.type }),
      ...dayOrder(column, field, context),
    };
  });
  const byName = readFileName(survey, imported);
  const all = [...readings, ...(byName ? [byName] : [])];
  const columns = all.filter((one): one is ColumnReading => one !== undefined && "field" in one);
  let room = maxValues;
  for (const column of columns) {
    if (column.values) column.values = column.values.slice(0, room);
    room -= column.values?.length ?? 0;
  }
  const lacking = imported.format === "csv" && missing(imported.kind, columns);
  if (lacking) throw new BadFile(lacks(lacking, survey));
  const questions = all.filter((one): one is Question => one !== undefined && !("field" in one));
  const named = new Set(all.flatMap((one) => one?.column ?? []));
  const ignoredColumns = survey.columns
    .filter(({ title, filled }) => !named.has(title) && (filled > 0 || !isUntitled(title)))
    .map(({ title }) => title)
    .slice(0, maxIgnored);
  if (Buffer.byteLength(JSON.stringify([columns, ignoredColumns])) > maxBytes) {
    throw new BadFile("The titles of the file's columns are too long: leave out those that are not needed");
  }
  return { columns, ignoredColumns, questions: questions.slice(0, maxQuestions) };
}

type Context = { survey: Survey; imported: Import; business: Business };

const isUntitled = (title: string) => /^\(column \d+\)$/.test(title);

function lacks(lacking: string, survey: Survey): string {
  const titles = survey.columns.map(({ title }) => title).filter((title) => !isUntitled(title));
  const found = beginning(titles.slice(0, 20).join(", "), 500);
  return `No column was found for ${lacking}. The first row has: ${found}. Name the columns in "mapping"`;
}

const looksLike = "looks like consent to mail, and can't be told from other columns";

/** Whether a column that nobody mapped is called Subscriber, and has the addresses of those. */
function holdsAddresses({ told, title, values }: SurveyedColumn): boolean {
  if (told || bareTitle(title) !== "subscriber" || values.size === 0) return false;
  return [...values.keys()].every((value) => value.includes("@"));
}

/**
 * Whether a column looks like consent and its owner has to say whether it is. A reason is known by what it is the
 * reason for: without such a column it may be all that tells of somebody's bounce.
 */
function needsAnswer(column: SurveyedColumn, consents: ReadonlySet<ConsentField>): boolean {
  const { meaning, filled, title, values, otherRows } = column;
  if (filled === 0) return false;
  if (meaning.kind === "detail") {
    const owner = ownerOf(title);
    const known = consents.has("consent") || consents.has("suppressed");
    return /reason|alasan|campaign/i.test(title) && !known && !consents.has(owner as ConsentField);
  }
  if (meaning.kind === "unclear") {
    if (values.size + otherRows + column.dates === 0) return false;
    // Of "State", Jawa Barat is one and active another.
    if (mayBeAPlace(title) && !column.listed().values.some(({ value }) => meaningOf(value))) return false;
    return Boolean(meaning.attribute) || column.dates > 0 || !isConsent(column);
  }
  return column.telling && (meaning.kind === "field" || !isConsent(column));
}

/** Whether all values of a column are words that say how someone stands, and one of them says nothing else. */
function isConsent(column: SurveyedColumn): boolean {
  const { values, otherRows } = column.listed();
  const reader = new ConsentReader({ column: column.title, field: "consent" });
  return column.telling && otherRows === 0 && values.every(({ value }) => reader.meaning(value));
}

function readConsent(
  column: SurveyedColumn,
  field: ConsentField,
  context: Context,
): ColumnReading | Question | undefined {
  const { imported } = context;
  const { told, title, filled } = column;
  const reader = new ConsentReader({ column: title, field, ...toldOf(imported, title) });
  const { values: listed, otherRows } = column.listed();
  // In a status 1 and 0 may mean anything, unless its owner says that it is consent.
  const isOpen = (value: string) => !told && /^\d+$/.test(value) && speaksOfStatus(title);
  const read = listed.map(({ value, rows }) => {
    const means = isOpen(value) ? undefined : reader.meaning(value);
    return { value, rows, ...(means && { means }) };
  });
  const decided = told?.values ?? told?.otherwise;
  const understood = read.flatMap(({ value, rows, means }) => (means ? [{ value, rows, means }] : []));
  if (!decided && (understood.length < read.length || otherRows > 0)) {
    return { ...question(column, "has values that are not understood"), values: read };
  }
  if (filled === 0 && !told) return undefined;
  return {
    column: title,
    field,
    ...(told?.type && { type: told.type }),
    ...dayOrder(column, field, context),
    ...(understood.length > 0 && { values: understood }),
    ...(told?.otherwise && { otherwise: told.otherwise }),
  };
}

function question(column: SurveyedColumn, reason: string): Question {
  return { column: column.title, reason, ...column.listed(), answers: [...answers] };
}

/** The file's name as a column of consent, or a question about it, where the owner has not said how its people stand. */
function readFileName(survey: Survey, imported: Import): ColumnReading | Question | undefined {
  const said = imported.kind === "customers" ? saidByName(imported.fileName) : undefined;
  const told = (imported.mapping ?? []).find(({ column }) => column.toLowerCase() === fileNameColumn);
  if (!said || told?.field === null || imported.consent === "unsubscribed") return undefined;
  const reader = new ConsentReader({
    column: fileNameColumn,
    field: "consent",
    ...toldOf(imported, fileNameColumn),
  });
  const means = reader.meaning(said.word);
  if (means && (told || said.certain)) {
    return {
      column: fileNameColumn,
      field: "consent",
      values: [{ value: said.word, rows: survey.rows, means }],
    };
  }
  return {
    column: fileNameColumn,
    reason: "speaks of consent: say how those in the file stand",
    values: [{ value: said.word, rows: survey.rows, ...(means && { means }) }],
    otherRows: 0,
    answers: [...answers],
  };
}

type Order = Pick<ColumnReading, "type" | "decidedBy">;

/**
 * How the days of a column are ordered. What can only be read one way decides for what could be read both ways; where
 * nothing in the column does, the tool whose file it is, then the language of the business: Indonesians write the day
 * first, who reads English may mean either.
 */
function dayOrder(
  { days: { dashed, other }, told }: SurveyedColumn,
  field: string,
  { survey, business }: Context,
): Order {
  const some = [dashed, other].some((days) => Object.values(days).some((count) => count > 0));
  if (!isOfDays(field, business) || !some) return {};
  if (told?.type) return { decidedBy: "mapping" };
  const [byDashed, byOther] = [orderBy(dashed), orderBy(other)];
  const contradict = [byDashed, byOther].includes("both") || (byDashed && byOther && byDashed !== byOther);
  if (contradict) {
    const clear = byOther !== "both" && dashed.either === 0;
    return clear && byOther ? { type: byOther, decidedBy: "values" } : { decidedBy: "nothing" };
  }
  const type = byOther ?? byDashed;
  if (type && type !== "both") return { type, decidedBy: "values" };
  if (field === "birthday" && isMailchimp(survey)) return { type: "month-first", decidedBy: "tool" };
  if (other.either === 0) return { type: "month-first", decidedBy: "format" };
  return business.locale === "id" ? { type: "day-first", decidedBy: "language" } : { decidedBy: "nothing" };
}

/** The one order in which all these days can be read; undefined where any will do, and "both" where none does. */
function orderBy(days: DayOrders): "day-first" | "month-first" | "both" | undefined {
  const [dayFirst, monthFirst] = [days["day-first"] > 0, days["month-first"] > 0];
  if (dayFirst && monthFirst) return "both";
  return dayFirst ? "day-first" : monthFirst ? "month-first" : undefined;
}

/** Mailchimp writes a birthday as MM/DD; its files have columns that no other tool names so. */
const isMailchimp = (survey: Survey): boolean => {
  const titles = new Set(survey.columns.map(({ title }) => title.toUpperCase()));
  return titles.has("MEMBER_RATING") || (titles.has("LEID") && titles.has("EUID"));
};
