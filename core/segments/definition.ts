import { z } from "zod";
import { AttributeName, Locale, TopicKey } from "../businesses.ts";
import { AttributeNumber, AttributeValue, Consent } from "../customers.ts";
import { reportProblems } from "../forms.ts";
import { Category, ItemId } from "../items.ts";

/**
 * A segment as an owner writes it: a tree of `all`, `any` and `not` over conditions, each an object that is told
 * by its one leading key.
 *
 *     { all: [{ orders: { atLeast: 3 } }, { not: { bought: { category: "Coffee", withinDays: 60 } } }] }
 *
 * Days are calendar days in the business's zone: something happened `withinDays: 7` when it was today or on one
 * of the six days before.
 */
const Days = z.int().min(1).max(3650);
const Flag = z.literal(true, { error: "must be true, or be left out" });
const Amount = z.int().min(0);
const Text = z.string().trim().min(1).max(500);

/** An object in which exactly one of these keys is given. */
const oneOf = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z.strictObject(shape).superRefine((value, context) => onlyOne(value, Object.keys(shape), context));

function onlyOne(value: object, keys: readonly string[], context: z.RefinementCtx): void {
  const given = keys.filter((key) => (value as Record<string, unknown>)[key] !== undefined);
  if (given.length === 1) return;
  context.addIssue({ code: "custom", message: `must have exactly one of ${keys.join(", ")}` });
}

const Range = z
  .strictObject({ atLeast: Amount.optional(), atMost: Amount.optional() })
  .refine(({ atLeast, atMost }) => atLeast !== undefined || atMost !== undefined, {
    error: "must have atLeast, atMost or both",
  })
  .refine(({ atLeast = 0, atMost = Number.POSITIVE_INFINITY }) => atLeast <= atMost, {
    error: "must not be less than atLeast",
    path: ["atMost"],
  });

const Period = oneOf({ withinDays: Days.optional(), notWithinDays: Days.optional() });
const PeriodOrNever = oneOf({
  withinDays: Days.optional(),
  notWithinDays: Days.optional(),
  never: Flag.optional(),
});

const Value = z.union(AttributeValue.options, { error: "must be a text, a number, or true or false" });
const attributeOperators = {
  is: Value.optional(),
  isNot: Value.optional(),
  contains: Text.optional(),
  above: AttributeNumber.optional(),
  below: AttributeNumber.optional(),
  before: z.iso.date({ error: "must be a day such as 2026-11-24" }).optional(),
  after: z.iso.date({ error: "must be a day such as 2026-11-24" }).optional(),
  exists: z.boolean().optional(),
};

/** The conditions, by their leading key. */
export const conditions = {
  has: z.strictObject({ has: z.enum(["email", "phone", "name", "birthday"]) }),
  locale: z.strictObject({ locale: Locale }),
  consent: z.strictObject({ consent: Consent }),
  tag: z.strictObject({ tag: z.string().trim().min(1).max(60) }),
  attribute: z
    .strictObject({ attribute: AttributeName, ...attributeOperators })
    .superRefine((value, context) => onlyOne(value, Object.keys(attributeOperators), context)),
  topic: z.strictObject({ topic: TopicKey, on: z.boolean() }),
  orders: z.strictObject({ orders: Range }),
  spent: z.strictObject({ spent: Range }),
  averageOrder: z.strictObject({ averageOrder: Range }),
  bought: z.strictObject({
    bought: z
      .strictObject({
        item: ItemId.optional(),
        category: Category.optional(),
        withinDays: Days.optional(),
        notWithinDays: Days.optional(),
      })
      .superRefine((value, context) => {
        onlyOne(value, ["item", "category"], context);
        if (value.withinDays !== undefined && value.notWithinDays !== undefined) {
          onlyOne(value, ["withinDays", "notWithinDays"], context);
        }
      }),
  }),
  lastOrder: z.strictObject({ lastOrder: PeriodOrNever }),
  firstOrder: z.strictObject({ firstOrder: Period }),
  birthday: z.strictObject({
    birthday: oneOf({
      withinDays: z.int().min(1).max(365).optional(),
      month: z.int().min(1).max(12).optional(),
    }),
  }),
  opened: z.strictObject({ opened: PeriodOrNever }),
  clicked: z.strictObject({ clicked: PeriodOrNever }),
  signedUp: z.strictObject({ signedUp: Period }),
};
export type ConditionKey = keyof typeof conditions;
type Conditions = { [Key in ConditionKey]: z.infer<(typeof conditions)[Key]> };
export type Condition = Conditions[ConditionKey];

