import * as customers from "../../core/customers.ts";
import source from "../../templates/pages/unsubscribe.hbs";
import type { Form } from "./form.ts";
import { page, template } from "./page.ts";
import type { Visit } from "./visit.ts";
import { words } from "./words/unsubscribe.ts";

const body = template(source);

/** Asks, and changes nothing: scanners open every link of a mail. */
export function showUnsubscribe(visit: Visit) {
  const { business, customer, locale } = visit;
  const t = words[locale];
  const left = customer.consent === "unsubscribed";
  return page(body, visit, {
    t,
    title: left ? t.leftTitle : t.leaveTitle,
    lead: left ? t.leftLead(business.name) : t.leaveLead(business.name),
    left,
    preferencesToken: visit.tokenFor("preferences"),
  });
}

/** Unsubscribes, by the page's button or by a mail program's one click (RFC 8058); both may be repeated. */
export async function unsubscribe(visit: Visit, form: Form) {
  const { business, customer, now, evidence } = visit;
  const way = form.first("confirm") ? "link" : "one-click";
  const left = await customers.unsubscribe(business.id, customer.id, evidence(way), now);
  return showUnsubscribe({ ...visit, customer: left });
}
