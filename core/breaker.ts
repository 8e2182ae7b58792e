import { heldWithin } from "./businesses/breaker-ceilings.ts";
import { halt, isRepeated } from "./businesses/halts.ts";
import type { Business, Halt } from "./businesses.ts";
import { raise } from "./events.ts";
import { recent, verdict } from "./reputation.ts";
import type { Instant } from "./time.ts";

/**
 * Halts a business's sending if its rates are too high by now, and tells the owner. The report at whose instant it was
 * halted tells again when it is repeated, should it have broken off in between.
 */
export async function trip(business: Business, at: Instant): Promise<void> {
  if (business.halted && business.halted.at !== at) return;
  const breaker = heldWithin(business);
  const reason = business.halted ?? verdict(await recent({ ...business, breaker }, at), breaker);
  if (!reason) return;
  const halted: Halt = { ...reason, at, ...(isRepeated(business, at) && { repeated: true }) };
  if (!business.halted && !(await halt(business, halted))) return;
  await raise("business.halted", { business: business.id, ...halted });
}
