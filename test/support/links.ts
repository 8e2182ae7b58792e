import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from "aws-lambda";
import { afterEach, beforeEach, vi } from "vitest";
import type { Business } from "../../core/businesses.ts";
import type { Customer } from "../../core/customers.ts";
import * as customers from "../../core/customers.ts";
import { newId, RunId } from "../../core/ids.ts";
import {
  type DataLinkKind,
  dataLinkKinds,
  type LinkKind,
  linkKinds,
  linkTo,
  sign,
  signDataLink,
} from "../../core/links.ts";
import * as runs from "../../core/runs.ts";
import { derive } from "../../core/secrets.ts";
import { handler } from "../../functions/public-links.ts";
import { useBus } from "./bus.ts";
import { useDatabase } from "./database.ts";
import { useKeys } from "./keys.ts";
import { aBusiness, saveBusiness } from "./shop.ts";

/** The secret that the links of tests are signed with. */
export const secret = { root: "r".repeat(64) };

const [key] = derive(secret).linkKeys;

/** To whom a mail goes, now or at another time. */
const addresseeOf = ({ business, id: customer, email = "" }: Customer, at: string) => ({
  business,
  customer,
  email,
  at,
});

export const tokenFor = (kind: LinkKind, customer: Customer, run?: RunId, at?: string): string =>
  sign(
    key,
    kind,
    linkTo(key, { ...addresseeOf(customer, at ?? new Date().toISOString()), ...(run && { run }) }),
  );

export const pathFor = (kind: LinkKind, customer: Customer, run?: RunId, at?: string): string =>
  `/${linkKinds[kind]}/${tokenFor(kind, customer, run, at)}`;

/** The link to a customer's data that was mailed to them just now, or at another time. */
export function dataPathFor(kind: DataLinkKind, customer: Customer, at = new Date().toISOString()): string {
  const { business, customer: id, address } = linkTo(key, addresseeOf(customer, at));
  const expiresAt = Date.parse(at) / 1000 + 3600;
  return `/${dataLinkKinds[kind]}/${signDataLink(key, kind, { business, customer: id, address, expiresAt })}`;
}

export type Request = {
  method?: string;
  lang?: string;
  query?: Record<string, string>;
  body?: string | Buffer;
  type?: string;
  /** Where they come from. */
  ip?: string;
};

/** Opens a page of the public links, or posts to it, as somebody with a telephone in Jakarta. */
export async function visit(
  path: string,
  { method = "GET", lang, query = lang ? { lang } : {}, body, type, ip = "203.0.113.7" }: Request = {},
): Promise<APIGatewayProxyStructuredResultV2> {
  const event = {
    version: "2.0",
    rawPath: path,
    rawQueryString: new URLSearchParams(query).toString(),
    ...(Object.keys(query).length > 0 && { queryStringParameters: query }),
    headers: { ...(type && { "content-type": type }), "user-agent": "Mozilla/5.0 (Android)" },
    requestContext: {
      http: {
        method,
        path,
        sourceIp: ip,
        userAgent: "Mozilla/5.0 (Android)",
        protocol: "HTTP/1.1",
      },
      requestId: "request",
    },
    ...(body !== undefined && { body: body.toString(Buffer.isBuffer(body) ? "base64" : "utf8") }),
    isBase64Encoded: Buffer.isBuffer(body),
  } as unknown as APIGatewayProxyEventV2;
  return (await handler(event, {} as Context)) as APIGatewayProxyStructuredResultV2;
}

/** What a browser posts when a form of a page is sent off. */
export const form = (fields: [string, string][]): Request => ({
  method: "POST",
  type: "application/x-www-form-urlencoded",
  body: new URLSearchParams(fields).toString(),
});

/**
 * What a browser posts when a button of a page is pressed: the fields of its form as the page holds them, other than
 * those changed by hand.
 */
