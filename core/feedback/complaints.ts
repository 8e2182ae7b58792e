import { z } from "zod";
import { trip } from "../breaker.ts";
import * as businesses from "../businesses.ts";
import * as customers from "../customers.ts";
import { raise } from "../events.ts";
import * as reputation from "../reputation.ts";
import { suppress } from "../suppressions.ts";
import type { Instant } from "../time.ts";
import { type Mail, reachOnce } from "./milestones.ts";

/** A complaint, as far as Sapa reads it (SES developer guide, "Complaint object"). */
export const Complaint = z.object({
  complainedRecipients: z.array(z.object({ emailAddress: z.string() })),
  complaintFeedbackType: z.string().nullish(),
});
export type Complaint = z.infer<typeof Complaint>;

/**
 * Whoever calls a mail spam has said more clearly than by any link that they want no more of this business. It says
 * nothing of another: a complaint is never shared.
 */
export async function complained(
  mail: Mail & { acceptedAt: Instant },
  { complainedRecipients, complaintFeedbackType }: Complaint,
  at: Instant,
): Promise<void> {
  // Someone took it out of the spam folder again: that is told by the same way (RFC 6430).
  if (complaintFeedbackType === "not-spam") return;
  const { acceptedAt, ...ids } = mail;
  const business = await businesses.get(mail.business);
  const count = reputation.reported(business, mail, { complained: 1 });
  await reachOnce(ids, { milestones: ["complainedAt"], at }, [count]);
  for (const { emailAddress } of complainedRecipients) {
    await suppress(mail.business, emailAddress, "complaint", at);
  }
  if (await customers.find(mail.business, mail.customer)) {
    await customers.unsubscribe(mail.business, mail.customer, { way: "complaint", run: mail.run }, at);
  }
  await raise("customer.complained", ids);
  await trip(business, at);
}
