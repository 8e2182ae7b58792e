import { z } from "zod";
import * as customers from "./customers.ts";
import * as leavings from "./leavings.ts";
import * as links from "./links.ts";
import * as secrets from "./secrets.ts";
import type { Instant } from "./time.ts";

const Verdict = z.object({ status: z.string() });

/**
 * A mail that came to the stack's own address, as far as Sapa reads it (SES developer guide, "Contents of
 * notifications for Amazon SES email receiving"). Its body does not come with it, nor would Sapa read it.
 */
export const Reply = z.object({
  mail: z.object({ commonHeaders: z.object({ subject: z.string().optional() }) }),
  receipt: z.object({ spamVerdict: Verdict, virusVerdict: Verdict }),
});
export type Reply = z.infer<typeof Reply>;

/**
 * Unsubscribes whom a mail's subject names by the token of their link, which nobody else can know: so it does not
 * matter who sent it. Anything else is let be, and nobody is answered, since senders of spam are invented.
 */
export async function read({ mail, receipt }: Reply, now: Instant): Promise<void> {
  if ([receipt.spamVerdict, receipt.virusVerdict].some(({ status }) => status === "FAIL")) return;
  for (const token of tokensIn(mail.commonHeaders.subject ?? "")) {
    const { linkKeys } = await secrets.keysFor(token, Date.parse(now));
    const link = links.read(linkKeys, "unsubscribe", token);
    const key = links.keyOf(linkKeys, token);
    const customer = link && (await customers.find(link.business, link.customer));
    if (!key || !customer) continue;
    const { run } = link;
    await leavings.leaveByLink({ key, link, customer }, { way: "mailto", ...(run && { run }) }, now);
  }
}

/** What in a subject looks like a token: mail programs may put words such as "Re:" before it. */
const tokensIn = (subject: string): string[] =>
  subject
    .split(/\s+/)
    .filter((word) => /^[\w~-]+(\.[\w~-]+){6}$/.test(word))
    .slice(0, 3);
