import type { IncomingMessage } from "node:http";

/** An HTTP API's event in payload format 2.0, as far as API Gateway fills it without authorizers. */
export type HttpEvent = {
  version: "2.0";
  routeKey: string;
  rawPath: string;
  rawQueryString: string;
  cookies?: string[];
  headers: Record<string, string>;
  queryStringParameters?: Record<string, string>;
  pathParameters?: Record<string, string>;
  requestContext: {
    accountId: string;
    apiId: string;
    domainName: string;
    domainPrefix: string;
    http: { method: string; path: string; protocol: string; sourceIp: string; userAgent: string };
    requestId: string;
    routeKey: string;
    stage: string;
    time: string;
    timeEpoch: number;
  };
  body?: string;
  isBase64Encoded: boolean;
};

type Arrival = {
  routeKey: string;
  pathParameters: Record<string, string>;
  apiId: string;
  account: string;
  requestId: string;
  /** Epoch milliseconds by the host's clock. */
  now: number;
};

/**
 * The event that API Gateway makes of a request. It hands over the path percent-decoded (and cut at a decoded
 * question mark) but the query string as it came, and bodies that are not text in base64; forms count as not text.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export function httpEvent(request: IncomingMessage, body: Buffer, arrival: Arrival): HttpEvent {
  const { path, query } = targetOf(request);
  const { cookie, ...headers } = headersOf(request);
  const isText = textual(headers["content-type"]);
  const parameters = parametersOf(query);
  const { routeKey, apiId, account, requestId, now, pathParameters } = arrival;
  return {
    version: "2.0",
    routeKey,
    rawPath: path,
    rawQueryString: query,
    ...(cookie && { cookies: cookie.split("; ") }),
    headers,
    ...(parameters.size > 0 && {
      queryStringParameters: Object.fromEntries(
        [...parameters].map(([name, values]) => [name, values.join(",")]),
      ),
    }),
    ...(Object.keys(pathParameters).length > 0 && { pathParameters }),
    requestContext: {
      accountId: account,
      apiId,
      domainName: headers.host ?? "",
      domainPrefix: (headers.host ?? "").split(".")[0] ?? "",
      http: {
        method: request.method ?? "GET",
        path,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp: request.socket.remoteAddress ?? "",
        userAgent: headers["user-agent"] ?? "",
      },
      requestId,
      routeKey,
      stage: "$default",
      time: commonLogTime(now),
      timeEpoch: now,
    },
    ...(body.length > 0 && { body: body.toString(isText ? "utf8" : "base64") }),
    isBase64Encoded: body.length > 0 && !isText,
  };
}

/** The values of each parameter. */
function parametersOf(query: string): Map<string, string[]> {
  const parameters = new Map<string, string[]>();
  for (const [name, value] of new URLSearchParams(query)) {
    const values = parameters.get(name);
    if (values) values.push(value);
    else parameters.set(name, [value]);
  }
  return parameters;
}

/** The path as API Gateway sees it, and the query string without its question mark. */
export function targetOf(request: IncomingMessage): { path: string; query: string } {
  const [rawPath = "/", ...rest] = (request.url ?? "/").split("?");
  return { path: decoded(rawPath).split("?")[0] || "/", query: rest.join("?") };
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** Lower-cased names; a header that came several times is joined by commas, but cookies as browsers join them. */
function headersOf(request: IncomingMessage): Record<string, string> {
  const entries = Object.entries(request.headersDistinct).map(([name, values = []]) => {
    return [name, values.join(name === "cookie" ? "; " : ",")] as const;
  });
  const { connection, "transfer-encoding": _, ...kept } = Object.fromEntries(entries);
  return {
    ...kept,
    "x-forwarded-for": request.socket.remoteAddress ?? "",
    "x-forwarded-proto": "http",
  };
}

function textual(contentType: string | undefined): boolean {
  const [type = ""] = (contentType ?? "").toLowerCase().split(";");
  return /^text\/|^application\/(json|javascript|xml)$|\+(json|xml)$/.test(type.trim());
}

/** `24/Nov/2026:02:00:00 +0000`, the time format of access logs. */
function commonLogTime(now: number): string {
  const [, , day, month, year, time] =
    /^(\w+), (\d+) (\w+) (\d+) (\S+)/.exec(new Date(now).toUTCString()) ?? [];
  return `${day}/${month}/${year}:${time} +0000`;
}
