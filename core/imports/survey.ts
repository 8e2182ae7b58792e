import type { Business } from "../businesses.ts";
import { ownEntry } from "../dictionaries.ts";
import { beginning } from "../text.ts";
import { isEmptyCell } from "./consent-signals.ts";
import { isTelling, wordsIn } from "./consent-words.ts";
import { dayOrderOf, isDateLike } from "./dates.ts";
import { maxCell, maxColumns, maxConsentLike } from "./limits.ts";
import { type ColumnMapping, isConsentField, maxValueLength } from "./mapping.ts";
import type { Import } from "./record.ts";
import { BadFile } from "./text.ts";
import { type TitleMeaning, Titles } from "./titles.ts";

/** Titles of columns beyond those that are remembered. */
const maxPassed = 10 * maxColumns;
/** Different values that are remembered of a column. */
const maxValues = 50;

export type DayOrders = Record<"day-first" | "month-first" | "either", number>;
const noDays = (): DayOrders => ({ "day-first": 0, "month-first": 0, either: 0 });

/** What the values of a column are, as far as it matters how it is to be read. */
export class SurveyedColumn {
  readonly title: string;
  /** What its owner said of it. */
  readonly told: ColumnMapping | undefined;
  readonly meaning: TitleMeaning;
  /** Cells with something in them. */
  filled = 0;
  /** How many cells have which value; of days and times only how many there are. */
  readonly values = new Map<string, number>();
  readonly spellings = new Map<string, string>();
  otherRows = 0;
  dates = 0;
  /** Whether a value is about mail whatever the title says. */
  telling = false;
  /** How many days can be read which way: those written as the API does, 11-24, and all others. */
  readonly days = { dashed: noDays(), other: noDays() };

  constructor(title: string, meaning: TitleMeaning, told: ColumnMapping | undefined) {
    this.title = title;
    this.meaning = meaning;
    this.told = told;
  }

  /** The field that the column goes into, as far as the title and its owner say; null when it is to be left out. */
  get field(): string | null | undefined {
    if (this.told) return this.told.field;
    return this.meaning.kind === "field" || this.meaning.kind === "consent" ? this.meaning.field : undefined;
  }

  add(text: string, { isDate, watched }: { isDate: boolean; watched: boolean }): void {
    const trimmed = text.trim();
    if (!trimmed) return;
    this.filled += 1;
    const { field } = this;
    // Where a value of such length says something about mail, its row is refused.
    if (field === null || trimmed.length > maxCell) return;
    if (isDate) this.#addDay(trimmed);
    if (field && isConsentField(field)) this.#addValue(trimmed);
    else if (this.told || !watched) return;
    else if (this.meaning.kind === "unclear") this.#addValue(trimmed);
    // A name may be anything; what goes into attributes and tags, or nowhere, may be somebody's consent.
    else if (this.meaning.kind === "unknown" || field === "tags" || field?.startsWith("attributes.")) {
      this.#watch(trimmed);
    }
  }

  #addDay(text: string): void {
    const order = dayOrderOf(text);
    if (order) this.days[/^\d{2}-\d{2}$/.test(text) ? "dashed" : "other"][order] += 1;
  }

  #watch(text: string): void {
    const telling = isTelling(text);
    if (telling) this.telling = true;
    if (telling || this.values.size < maxValues) this.#addValue(text);
    else this.otherRows += 1;
  }

  #addValue(text: string): void {
    if (isEmptyCell(text)) return;
    if (isDateLike(text)) {
      this.dates += 1;
      return;
    }
    if (!this.telling && isTelling(text)) this.telling = true;
    const several = wordsIn(text);
    const whole = several.length > 1 ? [...new Set(several)].sort().join(", ") : text;
    const value = beginning(whole, maxValueLength).trim();
    const key = value.toLowerCase();
    const before = this.values.get(key);
    if (before === undefined && this.values.size >= 2 * maxValues) this.otherRows += 1;
    else {
      this.values.set(key, (before ?? 0) + 1);
      if (before === undefined) this.spellings.set(key, value);
    }
  }

  /** Its values as they stand in the file, the most frequent first. */
  listed(): { values: { value: string; rows: number }[]; otherRows: number } {
    const all = [...this.values]
      .map(([key, rows]) => ({ value: this.spellings.get(key) ?? key, rows }))
      .sort((one, other) => other.rows - one.rows || (one.value < other.value ? -1 : 1));
    const values = all.slice(0, maxValues);
    const rest = all.slice(maxValues).reduce((total, { rows }) => total + rows, 0);
    return { values, otherRows: this.otherRows + rest };
  }
}

/** Looks through a whole file before any of it comes in: which columns there are, and what is in them. */
export class Survey {
  readonly #imported: Pick<Import, "kind" | "mapping">;
  readonly #business: Business;
  readonly #titles: Titles;
  readonly #told: ReadonlyMap<string, ColumnMapping>;
  readonly #columns = new Map<string, SurveyedColumn>();
  /** Titles that were seen and are not remembered, a few of many: they need not be looked at again. */
  readonly #passed = new Set<string>();
  #plain = 0;
  #consentLike = 0;
  rows = 0;

  constructor(imported: Pick<Import, "kind" | "mapping">, business: Business) {
    this.#imported = imported;
    this.#business = business;
    this.#titles = new Titles(imported.kind, business);
    this.#told = new Map((imported.mapping ?? []).map((one) => [one.column.toLowerCase(), one]));
  }

  get columns(): SurveyedColumn[] {
    return [...this.#columns.values()];
  }

  /** Makes a column known that has no values yet, as a file's title row does. */
  learn(title: string): void {
    this.#columnOf(title, "");
  }

  add(cells: Readonly<Record<string, string>>): void {
    this.rows += 1;
    for (const title of Object.keys(cells)) {
      const text = cells[title] ?? "";
      const column = this.#columnOf(title, text);
      column?.add(text, {
        isDate: isOfDays(column.field, this.#business),
        // An order says nothing about mail.
        watched: this.#imported.kind === "customers",
      });
    }
  }

  #columnOf(title: string, text: string): SurveyedColumn | undefined {
    const known = this.#columns.get(title);
    if (known) return known;
    if (this.#passed.has(title) && !isTelling(text)) return undefined;
    const told = this.#told.get(title.trim().toLowerCase());
    const meaning = this.#titles.meaningOf(title);
    const matters = told || (meaning.kind !== "unknown" && meaning.kind !== "field") || isTelling(text);
    if (!matters && this.#plain >= maxColumns) {
      if (this.#passed.size < maxPassed) this.#passed.add(title);
      return undefined;
    }
    if (matters) this.#consentLike += 1;
    else this.#plain += 1;
    if (this.#consentLike > maxConsentLike) {
      throw new BadFile(
        "The file has hundreds of columns that look like consent: leave out those that are not needed",
      );
    }
    const column = new SurveyedColumn(title, meaning, told);
    this.#columns.set(title, column);
    return column;
  }
}

/** Whether a field's values are days, whose day and month could be taken for one another. */
export function isOfDays(field: string | null | undefined, business: Business): boolean {
  if (!field) return false;
  if (field === "birthday" || field === "placedAt" || isConsentField(field)) return true;
  const name = field.startsWith("attributes.") ? field.slice("attributes.".length) : "";
  return name !== "" && ownEntry(business.attributes, name) === "date";
}
