import { trip } from "../breaker.ts";
import * as businesses from "../businesses.ts";
import type { BusinessId } from "../ids.ts";
import * as reputation from "../reputation.ts";
import { suppressForAll } from "../suppressions/for-all.ts";
import { suppress } from "../suppressions.ts";
import type { Instant } from "../time.ts";
import { type Bounce, kindOf } from "./bounces.ts";
import type { Complaint } from "./complaints.ts";

/**
 * What became of a letter, which no run sent and no books count: an address that is no good, or whose owner calls
 * even a letter spam, is mailed no more, whoever typed it into a form. Of test mails and answers, which people of the
 * business have sent, it counts in the business's rates; strangers can't raise those by a form.
 */
export async function reported(
  business: BusinessId,
  letter: reputation.LetterReport & { bounce?: Bounce | undefined; complaint?: Complaint | undefined },
  at: Instant,
): Promise<void> {
  const { bounce, complaint } = letter;
  if (bounce && kindOf(bounce) === "hard") {
    for (const { emailAddress } of bounce.bouncedRecipients) {
      await suppress(business, emailAddress, "bounce", at);
      await suppressForAll(emailAddress, at);
    }
    await count(business, letter, { counts: { bounced: 1 }, at });
  }
  if (complaint && complaint.complaintFeedbackType !== "not-spam") {
    for (const { emailAddress } of complaint.complainedRecipients) {
      await suppress(business, emailAddress, "complaint", at);
    }
    await count(business, letter, { counts: { complained: 1 }, at });
  }
}

async function count(
  id: BusinessId,
  letter: reputation.LetterReport,
  { counts, at }: { counts: { bounced: 1 } | { complained: 1 }; at: Instant },
): Promise<void> {
  const business = await businesses.find(id);
  if (business && (await reputation.reportedLetter(business, letter, counts))) await trip(business, at);
}
