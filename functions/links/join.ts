import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { z } from "zod";
import * as businesses from "../../core/businesses.ts";
import { type Business, EmailAddress, Locale } from "../../core/businesses.ts";
import { CustomerDetails } from "../../core/customers/record.ts";
import { normaliseEmail } from "../../core/identities.ts";
import { BusinessId } from "../../core/ids.ts";
import * as limits from "../../core/limits.ts";
import * as secrets from "../../core/secrets.ts";
import * as signUps from "../../core/sign-ups.ts";
import { holdsLink } from "../../core/stranger-text.ts";
import { beginning } from "../../core/text.ts";
import { type Instant, instant } from "../../core/time.ts";
import { tidyName } from "../../core/visible-text.ts";
import { wordingFor } from "../../core/wordings.ts";
import source from "../../templates/pages/join.hbs";
import sentSource from "../../templates/pages/join-sent.hbs";
import { birthdayOf, birthdayOptions } from "./birthdays.ts";
import { type Form, formOf } from "./form.ts";
import { notFound, page, template, tooMany } from "./page.ts";
import { words } from "./words/join.ts";

const body = template(source);
const sentBody = template(sentSource);

/** Someone at a business's sign-up page, of whom nothing is known. */
type Guest = {
  business: Business;
  locale: Locale;
  /** Where they found the page. */
  source: string | undefined;
  ip: string;
  userAgent: string | undefined;
  now: Instant;
};

type Field = "email" | "nickname" | "birthday" | "topics";
type Errors = Partial<Record<Field, string>>;

/** The sign-up page of a business that takes people in; of any other it is not told whether there is one. */
export async function join(event: APIGatewayProxyEventV2) {
  const id = BusinessId.safeParse(event.pathParameters?.business);
  const business = id.success ? await businesses.find(id.data) : undefined;
  if (!business?.signUp.open) return notFound();
  const { sourceIp, userAgent, method } = event.requestContext.http;
  const { lang, source } = event.queryStringParameters ?? {};
  const guest: Guest = {
    business,
    locale: Locale.safeParse(lang).data ?? business.locale,
    source: Source.safeParse(source).data,
    ip: sourceIp,
    userAgent,
    now: instant(Date.now()),
  };
  return method === "POST" ? submit(guest, await formOf(event)) : show(guest, empty);
}

const Source = z.string().regex(/^[a-z0-9_-]{1,60}$/);
const empty: Form = { first: () => undefined, all: () => [] };

function show(guest: Guest, form: Form, errors: Errors = {}) {
  const { business, locale } = guest;
  const t = words[locale];
  const wording = wordingFor(business, locale);
  const problems = Object.keys(errors).length > 0;
  const ticked = form.all("topic");
  const typed = (name: string) => beginning(form.first(name) ?? "", 300);
  return page(body, guest, {
    ...around(guest),
    statusCode: problems ? 400 : 200,
    title: t.joinTitle(business.name),
    problems,
    errors: { email: "", nickname: "", birthday: "", topics: "", ...errors },
    typed: { email: typed("email"), nickname: typed("nickname") },
    ...birthdayOptions({ day: typed("day"), month: typed("month") }, locale),
    topics: business.topics.map(({ key, name }) => ({
      key,
      name: name[locale],
      on: !problems || ticked.includes(key),
    })),
    edition: wording.version,
    agreement: wording.text,
    privacyUrl: business.signUp.privacyUrl ?? "",
  });
}

/** What every page of the kind needs. */
const around = ({ locale, source }: Guest) => ({
  t: words[locale],
  more: source ? `&source=${source}` : "",
});

/**
 * Takes a sign-up in. The answer is the same whoever the address belongs to, and nothing here looks whose it is: the
 * letter that follows depends on that.
 */
async function submit(guest: Guest, form: Form) {
  const { wish, errors } = read(guest, form);
  if (!wish) return show(guest, form, errors);
  // A field that people don't see, filled: a bot, which is told what everybody is told.
  if (!form.first("subject")) {
    const wait = await limited(guest);
    if (wait !== undefined) return tooMany(wait);
    await signUps.request(guest.business.id, wish, guest.now);
  }
  const t = words[guest.locale];
  return page(
    sentBody,
    { ...guest, customer: wish },
    {
      ...around(guest),
      title: t.sentTitle,
      next: guest.business.signUp.doubleOptIn ? t.sentConfirm : t.sentWelcome,
    },
  );
}

/**
 * Seconds to wait, where too many have come from this place, here or to all businesses, or to this business. How many
 * were for one address is counted where its letter is sent, out of sight.
 */
async function limited({ business, ip, now }: Guest): Promise<number | undefined> {
  const { limitKey } = await secrets.keys();
  const network = limits.networkOf(ip);
  const here = limits.nameFor(limitKey, business.id, ["place", network]);
  const anywhere = limits.nameFor(limitKey, "anyone", ["sign-ups-from", network]);
  return (
    (await limits.count(here, limits.signUpsFromOnePlace, { now })) ??
    (await limits.count(anywhere, limits.signUpsFromOnePlaceInAll, { now })) ??
    (await limits.count(`${business.id}#sign-ups`, limits.signUpsOfOneBusiness, { now }))
  );
}

function read(guest: Guest, form: Form): { wish?: signUps.SignUpRequest; errors: Errors } {
  const { business, locale, source, ip, userAgent } = guest;
  const t = words[locale];
  const errors: Errors = {};
  const typed = (name: string) => form.first(name)?.trim() || undefined;

  const email = EmailAddress.safeParse(normaliseEmail(form.first("email") ?? ""));
  if (!email.success) errors.email = typed("email") ? t.emailWrong : t.emailMissing;

  const called = tidyName(form.first("nickname") ?? "") || undefined;
  const nickname = CustomerDetails.shape.nickname.safeParse(called);
  if (!nickname.success) errors.nickname = t.nicknameWrong;
  else if (called && holdsLink(called)) errors.nickname = t.nicknameLink;

  const read = birthdayOf({ day: typed("day") ?? "", month: typed("month") ?? "" });
  if (read === "half") errors.birthday = t.birthdayHalf;
  if (read === "none") errors.birthday = t.birthdayWrong;
  const birthday = typeof read === "object" ? read.birthday : null;

  // A form on the owner's own site may name no topics at all: then all are wanted.
  const shown = business.topics.map(({ key }) => key).filter((key) => form.all("shown").includes(key));
  const topics = Object.fromEntries(shown.map((key) => [key, form.all("topic").includes(key)]));
  if (shown.length > 0 && !Object.values(topics).includes(true)) errors.topics = t.topicsMissing;

  if (!email.success || Object.keys(errors).length > 0) return { errors };
  return {
    errors,
    wish: {
      email: email.data,
      ...(nickname.data && { nickname: nickname.data }),
      ...(birthday && { birthday }),
      topics,
      locale,
      evidence: {
        way: "form",
        ip,
        ...(userAgent && { userAgent: beginning(userAgent, 300) }),
        ...(source && { source }),
        wording: wordingFor(business, locale, form.first("wording")?.split("/")[0]),
      },
    },
  };
}
