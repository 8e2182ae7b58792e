import type { APIGatewayProxyEventV2 } from "aws-lambda";
import type { Business } from "../../core/businesses.ts";
import { issue, Scope } from "../../core/keys.ts";
import type { Route } from "../../functions/http/route.ts";
import { routerOf } from "../../functions/http/router.ts";
import { type Report, serverOf } from "../../functions/http/server.ts";
import { unknownFields } from "../../functions/http/unknown-fields.ts";

export type Call = { key?: string; body?: unknown; headers?: Record<string, string>; now?: string };
// biome-ignore lint/suspicious/noExplicitAny: a test says what it expects of an answer, field by field.
export type Answered = { status: number; headers: Record<string, string>; body: any };

/**
 * The API of these routes as an HTTP API would call it: `call("POST /v1/items", { key, body })`. A string body is sent
 * as it is. Every successful answer is held against the schema that its route promises.
 */
export function apiOf(routes: readonly Route[], options: Partial<Parameters<typeof serverOf>[0]> = {}) {
  const reports: Report[] = [];
  const serve = serverOf({ routes, report: (report) => reports.push(report), ...options });
  const router = routerOf(routes);

  async function call(line: string, { key, body, headers = {}, now }: Call = {}): Promise<Answered> {
    const [method = "GET", target = "/"] = line.split(" ");
    const url = new URL(target, "http://sapa.test");
    const text = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
    const path = decodeURIComponent(url.pathname);
    const event: Partial<APIGatewayProxyEventV2> = {
      version: "2.0",
      rawPath: path,
      rawQueryString: url.search.slice(1),
      headers: {
        ...(text !== undefined && { "content-type": "application/json" }),
        ...(key && { authorization: `Bearer ${key}` }),
        ...headers,
      },
      ...(text !== undefined && { body: text }),
      isBase64Encoded: false,
      requestContext: {
        http: { method, path, sourceIp: "192.0.2.7", userAgent: "test", protocol: "HTTP/1.1" },
        requestId: "request-1",
        timeEpoch: Date.parse(now ?? "2026-11-24T02:00:00.000Z"),
      } as APIGatewayProxyEventV2["requestContext"],
    };
    const result = await serve(event as APIGatewayProxyEventV2);
    // As Lambda sees it, which takes 6 MB.
    const bytes = Buffer.byteLength(JSON.stringify(result));
    if (bytes > 5_000_000) throw new Error(`${line} is answered with ${bytes} bytes`);
    const answer = {
      status: result.statusCode ?? 0,
      headers: result.headers as Record<string, string>,
      body: bodyOf(result.body),
    };
    if (answer.status < 300 && method !== "HEAD" && method !== "OPTIONS") promised(method, path, answer);
    return answer;
  }

  function promised(method: string, path: string, { status, body }: Answered) {
    if (!path.startsWith("/v1/")) return;
    const { answers, id } = router(method, path).route;
    if (!(status in answers)) throw new Error(`${id} promises no answer ${status}`);
    const schema = answers[status];
    if (!schema) return;
    schema.parse(body);
    const unknown = unknownFields(schema, body);
    if (unknown.length)
      throw new Error(`${id} answers with fields it does not promise: ${unknown.join(" ")}`);
  }

  return { call, reports };
}

const bodyOf = (text: string | undefined): unknown => {
  if (text === undefined) return undefined;
  return /^\s*[[{]/.test(text) ? JSON.parse(text) : text;
};

/** A key of the business; with every scope when none are named. */
export async function keyOf(business: Business, scopes: readonly Scope[] = Scope.options): Promise<string> {
  const settings = { name: "Test", scopes: [...scopes], grantable: Scope.options };
  return (await issue(business.id, settings, "2026-11-01T00:00:00.000Z")).token;
}
