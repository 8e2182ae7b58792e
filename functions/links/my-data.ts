import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import * as businesses from "../../core/businesses.ts";
import { erase } from "../../core/customers/erase.ts";
import { type CustomerExport, collect } from "../../core/customers/export.ts";
import * as customers from "../../core/customers.ts";
import * as erasures from "../../core/erasures.ts";
import * as links from "../../core/links.ts";
import * as secrets from "../../core/secrets.ts";
import { instant } from "../../core/time.ts";
import askSource from "../../templates/pages/erase.hbs";
import erasedSource from "../../templates/pages/erased.hbs";
import openSource from "../../templates/pages/open-data.hbs";
import overSource from "../../templates/pages/over-data.hbs";
import source from "../../templates/pages/seen-data.hbs";
import { sectionsOf } from "./data-sections.ts";
import { formOf } from "./form.ts";
import { attachment, notFound, page, template } from "./page.ts";
import type { Visit } from "./visit.ts";
import { words } from "./words/my-data.ts";
import { words as oldWords } from "./words/old-link.ts";

const opened = template(openSource);
const seen = template(source);
const ask = template(askSource);
const erased = template(erasedSource);
const over = template(overSource);

type Answer = APIGatewayProxyStructuredResultV2;
/** Somebody at the page of a link to their data that was mailed to them within the hour. */
type Owner = Pick<Visit, "business" | "customer" | "locale" | "now">;

/**
 * The page behind a link to a customer's data. Looking shows nothing, and only a button does what the link is for. The
 * link leads nowhere once its hour is over or the customer has another address.
 */
export const openData = (kind: links.DataLinkKind) => async (event: APIGatewayProxyEventV2) => {
  const token = event.pathParameters?.token ?? "";
  const { linkKeys } = await secrets.keysFor(token, Date.now());
  const key = links.keyOf(linkKeys, token);
  const link = links.readDataLink(linkKeys, kind, token);
  if (!key || !link) return notFound();
  const [business, customer] = await Promise.all([
    businesses.find(link.business),
    customers.find(link.business, link.customer),
  ]);
  if (!business) return notFound();
  const now = instant(Date.now());
  const wanted = businesses.Locale.safeParse(event.queryStringParameters?.lang).data;
  const reader = { business, locale: wanted ?? business.locale };
  const isOver = link.expiresAt * 1000 <= Date.parse(now);
  if (!customer) return (kind === "erasure" && !isOver && (await receiptOf(reader, link))) || notFound();
  const isTheirs = customer.email !== undefined && links.wasMailedTo(key, link, customer.email);
  if (isOver || !isTheirs) return showOver(reader);
  const owner = { business, customer, locale: wanted ?? customer.locale ?? business.locale, now };
  const { method } = event.requestContext.http;
  const action = method === "POST" ? (await formOf(event)).first("action") : undefined;
  return kind === "export" ? useExport(owner, action) : useErasure(owner, action);
};

function showOver(reader: Pick<Owner, "business" | "locale">): Answer {
  const t = oldWords[reader.locale];
  return page(over, reader, { t, title: t.overTitle, lead: t.overLead, statusCode: 410 });
}

async function useExport(owner: Owner, action: string | undefined): Promise<Answer> {
  const { business, locale } = owner;
  const t = words[locale];
  switch (action) {
    case "see-data":
      return page(seen, owner, {
        t,
        title: t.seenTitle,
        lead: t.seenLead(business.name),
        sections: sectionsOf(await collected(owner), owner),
      });
    case "download-data":
      return attachment("my-data.json", JSON.stringify(await collected(owner), undefined, 2));
    default:
      return page(opened, owner, { t, title: t.seenTitle, lead: t.openLead(business.name) });
  }
}

async function useErasure(owner: Owner, action: string | undefined): Promise<Answer> {
  const { business, customer, locale, now } = owner;
  const t = words[locale];
  if (action !== "erase-now")
    return page(ask, owner, { t, title: t.eraseTitle, lead: t.eraseLead(business.name) });
  const receipt = await erase({ business: business.id, customer: customer.id, way: "link" }, now);
  return showErased({ business, locale }, receipt);
}

/** For whoever presses the button twice: the receipt of what is done. */
async function receiptOf(reader: Pick<Owner, "business" | "locale">, { customer }: links.DataLink) {
  const receipt = await erasures.find(reader.business.id, erasures.idFor(customer));
  return receipt && showErased(reader, receipt);
}

function showErased(reader: Pick<Owner, "business" | "locale">, receipt: erasures.Erasure): Answer {
  const t = words[reader.locale];
  return page(erased, reader, {
    t,
    title: t.erasedTitle,
    lead: t.erasedLead(reader.business.name),
    receipt: receipt.id,
    last: true,
  });
}

const collected = ({ business, customer, now }: Owner): Promise<CustomerExport> =>
  collect(business, customer, now);
