import { Logger } from "@aws-lambda-powertools/logger";
import middy from "@middy/core";
import httpRouter, { type Method, type Route } from "@middy/http-router";
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import type { LinkKind } from "../core/links.ts";
import { confirmSignUp } from "./links/confirm.ts";
import { type Form, formOf } from "./links/form.ts";
import { join } from "./links/join.ts";
import { fault, notFound } from "./links/page.ts";
import { changePreferences, showPreferences } from "./links/preferences.ts";
import { rate, showRating } from "./links/rating.ts";
import { showUnsubscribe, unsubscribe } from "./links/unsubscribe.ts";
import { type Visit, visitOf } from "./links/visit.ts";
import { count, counted } from "./telemetry/counts.ts";
import { faultOf } from "./telemetry/faults.ts";

type Answer = APIGatewayProxyStructuredResultV2;
type Show = (visit: Visit, form: Form) => Answer | Promise<Answer>;

const logger = new Logger({ serviceName: "public-links" });

const at = (
  method: Method,
  path: string,
  kind: LinkKind,
  show: Show,
): Route<APIGatewayProxyEventV2, Answer> => ({
  method,
  path,
  handler: async (event: APIGatewayProxyEventV2) => {
    const visit = await visitOf(kind, event);
    return visit ? show(visit, await formOf(event)) : notFound();
  },
});

const routes = [
  at("GET", "/u/{token}", "unsubscribe", showUnsubscribe),
  at("HEAD", "/u/{token}", "unsubscribe", showUnsubscribe),
  at("POST", "/u/{token}", "unsubscribe", unsubscribe),
  at("GET", "/p/{token}", "preferences", (visit) => showPreferences(visit)),
  at("HEAD", "/p/{token}", "preferences", (visit) => showPreferences(visit)),
  at("POST", "/p/{token}", "preferences", changePreferences),
  ...(["GET", "HEAD", "POST"] as const).flatMap((method) => [
    { method, path: "/join/{business}", handler: join },
    { method, path: "/c/{token}", handler: confirmSignUp },
  ]),
  at("GET", "/r/{token}", "rating", showRating),
  at("HEAD", "/r/{token}", "rating", showRating),
  at("POST", "/r/{token}", "rating", rate),
  { method: "ANY" as const, path: "/{proxy+}", handler: async () => notFound() },
];

/** The pages that links in mails lead to. GET only looks; POST acts, and may be repeated. */
export const handler = middy<APIGatewayProxyEventV2, Answer>(httpRouter(routes))
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
