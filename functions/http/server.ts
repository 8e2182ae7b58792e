import { setTimeout as sleep } from "node:timers/promises";
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import { z } from "zod";
import type { Deadline } from "../../core/deadline.ts";
import { SapaError } from "../../core/errors.ts";
import { instant } from "../../core/time.ts";
import { authenticate, authorise } from "./authenticate.ts";
import { jsonOf, textOf } from "./body.ts";
import { contentPolicy } from "./content-policy.ts";
import { assertKey, once } from "./idempotency.ts";
import { answerTo, expected, HttpProblem } from "./problems.ts";
import type { Answer, Caller, Intent, Route } from "./route.ts";
import { type Router, routerOf } from "./router.ts";
import type { Throttle } from "./throttle.ts";
import { validate } from "./validate.ts";

/** What became of a request, for logs and metrics; without anything personal. */
export type Report = {
  /** The request's id at API Gateway, which its answer names and API Gateway's own log too. */
  requestId: string;
  operation: string;
  business?: string;
  /** The id of the key, never the key. */
  caller?: string;
  status: number;
  milliseconds: number;
  /** What was thrown and is a bug. */
  error?: unknown;
};

type Server = {
  routes: readonly Route[];
  /** What is served to anyone beside the API: path to answer. */
  pages?: Record<string, (event: APIGatewayProxyEventV2) => Promise<Answer>>;
  report?: (report: Report) => void;
  throttle?: Throttle;
};

export type Serve = (event: APIGatewayProxyEventV2) => Promise<APIGatewayProxyStructuredResultV2>;

/** Answers requests of an HTTP API (payload 2.0) from a list of routes: the whole of the API's HTTP. */
export function serverOf({ routes, pages = {}, report = () => {}, throttle }: Server): Serve {
  const match = routerOf(routes);

  return async (event) => {
    const started = performance.now();
    const { requestId, http } = event.requestContext;
    const facts: Facts = { operation: "none" };
    let answer: Answer;
    let bug: unknown;
    try {
      const page = pageOf(pages, event);
      answer = page ? await page(event) : await operate({ match, throttle }, event, facts);
      assertFits(answer, facts.operation);
    } catch (error) {
      answer = optionsOf(http.method, error) ?? answerTo(error, requestId);
      if (!expected(error)) bug = error;
    }
    report({
      requestId,
      ...facts,
      status: answer.status,
      milliseconds: Math.round(performance.now() - started),
      ...(bug !== undefined && { error: bug }),
    });
    return resultOf(answer, event);
  };
}

type Facts = { operation: string; business?: string; caller?: string };

async function operate(
  { match, throttle }: { match: Router; throttle: Throttle | undefined },
  event: APIGatewayProxyEventV2,
  facts: Facts,
): Promise<Answer> {
  const { method } = event.requestContext.http;
  const { route, params } = match(method === "HEAD" ? "GET" : method, event.rawPath);
  facts.operation = route.id;
  const identity = await identify(event, throttle);
  facts.caller = identity.caller.name;
  const business = await authorise(route.access, identity, params.business);
  if (business) facts.business = business.id;

  const text = route.body ? textOf(event) : "";
  const request = {
    business,
    caller: identity.caller,
    params: route.params && validate(route.params, params, "path"),
    query: queryOf(route, event.rawQueryString),
    body: route.body && bodyOf(route.body, text, event.headers["content-type"]),
    now: instant(event.requestContext.timeEpoch),
    deadline: deadlineOf(),
  };
  const handle = (intent: Intent) => route.handle({ ...request, intent } as Parameters<Route["handle"]>[0]);
  const key = route.method === "POST" ? event.headers["idempotency-key"] : undefined;
  if (key !== undefined) assertKey(key);
  if (key === undefined || route.personalAnswer) return handle({ at: request.now });
  return once(
    {
      key,
      sender: senderOf(identity.caller, business?.id),
      request: `POST ${event.rawPath}?${event.rawQueryString}\n${text}`,
      secretAnswer: route.secretAnswer ?? false,
      now: request.now,
    },
    (at) => handle({ key, at }),
  );
}

/** API Gateway gives up after 30 seconds: what can't be done by then is refused in time. */
const maxMilliseconds = 22_000;

function deadlineOf(): Deadline {
  const end = performance.now() + maxMilliseconds;
  return {
    now: Date.now,
    sleep: (milliseconds) => sleep(Math.max(0, milliseconds)),
    remaining: () => end - performance.now(),
  };
}

