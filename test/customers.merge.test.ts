import fc from "fast-check";
import { expect, test } from "vitest";
import { connected } from "../core/customers/connected.ts";
import { type DetailsPatch, merge } from "../core/customers/merge.ts";
import { blank, gently } from "../core/customers/plan.ts";
import { Consent, fromItem, nameKey, toItem } from "../core/customers/record.ts";

const word = fc.constantFrom("a", "b", "c", "d");
const nullable = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: null });
const patch: fc.Arbitrary<DetailsPatch> = fc.record(
  {
    email: nullable(word),
    name: nullable(word),
    tags: nullable(fc.array(word)),
    attributes: nullable(fc.dictionary(word, nullable(fc.integer()))),
    topics: nullable(fc.dictionary(word, nullable(fc.boolean()))),
  },
  { requiredKeys: [] },
);
const customer = blank("biz_a", "cus_a", "2026-11-24T02:00:00.000Z");

test("a change made twice is the change made once, and a change of nothing changes nothing", () => {
  fc.assert(
    fc.property(patch, patch, (first, second) => {
      const before = merge(customer, first);
      const once = merge(before, second);
      expect(merge(once, second)).toEqual(once);
      expect(merge(once, {})).toEqual(once);
    }),
  );
});

test("a customer comes back from storage as they went in", () => {
  fc.assert(
    fc.property(patch, (details) => {
      const saved = merge(customer, details);
      const { nameKey: key, shard } = toItem(saved);
      expect(fromItem(JSON.parse(JSON.stringify(toItem(saved))))).toEqual(saved);
      expect(key).not.toBe("");
      expect(shard).toMatch(/^biz_a#\d\d$/);
    }),
  );
});

test("a name's key is the same for every spelling of the name, and its own key", () => {
  expect(["Née  Siti", "nee siti", " NÉE SITI "].map(nameKey)).toEqual(["nee siti", "nee siti", "nee siti"]);
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (name) => {
      expect(nameKey(nameKey(name))).toBe(nameKey(name));
    }),
  );
});

test("a wish for consent never brings back who unsubscribed, and never loses who subscribed to pending", () => {
  for (const before of Consent.options) {
    for (const wanted of [undefined, ...Consent.options]) {
      const after = gently(before, wanted);
      if (before === "unsubscribed") expect(after).toBe("unsubscribed");
      if (before === "subscribed") expect(after).not.toBe("pending");
      expect([before, wanted]).toContain(after);
    }
  }
});

test("things that share a mark come into one group, in their order, and each thing into one group only", () => {
  fc.assert(
    fc.property(
      fc.array(fc.uniqueArray(fc.integer({ min: 0, max: 12 }).map(String), { maxLength: 3 })),
      (things) => {
        const marked = things.map((marks, at) => ({ at, marks }));
        const groups = connected(marked, ({ marks }) => marks);
        const all = groups.flat().map(({ at }) => at);
        expect([...all].sort((a, b) => a - b)).toEqual(marked.map(({ at }) => at));
        const groupWith = new Map<string, number>();
        for (const [number, group] of groups.entries()) {
          expect(group.map(({ at }) => at)).toEqual(group.map(({ at }) => at).sort((a, b) => a - b));
          for (const mark of group.flatMap(({ marks }) => marks)) {
            expect(groupWith.get(mark) ?? number).toBe(number);
            groupWith.set(mark, number);
          }
        }
        // No group falls apart: the marks of its members hang together.
        for (const group of groups) {
          const reached = new Set(group[0]?.marks);
          for (let again = true; again; ) {
            const more = group
              .filter(({ marks }) => marks.some((mark) => reached.has(mark)))
              .flatMap(({ marks }) => marks);
            again = more.some((mark) => !reached.has(mark));
            for (const mark of more) reached.add(mark);
          }
          expect(
            group.length === 1 || group.every(({ marks }) => marks.some((mark) => reached.has(mark))),
          ).toBe(true);
        }
      },
    ),
  );
});
