import { z } from "zod";

/** A host by its full name in ASCII, as DNS has it (RFC 1123, 2.1): no number, no port, nothing but names and dots. */
const hostname = /^(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])$/;

/** What a browser drops from an address or reads in a way of its own, so that two readers would see two addresses. */
const ambiguous = /[\s\p{C}"'<>\\^`{|}]/u;

/**
 * A web address that an owner gives: https, to a host by its name, without user and password. WHATWG's URL parser by
 * itself takes `https://logo.example;form-action/x.png` for an address, and the host of that is a text of its author's
 * choosing.
 */
export const HttpsUrl = z
  .url({ protocol: /^https$/, error: "must be an https address", abort: true })
  .max(500)
  .refine(isPlain, { error: "must be an https address, such as https://shop.example/page" });

/** The same where it is read back: an address stored under older rules is left out, and all else stays readable. */
export const StoredHttpsUrl = HttpsUrl.optional().catch(undefined);

function isPlain(text: string): boolean {
  const url = new URL(text);
  return hostname.test(url.hostname) && url.username === "" && url.password === "" && !ambiguous.test(text);
}

/** The origin of an address, `https://logo.example`; undefined for all that `HttpsUrl` refuses. */
export function originOf(address: string): Origin | undefined {
  const parsed = HttpsUrl.safeParse(address);
  return parsed.success ? (new URL(parsed.data).origin as Origin) : undefined;
}

/** An https origin with a host that is a name. */
export type Origin = `https://${string}`;
export const isOrigin = (text: string): text is Origin => originOf(text) === text;
