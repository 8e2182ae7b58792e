import { raise } from "../events.ts";
import type { Customer } from "./record.ts";

/** Tells the owner's own targets that a customer does not want mail any more, when that has just happened. */
export async function announce(before: Customer | undefined, after: Customer): Promise<void> {
  if (!before || before.consent === "unsubscribed" || after.consent !== "unsubscribed") return;
  await tell("customer.unsubscribed", after);
}

/** The same of a customer who has just subscribed, by their own hand. */
export async function announceJoined(before: Customer | undefined, after: Customer): Promise<void> {
  if (before?.consent === "subscribed" || after.consent !== "subscribed") return;
  await tell("customer.subscribed", after);
}

/** The customer's will is done by then: an event bus that fails must not answer them with an error. */
async function tell(type: "customer.subscribed" | "customer.unsubscribed", customer: Customer) {
  const detail = { business: customer.business, customer: customer.id };
  await raise(type, detail).catch((error) => {
    console.error(JSON.stringify({ message: `${type} was not raised`, ...detail, error: `${error}` }));
  });
}
