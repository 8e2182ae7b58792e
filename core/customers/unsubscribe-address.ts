import type { Evidence } from "../consents.ts";
import { identityKey, normaliseEmail, owners } from "../identities.ts";
import type { BusinessId, CustomerId } from "../ids.ts";
import { backOff, transact } from "../store.ts";
import { put, unowned } from "../suppressions.ts";
import type { Instant } from "../time.ts";
import { announce } from "./announce.ts";
import { change, tries } from "./change.ts";
import { choiceWrites, joining } from "./plan.ts";
import type { Customer } from "./record.ts";

/**
 * Stops marketing mail to an address, for its reader who says so by a link that was mailed there: unsubscribes the
 * customer who has it now, or, where nobody has, keeps it from being mailed as anybody's. Repeating it changes nothing.
 */
export async function unsubscribeAddress(
  business: BusinessId,
  email: string,
  evidence: Evidence,
  now: Instant,
): Promise<void> {
  const address = normaliseEmail(email);
  const identity = identityKey(business, "email", address);
  for (let attempt = 1; attempt <= tries; attempt++) {
    const owner = (await owners([identity])).get(identity);
    if (owner) {
      if (await unsubscribeOwner({ business, id: owner, address }, evidence, now)) return;
    } else {
      const suppression = put(business, address, { reason: "unsubscribed", at: now });
      // Without the check, a customer created a moment ago with this address would stay subscribed.
      if (!(await transact([suppression, unowned(identity)]))) return;
    }
    await backOff(attempt);
  }
  throw new Error("The address to unsubscribe kept changing hands");
}

/** False when the customer is gone or has another address by now. */
async function unsubscribeOwner(
  { business, id, address }: { business: BusinessId; id: CustomerId; address: string },
  evidence: Evidence,
  now: Instant,
): Promise<boolean> {
  let was: Customer | undefined;
  const customer = await change(business, id, now, (before) => {
    was = before?.email === address ? before : undefined;
    if (!was || was.consent === "unsubscribed") return undefined;
    const after = joining(was, { ...was, consent: "unsubscribed" }, { evidence, now });
    return { customer: after, writes: choiceWrites(was, after, { evidence, now }) };
  });
  if (!was || !customer) return false;
  await announce(was, customer);
  return true;
}
