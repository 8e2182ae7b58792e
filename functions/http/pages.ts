import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { contentPolicy } from "./content-policy.ts";
import { operations } from "./operations.ts";
import type { Answer } from "./route.ts";

type Page = (event: APIGatewayProxyEventV2) => Promise<Answer>;

/** What owner-api serves to anyone. The OpenAPI document and its page are only made when somebody asks. */
export const pages: Record<string, Page> = {
  "/": async () => ({ status: 302, headers: { location: "/docs" } }),
  "/health": async () => ({ status: 200, body: { status: "ok" } }),
  "/openapi.json": async (event) => ({ status: 200, body: await documentFor(event), headers: cached }),
  "/docs": async (event) => {
    const { referencePage } = await import("./reference.ts");
    const { html, styleHash } = referencePage(await documentFor(event), baseOf(event));
    const policy = contentPolicy({
      "default-src": "'none'",
      "style-src": `'sha256-${styleHash}'`,
      "frame-ancestors": "'none'",
      "base-uri": "'none'",
    });
    return {
      status: 200,
      body: html,
      headers: {
        ...cached,
        "content-type": "text/html; charset=utf-8",
        "content-security-policy": policy,
      },
    };
  },
};

const cached = { "cache-control": "public, max-age=300" };

async function documentFor(event: APIGatewayProxyEventV2) {
  const { documentOf } = await import("./openapi.ts");
  return documentOf(operations, baseOf(event));
}

/** Where the caller reached us, for examples that can be copied. */
function baseOf({ headers, requestContext }: APIGatewayProxyEventV2): string {
  const host = headers.host ?? requestContext.domainName;
  return `${headers["x-forwarded-proto"] === "http" ? "http" : "https"}://${/^[\w.:-]+$/.test(host) ? host : requestContext.domainName}`;
}
