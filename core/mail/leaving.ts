import { environmentIfAny } from "../environment.ts";

/** SES takes header values of at most this many characters. */
const longestHeader = 995;

/**
 * The headers by which a mail program unsubscribes its reader: one POST to this address does it (RFC 8058) and, where
 * the stack receives mail, so does a mail whose subject is the link's token (RFC 2369).
 */
export function leavingHeaders(url: string): { Name: string; Value: string }[] {
  const address = environmentIfAny("UNSUBSCRIBE_ADDRESS");
  const both = address && `<${url}>, <mailto:${address}?subject=${url.slice(url.lastIndexOf("/") + 1)}>`;
  return [
    { Name: "List-Unsubscribe", Value: both && both.length <= longestHeader ? both : `<${url}>` },
    { Name: "List-Unsubscribe-Post", Value: "List-Unsubscribe=One-Click" },
  ];
}
