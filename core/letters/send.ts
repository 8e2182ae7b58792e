import { SendEmailCommand } from "@aws-sdk/client-sesv2";
import type { Business } from "../businesses.ts";
import { environment } from "../environment.ts";
import { leavingHeaders } from "../mail/leaving.ts";
import { sender } from "../mail/sender.ts";
import * as pace from "../pace.ts";
import { statusOfError, verdictOn } from "../runs/verdicts.ts";
import { accountQuota, forgetQuota, sesSend } from "../ses.ts";
import { type Letter, render } from "./letter.ts";

/** The time of whoever sends letters. */
export type Clock = {
  /** Epoch milliseconds. */
  now(): number;
  sleep(milliseconds: number): Promise<void>;
  /** True when the function's time is nearly up. */
  hurry(): boolean;
};

/** SES has not taken the letter, for now: whoever sends it may try again. */
export class NotTaken extends Error {}

/**
 * Sends one letter, at the account's pace; as one of very many, at that of campaigns. Answers what SES calls it,
 * `undefined` where SES refuses it for good. Throws NotTaken where it is known not to be sent; any other error may have
 * come after it was.
 */
export async function send(
  { business, to, letter, bulk = false }: { business: Business; to: string; letter: Letter; bulk?: boolean },
  clock: Clock,
): Promise<string | undefined> {
  await place(clock, bulk);
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

/** Waits for a place in the account's rate, of which all that is sent in bulk leaves some free. */
async function place(clock: Clock, bulk: boolean): Promise<void> {
  const { rate, left } = await accountQuota(clock.now());
  if (left < 1) throw new NotTaken("The account's daily quota is used up");
  for (;;) {
    const places = await pace.reserve(1, bulk ? pace.bulkRate(rate) : rate, clock.now);
    await clock.sleep(places.taken ? places.wait : Math.min(places.wait, 1000));
    if (places.taken) return;
    if (clock.hurry()) throw new NotTaken("There was no place in the account's rate");
  }
}
