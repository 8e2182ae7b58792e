import type { IncomingMessage } from "node:http";

/** Names of this machine: a page of another site can have its own name lead here, but not take one of these. */
const loopback = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/i;

/**
 * Why a request may not command the host: it was addressed to a name that is not this machine's (DNS rebinding), or a
 * page of another origin had the browser make it. What is no browser, such as curl, sends neither header.
 * https://fetch.spec.whatwg.org/#origin-header, https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header
 */
export function foreignBecause({ headers }: IncomingMessage): string | undefined {
  const { host = "", origin, "sec-fetch-site": site = "none" } = headers;
  if (!loopback.test(host)) return `It was addressed to ${host || "nobody"}, which is not this machine`;
  if (origin !== undefined && origin !== `http://${host}`) return `It comes from a page of ${origin}`;
  if (site !== "none" && site !== "same-origin") return "It comes from a page of another site";
  return undefined;
}