export type SegmentDefinition =
  | { all: SegmentDefinition[] }
  | { any: SegmentDefinition[] }
  | { not: SegmentDefinition }
  | Condition;

const mostInList = 50;
const mostConditions = 60;
const deepest = 6;

const Tree: z.ZodType<SegmentDefinition> = z
  .union([
    z.strictObject({
      get all() {
        return z.array(Tree).min(1).max(mostInList);
      },
    }),
    z.strictObject({
      get any() {
        return z.array(Tree).min(1).max(mostInList);
      },
    }),
    z.strictObject({
      get not() {
        return Tree;
      },
    }),
    ...Object.values(conditions),
  ])
  .meta({
    id: "SegmentDefinition",
    description: `A condition, or a tree of them: at most ${mostConditions} conditions, nested at most ${deepest} deep.`,
    example: { all: [{ orders: { atLeast: 3 } }, { lastOrder: { notWithinDays: 60 } }] },
  });

/**
 * The schema of definitions. It walks the tree by each object's leading key before the union sees it, so that
 * a mistake is reported once, at its own path (`all.2.bought.category`), and not for each of twenty forms.
 */
export const SegmentDefinition = z.preprocess((value, context) => {
  const walk = { context, nodes: 0, conditions: 0 };
  check(value, [], walk);
  if (walk.conditions > mostConditions) {
    report(walk, [], `must not have more than ${mostConditions} conditions`);
  }
  return value;
}, Tree);

type Path = readonly PropertyKey[];
type Walk = { context: z.RefinementCtx; nodes: number; conditions: number };

const branches = ["all", "any", "not"];
const known = [...branches, ...Object.keys(conditions)];
const isCondition = (key: string): key is ConditionKey => Object.hasOwn(conditions, key);

function report({ context }: Walk, path: Path, message: string): void {
  context.addIssue({ code: "custom", path: [...path], message });
}

function check(value: unknown, path: Path, walk: Walk): void {
  walk.nodes += 1;
  // What has so many nodes has been found wanting already; the rest would only lengthen the answer.
  if (walk.nodes > mostConditions * deepest || walk.conditions > mostConditions) return;
  const key = leadingKey(value, path, walk);
  if (key === undefined) return;
  if (isCondition(key)) {
    walk.conditions += 1;
    reportProblems(walk.context, { schema: conditions[key], value, path });
  } else {
    checkBranch(key, value as Record<string, unknown>, { path, walk });
  }
}

/** The key that tells what a node is; undefined, and reported, when the node is none that is known. */
function leadingKey(value: unknown, path: Path, walk: Walk): string | undefined {
  // A list's place is a step of the path too, but no level.
  const depth = path.filter((step) => typeof step === "string").length + 1;
  if (depth > deepest) {
    report(walk, path, `must not be nested more than ${deepest} deep`);
    return undefined;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    report(walk, path, 'must be a condition such as {"tag": "vip"}');
    return undefined;
  }
  const keys = Object.keys(value);
  const [key, second] = keys.filter((name) => known.includes(name));
  if (key !== undefined && second === undefined) return key;
  if (second !== undefined) {
    report(walk, [...path, second], `must stand apart from ${key}: put both in a list of all or any`);
  } else {
    report(walk, [...path, ...keys.slice(0, 1)], `is not a condition: use one of ${known.join(", ")}`);
  }
  return undefined;
}

type At = { path: Path; walk: Walk };

function checkBranch(key: string, value: Record<string, unknown>, { path, walk }: At): void {
  for (const name of Object.keys(value)) {
    if (name !== key) report(walk, [...path, name], "does not belong here");
  }
  const content = value[key];
  const at = [...path, key];
  if (key === "not") check(content, at, walk);
  else if (!Array.isArray(content) || content.length < 1 || content.length > mostInList) {
    report(walk, at, `must be a list of 1 to ${mostInList} conditions`);
  } else {
    for (const [place, inner] of content.entries()) check(inner, [...at, place], walk);
  }
}
