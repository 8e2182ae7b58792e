import type { Customer } from "./record.ts";

/** Tells the owner's own targets that a customer does not want mail any more, when that has just happened. */
export async function announce(before: Customer | undefined, after: Customer): Promise<void> {
  if (!before || before.consent === "unsubscribed" || after.consent !== "unsubscribed") return;
  const { raise } = await import("../events.ts");
  await raise("customer.unsubscribed", { business: after.business, customer: after.id });
}
