import * as responses from "../../core/responses.ts";
import source from "../../templates/pages/rating.hbs";
import type { Form } from "./form.ts";
import { page, template } from "./page.ts";
import type { Visit } from "./visit.ts";
import { words } from "./words/rating.ts";

const body = template(source);

/** What stands in the form, and what is wrong with it. */
type Filled = { stars?: number | undefined; words?: string | undefined; fault?: string };

/** Asks for stars and a few words, and shows what the customer said before. */
export async function showRating(visit: Visit) {
  const before = await responses.find(visit.link.business, responses.responseIdOf(visit.link, "rating"));
  return form(visit, before?.kind === "rating" ? before : {});
}

function form(visit: Visit, { stars, words: typed = "", fault = "" }: Filled) {
  const { business, locale } = visit;
  const t = words[locale];
  return page(body, visit, {
    t,
    ...(fault && { statusCode: 400 }),
    title: t.ratingTitle,
    lead: t.ratingLead(business.name),
    thanked: false,
    fault,
    stars: [1, 2, 3, 4, 5].map((count) => ({ count, name: t.starsOf(count), chosen: count === stars })),
    typed,
    mostWords: responses.mostRatingWords,
  });
}

/** Keeps what the customer says. Doing it again changes it; unsubscribed customers are heard as well. */
export async function rate(visit: Visit, posted: Form) {
  const { link, business, locale, now } = visit;
  const t = words[locale];
  const typed = posted.first("words");
  const stars = responses.Stars.safeParse(Number(posted.first("stars") ?? Number.NaN)).data;
  if (!stars) return form(visit, { words: typed, fault: t.starsMissing });
  const { complaint } = await responses.rate(link, { stars, words: typed }, now);
  return page(body, visit, {
    t,
    title: t.thanksTitle,
    lead: complaint ? t.thanksComplaint(business.name) : t.thanksLead(business.name),
    thanked: true,
    given: stars,
    givenName: t.starsOf(stars),
    stars: [1, 2, 3, 4, 5].map((count) => ({ chosen: count <= stars })),
  });
}
