import { type Business, type FrequencyCap, Locale } from "../../core/businesses.ts";
import { CustomerDetails } from "../../core/customers/record.ts";
import type { Customer, Preferences } from "../../core/customers.ts";
import { ownEntry } from "../../core/dictionaries.ts";
import { holdsLink } from "../../core/stranger-text.ts";
import { beginning } from "../../core/text.ts";
import { addDays, addMonths, Day, dayIn } from "../../core/time.ts";
import { tidyName } from "../../core/visible-text.ts";
import { birthdayOf } from "./birthdays.ts";
import type { Form } from "./form.ts";
import type { Visit } from "./visit.ts";

/** The fields of the form of preferences as they stand, each as text; an empty one says that there is none. */
export type Choices = Record<(typeof fields)[number], string> & {
  /** Those that are on. */
  topics: readonly string[];
};
const fields = ["often", "pausedUntil", "language", "nickname", "day", "month"] as const;

/** How often at most; `own` stands for a cap that the page has no words for, set by the owner. */
export const frequencies = ["shop", "week", "month", "own"] as const;
const caps: Record<string, FrequencyCap | null> = {
  shop: null,
  week: { perWeek: 1 },
  month: { perMonth: 1 },
};

/** How things are now. */
export function choicesOf({ business, customer, now }: Visit): Choices {
  const [month = "", day = ""] = customer.birthday?.split("-") ?? [];
  const { pausedUntil } = customer;
  const paused = pausedUntil && pausedUntil > dayIn(business.timeZone, now);
  return {
    topics: business.topics.map(({ key }) => key).filter((key) => ownEntry(customer.topics, key) !== false),
    often: frequencyOf(customer),
    // A pause that is over is none.
    pausedUntil: paused ? pausedUntil : "",
    language: localeOf(business, customer),
    nickname: customer.nickname ?? "",
    day,
    month,
  };
}

/**
 * What was typed, and how things stood when the page was shown: a page that lay open for long must not write over
 * what was changed elsewhere meanwhile.
 */
export function postedChoices(form: Form, visit: Visit): { typed: Choices; was: Choices } {
  const is = choicesOf(visit);
  const shownOn = form.first("was-topics")?.split(" ").filter(Boolean) ?? is.topics;
  // A topic that the business added after the page was shown was not there to be ticked.
  const shown = form.all("shown");
  const was = { ...is, topics: shownOn };
  const typed = { ...is, topics: shown.length > 0 ? form.all("topic").slice(0, 100) : shownOn };
  for (const field of fields) {
    was[field] = form.first(`was-${field}`) ?? is[field];
    typed[field] = beginning((form.first(field) ?? was[field]).trim(), 300);
  }
  return { typed, was };
}

export type ChoiceErrors = { pausedUntil?: "wrong"; nickname?: "wrong" | "link"; birthday?: "half" | "none" };

/** Only what differs from what was shown, so that saving an untouched page changes nothing; or what is wrong with it. */
export function wantedBy(form: Form, visit: Visit): { wanted: Preferences; errors: ChoiceErrors } {
  const { typed, was } = postedChoices(form, visit);
  const wanted: Preferences = { topics: topicsBy(form, visit, { typed, was }) };
  const errors: ChoiceErrors = {};
  const changed = (...names: (typeof fields)[number][]) => names.some((name) => typed[name] !== was[name]);

  if (changed("often") && Object.hasOwn(caps, typed.often)) wanted.frequencyCap = caps[typed.often];
  const locale = Locale.safeParse(typed.language);
  if (changed("language") && locale.success) wanted.locale = locale.data;
  if (changed("pausedUntil")) {
    if (!typed.pausedUntil) wanted.pausedUntil = null;
    else if (mayPauseUntil(typed.pausedUntil, visit)) wanted.pausedUntil = typed.pausedUntil;
    else errors.pausedUntil = "wrong";
  }
  if (changed("nickname")) {
    const called = tidyName(typed.nickname) || undefined;
    const nickname = CustomerDetails.shape.nickname.safeParse(called);
    if (!nickname.success) errors.nickname = "wrong";
    else if (called && holdsLink(called)) errors.nickname = "link";
    else wanted.nickname = nickname.data ?? null;
  }
  if (changed("day", "month")) {
    const read = birthdayOf(typed);
    if (typeof read === "object") wanted.birthday = read.birthday;
    else errors.birthday = read;
  }
  return { wanted, errors };
}

function topicsBy(form: Form, { business }: Visit, { typed, was }: { typed: Choices; was: Choices }) {
  const shown = business.topics.filter(({ key }) => form.all("shown").includes(key));
  const on = (choices: Choices, key: string) => choices.topics.includes(key);
  return Object.fromEntries(
    shown.filter(({ key }) => on(typed, key) !== on(was, key)).map(({ key }) => [key, on(typed, key)]),
  );
}

/** The days that a pause may last until: tomorrow the earliest, and in two years the latest. */
export function pauseSpan({ business, now }: Visit): { first: Day; last: Day } {
  const today = dayIn(business.timeZone, now);
  return { first: addDays(today, 1), last: addMonths(today, 24) };
}

function mayPauseUntil(day: string, visit: Visit): boolean {
  const { first, last } = pauseSpan(visit);
  return Day.safeParse(day).success && day >= first && day <= last;
}

export const monthAhead = ({ business, now }: Visit): Day => addMonths(dayIn(business.timeZone, now), 1);

function frequencyOf({ frequencyCap }: Customer): (typeof frequencies)[number] {
  if (!frequencyCap) return "shop";
  const { perWeek, perMonth, ...rest } = frequencyCap;
  const only = Object.values(rest).every((most) => most === undefined);
  if (only && perWeek === 1 && perMonth === undefined) return "week";
  return only && perMonth === 1 && perWeek === undefined ? "month" : "own";
}

const localeOf = (business: Business, customer: Customer): Locale => customer.locale ?? business.locale;
