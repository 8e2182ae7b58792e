import type { Business } from "../businesses.ts";
import type { Problem } from "../errors.ts";

type Breaker = Business["breaker"];
const fields = ["complaintRate", "bounceRate", "minimumSample", "days"] as const;

/**
 * What a business wants of its breaker, held within what the operator allows: rates and the sample at most, days at
 * least. A ceiling that is lowered later holds for what was set before.
 */
export function heldWithin({ breaker, limits: { breaker: ceilings } }: Business): Breaker {
  return {
    complaintRate: Math.min(breaker.complaintRate, ceilings.complaintRate),
    bounceRate: Math.min(breaker.bounceRate, ceilings.bounceRate),
    minimumSample: Math.min(breaker.minimumSample, ceilings.minimumSample),
    days: Math.max(breaker.days, ceilings.days),
  };
}

/** What of a breaker the operator does not allow, but for what was so `before`. */
export function beyondCeilings(breaker: Breaker, ceilings: Breaker, before?: Breaker): Problem[] {
  return fields.flatMap((name) => {
    const isWithin = name === "days" ? breaker[name] >= ceilings[name] : breaker[name] <= ceilings[name];
    if (isWithin || before?.[name] === breaker[name]) return [];
    const least = name === "days" ? "least" : "most";
    const message = `must be at ${least} ${ceilings[name]}, which the operator has set`;
    return [{ field: `breaker.${name}`, message }];
  });
}
