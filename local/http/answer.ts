/** What goes back to the browser. */
export type HttpAnswer = { status: number; headers: Record<string, string | string[]>; body: Buffer };

const json = { "content-type": "application/json" };

/** One of API Gateway's own answers: `{"message":"Internal Server Error"}`. */
export const gatewayAnswer = (status: number, message: string): HttpAnswer => ({
  status,
  headers: json,
  body: Buffer.from(JSON.stringify({ message })),
});

/**
 * The answer that API Gateway makes of what a function returned. A value without `statusCode` is itself the body
 * of a 200; an answer that makes no sense is a 500, whatever it meant.
 */
export function httpAnswer(returned: unknown): HttpAnswer {
  if (!isObject(returned) || returned.statusCode === undefined) {
    const text = typeof returned === "string" ? returned : JSON.stringify(returned ?? null);
    return { status: 200, headers: json, body: Buffer.from(text) };
  }
  const { statusCode, headers = {}, cookies = [], body = "", isBase64Encoded = false } = returned;
  const status = Number(statusCode);
  const valid =
    Number.isInteger(status) && status >= 100 && status <= 599 && isObject(headers) && Array.isArray(cookies);
  if (!valid || (typeof body !== "string" && body !== null))
    return gatewayAnswer(500, "Internal Server Error");

  const given: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(headers)) given[name.toLowerCase()] = String(value);
  // The length is that of the body as sent, which only the gateway knows.
  delete given["content-length"];
  if (cookies.length > 0) given["set-cookie"] = cookies.map(String);
  if (given["content-type"] === undefined) given["content-type"] = "text/plain; charset=utf-8";
  return { status, headers: given, body: Buffer.from(body ?? "", isBase64Encoded ? "base64" : "utf8") };
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
