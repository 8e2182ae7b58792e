import type { Business } from "../businesses.ts";
import { SapaError } from "../errors.ts";

/** What the operator has bound to a business, as far as it matters here. */
type Bound = { limits: Pick<Business["limits"], "identities"> };

/**
 * Whether an address is a business's own: it, or its domain, is among the SES identities that the operator has bound to
 * the business. SES itself knows no businesses, and sends from any identity that the account has verified.
 */
export function isOwnAddress({ limits }: Bound, address: string): boolean {
  const own = address.toLowerCase();
  return limits.identities.some((identity) => identity === own || identity === domainOf(own));
}

const domainOf = (address: string): string => address.slice(address.lastIndexOf("@") + 1);

/**
 * The one answer to every address that is not the business's own, whoever else's it is: it tells nothing of other
 * businesses, nor of what the account has verified.
 */
export const notOwnAddress = "is not an address that the operator has bound to this business";

/** @throws SapaError `conflict` where a business must not send from the address that its settings name. */
export function assertOwnSender(business: Bound & Pick<Business, "sender">): void {
  if (isOwnAddress(business, business.sender.address)) return;
  throw new SapaError("conflict", "The business can't send from its sender's address", [
    { field: "sender.address", message: notOwnAddress },
  ]);
}
