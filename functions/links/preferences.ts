import { Locale } from "../../core/businesses.ts";
import * as customers from "../../core/customers.ts";
import * as formats from "../../core/mail/formats.ts";
import type { Day } from "../../core/time.ts";
import myDataSource from "../../templates/pages/my-data.hbs";
import source from "../../templates/pages/preferences.hbs";
import { birthdayOptions } from "./birthdays.ts";
import {
  type ChoiceErrors,
  type Choices,
  choicesOf,
  frequencies,
  monthAhead,
  pauseSpan,
  postedChoices,
  wantedBy,
} from "./choices.ts";
import type { Form } from "./form.ts";
import { mail, mailedBy } from "./old-link.ts";
import { page, template } from "./page.ts";
import { leaveAll } from "./unsubscribe.ts";
import type { Visit } from "./visit.ts";
import { words as dataWords } from "./words/my-data.ts";
import { words } from "./words/preferences.ts";
import { words as shared } from "./words.ts";

const body = template(source, { "my-data": template(myDataSource) });

/** The form as it is shown: how its fields stand, and how things were when it was shown first. */
type Shown = { typed: Choices; was: Choices; errors: ChoiceErrors };

/** What the customer gets now, to be changed; for one who is out, the way back in. */
export function showPreferences(visit: Visit, notice?: Notice) {
  const is = choicesOf(visit);
  return show(visit, { typed: is, was: is, errors: {} }, notice);
}

type Notice = "saved" | "back" | "refused";

function show(visit: Visit, { typed, was, errors }: Shown, notice?: Notice) {
  const { business, locale } = visit;
  const t = words[locale];
  const span = pauseSpan(visit);
  const until = choicesOf(visit).pausedUntil;
  const problems = Object.keys(errors).length > 0;
  return page(body, visit, {
    t,
    ...introduction(visit),
    statusCode: notice === "refused" ? 403 : problems ? 400 : 200,
    problems,
    notice: notice === "refused" ? dataWords[locale].byMail : notice ? t[notice] : "",
    contact: business.sender.replyTo ?? business.sender.address,
    topics: business.topics.map(({ key, name }) => ({
      key,
      name: name[locale],
      on: typed.topics.includes(key),
    })),
    frequencies: frequencies
      // What the page has no words for can be kept, and not chosen.
      .filter((key) => key !== "own" || was.often === "own")
      .map((key) => ({ key, name: frequencyNames(locale)[key], chosen: key === typed.often })),
    locales: Locale.options.map((code) => ({
      code,
      name: shared[code].languageName,
      current: code === typed.language,
    })),
    typed,
    was: Object.entries({ ...was, topics: was.topics.join(" ") }).map(([name, value]) => ({ name, value })),
    ...birthdayOptions(typed, locale),
    span,
    paused: until ? t.paused(inOnePiece(until, locale)) : "",
    monthOff: t.monthOff(inOnePiece(monthAhead(visit), locale)),
    data: dataWords[locale],
    errors: {
      pausedUntil: errors.pausedUntil
        ? t.pauseWrong(inOnePiece(span.first, locale), inOnePiece(span.last, locale))
        : "",
      nickname: errors.nickname ? { wrong: t.nicknameWrong, link: t.nicknameLink }[errors.nickname] : "",
      birthday: errors.birthday ? { half: t.birthdayHalf, none: t.birthdayWrong }[errors.birthday] : "",
    },
  });
}

const frequencyNames = (locale: Locale) => {
  const { oftenShop, oftenWeek, oftenMonth, oftenOwn } = words[locale];
  return { shop: oftenShop, week: oftenWeek, month: oftenMonth, own: oftenOwn };
};

/** A day that is not broken between lines. */
const inOnePiece = (day: Day, locale: Locale) => formats.day(day, locale).replaceAll(" ", "\u00a0");

function introduction({ business, customer, locale }: Visit) {
  const t = words[locale];
  const states = { stopped: false, subscribed: false };
  if (customer.restrictedAt)
    return { ...states, stopped: true, title: t.restrictedTitle, lead: t.restrictedLead(business.name) };
  if (customer.suppressed) return { ...states, stopped: true, title: t.stoppedTitle, lead: t.stoppedLead };
  return customer.consent === "subscribed"
    ? { ...states, subscribed: true, title: t.preferencesTitle, lead: t.preferencesLead(business.name) }
    : { ...states, title: t.outTitle, lead: t.outLead(business.name) };
}

/**
 * Does what the pressed button says. Only the button "Subscribe" subscribes: saving never does. To whom nothing is
 * sent whatever they choose, only leaving is open.
 */
export async function changePreferences(visit: Visit, form: Form) {
  const { business, customer, evidence, now } = visit;
  const action = form.first("action");
  const mailed = mailedBy(action);
  if (mailed) return mail(visit, mailed);
  // A link that may be months old, in a mail that gets forwarded, neither shows all that is kept nor erases it.
  if (action && ownOfDataLinks.includes(action)) return showPreferences(visit, "refused");
  if (action === "unsubscribe") return leaveAll(visit, "link");
  if (customer.suppressed || customer.restrictedAt) return showPreferences(visit);
  if (action === "subscribe") {
    const back = await customers.subscribe(business.id, customer.id, evidence("link"), now);
    return showPreferences({ ...visit, customer: back }, "back");
  }
  return action && Object.hasOwn(saving, action)
    ? save(visit, form, saving[action]?.(visit))
    : showPreferences(visit);
}

/** What only a link that was mailed for it does. */
const ownOfDataLinks = ["see-data", "download-data", "erase", "erase-now"];

/** The buttons that save the form; two of them set the pause too, whatever its field says. */
const saving: Record<string, (visit: Visit) => Pick<customers.Preferences, "pausedUntil"> | undefined> = {
  save: () => undefined,
  "month-off": (visit) => ({ pausedUntil: monthAhead(visit) }),
  resume: () => ({ pausedUntil: null }),
};

async function save(visit: Visit, form: Form, pause: Pick<customers.Preferences, "pausedUntil"> | undefined) {
  const { business, customer, evidence, now } = visit;
  const { wanted, errors } = wantedBy(form, visit);
  if (pause) delete errors.pausedUntil;
  if (Object.keys(errors).length > 0) return show(visit, { ...postedChoices(form, visit), errors });
  const all = { ...wanted, ...pause };
  const chosen = await customers.choose(business.id, customer.id, all, evidence("link"), now);
  const locale = all.locale ?? visit.locale;
  return showPreferences({ ...visit, customer: chosen, locale }, "saved");
}
