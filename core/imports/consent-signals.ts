import type { SuppressionReason } from "../customers/record.ts";
import { beginning } from "../text.ts";
import type { Instant, TimeZone } from "../time.ts";
import { meaningOf, plainWord, wordsIn } from "./consent-words.ts";
import { isDateLike, moment } from "./dates.ts";
import { maxCell } from "./limits.ts";
import {
  type ColumnType,
  type ConsentField,
  type Meaning,
  maxValueLength,
  type ValueMapping,
} from "./mapping.ts";
import { BadValue, yesOrNo } from "./values.ts";

/** A column by which a file says what customers want. */
export type ConsentColumn = {
  column: string;
  field: ConsentField;
  type?: ColumnType | undefined;
  values?: readonly ValueMapping[] | undefined;
  otherwise?: Meaning | undefined;
};

/** What spreadsheets and databases write where there is nothing. */
const emptyWords = new Set(["", "-", "--", "null", "none", "n/a", "na", "nil", "undefined", "[]", "{}"]);
export const isEmptyCell = (text: string): boolean => emptyWords.has(text.trim().toLowerCase());

/** "t" is tidak in Indonesian and true in PostgreSQL: too little to go by. */
const answer = (text: string): boolean | undefined => (/^t$/i.test(text.trim()) ? undefined : yesOrNo(text));

/** Reads the cells of one column of consent. */
export class ConsentReader {
  readonly column: ConsentColumn;
  /** The values whose meaning was told, as they stand and as plain words. */
  readonly #told: ReadonlyMap<string, Meaning>;

  constructor(column: ConsentColumn) {
    this.column = column;
    const { values = [] } = column;
    this.#told = new Map([
      ...values.map(({ value, means }) => [`~${plainWord(value)}`, means] as const),
      ...values.map(({ value, means }) => [value.toLowerCase(), means] as const),
    ]);
  }

  /** What a cell means; undefined for what is not understood. An empty cell means nothing. */
  meaning(text: string): Meaning | undefined {
    const told = this.#toldOf(text);
    if (told) return told;
    if (isEmptyCell(text) || this.column.field === "consentAt") return "nothing";
    const whole = this.#meaningOfOne(text);
    if (whole) return whole;
    const parts = wordsIn(text).map((word) => this.#toldOf(word) ?? this.#meaningOfOne(word));
    if (parts.length > 0 && parts.every((part) => part !== undefined)) return strictest(parts);
    return this.column.otherwise;
  }

  #toldOf(text: string): Meaning | undefined {
    if (this.#told.size === 0) return undefined;
    const cut = beginning(text.trim(), maxValueLength).trim();
    const plain = plainWord(cut);
    return this.#told.get(cut.toLowerCase()) ?? (plain ? this.#told.get(`~${plain}`) : undefined);
  }

  #meaningOfOne(text: string): Meaning | undefined {
    const meaning = meaningOf(text);
    const isYes = answer(text);
    switch (this.column.field) {
      case "consentAt":
        return "nothing";
      case "consent":
        if (meaning) return meaning;
        if (isYes !== undefined) return isYes ? "subscribed" : "unsubscribed";
        return isDateLike(text) ? "nothing" : undefined;
      case "confirmed":
        if (meaning) return meaning;
        if (isYes !== undefined) return isYes ? "subscribed" : "pending";
        return isDateLike(text) ? "subscribed" : undefined;
      default:
        if (isYes === false) return "nothing";
        if (isYes || isDateLike(text)) return this.column.field;
        // "active" in a column of those who left only says that this one did not.
        return meaning === "subscribed" || meaning === "pending" ? "nothing" : meaning;
    }
  }

  /** The time in a cell, where it has one that can be read without guessing. */
  time(text: string, zone: TimeZone): Instant | undefined {
    if (!isDateLike(text)) return undefined;
    try {
      return moment(text, zone, this.column.type);
    } catch (error) {
      if (error instanceof BadValue) return undefined;
      throw error;
    }
  }

  /** Whether the column's times are those of a yes: they say nothing about when somebody left. */
  get datesYes(): boolean {
    const { field, column } = this.column;
    return field !== "consentAt" || /opt.?in|confirm|subscribed|langganan/i.test(column);
  }
}

