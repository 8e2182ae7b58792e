import { type BulkEmailEntry, SendBulkEmailCommand } from "@aws-sdk/client-sesv2";
import { environment } from "../environment.ts";
import type { CustomerId } from "../ids.ts";
import type { Item } from "../items.ts";
import * as links from "../links.ts";
import { leavingHeaders } from "../mail/leaving.ts";
import { sender } from "../mail/sender.ts";
import { type Slots, split } from "../mail/slots.ts";
import { type Links, type View, viewOf } from "../mail/view.ts";
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
  const views = viewsOf(delivery, recipients, linkKeys[0]);
  const personal = views.map(skeleton.fillPersonal);
  const usual = usualOf(personal);
  try {
    const { BulkEmailEntryResults = [] } = await sesSend.send(
      new SendBulkEmailCommand({
        ...sender(business),
        ConfigurationSetName: environment("CONFIGURATION_SET_NAME"),
        DefaultContent: {
          Template: {
            TemplateName: mailTemplate,
            // What is the same for all: the business, the offer, the day. Sent once a request.
            TemplateData: JSON.stringify({ ...(views[0] && skeleton.fillShared(views[0])), ...usual }),
          },
        },
        BulkEmailEntries: recipients.map((recipient, index) =>
          entryFor(delivery, recipient, {
            links: views[index]?.links,
            slots: unlike(usual, personal[index]),
            witness: isWitness(index, recipients.length),
          }),
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

function viewsOf(
  { run, business, batch }: Delivery,
  recipients: readonly Recipient[],
  key: links.LinkKey,
): View[] {
  const day = dayIn(business.timeZone, run.scheduledAt);
  const itemsOf = itemLists(run);
  return recipients.map((recipient) =>
    viewOf({
      business,
      customer: recipient,
      locale: batch.locale,
      offer: run.offer,
      items: itemsOf(recipient),
      links: links.urlsOf(key, { business: business.id, customer: recipient.id, run: run.id }),
      day,
    }),
  );
}

/** The items shown to each recipient: for those who see the same ones the very same list, which is printed once. */
function itemLists({ occasion }: Delivery["run"]): (recipient: Recipient) => Item[] | undefined {
  if (occasion.kind !== "new-items") return () => undefined;
  const lists = new Map<string, Item[]>();
  return ({ items: indexes = [] }) => {
    const known = lists.get(indexes.join());
    if (known) return known;
    const list = indexes.flatMap((index) => occasion.items[index] ?? []);
    lists.set(indexes.join(), list);
    return list;
  };
}

/** What is shorter than this, in characters, costs little to say to each; and names are among it. */
const longText = 200;

/**
 * Of each slot the long text that most recipients have, such as a list of items that many see: it is said once, as
 * the template's default, and only who has another brings their own. It is most of a mail's bytes.
 */
function usualOf(personal: readonly Slots[]): Slots {
  const usual: Slots = {};
  for (const name of Object.keys(personal[0] ?? {})) {
    const counts = new Map<string, number>();
    let most = 1;
    for (const slots of personal) {
      const text = slots[name] ?? "";
      if (text.length < longText) continue;
      const count = (counts.get(text) ?? 0) + 1;
      counts.set(text, count);
      if (count > most) {
        most = count;
        usual[name] = text;
      }
    }
  }
  return usual;
}

function unlike(usual: Slots, slots: Slots = {}): Slots {
  const own: Slots = {};
  for (const name in slots) {
    const text = slots[name];
    if (text !== undefined && text !== usual[name]) own[name] = text;
  }
  return own;
}

/**
 * The first, the middle and the last of a batch are witnesses: only theirs of SES's Send events come back. They show
 * settle-run that a call whose answer was lost did arrive.
 */
const isWitness = (index: number, size: number): boolean =>
  index === 0 || index === size >> 1 || index === size - 1;

function entryFor(
  { run, business }: Delivery,
  recipient: Recipient,
  { links, slots, witness }: { links: Links | undefined; slots: Slots; witness: boolean },
): BulkEmailEntry {
  if (!links) throw new Error("Each recipient has links");
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
      ...(witness ? [{ Name: "witness", Value: "yes" }] : []),
    ],
  };
}
