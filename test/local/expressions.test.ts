import conditionParser from "dynalite/db/conditionParser.js";
import updateParser from "dynalite/db/updateParser.js";
import fc from "fast-check";
import { expect, test } from "vitest";
import { parseOnce } from "../../local/dynamodb/expressions.ts";

type Request = { names: Record<string, string>; values: Record<string, object> };

const conditions = [
  "version = :a",
  "attribute_not_exists(#n) OR nextFree < :a",
  "nextFree BETWEEN :a AND :b",
  "#n = :a AND begins_with(batch, :b)",
  "attribute_type(#n, :a)",
  "size(#n.#m[2]) > :a AND NOT contains(#n, :b)",
  "#n IN (:a, :b, :a)",
  "begins_with(:a, #n",
  "#missing = :a",
];
const updates = [
  "SET #n = :a, version = version + :b REMOVE gone",
  "SET #n.#m = if_not_exists(#n.#m, :a)",
  "ADD #n :a",
  "SET items = list_append(:a, :b)",
  "SET #n = :a, #n = :b",
  "DELETE #n :a",
];
// Mostly of one type: only then is an expression met again.
const value = fc.oneof(
  { weight: 9, arbitrary: fc.integer().map((N) => ({ N: String(N) })) },
  fc.constantFrom("S", "N", "X").map((S) => ({ S })),
  fc.constantFrom(
    { BOOL: true },
    { NULL: true },
    { L: [{ S: "x" }] },
    { M: { x: { N: "1" } } },
    { SS: ["x"] },
  ),
);
const request: fc.Arbitrary<Request> = fc.record({
  names: fc.constantFrom<Record<string, string>[]>(
    { "#n": "one", "#m": "two" },
    { "#n": "other" },
    { "#n": "a", "#m": "b", "#unused": "c" },
  ),
  values: fc.record({ ":a": value, ":b": value }),
});

/** What parsing comes to: the tree or an error's text, and the names and values that it left unused. */
function parsed(parser: typeof conditionParser, text: string, { names, values }: Request) {
  const marks = (given: object) => Object.fromEntries(Object.keys(given).map((name) => [name, true]));
  const [unusedAttrNames, unusedAttrVals] = [marks(names), marks(values)];
  const context = {
    attrNames: names,
    attrVals: structuredClone(values),
    unusedAttrNames,
    unusedAttrVals,
    isReserved: () => false,
    compare: (_: string, one: { N?: string }, other: { N?: string }) => Number(one.N) > Number(other.N),
  };
  try {
    return { tree: parser.parse(text, { context }), unusedAttrNames, unusedAttrVals };
  } catch (error) {
    return { error: (error as Error).message };
  }
}

test.each([
  ["condition", conditionParser, conditions],
  ["update", updateParser, updates],
])(
  "%s expressions that were parsed before come to what dynalite makes of them, whatever their names and values",
  (_, own, texts) => {
    const once = { parse: own.parse };
    parseOnce(once);
    fc.assert(
      fc.property(
        fc.constantFrom(...texts),
        fc.array(request, { minLength: 2, maxLength: 6 }),
        (text, requests) => {
          for (const one of requests) expect(parsed(once, text, one)).toEqual(parsed(own, text, one));
        },
      ),
      { numRuns: 200 },
    );
  },
);

test("what was parsed once is not parsed again, and a request can't change it for the next", () => {
  let times = 0;
  const counting = {
    parse: (...given: Parameters<typeof conditionParser.parse>) => {
      times += 1;
      return conditionParser.parse(...given);
    },
  };
  parseOnce(counting);
  const names = { "#n": "one" };
  const first = parsed(counting, "#n = :a", { names, values: { ":a": { S: "x" }, ":b": { S: "y" } } });
  (first.tree as { expression: { args: unknown[] } }).expression.args.length = 0;

  const second = parsed(counting, "#n = :a", { names, values: { ":a": { S: "z" }, ":b": { S: "y" } } });
  expect(second.tree).toMatchObject({ expression: { type: "=", args: [["one"], { S: "z" }] } });
  expect(times).toBe(1);
});
