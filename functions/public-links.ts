import { Logger } from "@aws-lambda-powertools/logger";
import middy from "@middy/core";
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import type { LinkKind } from "../core/links.ts";
import { HttpProblem } from "./http/problems.ts";
import { routerOf } from "./http/router.ts";
import { confirmSignUp } from "./links/confirm.ts";
import { type Form, formOf } from "./links/form.ts";
import { join } from "./links/join.ts";
import { openData } from "./links/my-data.ts";
import { showOldLink, useOldLink } from "./links/old-link.ts";
import { fault, notAllowed, notFound, options } from "./links/page.ts";
import { changePreferences, showPreferences } from "./links/preferences.ts";
import { rate, showRating } from "./links/rating.ts";
import { showUnsubscribe, unsubscribe } from "./links/unsubscribe.ts";
import { type Visit, visitOf } from "./links/visit.ts";
import { count, counted } from "./telemetry/counts.ts";
import { faultOf } from "./telemetry/faults.ts";

type Answer = APIGatewayProxyStructuredResultV2;
type Show = (visit: Visit, form: Form) => Answer | Promise<Answer>;

const logger = new Logger({ serviceName: "public-links" });

/** A page, or what its buttons do, by the method and path that lead to it. HEAD comes with GET. */
type Page = {
  method: "GET" | "POST";
  path: string;
  open: (event: APIGatewayProxyEventV2) => Promise<Answer>;
};

const at = (method: Page["method"], path: string, kind: LinkKind, show: Show): Page => ({
  method,
  path,
  open: async (event) => {
    const visit = await visitOf(kind, event);
    if (!visit) return notFound();
    const form = await formOf(event);
    if (visit.isOpen) return show(visit, form);
    return method === "GET" ? showOldLink(visit, kind) : useOldLink(visit, kind, form);
  },
});

const pages: readonly Page[] = [
  at("GET", "/u/{token}", "unsubscribe", showUnsubscribe),
  at("POST", "/u/{token}", "unsubscribe", unsubscribe),
  at("GET", "/p/{token}", "preferences", (visit) => showPreferences(visit)),
  at("POST", "/p/{token}", "preferences", changePreferences),
  at("GET", "/r/{token}", "rating", showRating),
  at("POST", "/r/{token}", "rating", rate),
  ...(["GET", "POST"] as const).flatMap((method) => [
    { method, path: "/join/{business}", open: join },
    { method, path: "/c/{token}", open: confirmSignUp },
    { method, path: "/d/{token}", open: openData("export") },
    { method, path: "/e/{token}", open: openData("erasure") },
  ]),
];
const match = routerOf(pages);

/** Opens a page; any method that it does not know is answered with those that it does. */
async function open(event: APIGatewayProxyEventV2): Promise<Answer> {
  const { method } = event.requestContext.http;
  try {
    const { route, params } = match(method === "HEAD" ? "GET" : method, event.rawPath);
    return await route.open({ ...event, pathParameters: params });
  } catch (error) {
    if (!(error instanceof HttpProblem)) throw error;
    const { allow } = error.headers;
    if (!allow) return notFound();
    return method === "OPTIONS" ? options(allow) : notAllowed(allow);
  }
}

/** The pages that links in mails lead to. GET only looks; POST acts, and may be repeated. */
export const handler = middy<APIGatewayProxyEventV2, Answer>(open)
  .use(counted)
  .after(({ event, response }) => {
    if (response && event.requestContext.http.method === "HEAD") delete response.body;
  })
  .onError((request) => {
    // Neither the path, which holds the token, nor anything of the form: only what went wrong.
    const { requestId } = request.event.requestContext;
    logger.error("request failed", { requestId, fault: faultOf(request.error) });
    count("Faults");
    request.response = fault();
  });
