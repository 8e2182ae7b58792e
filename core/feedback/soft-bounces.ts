import type { Business } from "../businesses.ts";
import * as businesses from "../businesses.ts";
import { change } from "../customers/change.ts";
import type { Customer } from "../customers/record.ts";
import { normaliseEmail } from "../identities.ts";
import type { RunId } from "../ids.ts";
import { suppress } from "../suppressions.ts";
import type { Instant } from "../time.ts";
import type { Bounce } from "./bounces.ts";
import { type Mail, reachOnce } from "./milestones.ts";

/** More strikes than any limit asks for; the newest are kept. */
const mostStrikes = 40;

/**
 * The address could not be reached for the moment. That happens; when it happens too often within some time, it is
 * as good as gone. An address that the customer has left meanwhile gets no strike.
 */
export async function softBounced(mail: Mail, { bouncedRecipients }: Bounce, at: Instant): Promise<void> {
  await reachOnce(mail, { milestones: ["softBouncedAt"], at });
  const { softBounces: rule } = await businesses.get(mail.business);
  for (const { emailAddress } of bouncedRecipients) {
    const address = normaliseEmail(emailAddress);
    const customer = await change(mail.business, mail.customer, at, (before) => {
      if (before?.email !== address) return undefined;
      const softBounces = withStrike(before.softBounces, mail.run, at);
      return softBounces && { customer: { ...before, softBounces } };
    });
    if (customer?.email === address && isOut(customer.softBounces, rule)) {
      await suppress(mail.business, address, "soft-bounces", at);
    }
  }
}

type Strikes = NonNullable<Customer["softBounces"]>;

/** One mail is one strike, at the earliest instant that was reported; undefined if that is known. */
function withStrike(strikes: Strikes = {}, run: RunId, at: Instant): Strikes | undefined {
  const known = strikes[run];
  if (known && known <= at) return undefined;
  const all = Object.entries<Instant>({ ...strikes, [run]: at });
  all.sort(([, one], [, other]) => other.localeCompare(one));
  return Object.fromEntries(all.slice(0, mostStrikes)) as Strikes;
}

/** Whether some span of so many days holds so many strikes, in whatever order they were reported. Pure. */
export function isOut(strikes: Strikes = {}, { limit, withinDays }: Business["softBounces"]): boolean {
  const times = Object.values(strikes)
    .map((at) => Date.parse(at))
    .sort((one, other) => one - other);
  return times.some((first, index) => {
    const last = times[index + limit - 1];
    return last !== undefined && last - first <= withinDays * 86_400_000;
  });
}
