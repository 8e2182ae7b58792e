import { z } from "zod";

/** A mail that came back, as far as Sapa reads it (SES developer guide, "Bounce object"). */
export const Bounce = z.object({
  bounceType: z.string(),
  bounceSubType: z.string().optional(),
  bouncedRecipients: z.array(z.object({ emailAddress: z.string(), status: z.string().optional() })),
});
export type Bounce = z.infer<typeof Bounce>;

/**
 * `hard`: the address is no good. `soft`: not now, after SES had tried for hours. `block`: the receiving server does
 * not want this mail, or this sender, which says nothing of the address.
 */
export type BounceKind = "hard" | "soft" | "block";

/** Subtypes of transient bounces that are about the mail (SES developer guide, "Bounce types"). */
const aboutTheMail = new Set(["ContentRejected", "AttachmentRejected", "MessageTooLarge"]);

/** Subtypes of permanent bounces by which SES itself says that the address is no good. */
const aboutTheAddress = new Set(["NoEmail", "Suppressed"]);

/**
 * SES did not send the mail, since someone had it put the address on the account's list: whoever that was need not be
 * this business. Sapa switches that list off for its mail; an operator may have switched it on again.
 */
const accountList = "OnAccountSuppressionList";

/** Enhanced status codes of security and policy: 5.7.1, 5.7.26 and 5.7.515, say (RFC 3463, section 3.8). */
const policy = /^[45]\.7\.\d+$/;

/** What a bounce says. Pure. */
export function kindOf({ bounceType, bounceSubType = "", bouncedRecipients }: Bounce): BounceKind {
  if (bounceSubType === accountList) return "block";
  const permanent = bounceType === "Permanent";
  if (permanent && aboutTheAddress.has(bounceSubType)) return "hard";
  if (!permanent && aboutTheMail.has(bounceSubType)) return "block";
  const statuses = bouncedRecipients.flatMap(({ status }) => (status ? [status.trim()] : []));
  if (statuses.length > 0 && statuses.every((status) => policy.test(status))) return "block";
  return permanent ? "hard" : "soft";
}