/** Whose key the request holds, within what they, or those who hold none, may ask for. */
async function identify({ headers, requestContext }: APIGatewayProxyEventV2, throttle: Throttle | undefined) {
  const now = instant(requestContext.timeEpoch);
  try {
    const identity = await authenticate(headers.authorization);
    await throttle?.admit(identity.caller.name, now);
    return identity;
  } catch (error) {
    const isRefused = error instanceof SapaError && error.code === "unauthenticated";
    if (isRefused) await throttle?.refuse(requestContext.http.sourceIp, now);
    throw error;
  }
}

/** The operator's keys are apart from the businesses', as two businesses' are from each other. */
const senderOf = (caller: Caller, business: string | undefined): string =>
  caller.name === "operator" || !business ? "operator" : business;

const noQuery = z.strictObject({});

/** Far more than any operation has, and few enough that reading them costs nothing. */
const queryLimits = { characters: 8000, parameters: 30 };

/** A parameter that is given twice becomes a list, which no schema takes by accident. */
export function queryOf(route: Route, raw: string): unknown {
  const { characters, parameters } = queryLimits;
  if (raw.length > characters) throw badQuery(`must have at most ${characters} characters`);
  const query = new Map<string, string | string[]>();
  for (const [index, [name, value]] of [...new URLSearchParams(raw)].entries()) {
    if (index >= parameters) throw badQuery(`must have at most ${parameters} parameters`);
    const earlier = query.get(name);
    query.set(name, earlier === undefined ? value : [earlier, value].flat());
  }
  const parsed: unknown = validate(route.query ?? noQuery, Object.fromEntries(query), "query");
  return route.query && parsed;
}

const badQuery = (message: string) =>
  new SapaError("invalid", "The query is not valid", [{ field: "query", message }]);

/** A body that may be left out is `undefined` when it is. */
function bodyOf(schema: z.ZodType, text: string, contentType: string | undefined): unknown {
  const absent = text === "" && schema.safeParse(undefined).success;
  return validate(schema, absent ? undefined : jsonOf(text, contentType), "body");
}

function pageOf(pages: NonNullable<Server["pages"]>, { rawPath, requestContext }: APIGatewayProxyEventV2) {
  const page = Object.hasOwn(pages, rawPath) ? pages[rawPath] : undefined;
  if (!page) return undefined;
  const { method } = requestContext.http;
  if (method === "GET" || method === "HEAD") return page;
  const allow = "GET, HEAD, OPTIONS";
  throw new HttpProblem(405, `${method} is not known here; ${allow} are`, { allow });
}

/** OPTIONS asks what a 405 would tell. */
function optionsOf(method: string, error: unknown): Answer | undefined {
  if (method !== "OPTIONS" || !(error instanceof HttpProblem) || error.status !== 405) return undefined;
  return { status: 204, headers: error.headers };
}

function resultOf(answer: Answer, event: APIGatewayProxyEventV2): APIGatewayProxyStructuredResultV2 {
  const { status, body, headers = {} } = answer;
  const text = typeof body === "string" && headers["content-type"] ? body : JSON.stringify(body);
  const empty = body === undefined || event.requestContext.http.method === "HEAD";
  return {
    statusCode: status,
    headers: {
      ...securityHeaders,
      ...(body !== undefined && { "content-type": "application/json; charset=utf-8" }),
      ...headers,
      "x-request-id": event.requestContext.requestId,
    },
    ...(!empty && { body: text }),
  };
}

/** What Lambda takes of an answer, in bytes, is 6 MB: one nearly as large is a list without a limit, and a fault. */
const maxAnswer = 5_000_000;

function assertFits({ body }: Answer, operation: string): void {
  const text = JSON.stringify(body) ?? "";
  // No character has more than six bytes, escaped.
  if (text.length <= maxAnswer / 6) return;
  const bytes = Buffer.byteLength(JSON.stringify(text));
  if (bytes > maxAnswer) throw new Error(`The answer of ${operation} has ${bytes} bytes`);
}

const securityHeaders = {
  "cache-control": "no-store",
  "content-security-policy": contentPolicy({ "default-src": "'none'", "frame-ancestors": "'none'" }),
  "referrer-policy": "no-referrer",
  "strict-transport-security": "max-age=31536000",
  "x-content-type-options": "nosniff",
};
