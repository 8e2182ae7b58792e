import { createHash } from "node:crypto";
import type { APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import Handlebars from "handlebars";
import type { Business, Locale } from "../../core/businesses.ts";
import { readableOn, standingOutFrom } from "../../core/colours.ts";
import type { Customer } from "../../core/customers.ts";
import { originOf } from "../../core/web-addresses.ts";
import faultSource from "../../templates/pages/link-fault.hbs";
import layoutSource from "../../templates/pages/link-layout.hbs";
import notAllowedSource from "../../templates/pages/link-not-allowed.hbs";
import notFoundSource from "../../templates/pages/link-not-found.hbs";
import styleSource from "../../templates/pages/link-style.hbs";
import tooManySource from "../../templates/pages/link-too-many.hbs";
import { contentPolicy } from "../http/content-policy.ts";
import { words } from "./words.ts";

/** A body of a page, or a part of one, from its source; parts are named in it as `{{> name}}`. */
export function template(source: string, parts: Record<string, Template> = {}): Template {
  const body = Handlebars.compile(source, { knownHelpersOnly: true, strict: true });
  return (view) => body(view, { partials: parts });
}
export type Template = (view: object) => string;

const layout = template(layoutSource);
const style = template(styleSource);

/** Of which business a page is, and who reads it: a customer, someone with an address, or anyone. */
type Reader = { business: Business; locale: Locale; customer?: Pick<Customer, "email"> };

/** What a page's body is filled with; `t` holds the page's own words, from `words/`. */
type View = {
  title: string;
  t: object;
  statusCode?: number;
  /** What the page's own address says beside the language, `&source=instagram`. */
  more?: string;
  /** Set when the page's own address leads nowhere any more, in whatever language. */
  last?: boolean;
} & Record<string, unknown>;

/** A page of a business, in its colours and in the reader's language. */
export function page(
  body: Template,
  { business, locale, customer }: Reader,
  { statusCode = 200, more = "", last = false, ...view }: View,
): APIGatewayProxyStructuredResultV2 {
  const t = words[locale];
  const shared = {
    locale,
    more,
    shop: business.name,
    address: customer?.email ? masked(customer.email) : t.yourAddress,
  };
  return answer(statusCode, {
    ...shared,
    t,
    title: `${view.title} · ${business.name}`,
    body: body({ ...shared, ...view, t: { ...t, ...view.t } }),
    brand: business.brand.colour,
    logoUrl: business.brand.logoUrl,
    initial: Array.from(business.name)[0]?.toUpperCase() ?? "",
    postalAddress: business.postalAddress,
    languages: (last ? [] : (["id", "en"] as const)).map((code) => ({
      code,
      name: words[code].languageName,
      current: code === locale,
    })),
  });
}

/** A file to be kept, of which a browser shows nothing. Its name is ours, and no one else's text. */
export const attachment = (fileName: "my-data.json", json: string): APIGatewayProxyStructuredResultV2 => ({
  statusCode: 200,
  headers: {
    ...headers,
    "content-type": "application/json; charset=utf-8",
    "content-disposition": `attachment; filename="${fileName}"`,
    "content-security-policy": contentPolicy({ "default-src": "'none'", "frame-ancestors": "'none'" }),
  },
  body: json,
});

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
  more: string;
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
    // From whichever it stands on that is nearer to it: the ground by day, the card by night.
    accent: standingOutFrom("#f5f4f2", view.brand),
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
  contentPolicy({
    "default-src": "'none'",
    "style-src": `'sha256-${createHash("sha256").update(css).digest("base64")}'`,
    "img-src": logoUrl === undefined ? undefined : originOf(logoUrl),
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
  });

const plain = (statusCode: number, title: string, body: string) =>
  answer(statusCode, {
    title,
    body,
    brand: "#44403c",
    locale: "id",
    more: "",
    shop: "",
    initial: "",
    logoUrl: undefined,
    postalAddress: "",
    languages: [],
  });

const notFoundPage = plain(404, "404", template(notFoundSource)({}));
const faultPage = plain(500, "500", template(faultSource)({}));

const notAllowedPage = plain(405, "405", template(notAllowedSource)({}));

/** The same bytes for a forged link, a cut one, one of the other kind and one of a customer who is gone. */
export const notFound = (): APIGatewayProxyStructuredResultV2 => ({ ...notFoundPage });

const tooManyPage = plain(429, "429", template(tooManySource)({}));

/** To come back after so many seconds. */
export const tooMany = (seconds: number): APIGatewayProxyStructuredResultV2 => ({
  ...tooManyPage,
  headers: { ...tooManyPage.headers, "retry-after": String(seconds) },
});

/** For a method that a page does not know: which it knows. */
export const notAllowed = (allow: string): APIGatewayProxyStructuredResultV2 => ({
  ...notAllowedPage,
  headers: { ...notAllowedPage.headers, allow },
});

/** The same for whoever asks which. */
export const options = (allow: string): APIGatewayProxyStructuredResultV2 => ({
  statusCode: 204,
  headers: { "cache-control": "no-store", allow },
});

export const fault = (): APIGatewayProxyStructuredResultV2 => ({ ...faultPage });
