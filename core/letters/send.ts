import { SendEmailCommand } from "@aws-sdk/client-sesv2";
import type { Business } from "../businesses.ts";
import type { Deadline } from "../deadline.ts";
import { environment } from "../environment.ts";
import { leavingHeaders } from "../mail/leaving.ts";
import { sender } from "../mail/sender.ts";
import { bulkRate, reserve } from "../rate-limit.ts";
import { reservedOfQuota } from "../runs/fair-shares.ts";
import { statusOfError, verdictOn } from "../runs/verdicts.ts";
import { accountQuota, forgetQuota, sesSend } from "../ses.ts";
import { type Letter, render } from "./letter.ts";

/** What is left of the time when a letter no longer waits for its permit, in milliseconds. */
const reserveMilliseconds = 15_000;

/** True when too little time is left to send another letter. */
export const isLate = (deadline: Deadline): boolean => deadline.remaining() < reserveMilliseconds;

/** SES has not taken the letter, for now: whoever sends it may try again. */
export class NotTaken extends Error {}

/**
 * Sends one letter, at the account's pace; as one of very many, at that of campaigns. Answers what SES calls it,
 * `undefined` where SES refuses it for good. Throws NotTaken where it is known not to be sent; any other error may have
 * come after it was.
 */
export async function send(
  { business, to, letter, bulk = false }: { business: Business; to: string; letter: Letter; bulk?: boolean },
  deadline: Deadline,
): Promise<string | undefined> {
  await permit(deadline, bulk);
  const { subject, html, text } = render(letter, business);
  const part = (Data: string) => ({ Data, Charset: "UTF-8" });
  try {
    const { MessageId = "" } = await sesSend.send(
      new SendEmailCommand({
        ...sender(business),
        Destination: { ToAddresses: [to] },
        ConfigurationSetName: environment("CONFIGURATION_SET_NAME"),
        EmailTags: [
          { Name: "business", Value: business.id },
          { Name: "letter", Value: letter.kind },
        ],
        Content: {
          Simple: {
            Subject: part(subject),
            Body: { Html: part(html), Text: part(text) },
            Headers: headersOf(letter),
          },
        },
      }),
    );
    return MessageId;
  } catch (error) {
    const status = statusOfError(error);
    if (!status) throw error;
    if (verdictOn(status) === "failed") return undefined;
    if (verdictOn(status) === "park") forgetQuota();
    throw new NotTaken(`SES did not take the letter: ${status}`);
  }
}

const headersOf = ({ byHand, links = [] }: Letter) => [
  // Says to mail programs that nobody wrote it by hand: no out-of-office answers, please (RFC 3834).
  ...(byHand ? [] : [{ Name: "Auto-Submitted", Value: "auto-replied" }]),
  ...links.filter(({ unsubscribes }) => unsubscribes).flatMap(({ url }) => leavingHeaders(url)),
];

/**
 * Waits for a permit of the account's rate, of which all that is sent in bulk leaves some free. It leaves a part of the
 * day's quota as well.
 */
async function permit(deadline: Deadline, bulk: boolean): Promise<void> {
  const { rate, left, daily } = await accountQuota(deadline.now());
  const kept = bulk && Number.isFinite(daily) ? reservedOfQuota * daily : 0;
  if (left - kept < 1) throw new NotTaken("The account's daily quota is used up");
  for (;;) {
    const perSecond = bulk ? bulkRate(rate) : rate;
    const reserved = await reserve("sending", 1, { perSecond, now: deadline.now });
    await deadline.sleep(reserved.granted ? reserved.wait : Math.min(reserved.wait, 1000));
    if (reserved.granted) return;
    if (isLate(deadline)) throw new NotTaken("There was no permit of the account's rate");
  }
}
