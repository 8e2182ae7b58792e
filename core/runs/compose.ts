import type { Item } from "../items.ts";
import * as links from "../links.ts";
import { type Skeleton, type Slots, split } from "../mail/slots.ts";
import { type Links, viewOf } from "../mail/view.ts";
import * as secrets from "../secrets.ts";
import * as templates from "../templates.ts";
import { dayIn } from "../time.ts";
import type { Recipient } from "./audience.ts";
import type { Delivery } from "./claims.ts";

/** One recipient's mail: what of it is theirs alone. */
export type Mail = { recipient: Recipient; links: Links; personal: Slots };

/** The mails of some recipients, with what is the same for all of them. */
export type Mails = { mails: Mail[]; shared: Slots };

/** Writes the mails of recipients of one batch: the template is SES's stored one, each mail is only what fills it. */
export async function compose(delivery: Delivery, recipients: readonly Recipient[]): Promise<Mails> {
  const { run, business, batch } = delivery;
  const [skeleton, { linkKeys }] = await Promise.all([skeletonOf(delivery), secrets.keys()]);
  const [key] = linkKeys;
  const day = dayIn(business.timeZone, run.scheduledAt);
  const itemsOf = itemLists(run);
  let shared: Slots | undefined;
  const mails = recipients.map((recipient): Mail => {
    const { id: customer, email } = recipient;
    // As of the run's own time: a mail that is composed again is the same mail.
    const addressee = { business: business.id, customer, run: run.id, email, at: run.scheduledAt };
    const urls = links.urlsOf(key, addressee);
    const view = viewOf({
      business,
      customer: recipient,
      locale: batch.locale,
      offer: run.offer,
      items: itemsOf(recipient),
      links: urls,
      day,
    });
    shared ??= skeleton.fillShared(view);
    return { recipient, links: view.links, personal: skeleton.fillPersonal(view) };
  });
  return { mails, shared: shared ?? {} };
}

async function skeletonOf({ run, batch }: Delivery): Promise<Skeleton> {
  const compiled = await templates.compiled(run.business, run.template.id, run.template.version);
  const parts = compiled[batch.locale];
  if (!parts) throw new Error(`Run ${run.id} has no mail in ${batch.locale}`);
  return split(parts);
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

/**
 * What one request may weigh, in bytes: below the megabyte that SES takes, since recipients who change before they are
 * claimed may weigh more afterwards.
 */
const maxRequestBytes = 700_000;

/** What one mail may weigh in a request, in characters (SES API reference, ReplacementTemplateData). */
const maxMailLength = 262_144;

/** Whether SES takes a mail of this length at all. */
export const isTooLong = ({ personal }: Mail): boolean => JSON.stringify(personal).length > maxMailLength;

/** Splits mails into requests that SES takes: by weight, and at most `maxMails` in each. Pure. */
export function inRequests(mails: readonly Mail[], maxMails: number): Mail[][] {
  const requests: Mail[][] = [];
  let weight = 0;
  for (const mail of mails) {
    const own = Buffer.byteLength(JSON.stringify(JSON.stringify(mail.personal)));
    const request = requests.at(-1);
    if (!request || request.length >= maxMails || weight + own > maxRequestBytes) {
      requests.push([mail]);
      weight = own;
    } else {
      request.push(mail);
      weight += own;
    }
  }
  return requests;
}
