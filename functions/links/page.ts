import { createHash } from "node:crypto";
import type { APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import Handlebars from "handlebars";
import { readableOn, standingOutFrom } from "../../core/colours.ts";
import faultSource from "../../templates/pages/link-fault.hbs";
import layoutSource from "../../templates/pages/link-layout.hbs";
import notFoundSource from "../../templates/pages/link-not-found.hbs";
import styleSource from "../../templates/pages/link-style.hbs";
import preferencesSource from "../../templates/pages/preferences.hbs";
import unsubscribeSource from "../../templates/pages/unsubscribe.hbs";
import type { Visit } from "./visit.ts";
import { words } from "./words.ts";

const compile = (source: string) => Handlebars.compile(source, { knownHelpersOnly: true, strict: true });
const layout = compile(layoutSource);
const style = compile(styleSource);
const bodies = { unsubscribe: compile(unsubscribeSource), preferences: compile(preferencesSource) };

/** A page of a business, in its colours and in the visitor's language. */
export function page(
  name: keyof typeof bodies,
  visit: Visit,
  view: { title: string } & Record<string, unknown>,
): APIGatewayProxyStructuredResultV2 {
  const { business, customer, locale } = visit;
  const t = words[locale];
  const shared = {
    t,
    locale,
    shop: business.name,
    address: customer.email ? masked(customer.email) : t.yourAddress,
  };
  const body = bodies[name]({ ...shared, ...view });
  return answer(200, {
    ...shared,
    title: `${view.title} · ${business.name}`,
    body,
    brand: business.brand.colour,
    logoUrl: business.brand.logoUrl,
    initial: Array.from(business.name)[0]?.toUpperCase() ?? "",
    postalAddress: business.postalAddress,
    languages: (["id", "en"] as const).map((code) => ({
      code,
      name: words[code].languageName,
      current: code === locale,
    })),
  });
}

/** `a•••@gmail.com`: enough to know one's own, since mails get forwarded. */
export function masked(email: string): string {
  const at = email.lastIndexOf("@");
  const [first = ""] = Array.from(email.slice(0, at));
  return `${at > 1 ? first : ""}•••${email.slice(at)}`;
}

type Layout = {
  title: string;
  body: string;
  brand: string;
  locale: string;
  shop: string;
  initial: string;
  logoUrl: string | undefined;
  postalAddress: string;
  languages: readonly { code: string; name: string; current: boolean }[];
  t?: object;
};

function answer(statusCode: number, view: Layout): APIGatewayProxyStructuredResultV2 {
  const css = style({
    brand: view.brand,
    onBrand: readableOn(view.brand),
    accent: standingOutFrom("#ffffff", view.brand),
    accentInTheDark: standingOutFrom("#1c1b1a", view.brand),
  });
  return {
    statusCode,
    headers: { ...headers, "content-security-policy": policy(css, view.logoUrl) },
    body: layout({ ...view, css }),
  };
}

const headers = {
  "content-type": "text/html; charset=utf-8",
  "cache-control": "no-store",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "x-robots-tag": "noindex, nofollow",
  "strict-transport-security": "max-age=31536000",
  "permissions-policy": "interest-cohort=()",
};

/** No script at all; one style, known by its hash; the business's logo, and nothing else from elsewhere. */
const policy = (css: string, logoUrl: string | undefined): string =>
  [
    "default-src 'none'",
    `style-src 'sha256-${createHash("sha256").update(css).digest("base64")}'`,
    ...(logoUrl ? [`img-src ${new URL(logoUrl).origin}`] : []),
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join("; ");

const plain = (statusCode: number, title: string, body: string) =>
  answer(statusCode, {
    title,
    body,
    brand: "#44403c",
    locale: "id",
    shop: "",
    initial: "",
    logoUrl: undefined,
    postalAddress: "",
    languages: [],
  });

const notFoundPage = plain(404, "404", compile(notFoundSource)({}));
const faultPage = plain(500, "500", compile(faultSource)({}));

/** The same bytes for a forged link, a cut one, one of the other kind and one of a customer who is gone. */
export const notFound = (): APIGatewayProxyStructuredResultV2 => ({ ...notFoundPage });

export const fault = (): APIGatewayProxyStructuredResultV2 => ({ ...faultPage });
