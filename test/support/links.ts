import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from "aws-lambda";
import type { Customer } from "../../core/customers.ts";
import type { RunId } from "../../core/ids.ts";
import { type LinkKind, linkKinds, sign } from "../../core/links.ts";
import { derive } from "../../core/secrets.ts";
import { handler } from "../../functions/public-links.ts";

/** The secret that the links of tests are signed with; give it to `useKeys`. */
export const secret = { root: "r".repeat(64) };

export const tokenFor = (kind: LinkKind, customer: Customer, run?: RunId): string =>
  sign(derive(secret).linkKeys[0], kind, {
    business: customer.business,
    customer: customer.id,
    ...(run && { run }),
  });

export const pathFor = (kind: LinkKind, customer: Customer, run?: RunId): string =>
  `/${linkKinds[kind]}/${tokenFor(kind, customer, run)}`;

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

/** The words of a page, as one reads them. */
export const textOf = ({ body = "" }: APIGatewayProxyStructuredResultV2): string =>
  body
    .replace(/<style>[\s\S]*?<\/style>/, "")
    .replace(/<[^>]+>/g, " ")
    .replace(/\s+/g, " ");
