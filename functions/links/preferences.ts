import { type Business, Locale } from "../../core/businesses.ts";
import * as customers from "../../core/customers.ts";
import * as formats from "../../core/mail/formats.ts";
import { addMonths, dayIn } from "../../core/time.ts";
import myData from "../../templates/pages/my-data.hbs";
import source from "../../templates/pages/preferences.hbs";
import type { Form } from "./form.ts";
import { page, template } from "./page.ts";
import type { Visit } from "./visit.ts";
import { words } from "./words/preferences.ts";
import { words as shared } from "./words.ts";

const body = template(source, { "my-data": template(myData) });

type Notice = "saved" | "back";

/** What the customer gets now, to be changed; for one who is out, the way back in. */
export function showPreferences(visit: Visit, notice?: Notice) {
  const { business, customer, locale } = visit;
  const t = words[locale];
  const until = pauseOf(visit);
  // Kept on one line.
  const pauseDay = formats.day(until ?? monthAhead(visit), locale).replaceAll(" ", "\u00a0");
  return page(body, visit, {
    t,
    ...introduction(visit),
    notice: notice ? t[notice] : "",
    contact: business.sender.replyTo ?? business.sender.address,
    topics: business.topics.map(({ key, name }) => ({ key, name: name[locale], on: isOn(customer, key) })),
    locales: Locale.options.map((code) => ({
      code,
      name: shared[code].languageName,
      current: code === currentLocale(business, customer),
    })),
    paused: until !== undefined,
    pauseTitle: until ? t.paused(pauseDay) : t.pause,
    pauseHint: until ? t.pausedHint : t.pauseHint(pauseDay),
  });
}

function introduction({ business, customer, locale }: Visit) {
  const t = words[locale];
  const states = { stopped: false, subscribed: false };
  if (customer.suppressed) return { ...states, stopped: true, title: t.stoppedTitle, lead: t.stoppedLead };
  return customer.consent === "subscribed"
    ? { ...states, subscribed: true, title: t.preferencesTitle, lead: t.preferencesLead(business.name) }
    : { ...states, title: t.outTitle, lead: t.outLead(business.name) };
}

/** Does what the pressed button says. Only the button "Subscribe" subscribes: saving topics never does. */
export async function changePreferences(visit: Visit, form: Form) {
  const { business, customer, evidence, now } = visit;
  switch (form.first("action")) {
    case "unsubscribe": {
      const left = await customers.unsubscribe(business.id, customer.id, evidence("link"), now);
      return showPreferences({ ...visit, customer: left });
    }
    case "subscribe": {
      if (customer.suppressed) return showPreferences(visit);
      const back = await customers.subscribe(business.id, customer.id, evidence("link"), now);
      return showPreferences({ ...visit, customer: back }, "back");
    }
    case "save": {
      const wanted = wantedBy(form, visit);
      const chosen = await customers.choose(business.id, customer.id, wanted, evidence("link"), now);
      const locale = wanted.locale ?? visit.locale;
      return showPreferences({ ...visit, customer: chosen, locale }, "saved");
    }
    default:
      return showPreferences(visit);
  }
}

/** Only what differs from how things are, so that saving an untouched page changes nothing. */
function wantedBy(form: Form, visit: Visit): customers.Preferences {
  const { business, customer } = visit;
  // A topic that the business added after the page was shown was not there to be ticked.
  const shown = business.topics.filter(({ key }) => form.all("shown").includes(key));
  const ticked = form.all("topic");
  const topics = shown
    .map(({ key }): [string, boolean] => [key, ticked.includes(key)])
    .filter(([key, on]) => on !== isOn(customer, key));
  const locale = Locale.safeParse(form.first("language")).data;
  const until = pauseOf(visit);
  const pause = form.first("pause") !== undefined;
  return {
    topics: Object.fromEntries(topics),
    ...(locale && locale !== currentLocale(business, customer) && { locale }),
    ...(pause && !until && { pausedUntil: monthAhead(visit) }),
    ...(!pause && until && { pausedUntil: null }),
  };
}

const isOn = ({ topics }: customers.Customer, key: string): boolean => topics[key] !== false;

const currentLocale = (business: Business, customer: customers.Customer): Locale =>
  customer.locale ?? business.locale;

/** The day until which the customer's mail is paused, while that day is to come. */
function pauseOf({ business, customer, now }: Visit): string | undefined {
  const { pausedUntil } = customer;
  return pausedUntil && pausedUntil > dayIn(business.timeZone, now) ? pausedUntil : undefined;
}

const monthAhead = ({ business, now }: Visit): string => addMonths(dayIn(business.timeZone, now), 1);
