import * as leavings from "../../core/leavings.ts";
import { type RequestedLink, requestLink } from "../../core/letters/link-requests.ts";
import type { LinkKind } from "../../core/links.ts";
import source from "../../templates/pages/old-link.hbs";
import sentSource from "../../templates/pages/sent-link.hbs";
import type { Form } from "./form.ts";
import { page, template } from "./page.ts";
import type { Visit } from "./visit.ts";
import { words } from "./words/old-link.ts";

const body = template(source);
const sentBody = template(sentSource);

/**
 * The page of a link that does not open anything: one that is older, or was mailed to another address than the
 * customer has now. It is the same for both, and shows nothing of the customer.
 */
export const showOldLink = (visit: Visit, kind: LinkKind) => show(visit, kind === "unsubscribe");

function show(visit: Visit, asking: boolean, left = false) {
  const { business, locale } = visit;
  const t = words[locale];
  const text = left
    ? { title: t.leftTitle, lead: t.leftLead(business.name) }
    : asking
      ? { title: t.askTitle, lead: t.askLead(business.name) }
      : { title: t.oldTitle, lead: t.oldLead };
  return page(body, readerOf(visit), {
    t,
    ...text,
    left,
    asking,
    unsubscribeToken: visit.tokenFor("unsubscribe"),
    preferencesToken: visit.tokenFor("preferences"),
  });
}

/** The buttons of an open page, which may have been shown while its link was open. */
const openButtons = ["topic", "undo", "why"];

/** Unsubscribes the address that the link was mailed to, or has a link mailed to the one that the customer has now. */
export async function useOldLink(visit: Visit, kind: LinkKind, form: Form) {
  const action = form.first("action");
  const mailed = mailedBy(action);
  if (mailed && kind === "preferences") return mail(visit, mailed);
  const isOneClick = kind === "unsubscribe" && !openButtons.includes(action ?? "");
  if (!isOneClick && action !== "unsubscribe") return showOldLink(visit, kind);
  const way = isOneClick && !form.first("confirm") ? "one-click" : "link";
  await leavings.leaveByLink(visit, visit.evidence(way), visit.now);
  return show(visit, true, true);
}

const buttons: Record<string, RequestedLink> = {
  "mail-preferences": "preferences",
  "mail-export": "export",
  "mail-erasure": "erasure",
};

/** The link that a button has mailed, if it is one that does. */
export const mailedBy = (action: string | undefined): RequestedLink | undefined =>
  action && Object.hasOwn(buttons, action) ? buttons[action] : undefined;

/** Has a link mailed, and says so in the same words whether or not there is an address and the letter goes out. */
export async function mail(visit: Visit, link: RequestedLink) {
  const { business, customer, locale, now } = visit;
  await requestLink({ business: business.id, customer: customer.id }, link, now);
  const t = words[locale];
  return page(sentBody, readerOf(visit), {
    t,
    title: t.sentTitle,
    lead: t.sentLead(business.name),
    hint: link === "preferences" ? "" : t.sentHour,
    contact: business.sender.replyTo ?? business.sender.address,
  });
}

const readerOf = ({ business, locale }: Visit) => ({ business, locale });
