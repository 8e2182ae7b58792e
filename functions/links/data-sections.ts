import type { Business, Locale } from "../../core/businesses.ts";
import type { ConsentRecord } from "../../core/consents.ts";
import type { CustomerExport } from "../../core/customers/export.ts";
import { ownEntry } from "../../core/dictionaries.ts";
import * as formats from "../../core/mail/formats.ts";
import type { Response } from "../../core/responses/record.ts";
import { sentenceFor } from "../../core/runs/sentences.ts";
import { dayIn, type Instant, timeOfDayIn } from "../../core/time.ts";
import { type Words, words } from "./words/my-data.ts";
import { words as leaving } from "./words/unsubscribe.ts";
import { words as shared } from "./words.ts";

type Fact = { term: string; text: string };
type Entry = { when: string; what: string };
/** One part of the page: facts or dated entries, the latest first, and a word on what it leaves out. */
export type Section = { title: string; facts: Fact[]; entries: Entry[]; none: string; more: string };

/** Entries of each kind that the page shows: the download has all. */
const mostEntries = 100;

type Reader = { business: Business; locale: Locale };

/** What is kept about a customer as they would read it. Pure. */
export function sectionsOf(data: CustomerExport, reader: Reader): Section[] {
  const t = words[reader.locale];
  const { customer, leftOut } = data;
  const { facts, choices } = factsOf(customer, reader);
  const list = (title: string, entries: Entry[], older = 0): Section => {
    const hidden = Math.max(0, entries.length - mostEntries) + older;
    return {
      title,
      facts: [],
      entries: entries.slice(0, mostEntries),
      none: entries.length ? "" : t.none,
      more: hidden ? t.more(formats.number(hidden, reader.locale)) : "",
    };
  };
  const when = (at: Instant) => momentOf(at, reader);
  const money = (amount: number, currency: string) => formats.price({ amount, currency }, reader.locale);
  const plain = (title: string, facts: Fact[]): Section => ({
    title,
    facts,
    entries: [],
    none: "",
    more: "",
  });
  return [
    plain(t.about, facts),
    plain(t.choices, choices),
    list(
      t.history,
      data.consents.map((one) => ({ when: when(one.at), what: choiceOf(one, reader) })),
      leftOut.consents,
    ),
    list(
      t.orders,
      data.orders.map(({ placedAt, id, total, currency, lines }) => ({
        when: when(placedAt),
        what: [
          `${id} · ${money(total, currency)}`,
          ...lines.map(({ quantity, name, item }) => `${quantity} × ${name ?? item}`),
        ].join(", "),
      })),
      leftOut.orders,
    ),
    list(
      t.mails,
      data.sends.map(({ claimedAt, campaignName, campaign, state, reason }) => ({
        when: claimedAt ? when(claimedAt) : "",
        what: `${campaignName ?? campaign}: ${sentenceFor(state, reason)[reader.locale]}`,
      })),
      leftOut.sends,
    ),
    list(
      t.clicks,
      data.clicks.map(({ at, link }) => ({ when: when(at), what: link })),
      leftOut.clicks,
    ),
    list(
      t.responses,
      data.responses.map((one) => ({ when: when(one.at), what: saidIn(one, reader.locale) })),
      leftOut.responses,
    ),
    list(
      t.signUps,
      data.signUps.map(({ at, email, nickname, birthday }) => ({
        when: when(at),
        what: [email, nickname, birthday].filter(Boolean).join(", "),
      })),
    ),
  ];
}

function factsOf(customer: CustomerExport["customer"], reader: Reader) {
  const { business, locale } = reader;
  const t = words[locale];
  const { email, phone, externalId, name, nickname, birthday, birthYear, timeZone, statistics } = customer;
  const { lastOpenedAt, lastClickedAt } = customer.engagement;
  const known = (entries: { [fact in keyof Words["facts"]]?: string | undefined }): Fact[] =>
    Object.entries(entries).flatMap(([fact, text]) =>
      text ? [{ term: t.facts[fact as keyof Words["facts"]], text }] : [],
    );
  const topics = business.topics.flatMap(({ key, name }) => {
    const on = ownEntry(customer.topics, key);
    return on === undefined ? [] : [`${name[locale]}: ${on ? t.on : t.off}`];
  });
  const cap = Object.entries(customer.frequencyCap ?? {}).map(([span, most]) => `${span} ${most}`);
  return {
    facts: [
      ...known({
        email,
        formerEmails: customer.formerEmails?.join(", "),
        phone,
        externalId,
        name,
        nickname,
        birthday,
        birthYear: birthYear?.toString(),
        locale: customer.locale && shared[customer.locale].languageName,
        timeZone,
        tags: customer.tags.join(", "),
        createdAt: momentOf(customer.createdAt, reader),
        orders: formats.number(statistics.orders, locale),
        spent: formats.price({ amount: statistics.spent, currency: business.currency }, locale),
        lastOpenedAt: lastOpenedAt && momentOf(lastOpenedAt, reader),
        lastClickedAt: lastClickedAt && momentOf(lastClickedAt, reader),
      }),
      ...Object.entries(customer.attributes).map(([term, value]) => ({ term, text: String(value) })),
    ],
    choices: known({
      consent: t.states[customer.consent],
      suppressed: customer.suppressed,
      topics: topics.join(", "),
      pausedUntil: customer.pausedUntil && formats.day(customer.pausedUntil, locale),
      frequencyCap: cap.join(", "),
      restrictedAt: customer.restrictedAt && momentOf(customer.restrictedAt, reader),
    }),
  };
}

const momentOf = (at: Instant, { business: { timeZone }, locale }: Reader): string =>
  `${formats.day(dayIn(timeZone, at), locale)} ${timeOfDayIn(timeZone, at)}`;

/** "subscribed, news: no (by a link in an email, 203.0.113.7)" */
function choiceOf(entry: ConsentRecord, { business, locale }: Reader): string {
  const t = words[locale];
  const nameOf = (topic: string) => business.topics.find(({ key }) => key === topic)?.name[locale] ?? topic;
  const changes = [
    entry.consent && t.states[entry.consent],
    ...Object.entries(entry.topics ?? {}).map(([topic, on]) => `${nameOf(topic)}: ${on ? t.on : t.off}`),
    entry.pausedUntil !== undefined && `${t.facts.pausedUntil}: ${entry.pausedUntil ?? t.off}`,
    entry.frequencyCap !== undefined &&
      `${t.facts.frequencyCap}: ${entry.frequencyCap ? JSON.stringify(entry.frequencyCap) : t.off}`,
    entry.restricted !== undefined && (entry.restricted ? t.restricted : t.unrestricted),
  ].filter(Boolean);
  const by = [t.ways[entry.way], entry.source, entry.fileName, entry.ip, entry.userAgent].filter(Boolean);
  const quoted = entry.wording ? ` “${entry.wording.text}”` : "";
  return `${changes.join(", ")} (${by.join(", ")})${quoted}`.trim();
}

function saidIn(response: Response, locale: Locale): string {
  const t = words[locale];
  const what =
    response.kind === "rating"
      ? t.stars(response.stars)
      : [t.leaving, response.topic, response.reason && leaving[locale].reasons[response.reason]]
          .filter(Boolean)
          .join(": ");
  const answers = response.answers.map(({ text }) => ` → ${text}`);
  return `${what}${response.words ? ` “${response.words}”` : ""}${answers.join("")}`;
}
