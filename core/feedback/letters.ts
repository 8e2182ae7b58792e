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
export async function reported(id: BusinessId, letter: Letter, at: Instant): Promise<void> {
  const { bounce, complaint, delivery } = letter;
  const business = reputation.isCounted(letter.kind) ? await businesses.find(id) : undefined;
  const count = async (what: keyof reputation.Counts) => {
    if (business) await reputation.reportedLetter(business, letter, what);
  };
  if (delivery) await count("accepted");
  if (bounce && kindOf(bounce) === "hard") {
    for (const { emailAddress } of bounce.bouncedRecipients) {
      await suppress(id, emailAddress, "bounce", at);
      await suppressForAll(emailAddress, at);
    }
    await count("accepted");
    await count("bounced");
    if (business) await trip(business, at);
  }
  if (complaint && complaint.complaintFeedbackType !== "not-spam") {
    for (const { emailAddress } of complaint.complainedRecipients) {
      await suppress(id, emailAddress, "complaint", at);
    }
    await count("complained");
    if (business) await trip(business, at);
  }
}

type Letter = reputation.LetterReport & {
  bounce?: Bounce | undefined;
  complaint?: Complaint | undefined;
  delivery?: object | undefined;
};
