import { type BulkEmailEntry, SendBulkEmailCommand } from "@aws-sdk/client-sesv2";
import { environment } from "../environment.ts";
import type { CustomerId } from "../ids.ts";
import * as links from "../links.ts";
import { sender } from "../mail/sender.ts";
import { type Skeleton, split } from "../mail/slots.ts";
import { type View, viewOf } from "../mail/view.ts";
import * as secrets from "../secrets.ts";
import { sesSend } from "../ses.ts";
import * as templates from "../templates.ts";
import { dayIn } from "../time.ts";
import type { Recipient } from "./audience.ts";
import type { Delivery } from "./claims.ts";
import { statusOfError, type Verdict, verdictOn } from "./verdicts.ts";

/** SES's answer for each recipient, and what Sapa makes of it. */
export type Answer = { id: CustomerId; verdict: Verdict; status: string; messageId?: string };

/**
 * Hands claimed recipients to SES in one request: the skeleton is SES's stored template, each recipient brings
 * only their slots. Throws when nobody can tell whether SES took it; the claim then waits for settle-run.
 */
export async function handOver(delivery: Delivery, recipients: readonly Recipient[]): Promise<Answer[]> {
  const { run, business, batch } = delivery;
  const [compiled, { linkKeys }] = await Promise.all([
    templates.compiled(run.business, run.template.id, run.template.version),
    secrets.keys(),
  ]);
  const parts = compiled[batch.locale];
  const mailTemplate = run.mailTemplates[batch.locale];
  if (!parts || !mailTemplate) throw new Error(`Run ${run.id} has no mail in ${batch.locale}`);
  const skeleton = split(parts);
  const views = recipients.map((recipient) => viewFor(delivery, recipient, linkKeys[0]));
  try {
    const { BulkEmailEntryResults = [] } = await sesSend.send(
      new SendBulkEmailCommand({
        ...sender(business),
        ConfigurationSetName: environment("CONFIGURATION_SET_NAME"),
        DefaultContent: {
          Template: { TemplateName: mailTemplate, TemplateData: sharedData(skeleton, views) },
        },
        BulkEmailEntries: recipients.map((recipient, index) =>
          entryFor(delivery, recipient, { skeleton, view: views[index] }),
        ),
      }),
    );
    return recipients.map(({ id }, index) => {
      const { Status = "FAILED", MessageId } = BulkEmailEntryResults[index] ?? {};
      return { id, verdict: verdictOn(Status), status: Status, ...(MessageId && { messageId: MessageId }) };
    });
  } catch (error) {
    const status = statusOfError(error);
    if (!status) throw error;
    return recipients.map(({ id }) => ({ id, verdict: verdictOn(status), status }));
  }
}

function viewFor({ run, business, batch }: Delivery, recipient: Recipient, key: links.LinkKey): View {
  const link = { business: business.id, customer: recipient.id, run: run.id };
  const { occasion } = run;
  return viewOf({
    business,
    customer: recipient,
    locale: batch.locale,
    offer: run.offer,
    items:
      occasion.kind === "new-items"
        ? (recipient.items ?? []).flatMap((index) => occasion.items[index] ?? [])
        : undefined,
    links: links.urlsOf(key, link),
    day: dayIn(business.timeZone, run.scheduledAt),
  });
}

/** What is the same for all: the business, the offer, the day. Sent once a request. */
const sharedData = (skeleton: Skeleton, [view]: readonly View[]): string =>
  JSON.stringify(view ? skeleton.fillShared(view) : {});

function entryFor(
  { run, business }: Delivery,
  recipient: Recipient,
  { skeleton, view }: { skeleton: Skeleton; view: View | undefined },
): BulkEmailEntry {
  if (!view) throw new Error("Each recipient has a view");
  return {
    Destination: { ToAddresses: [recipient.email] },
    ReplacementEmailContent: {
      ReplacementTemplate: { ReplacementTemplateData: JSON.stringify(skeleton.fillPersonal(view)) },
    },
    ReplacementHeaders: [
      // RFC 8058: one POST to this address unsubscribes.
      { Name: "List-Unsubscribe", Value: `<${view.links.unsubscribe}>` },
      { Name: "List-Unsubscribe-Post", Value: "List-Unsubscribe=One-Click" },
    ],
    ReplacementTags: [
      { Name: "business", Value: business.id },
      { Name: "run", Value: run.id },
      { Name: "customer", Value: recipient.id },
    ],
  };
}
