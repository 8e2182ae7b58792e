import { trip } from "../breaker.ts";
import * as businesses from "../businesses.ts";
import { raise } from "../events.ts";
import * as reputation from "../reputation.ts";
import { suppressForAll } from "../suppressions/for-all.ts";
import { suppress } from "../suppressions.ts";
import type { Instant } from "../time.ts";
import type { Bounce } from "./bounces.ts";
import { type Mail, reachOnce } from "./milestones.ts";

/** The address does not exist: mailing it again would only harm the sender's reputation. */
export async function bounced(
  mail: Mail & { acceptedAt: Instant },
  { bouncedRecipients }: Bounce,
  at: Instant,
): Promise<void> {
  const { acceptedAt, ...ids } = mail;
  const business = await businesses.get(mail.business);
  const count = reputation.reported(business, mail, { bounced: 1 });
  await reachOnce(ids, { milestones: ["bouncedAt"], at }, [count]);
  for (const { emailAddress } of bouncedRecipients) {
    await suppress(mail.business, emailAddress, "bounce", at);
    await suppressForAll(emailAddress, at);
  }
  await raise("customer.bounced", ids);
  await trip(business, at);
}
