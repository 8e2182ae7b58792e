import type { Condition, SegmentDefinition } from "./definition.ts";

/** A definition without `not`: each condition says itself whether it must hold. Lists are neither nested in their like nor of one. */
export type Normal = { all: Normal[] } | { any: Normal[] } | Literal;
export type Literal = { condition: Condition; holds: boolean };

/** The definition with every `not` moved down to the conditions, by De Morgan's laws. */
export function normalise(definition: SegmentDefinition, holds = true): Normal {
  if ("not" in definition) return normalise(definition.not, !holds);
  if ("all" in definition) return list(holds ? "all" : "any", definition.all, holds);
  if ("any" in definition) return list(holds ? "any" : "all", definition.any, holds);
  return holds ? { condition: definition, holds } : opposite(definition);
}

function list(kind: "all" | "any", definitions: readonly SegmentDefinition[], holds: boolean): Normal {
  const parts = definitions
    .map((definition) => normalise(definition, holds))
    .flatMap((part) =>
      kind === "all" && "all" in part ? part.all : kind === "any" && "any" in part ? part.any : part,
    );
  const [only, second] = parts;
  if (only && !second) return only;
  return kind === "all" ? { all: parts } : { any: parts };
}

const never: Literal = { condition: { lastOrder: { never: true } }, holds: true };

/** Where the opposite of a condition has a plain form of its own, that form. */
function opposite(condition: Condition): Normal {
  if ("topic" in condition) return { condition: { ...condition, on: !condition.on }, holds: true };
  if ("signedUp" in condition && condition.signedUp.notWithinDays !== undefined) {
    return { condition: { signedUp: { withinDays: condition.signedUp.notWithinDays } }, holds: true };
  }
  // "Not: long ago" is "never, or lately".
  if ("lastOrder" in condition && condition.lastOrder.notWithinDays !== undefined) {
    const lately: Condition = { lastOrder: { withinDays: condition.lastOrder.notWithinDays } };
    return { any: [never, { condition: lately, holds: true }] };
  }
  if ("firstOrder" in condition && condition.firstOrder.notWithinDays !== undefined) {
    const lately: Condition = { firstOrder: { withinDays: condition.firstOrder.notWithinDays } };
    return { any: [never, { condition: lately, holds: true }] };
  }
  if ("opened" in condition && condition.opened.notWithinDays !== undefined) {
    const withinDays = condition.opened.notWithinDays;
    return either({ opened: { never: true } }, { opened: { withinDays } });
  }
  if ("clicked" in condition && condition.clicked.notWithinDays !== undefined) {
    const withinDays = condition.clicked.notWithinDays;
    return either({ clicked: { never: true } }, { clicked: { withinDays } });
  }
  if ("bought" in condition && condition.bought.notWithinDays !== undefined) {
    const { notWithinDays: withinDays, ...what } = condition.bought;
    return {
      any: [
        { condition: { bought: what }, holds: false },
        { condition: { bought: { ...what, withinDays } }, holds: true },
      ],
    };
  }
  return { condition, holds: false };
}

const either = (...conditions: Condition[]): Normal => ({
  any: conditions.map((condition) => ({ condition, holds: true })),
});
