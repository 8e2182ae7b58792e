import { randomUUID } from "node:crypto";
import { z } from "zod";
import { raise } from "../events.ts";
import { BusinessId, CustomerId } from "../ids.ts";
import * as limits from "../limits.ts";
import { Instant } from "../time.ts";

/** What a link that is mailed on request opens: the preferences, all that is kept, or the way to have it erased. */
export const RequestedLink = z.enum(["preferences", "export", "erasure"]);
export type RequestedLink = z.infer<typeof RequestedLink>;

/** Whoever holds a link of a customer may have a further one mailed to the customer. The id makes it one letter. */
export const LinkRequest = z.object({
  id: z.string(),
  business: BusinessId,
  customer: CustomerId,
  link: RequestedLink,
  at: Instant,
});
export type LinkRequest = z.infer<typeof LinkRequest>;

/**
 * Has a link mailed to the address that the customer has now, unless too many were asked for. Whoever asks is told the
 * same, and this takes the same time, whichever address it is and whether or not there is one.
 */
export async function requestLink(
  { business, customer }: Pick<LinkRequest, "business" | "customer">,
  link: RequestedLink,
  at: Instant,
): Promise<void> {
  const name = `${business}#${customer}#links`;
  if (await limits.countInAll(name, limits.linksOfOneCustomer, at)) return;
  const request: LinkRequest = { id: randomUUID(), business, customer, link, at };
  await raise("link.requested", request);
}
