import type { APIGatewayProxyEventV2 } from "aws-lambda";
import * as businesses from "../../core/businesses.ts";
import { Locale } from "../../core/businesses.ts";
import type { Customer } from "../../core/customers.ts";
import * as links from "../../core/links.ts";
import * as secrets from "../../core/secrets.ts";
import { confirm, look, type Standing } from "../../core/sign-ups/confirm.ts";
import { instant } from "../../core/time.ts";
import source from "../../templates/pages/confirm.hbs";
import { formOf } from "./form.ts";
import { notFound, page, template } from "./page.ts";
import { words } from "./words/join.ts";

const body = template(source);

/** The page behind the link in a confirmation letter: looking changes nothing, its button subscribes. */
export async function confirmSignUp(event: APIGatewayProxyEventV2) {
  const token = event.pathParameters?.token ?? "";
  const keys = await secrets.keysFor(token, Date.now());
  const link = links.readConfirmation(keys.linkKeys, token);
  const business = link && (await businesses.find(link.business));
  if (!business) return notFound();
  const now = instant(Date.now());
  const { method, sourceIp, userAgent } = event.requestContext.http;
  const pressed = method === "POST" && (await formOf(event)).first("confirm");
  const evidence = { way: "confirmation" as const, ip: sourceIp, ...(userAgent && { userAgent }) };
  const standing = pressed
    ? await confirm(business, link.signUp, evidence, now)
    : await look(business, link.signUp, now);

  const chosen = Locale.safeParse(event.queryStringParameters?.lang).data;
  const locale = chosen ?? localeOf(standing) ?? business.locale;
  const [key] = keys.linkKeys;
  const preferencesToken = ({ id: customer, email = "" }: Customer) =>
    links.sign(key, "preferences", links.linkTo(key, { business: business.id, customer, email, at: now }));
  return page(
    body,
    { business, locale, customer: personOf(standing) },
    {
      t: words[locale],
      ...textsOf(standing, business, locale),
      waiting: standing.state === "waiting",
      confirmed: standing.state === "confirmed",
      stopped: standing.state === "stopped",
      preferencesToken: standing.state === "confirmed" ? preferencesToken(standing.customer) : "",
      contact: business.sender.replyTo ?? business.sender.address,
      open: business.signUp.open,
      business: business.id,
    },
  );
}

function textsOf({ state }: Standing, { name }: businesses.Business, locale: Locale) {
  const t = words[locale];
  const texts = {
    waiting: { title: t.confirmTitle, lead: t.confirmLead(name) },
    confirmed: { title: t.confirmedTitle, lead: t.confirmedLead(name) },
    stopped: { title: t.stoppedTitle, lead: t.stoppedLead },
    over: { title: t.overTitle, lead: t.overLead },
  };
  return texts[state];
}

function personOf(standing: Standing): { email?: string | undefined } {
  if (standing.state === "confirmed") return standing.customer;
  return "request" in standing ? standing.request : {};
}

function localeOf(standing: Standing): Locale | undefined {
  if (standing.state === "confirmed") return standing.customer.locale;
  return "request" in standing ? standing.request.locale : undefined;
}
