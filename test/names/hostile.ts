import fc from "fast-check";

/** Names that every object of JavaScript answers to. */
const ofObjects = Object.getOwnPropertyNames(Object.prototype);

/** What else code may take for something other than a name. */
const ofLanguages = [
  "then",
  "toJSON",
  "length",
  "prototype",
  "caller",
  "push",
  "default",
  "null",
  "undefined",
];
const ofNumbers = ["0", "-1", "1e3", "NaN", "Infinity", "00017"];

/** Words that DynamoDB keeps for itself, and signs of its expressions. */
const ofDynamoDb = ["NAME", "STATUS", "SIZE", "VALUES", "SET", "#n", ":v", "a.b", "a[0]"];

/** Signs that part our keys, paths, addresses, markup, templates and formulas of spreadsheets. */
const ofSigns = [
  ...["#", "a#b", ".", "..", "$", "$ref", "/", "a/b", "\\", "%", "%2e%2e", "%00", "?a=b", "&amp;", "+"],
  ...["'", '"', "`", ";", ",", "|", "a b", "a  b", "<b>bold</b>", "<script>alert(1)</script>", "]]>"],
  ...["{{customer.name}}", "{{{", "$(x)", "=1+1", "@SUM(1)", "-- x", "[object Object]"],
];

const ofUnicode = [
  ...["é", "e\u0301", "e\u0301\u0301\u0301\u0301", "ẞß", "İı", "ﬃ", "☕️", "👩‍👩‍👧‍👦", "𝕏", "日本語", "ก็"],
  // Right to left, and what turns direction around.
  ...["قهوة", "קפה", "\u202egnp.exe", "a\u2066b\u2069"],
  // Nothing to see, line ends, controls, and code points that are no characters.
  ...[
    "a\u200bb",
    "\u2060",
    "a\u2028b",
    "a\nb",
    "a\tb",
    "a\u0000b",
    "a\u007fb",
    "a\u0085b",
    "a\uffffb",
    "a\ufffeb",
  ],
];

const empty = ["", " ", "\u00a0", "\u3000", "\t\n"];
const huge = ["x".repeat(10_000), "☕".repeat(500)];

/** Halves of characters, which JSON can write and UTF-8 can't. */
export const halves = ["\ud800", "a\udfffb", "\udc00\ud800"];

/** Names that break software, each for a reason of its own. */
export const hostileNames = [
  ...new Set([
    ...ofObjects,
    ...ofLanguages,
    ...ofNumbers,
    ...ofDynamoDb,
    ...ofSigns,
    ...ofUnicode,
    ...empty,
    ...huge,
  ]),
];

const unseen = /[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}\u2800\ufffc]/gu;

/** What people see of a text: no blanks, and no signs that only change how others look or where they stand. */
const seen = (text: unknown) => (typeof text === "string" ? text.replace(unseen, "") : text);

/**
 * Whether a text is kept as it was written but for blanks at its ends. One with signs in it that can't be seen, or with
 * more blanks than one, may lack those.
 */
export function isKept(found: unknown, written: string | undefined): boolean {
  const text = written?.trim();
  if (found === written || (found || undefined) === (text || undefined)) return true;
  const mayLack = /[^\P{C}]|[\p{Z}\s]{2}|(?! )\p{Z}|[\p{Default_Ignorable_Code_Point}\u2800\ufffc]/u.test(
    text ?? "",
  );
  return mayLack && (seen(found) || undefined) === (seen(text) || undefined);
}

/** Hostile names, what comes of joining them, and any text at all. */
export const anyName: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...hostileNames),
  fc
    .array(fc.constantFrom(...hostileNames.filter(({ length }) => length < 20)), { maxLength: 4 })
    .map((parts) => parts.join("")),
  fc.string({ unit: "binary", maxLength: 60 }),
  fc.string({ unit: "grapheme", maxLength: 60 }),
);
