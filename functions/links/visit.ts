import type { APIGatewayProxyEventV2 } from "aws-lambda";
import * as businesses from "../../core/businesses.ts";
import type { Evidence } from "../../core/consents.ts";
import * as customers from "../../core/customers.ts";
import * as links from "../../core/links.ts";
import * as secrets from "../../core/secrets.ts";
import { type Instant, instant } from "../../core/time.ts";

/** Someone at a page that a signed link leads to: about whom it is, and in which language they read it. */
export type Visit = {
  link: links.Link;
  business: businesses.Business;
  customer: customers.Customer;
  locale: businesses.Locale;
  evidence: (way: Evidence["way"]) => Evidence;
  now: Instant;
  /** The key that signed the link. */
  key: links.LinkKey;
  /**
   * Whether the link was mailed to the address that the customer has now, not long ago. Any other only unsubscribes,
   * and its page tells nothing of the customer.
   */
  isOpen: boolean;
  /** A token of the other kind for the same customer. */
  tokenFor: (kind: links.LinkKind) => string;
};

/** Who comes with this link; undefined for every link that is not, or no longer, one: nobody is told why. */
export async function visitOf(
  kind: links.LinkKind,
  event: APIGatewayProxyEventV2,
): Promise<Visit | undefined> {
  const { key, link } = await read(kind, event.pathParameters?.token ?? "");
  if (!key || !link) return undefined;
  const [business, customer] = await Promise.all([
    businesses.find(link.business),
    customers.find(link.business, link.customer),
  ]);
  if (!business || !customer) return undefined;
  const { sourceIp, userAgent } = event.requestContext.http;
  const wanted = businesses.Locale.safeParse(event.queryStringParameters?.lang);
  const now = instant(Date.now());
  const { email } = customer;
  const isTheirs = email !== undefined && links.wasMailedTo(key, link, email);
  const isOpen = isTheirs && links.isRecent(link, now);
  return {
    link,
    business,
    customer,
    locale: wanted.data ?? (isOpen ? customer.locale : undefined) ?? business.locale,
    evidence: (way) => ({ way, run: link.run, ip: sourceIp, ...(userAgent && { userAgent }) }),
    now,
    key,
    isOpen,
    tokenFor: (other) => links.sign(key, other, link),
  };
}

async function read(kind: links.LinkKind, token: string) {
  const { linkKeys } = await secrets.keysFor(token, Date.now());
  return { key: links.keyOf(linkKeys, token), link: links.read(linkKeys, kind, token) };
}