export function press(
  { body = "" }: APIGatewayProxyStructuredResultV2,
  button: string,
  changes: Record<string, string | readonly string[]> = {},
): Request {
  const sent = body.match(/<form[\s\S]*?<\/form>/g)?.find((text) => text.includes(`value="${button}"`));
  if (!sent) throw new Error(`The page has no button ${button}`);
  const fields: [string, string][] = [];
  const attribute = (tag: string, name: string) =>
    unescaped(new RegExp(` ${name}="([^"]*)"`).exec(tag)?.[1] ?? "");
  for (const [tag] of sent.matchAll(
    /<input[^>]*>|<select[\s\S]*?<\/select>|<textarea[\s\S]*?<\/textarea>/g,
  )) {
    const name = attribute(tag, "name");
    const isTicked = !/ type="(checkbox|radio)"/.test(tag) || / checked/.test(tag);
    if (!name || name in changes || !isTicked) continue;
    if (tag.startsWith("<input")) fields.push([name, attribute(tag, "value")]);
    else if (tag.startsWith("<textarea")) fields.push([name, unescaped(/>([\s\S]*)</.exec(tag)?.[1] ?? "")]);
    else fields.push([name, /value="([^"]*)" selected/.exec(tag)?.[1] ?? ""]);
  }
  for (const [name, values] of Object.entries(changes)) {
    for (const value of [values].flat()) fields.push([name, value]);
  }
  return form([...fields, ["action", button]]);
}

const unescaped = (text: string) =>
  text
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&#x27;", "'")
    .replaceAll("&#x3D;", "=")
    .replaceAll("&amp;", "&");

/** The field that says which leaving a page offers to undo. */
export const leftOf = ({ body = "" }: { body?: string | undefined }): [string, string] => [
  "left",
  /name="left" value="([^"]+)"/.exec(body)?.[1] ?? "none",
];

/** The words of a page, as one reads them. */
export const textOf = ({ body = "" }: APIGatewayProxyStructuredResultV2): string =>
  body
    .replace(/<style>[\s\S]*?<\/style>/, "")
    .replace(/<[^>]+>/g, " ")
    .replace(/\s+/g, " ");

/**
 * Before each test a shop with one subscribed customer, Ani, whose mail of the run held the links; the clock stands
 * at `now`. The run is known once `mailed` says what it was about.
 */
export function useAni() {
  useDatabase();
  const bus = useBus();
  const keys = useKeys(secret);
  const now = "2026-11-24T02:00:00.000Z";
  const run = RunId.parse("run_6789bcdfghjkmnpq_tiowk0");
  let shop: Business;
  let ani: Customer;

  const subscriber = async (email: string, details: object = {}): Promise<Customer> => {
    const input = { details: { email, name: "Ani", ...details }, evidence: { way: "api" as const } };
    const saved = await customers.upsert(
      shop,
      { ...input, consent: "subscribed" },
      "2026-11-01T00:00:00.000Z",
    );
    return saved.customer;
  };
  /** A shop that differs, with an Ani of its own. */
  const shopOf = async (difference: Parameters<typeof aBusiness>[0]): Promise<void> => {
    shop = await saveBusiness(aBusiness(difference));
    ani = await subscriber("ani.lestari@gmail.com");
    bus.events.length = 0;
  };
  const mailed = (topic: string) =>
    runs.insert({
      id: run,
      business: shop.id,
      campaign: newId("cam"),
      campaignName: "Weekend",
      trigger: "owner",
      scheduledAt: now,
      state: "running",
      topic,
      occasion: { kind: "broadcast" },
      template: { id: "broadcast", version: 1 },
      mailTemplates: {},
      attributes: [],
      startedAt: now,
    });
  beforeEach(async () => {
    vi.useFakeTimers({ now: new Date(now), toFake: ["Date"] });
    await shopOf({});
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  return {
    bus,
    keys,
    now,
    run,
    subscriber,
    shopOf,
    mailed,
    get shop() {
      return shop;
    },
    get ani() {
      return ani;
    },
    stored: () => customers.get(shop.id, ani.id),
    pathOf: (kind: LinkKind, customer = ani) => pathFor(kind, customer, run),
    dataPathOf: (kind: DataLinkKind, customer = ani) => dataPathFor(kind, customer),
  };
}
