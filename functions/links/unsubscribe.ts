import type { Topic } from "../../core/businesses.ts";
import { ownEntry } from "../../core/dictionaries.ts";
import * as leavings from "../../core/leavings.ts";
import { LeaveReason, mostLeavingWords } from "../../core/responses.ts";
import * as runs from "../../core/runs.ts";
import source from "../../templates/pages/unsubscribe.hbs";
import type { Form } from "./form.ts";
import { page, template } from "./page.ts";
import type { Visit } from "./visit.ts";
import { words } from "./words/unsubscribe.ts";

const body = template(source);

/** Asks, or says what has been stopped; changes nothing: scanners open every link of a mail. */
export async function showUnsubscribe(visit: Visit) {
  const { customer } = visit;
  const topic = await topicOf(visit);
  const gone = customer.consent === "unsubscribed";
  const topicIsOff = topic && ownEntry(customer.topics, topic.key) === false;
  if (!gone && !topicIsOff) return ask(visit, topic);
  const leaving = await leavings.last(leaverOf(visit), customer);
  if (gone) return thank(visit, { leaving });
  return leaving?.topic === topic?.key ? thank(visit, { leaving }) : ask(visit, undefined);
}

/**
 * Does what the pressed button says. A post without any of the page's buttons is a mail program's one click (RFC
 * 8058), which leaves everything. All may be repeated.
 */
export async function unsubscribe(visit: Visit, form: Form) {
  switch (form.first("action")) {
    case "topic":
      return leaveTopic(visit);
    case "undo":
      return undo(visit, form);
    case "why":
      return tellWhy(visit, form);
    default:
      return leaveAll(visit, form.first("confirm") ? "link" : "one-click");
  }
}

/** Leaves everything, and says so. */
export async function leaveAll(visit: Visit, way: "link" | "one-click") {
  const customer = await leavings.leave(leaverOf(visit), { evidence: visit.evidence(way) }, visit.now);
  return showUnsubscribe({ ...visit, customer });
}

async function leaveTopic(visit: Visit) {
  const topic = await topicOf(visit);
  if (!topic || visit.customer.consent === "unsubscribed") return showUnsubscribe(visit);
  const leaving = { topic: topic.key, evidence: visit.evidence("link") };
  return showUnsubscribe({ ...visit, customer: await leavings.leave(leaverOf(visit), leaving, visit.now) });
}

async function undo(visit: Visit, form: Form) {
  const wanted = { at: form.first("left") ?? "", evidence: visit.evidence("link") };
  const { customer, undone } = await leavings.undo(leaverOf(visit), wanted, visit.now);
  return undone ? welcomeBack({ ...visit, customer }) : showUnsubscribe({ ...visit, customer });
}

async function tellWhy(visit: Visit, form: Form) {
  const leaving = await leavings.last(leaverOf(visit), visit.customer);
  if (!leaving) return showUnsubscribe(visit);
  const t = words[visit.locale];
  // A line break is two characters in what browsers post, and one to who types it.
  const said = (form.first("words") ?? "").replaceAll("\r\n", "\n").trim();
  const chosen = LeaveReason.safeParse(form.first("reason")).data;
  const reason = chosen ?? (said ? "other" : undefined);
  const typed = { leaving, reason, said };
  if (!reason) return thank(visit, { ...typed, reasonError: t.chooseReason });
  if (said.length > mostLeavingWords)
    return thank(visit, { ...typed, wordsError: t.tooLong(mostLeavingWords) });
  await leavings.tellWhy(leaverOf(visit), leaving, { reason, words: said }, visit.now);
  return thank(visit, { leaving, told: true });
}

function ask(visit: Visit, topic: Topic | undefined) {
  const { business, locale } = visit;
  const t = words[locale];
  return page(body, visit, {
    t,
    title: t.leaveTitle,
    lead: topic ? t.whichLead(business.name) : t.leaveLead(business.name),
    state: { asking: true, left: false, back: false },
    leaveAll: topic ? t.leaveAll : t.leave,
    leaveTopic: topic ? t.leaveTopic(topic.name[locale]) : "",
    ...tokensOf(visit),
  });
}

type Said = {
  /** None when they left by another way, or chose something since: then there is nothing to undo here. */
  leaving: leavings.Leaving | undefined;
  told?: boolean;
  reason?: LeaveReason | undefined;
  said?: string;
  reasonError?: string;
  wordsError?: string;
};

function thank(visit: Visit, { leaving, told = false, reason, said = "", ...errors }: Said) {
  const { business, customer, locale } = visit;
  const t = words[locale];
  const name = business.topics.find(({ key }) => key === leaving?.topic)?.name[locale];
  return page(body, visit, {
    t,
    ...(name
      ? { title: t.leftTopicTitle(name), lead: t.leftTopicLead(business.name) }
      : { title: t.leftTitle, lead: t.leftLead(business.name) }),
    statusCode: errors.reasonError || errors.wordsError ? 400 : 200,
    state: { asking: false, left: true, back: false },
    undo: leaving && !customer.suppressed && !customer.restrictedAt ? leaving.at : "",
    onlyTopic: Boolean(name),
    asksWhy: Boolean(leaving) && !told,
    told,
    reasons: LeaveReason.options.map((key) => ({ key, name: t.reasons[key], chosen: key === reason })),
    said,
    mostCharacters: mostLeavingWords,
    ...{ reasonError: "", wordsError: "", ...errors },
    ...tokensOf(visit),
  });
}

function welcomeBack(visit: Visit) {
  const { business, locale } = visit;
  const t = words[locale];
  return page(body, visit, {
    t,
    title: t.backTitle,
    lead: t.backLead(business.name),
    state: { asking: false, left: false, back: true },
    ...tokensOf(visit),
  });
}

const leaverOf = ({ business, customer, link }: Visit): leavings.Leaver => ({
  business: business.id,
  customer: customer.id,
  run: link.run,
});

/** The page answers under another address too, for who leaves everything on the page of preferences. */
const tokensOf = (visit: Visit) => ({
  token: visit.tokenFor("unsubscribe"),
  preferencesToken: visit.tokenFor("preferences"),
});

/** What the mail was about that held the link, if the business still has that topic. */
async function topicOf({ business, link }: Visit): Promise<Topic | undefined> {
  const run = link.run && (await runs.find(business.id, link.run));
  return run && business.topics.find(({ key }) => key === run.topic);
}
