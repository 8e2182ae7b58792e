import { SapaError } from "../../core/errors.ts";
import type { Scope } from "../../core/keys.ts";
import type { Caller } from "./route.ts";

/** Refuses a caller without a scope that a request needs beyond that of its route. */
export function mustHave({ scopes }: Caller, ...needed: readonly Scope[]): void {
  const lacking = needed.find((scope) => !scopes.includes(scope));
  if (!lacking) return;
  throw new SapaError("forbidden", `The key does not have the scope ${lacking}`, [
    { field: "authorization", message: `lacks the scope ${lacking}` },
  ]);
}

/**
 * What a caller sees of an answer that tells of people: the whole of it with the scope to read them, and without that
 * the rest, which is counts and ids.
 */
export const seenBy = <Whole, Rest>(
  { scopes }: Caller,
  scope: Scope,
  { whole, restOf }: { whole: Whole; restOf: (whole: Whole) => Rest },
): Whole | Rest => (scopes.includes(scope) ? whole : restOf(whole));
