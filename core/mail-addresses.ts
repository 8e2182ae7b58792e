import { domainToASCII } from "node:url";

/** Domains of one provider that deliver to the same mailboxes. */
const sameDomains: Record<string, string> = { "googlemail.com": "gmail.com" };

/** Where dots in the first part of an address make no difference (Gmail help, "Dots don't matter in Gmail addresses"). */
const ignoresDots = new Set(["gmail.com"]);

/**
 * One spelling for all addresses that lead to one mailbox: lower case, the domain in ASCII, without a `+tag`, and
 * without dots where the provider ignores them. For counting only: mail goes to an address as it was typed, since
 * some providers tell tags apart.
 */
export function canonicalAddress(email: string): string {
  const trimmed = email.trim().normalize("NFC");
  const at = trimmed.lastIndexOf("@");
  if (at < 0) return trimmed.toLowerCase();
  const typed = trimmed
    .slice(at + 1)
    .toLowerCase()
    .replace(/\.$/, "");
  const ascii = domainToASCII(typed) || typed;
  const domain = sameDomains[ascii] ?? ascii;
  const name = trimmed.slice(0, at).toLowerCase().normalize("NFC");
  const plus = name.indexOf("+");
  const untagged = plus > 0 ? name.slice(0, plus) : name;
  const mailbox = ignoresDots.has(domain) ? untagged.replaceAll(".", "") || untagged : untagged;
  return `${mailbox}@${domain}`;
}
