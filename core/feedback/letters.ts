import type { BusinessId } from "../ids.ts";
import { suppressForAll } from "../suppressions/for-all.ts";
import { suppress } from "../suppressions.ts";
import type { Instant } from "../time.ts";
import { type Bounce, kindOf } from "./bounces.ts";
import type { Complaint } from "./complaints.ts";

/**
 * What became of a letter, which no run sent and no books count: an address that is no good, or whose owner calls
 * even a letter spam, is mailed no more, whoever typed it into a form.
 */
export async function reported(
  business: BusinessId,
  { bounce, complaint }: { bounce?: Bounce | undefined; complaint?: Complaint | undefined },
  at: Instant,
): Promise<void> {
  if (bounce && kindOf(bounce) === "hard") {
    for (const { emailAddress } of bounce.bouncedRecipients) {
      await suppress(business, emailAddress, "bounce", at);
      await suppressForAll(emailAddress, at);
    }
  }
  if (complaint && complaint.complaintFeedbackType !== "not-spam") {
    for (const { emailAddress } of complaint.complainedRecipients) {
      await suppress(business, emailAddress, "complaint", at);
    }
  }
}
