import { describe, expect, test } from "vitest";
import { undeclared } from "../../core/segments/declared.ts";
import { SegmentDefinition } from "../../core/segments/definition.ts";
import { aBusiness } from "../support/shop.ts";

const mistakes = (value: unknown) =>
  SegmentDefinition.safeParse(value).error?.issues.map(
    ({ path, message }) => `${path.join(".")}: ${message}`,
  );

const nested = (levels: number): unknown => (levels === 1 ? { tag: "vip" } : { not: nested(levels - 1) });
const tags = (count: number) => Array.from({ length: count }, () => ({ tag: "vip" }));

describe("a mistake is named where it was made, once", () => {
  test.each<[unknown, string]>([
    ["vip", ': must be a condition such as {"tag": "vip"}'],
    [{ all: [{ tag: "vip" }, null] }, 'all.1: must be a condition such as {"tag": "vip"}'],
    [{ all: [] }, "all: must be a list of 1 to 50 conditions"],
    [{ any: { tag: "vip" } }, "any: must be a list of 1 to 50 conditions"],
    [{ all: tags(51) }, "all: must be a list of 1 to 50 conditions"],
    [
      { tag: "vip", orders: { atLeast: 1 } },
      "orders: must stand apart from tag: put both in a list of all or any",
    ],
    [{ not: { tag: "vip" }, name: "x" }, "name: does not belong here"],
    [{ any: [{ tag: "vip", colour: "red" }] }, "any.0.colour: does not belong here"],
    [{ bought: { category: "Coffee", item: "latte" } }, "bought: must have exactly one of item, category"],
    [{ bought: { withinDays: 3 } }, "bought: must have exactly one of item, category"],
    [
      { bought: { item: "latte", withinDays: 3, notWithinDays: 4 } },
      "bought: must have exactly one of withinDays, notWithinDays",
    ],
    [{ lastOrder: {} }, "lastOrder: must have exactly one of withinDays, notWithinDays, never"],
    [{ lastOrder: { never: false } }, "lastOrder.never: must be true, or be left out"],
    [{ orders: {} }, "orders: must have atLeast, atMost or both"],
    [{ spent: { atLeast: 2, atMost: 1 } }, "spent.atMost: must not be less than atLeast"],
    [{ birthday: { withinDays: 7, month: 5 } }, "birthday: must have exactly one of withinDays, month"],
    [
      { attribute: "drink", is: "latte", contains: "l" },
      ": must have exactly one of is, isNot, contains, above, below, before, after, exists",
    ],
    [{ attribute: "since", before: "2026-02-30" }, "before: must be a day such as 2026-11-24"],
    [nested(7), "not.not.not.not.not.not: must not be nested more than 6 deep"],
    [{ all: [{ any: tags(40) }, { any: tags(40) }] }, ": must not have more than 60 conditions"],
  ])("%j", (value, mistake) => {
    expect(mistakes(value)).toEqual([mistake]);
  });

  test("an unknown condition is answered with those that there are", () => {
    expect(mistakes({ all: [{ loyalty: 3 }] })?.[0]).toMatch(
      /^all\.0\.loyalty: is not a condition: use one of all, any, not, has, /,
    );
  });

  test("several mistakes are all named", () => {
    const definition = {
      all: [{ tag: "" }, { any: [{ bought: { category: 3 } }, { orders: { atLeast: 0.5 } }] }],
    };
    expect(mistakes(definition)?.map((mistake) => mistake.split(":")[0])).toEqual([
      "all.0.tag",
      "all.1.any.0.bought.category",
      "all.1.any.1.orders.atLeast",
    ]);
  });

  test("a huge wrong tree gets a short answer", () => {
    const wide = { all: Array.from({ length: 50 }, () => ({ any: Array.from({ length: 50 }, () => 3) })) };
    expect(mistakes(wide)?.length).toBeLessThan(400);
  });
});

test("six levels, fifty in a list and sixty conditions are allowed", () => {
  expect(mistakes(nested(6))).toBeUndefined();
  expect(mistakes({ all: [{ any: tags(50) }, { any: tags(10) }] })).toBeUndefined();
});

test("a definition goes through the schema unchanged", () => {
  const definition = {
    all: [
      { has: "email" },
      { not: { bought: { category: "Coffee", withinDays: 60 } } },
      { any: [{ lastOrder: { never: true } }, { attribute: "since", after: "2026-01-01" }] },
    ],
  };
  expect(SegmentDefinition.parse(definition)).toEqual(definition);
});

describe("what the business has not declared", () => {
  const business = aBusiness({
    attributes: { drink: "text", points: "number", member: "boolean", since: "date" },
  });

  test.each<[SegmentDefinition, string]>([
    [
      { all: [{ tag: "vip" }, { not: { attribute: "shoe_size", above: 40 } }] },
      "definition.all.1.not.attribute: is not an attribute of this business, which has drink, points, member, since",
    ],
    [
      { attribute: "constructor", exists: true },
      "definition.attribute: is not an attribute of this business, which has drink, points, member, since",
    ],
    [
      { any: [{ attribute: "drink", above: 3 }] },
      "definition.any.0.above: does not go with a text: use one of is, isNot, contains, exists",
    ],
    [{ attribute: "points", is: "many" }, "definition.is: must be a number, as points is"],
    [{ attribute: "member", isNot: "no" }, "definition.isNot: must be a boolean, as member is"],
    [{ attribute: "since", is: "yesterday" }, "definition.is: must be a date, as since is"],
    [
      { topic: "parties", on: true },
      "definition.topic: is not a topic of this business, which has birthday, offers, news",
    ],
  ])("%j", (definition, problem) => {
    expect(undeclared(definition, business).map(({ field, message }) => `${field}: ${message}`)).toEqual([
      problem,
    ]);
  });

  test("what it has declared is accepted", () => {
    const definition: SegmentDefinition = {
      all: [
        { attribute: "drink", contains: "latte" },
        { attribute: "points", above: 3 },
        { attribute: "member", is: true },
        { attribute: "since", before: "2026-01-01" },
        { topic: "offers", on: false },
      ],
    };
    expect(undeclared(definition, business)).toEqual([]);
  });
});
