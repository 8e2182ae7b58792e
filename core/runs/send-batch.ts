import { type BulkEmailEntry, SendBulkEmailCommand } from "@aws-sdk/client-sesv2";
import { environment } from "../environment.ts";
import type { CustomerId } from "../ids.ts";
import { leavingHeaders } from "../mail/leaving.ts";
import { sender } from "../mail/sender.ts";
import type { Slots } from "../mail/slots.ts";
import { sesSend } from "../ses.ts";
import type { Delivery } from "./claims.ts";
import { isTooLong, type Mail, type Mails } from "./compose.ts";
import { statusOfEntry, statusOfError, type Verdict, verdictOn } from "./verdicts.ts";

/** SES's answer for each recipient, and what Sapa makes of it. */
export type Answer = { id: CustomerId; verdict: Verdict; status: string; messageId?: string };

/**
 * Sends claimed mails in one request: the template is the one that SES keeps, each mail brings only what is its own.
 * Throws when nobody can tell whether SES took it; reconciling the run finds the claim then.
 */
export async function sendBatch(delivery: Delivery, { mails, shared }: Mails): Promise<Answer[]> {
  const tooLong = mails.filter(isTooLong);
  const rest = tooLong.length > 0 ? mails.filter((mail) => !tooLong.includes(mail)) : mails;
  const refused = tooLong.map((mail) => answered(mail, "CONTENT_TOO_LONG"));
  return rest.length > 0 ? [...refused, ...(await request(delivery, { mails: rest, shared }))] : refused;
}

const answered = ({ recipient: { id } }: Mail, status: string, messageId?: string): Answer => ({
  id,
  verdict: verdictOn(status),
  status,
  ...(messageId && { messageId }),
});

/** So many mails that SES finds invalid one after the other mean that none of the request is valid. */
const maxInvalid = 5;

/**
 * One invalid mail has SES refuse the whole request, before it takes any of it: the others are sent apart from it, by
 * halving the request until it stands alone.
 */
async function request(delivery: Delivery, { mails, shared }: Mails): Promise<Answer[]> {
  const answers: Answer[] = [];
  const parts = [mails];
  let invalid = 0;
  for (let part = parts.pop(); part; part = parts.pop()) {
    const given = await call(delivery, { mails: part, shared });
    const isRefused = given.every(({ status, messageId }) => status === "INVALID_PARAMETER" && !messageId);
    if (isRefused && part.length > 1 && invalid < maxInvalid) {
      const half = part.length >> 1;
      parts.push(part.slice(half), part.slice(0, half));
      continue;
    }
    invalid = isRefused ? invalid + 1 : 0;
    answers.push(...given);
  }
  return answers;
}

async function call(delivery: Delivery, { mails, shared }: Mails): Promise<Answer[]> {
  const { run, business, batch } = delivery;
  const mailTemplate = run.mailTemplates[batch.locale];
  if (!mailTemplate) throw new Error(`Run ${run.id} has no mail in ${batch.locale}`);
  const usual = usualOf(mails.map(({ personal }) => personal));
  try {
    const { BulkEmailEntryResults = [] } = await sesSend.send(
      new SendBulkEmailCommand({
        ...sender(business),
        ConfigurationSetName: environment("CONFIGURATION_SET_NAME"),
        DefaultContent: {
          Template: {
            TemplateName: mailTemplate,
            // What is the same for all: the business, the offer, the day. Sent once a request.
            TemplateData: JSON.stringify({ ...shared, ...usual }),
          },
        },
        BulkEmailEntries: mails.map((mail, index) =>
          entryOf(delivery, mail, {
            slots: unlike(usual, mail.personal),
            isSampled: isSampled(index, mails.length),
          }),
        ),
      }),
    );
    return mails.map((mail, index) => {
      const { Status, MessageId, Error: message } = BulkEmailEntryResults[index] ?? {};
      return answered(mail, statusOfEntry(Status, message, business.sender.address), MessageId);
    });
  } catch (error) {
    const status = statusOfError(error, business.sender.address);
    if (!status) throw error;
    return mails.map((mail) => answered(mail, status));
  }
}

/** What is shorter than this, in characters, costs little to say to each; and names are among it. */
const longText = 200;

/**
 * Of each slot the long text that most recipients have, such as a list of items that many see: it is said once, as the
 * template's default, and only a recipient who has another brings their own. It is most of a mail's bytes.
 */
function usualOf(personal: readonly Slots[]): Slots {
  const usual: Slots = {};
  for (const name of Object.keys(personal[0] ?? {})) {
    const counts = new Map<string, number>();
    let highest = 1;
    for (const slots of personal) {
      const text = slots[name] ?? "";
      if (text.length < longText) continue;
      const count = (counts.get(text) ?? 0) + 1;
      counts.set(text, count);
      if (count > highest) {
        highest = count;
        usual[name] = text;
      }
    }
  }
  return usual;
}

function unlike(usual: Slots, slots: Slots): Slots {
  const own: Slots = {};
  for (const name in slots) {
    const text = slots[name];
    if (text !== undefined && text !== usual[name]) own[name] = text;
  }
  return own;
}

/**
 * The first, the middle and the last mail of a request are sampled: only theirs of SES's Send events come back. They
 * show that a call whose answer was lost did arrive.
 */
const isSampled = (index: number, size: number): boolean =>
  index === 0 || index === size >> 1 || index === size - 1;

function entryOf(
  { run, business }: Delivery,
  { recipient, links }: Mail,
  { slots, isSampled }: { slots: Slots; isSampled: boolean },
): BulkEmailEntry {
  return {
    Destination: { ToAddresses: [recipient.email] },
    ReplacementEmailContent: {
      ReplacementTemplate: { ReplacementTemplateData: JSON.stringify(slots) },
    },
    ReplacementHeaders: leavingHeaders(links.unsubscribe),
    ReplacementTags: [
      { Name: "business", Value: business.id },
      { Name: "run", Value: run.id },
      { Name: "customer", Value: recipient.id },
      ...(isSampled ? [{ Name: "sampled", Value: "yes" }] : []),
    ],
  };
}
