import { raise } from "../events.ts";
import type { Customer } from "./record.ts";

/**
 * Tells the owner's own targets that a customer does not want mail any more, when that has just happened. The
 * customer's will is done by then: an event bus that fails must not answer them with an error.
 */
export async function announce(before: Customer | undefined, after: Customer): Promise<void> {
  if (!before || before.consent === "unsubscribed" || after.consent !== "unsubscribed") return;
  const detail = { business: after.business, customer: after.id };
  await raise("customer.unsubscribed", detail).catch((error) => {
    console.error(
      JSON.stringify({ message: "customer.unsubscribed was not raised", ...detail, error: `${error}` }),
    );
  });
}
