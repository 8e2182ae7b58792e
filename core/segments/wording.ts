import type { Business, Locale } from "../businesses.ts";
import type { Customer } from "../customers.ts";
import type { Condition, SegmentDefinition } from "./definition.ts";
import { english } from "./english.ts";
import { indonesian } from "./indonesian.ts";
import { compileCondition, type Moment } from "./matching.ts";
import { type Normal, normalise } from "./normal.ts";

/** A language for segments. What it says of customers is a predicate in the plural: `have ordered today`. */
export type Words = {
  sentence(what: string): string;
  excluded(what: string): string;
  and(parts: readonly string[]): string;
  or(parts: readonly string[]): string;
  /** `holds` false for its opposite. */
  condition(condition: Condition, holds: boolean, business: Named): string;
};

/** What of a business the words need. */
type Named = Pick<Business, "currency" | "topics">;

const languages: Record<Locale, Words> = { en: english, id: indonesian };

/** The segment in a sentence: `Customers who have ordered at least 3 times and have not bought Coffee today`. */
export function describe(
  definition: SegmentDefinition,
  locale: Locale,
  { business }: { business: Named },
): string {
  const words = languages[locale];
  return words.sentence(phrase(normalise(definition), words, business));
}

/** A list inside of another stands in brackets: "a, or b and c" would leave open what belongs together. */
function phrase(normal: Normal, words: Words, business: Named): string {
  if ("condition" in normal) return words.condition(normal.condition, normal.holds, business);
  const parts = "all" in normal ? normal.all : normal.any;
  const phrases = parts.map((part) => {
    const inner = phrase(part, words, business);
    return "condition" in part ? inner : `(${inner})`;
  });
  return "all" in normal ? words.and(phrases) : words.or(phrases);
}

export type Explaining = { customer: Customer; locale: Locale } & Moment;

/** Why a customer is not in the segment, naming only the conditions that failed; undefined for one who is. */
export function explain(definition: SegmentDefinition, explaining: Explaining): string | undefined {
  const words = languages[explaining.locale];
  const failed = failure(normalise(definition), explaining);
  return failed && words.excluded(phrase(failed, words, explaining.business));
}

/** The part of a definition that keeps the customer out: of `all`, what fails; of `any`, everything. */
function failure(normal: Normal, explaining: Explaining): Normal | undefined {
  if ("condition" in normal) {
    const met = compileCondition(normal.condition, explaining)(explaining.customer) === normal.holds;
    return met ? undefined : normal;
  }
  const parts = "all" in normal ? normal.all : normal.any;
  const failures = parts.flatMap((part) => failure(part, explaining) ?? []);
  if ("any" in normal) return failures.length === parts.length ? { any: failures } : undefined;
  const [only, second] = failures;
  return only && second ? { all: failures } : only;
}