const strictness: readonly Meaning[] = [
  "nothing",
  "subscribed",
  "pending",
  "not-subscribed",
  "bounced",
  "unsubscribed",
  "suppressed",
  "complained",
];

const strictest = (meanings: readonly Meaning[]): Meaning =>
  meanings.reduce((one, other) => (strictness.indexOf(other) > strictness.indexOf(one) ? other : one));

/** What a row says about mail to its customer, from all of its columns: the strictest word counts. */
export type Signal = {
  consent?: "subscribed" | "pending" | "not-subscribed" | "unsubscribed" | undefined;
  suppress?: SuppressionReason | undefined;
  /** When, by the file's own word. */
  at?: Instant | undefined;
  /** What the file says, as its owner can find it there. */
  value?: string | undefined;
};

/** An address that bounced is no word of its owner; a complaint is one, and so may be what else kept mail from them. */
const effects: Record<Meaning, Pick<Signal, "consent" | "suppress">> = {
  nothing: {},
  subscribed: { consent: "subscribed" },
  pending: { consent: "pending" },
  "not-subscribed": { consent: "not-subscribed" },
  unsubscribed: { consent: "unsubscribed" },
  bounced: { consent: "not-subscribed", suppress: "bounce" },
  complained: { consent: "unsubscribed", suppress: "complaint" },
  suppressed: { consent: "unsubscribed", suppress: "owner" },
};

const consents = ["subscribed", "pending", "not-subscribed", "unsubscribed"] as const;
const reasons: readonly SuppressionReason[] = ["owner", "bounce", "complaint"];
const isStricter = <T>(order: readonly T[], one: T | undefined, other: T | undefined): boolean =>
  one !== undefined && (other === undefined || order.indexOf(one) > order.indexOf(other));

/** A value of consent that can't be understood: its row is not taken, since a guess may mail someone who left. */
export class UnknownConsent extends BadValue {
  readonly column: string;

  constructor(column: string, reason = "is not understood: say in mapping what it means") {
    super(reason);
    this.column = column;
  }
}

/**
 * What a row says about mail, from all its columns of consent. Throws UnknownConsent for a value that is not
 * understood. A row that has columns for a yes and says nothing in any of them is no yes.
 */
export function signalOf(
  readers: readonly ConsentReader[],
  cells: Readonly<Record<string, string>>,
  zone: TimeZone,
): Signal {
  const signal: Signal = {};
  const times: { yes?: Instant; any?: Instant } = {};
  let silent = readers.some(({ column }) => column.field === "consent");
  for (const reader of readers) {
    const { column, field } = reader.column;
    const text = cells[column]?.trim() ?? "";
    if (text.length > maxCell && field !== "consentAt") {
      throw new UnknownConsent(column, `has more than ${maxCell} characters`);
    }
    const meaning = reader.meaning(text);
    if (!meaning) throw new UnknownConsent(column);
    if (field === "consent" && (meaning !== "nothing" || !isEmptyCell(text))) silent = false;
    const time = reader.time(text, zone);
    const { consent, suppress } = effects[meaning];
    if (isStricter(consents, consent, signal.consent)) {
      signal.consent = consent;
      signal.value = beginning(text, maxValueLength);
      signal.at = time;
    } else if (time && consent && consent === signal.consent) signal.at ??= time;
    else if (time && !consent) times[reader.datesYes ? "yes" : "any"] ??= time;
    if (isStricter(reasons, suppress, signal.suppress)) signal.suppress = suppress;
  }
  if (signal.consent === undefined && silent) signal.consent = "not-subscribed";
  const isYes = signal.consent === undefined || signal.consent === "subscribed";
  signal.at ??= times.any ?? (isYes ? times.yes : undefined);
  return signal;
}
