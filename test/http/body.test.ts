import fc from "fast-check";
import { expect, test } from "vitest";
import { firstError } from "../../functions/http/body.ts";

const messageOf = (text: string): string => {
  try {
    JSON.parse(text);
    return "";
  } catch (error) {
    return String((error as Error).message);
  }
};

test.each([
  ["{", 1],
  ['{"a":1,}', 7],
  ['{"a" 1}', 5],
  ['{"a":1 "b":2}', 7],
  ["[1,]", 3],
  ["[1 2]", 3],
  ['{"a": x}', 6],
  ["01", 0],
  ["{} {}", 3],
  ['["a\nb"]', 1],
  ["", 0],
])("%j breaks JSON's grammar at offset %i", (text, offset) => {
  expect(firstError(text)).toBe(offset);
});

test("in text that parses, nothing is wrong before its end", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(0, 2), (value, indent) => {
      const text = JSON.stringify(value, null, indent);
      expect(firstError(text)).toBe(text.length);
    }),
  );
});

test("in damaged text, the error is where V8 sees it, if V8 says where", () => {
  fc.assert(
    fc.property(
      fc.jsonValue(),
      fc.nat(),
      fc.constantFrom("", ",", "}", "]", ":", "x", '"'),
      (value, at, put) => {
        const text = JSON.stringify(value, null, 1);
        const place = at % (text.length + 1);
        const damaged = text.slice(0, place) + put + text.slice(place + 1);
        const seen = /^(?:Expected|Unexpected non-white).* at position (\d+)/.exec(messageOf(damaged))?.[1];
        fc.pre(seen !== undefined);
        // V8 may point into a number or a word, of which this names the beginning.
        expect(damaged.slice(firstError(damaged), Number(seen))).toMatch(/^[\w.+-]*$/);
        expect(firstError(damaged)).toBeLessThanOrEqual(Number(seen));
      },
    ),
    { numRuns: 300 },
  );
});
