import type { Evidence } from "../consents.ts";
import { SapaError } from "../errors.ts";
import type { BusinessId, CustomerId } from "../ids.ts";
import type { Instant } from "../time.ts";
import { change } from "./change.ts";
import { choiceWrites } from "./plan.ts";
import type { Customer } from "./record.ts";

type Of = { business: BusinessId; id: CustomerId; evidence: Evidence };

/**
 * From now on the customer's data is only kept, as they or the law may want it (GDPR, article 18; UU PDP, article
 * 41, which gives 3 × 24 hours): no mail of any kind goes to them, and a run that is under way drops them. Doing it
 * again is harmless, and the first time counts.
 */
export const restrict = (of: Of, now: Instant): Promise<Customer> =>
  decide(of, now, (customer) => ({ ...customer, restrictedAt: customer.restrictedAt ?? now }));

/** Takes a restriction back: mail goes out again as far as the customer's consent goes. */
export const unrestrict = (of: Of, now: Instant): Promise<Customer> =>
  decide(of, now, ({ restrictedAt: _, ...customer }) => customer);

async function decide(
  { business, id, evidence }: Of,
  now: Instant,
  wish: (customer: Customer) => Customer,
): Promise<Customer> {
  const customer = await change(business, id, now, (before) => {
    const after = before && wish(before);
    if (!before || !after || before.restrictedAt === after.restrictedAt) return undefined;
    return { customer: after, writes: choiceWrites(before, after, { evidence, now }) };
  });
  if (!customer) throw new SapaError("not-found", "No such customer");
  return customer;
}
