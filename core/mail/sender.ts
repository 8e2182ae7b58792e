import { assertOwnSender } from "../businesses/senders.ts";
import type { Business } from "../businesses.ts";

/**
 * Who a business's mail comes from and where answers go, in the words of SES's send operations. Every send takes it from
 * here, so that none can be made from an address that is not the business's own.
 *
 * @throws SapaError `conflict` where the operator has not bound the sender's address to the business.
 */
export function sender(business: Business): {
  FromEmailAddress: string;
  ReplyToAddresses?: string[];
} {
  assertOwnSender(business);
  const { name, sender } = business;
  return {
    FromEmailAddress: `${phrase(sender.name ?? name)} <${sender.address}>`,
    ...(sender.replyTo && { ReplyToAddresses: [sender.replyTo] }),
  };
}

/** A display name for a header, which holds ASCII only: quoted, or as encoded words of RFC 2047. */
function phrase(name: string): string {
  if (/^[\x20-\x7e]*$/.test(name)) return `"${name.replace(/["\\]/g, "\\$&")}"`;
  return chunks(name)
    .map((chunk) => `=?UTF-8?B?${Buffer.from(chunk).toString("base64")}?=`)
    .join(" ");
}

/** At most 45 bytes each, so that an encoded word keeps to its 75 characters, and no character is cut. */
function chunks(text: string): string[] {
  const found: string[] = [];
  let chunk = "";
  for (const character of text) {
    if (Buffer.byteLength(chunk + character) > 45) {
      found.push(chunk);
      chunk = "";
    }
    chunk += character;
  }
  return [...found, chunk];
}
