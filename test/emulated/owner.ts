import { setTimeout as pause } from "node:timers/promises";
import { type Answer, fetchByHost } from "./deviations.ts";

// biome-ignore lint/suspicious/noExplicitAny: what the story expects of an answer says its type better than a cast.
export type Json = any;

/** Who holds a key speaks to the API; every step must succeed. */
export const askWith =
  (apiUrl: string, key: string) =>
  async (operation: `${string} /${string}`, body?: unknown): Promise<Json> => {
    const [method = "", path = ""] = operation.split(" ");
    const answer = await fetchByHost(`${apiUrl}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body !== undefined && { "content-type": "application/json" }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (answer.status < 300) return answer.text === "" ? undefined : JSON.parse(answer.text);
    throw new Error(`${operation}: ${answer.status} ${answer.text}`);
  };

/** Looks again until it is so; fails with what it last saw. */
export async function until<T>(look: () => Promise<T>, isSo: (seen: T) => boolean, seconds = 60): Promise<T> {
  for (const end = Date.now() + seconds * 1000; ; await pause(500)) {
    const seen = await look();
    if (isSo(seen)) return seen;
    if (Date.now() > end) throw new Error(`Not after ${seconds} s: ${JSON.stringify(seen, null, 2)}`);
  }
}

/** A call of one of AWS's query APIs, for which the product needs no client: the answer's XML. */
export async function awsQuery(
  endpoint: string,
  { service, ...parameters }: { service: string; Action: string; Version: string } & Record<string, string>,
): Promise<string> {
  const scope = `Credential=test/20261124/us-east-1/${service}/aws4_request`;
  const response = await fetch(endpoint, {
    method: "POST",
    headers: { authorization: `AWS4-HMAC-SHA256 ${scope}, SignedHeaders=host, Signature=none` },
    body: new URLSearchParams(parameters),
  });
  return response.text();
}

/** What a function of the stack has logged as an error. */
export async function errorsOf(endpoint: string, name: string): Promise<string[]> {
  const scope = "Credential=test/20261124/us-east-1/logs/aws4_request";
  const response = await fetch(endpoint, {
    method: "POST",
    headers: {
      authorization: `AWS4-HMAC-SHA256 ${scope}, SignedHeaders=host, Signature=none`,
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": "Logs_20140328.FilterLogEvents",
    },
    body: JSON.stringify({ logGroupName: `/Sapa/${name}` }),
  });
  const { events = [] } = (await response.json()) as { events?: { message: string }[] };
  return events.map(({ message }) => `${name}: ${message}`).filter((line) => /error/i.test(line));
}

export const header = (
  { headers = [] }: { headers?: { name: string; value: string }[] | undefined },
  name: string,
) => headers.find((one) => one.name.toLowerCase() === name.toLowerCase())?.value ?? "";

export type { Answer };
