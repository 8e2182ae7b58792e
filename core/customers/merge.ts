import type { AttributeType, Business, FrequencyCap } from "../businesses.ts";
import { ownEntry } from "../dictionaries.ts";
import { type Problem, SapaError } from "../errors.ts";
import { Day } from "../time.ts";
import type { AttributeValue, Customer, CustomerDetails } from "./record.ts";

/** What is to be changed of a customer: what is absent stays, null removes. */
export type DetailsPatch = {
  [Field in Exclude<keyof CustomerDetails, "attributes" | "topics">]?:
    | CustomerDetails[Field]
    | null
    | undefined;
} & {
  /** One by one: attributes and topics that are not named stay. */
  attributes?: Record<string, AttributeValue | null> | null | undefined;
  topics?: Record<string, boolean | null> | null | undefined;
  frequencyCap?: FrequencyCap | null | undefined;
  pausedUntil?: Day | null | undefined;
};

const simple = [
  "email",
  "phone",
  "externalId",
  "name",
  "nickname",
  "birthday",
  "birthYear",
  "locale",
  "timeZone",
  "frequencyCap",
  "pausedUntil",
] as const satisfies (keyof Customer)[];

/** The customer with the patch applied; the same fields as before where the patch changes nothing. */
export function merge(before: Customer, patch: DetailsPatch): Customer {
  const after: Record<string, unknown> = { ...before };
  for (const field of simple) {
    if (patch[field] === null) delete after[field];
    else if (patch[field] !== undefined) after[field] = patch[field];
  }
  if (patch.tags !== undefined) after.tags = [...new Set(patch.tags)];
  after.attributes = mergeEntries(before.attributes, patch.attributes);
  after.topics = mergeEntries(before.topics, patch.topics);
  if (patch.attributes || patch.topics) assertFits(after as Customer);
  return after as Customer;
}

/**
 * The bytes that a customer's attributes and choices of topics may have: with all else at its largest they leave room
 * in the 400 KB of an item of DynamoDB. Those that the business no longer declares count as well.
 */
const maxBytes = 128_000;

function assertFits({ attributes, topics }: Customer): void {
  const bytes = Buffer.byteLength(JSON.stringify([attributes, topics]));
  if (bytes <= maxBytes) return;
  throw new SapaError("invalid", "The customer can't be saved", [
    { field: "attributes", message: `have ${bytes} bytes with those that the customer has; ${maxBytes} fit` },
  ]);
}

function mergeEntries<V>(
  before: Record<string, V>,
  patch: Record<string, V | null> | null | undefined,
): Record<string, V> {
  if (patch === null) return {};
  const entries = Object.entries({ ...before, ...patch });
  return Object.fromEntries(entries.filter((entry): entry is [string, V] => entry[1] !== null));
}

/** Checks what depends on the business: that attributes and topics are declared, and values of the declared type. */
export function check(business: Business, { attributes, topics }: DetailsPatch): void {
  const problems: Problem[] = [];
  for (const [name, value] of Object.entries(attributes ?? {})) {
    const type = ownEntry(business.attributes, name);
    const message = type
      ? typeProblem(type, value)
      : unknown("an attribute", Object.keys(business.attributes));
    if (message) problems.push({ field: `attributes.${name}`, message });
  }
  const known = business.topics.map(({ key }) => key);
  for (const topic of Object.keys(topics ?? {})) {
    if (!known.includes(topic))
      problems.push({ field: `topics.${topic}`, message: unknown("a topic", known) });
  }
  if (problems.length) throw new SapaError("invalid", "The customer can't be saved", problems);
}

function typeProblem(type: AttributeType, value: AttributeValue | null): string | undefined {
  if (value === null) return undefined;
  const fits = {
    text: typeof value === "string",
    number: typeof value === "number" && Number.isFinite(value),
    boolean: typeof value === "boolean",
    date: Day.safeParse(value).success,
  };
  return fits[type] ? undefined : wanted[type];
}

const wanted: Record<AttributeType, string> = {
  text: "must be text",
  number: "must be a number",
  boolean: "must be true or false",
  date: "must be a day such as 2026-11-24",
};

const unknown = (what: string, known: readonly string[]) =>
  `is not ${what} of the business, which has ${known.length ? listed(known) : "none"}`;

/** As many names as one reads. */
const maxNamed = 20;
const listed = (names: readonly string[]) =>
  names.slice(0, maxNamed).join(", ") +
  (names.length > maxNamed ? ` and ${names.length - maxNamed} more` : "");
