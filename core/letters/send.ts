import { SendEmailCommand } from "@aws-sdk/client-sesv2";
import type { Business } from "../businesses.ts";
import type { Deadline } from "../deadline.ts";
import { environment } from "../environment.ts";
import { leavingHeaders } from "../mail/leaving.ts";
import { sender } from "../mail/sender.ts";
import { statusOfError, verdictOn } from "../runs/verdicts.ts";
import { forgetQuota, sesSend } from "../ses.ts";
import { type Letter, render } from "./letter.ts";
import { NotTaken, permit } from "./permit.ts";

/**
 * Sends one letter, at the account's pace; as one of very many, at that of campaigns. Answers what SES calls it,
 * `undefined` where SES refuses it for good. Throws NotTaken where it is known not to be sent; any other error may have
 * come after it was.
 */
export async function send(
  { business, to, letter, bulk = false }: { business: Business; to: string; letter: Letter; bulk?: boolean },
  deadline: Deadline,
): Promise<string | undefined> {
  await permit(deadline, { bulk });
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
