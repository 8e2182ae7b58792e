import * as businesses from "../businesses.ts";
import { identityKey, normaliseEmail, owners } from "../identities.ts";
import { transact } from "../store.ts";
import { everyone, isShared, put, suppress } from "../suppressions.ts";
import type { Instant } from "../time.ts";

/**
 * Stops all mail to an address that does not exist for every business of this deployment, where the operator has it so;
 * else nothing.
 * From the first write on no business takes the address unmarked, so that those who had it before can be found one
 * page of businesses after the other.
 */
export async function suppressForAll(email: string, at: Instant): Promise<void> {
  if (!isShared()) return;
  const address = normaliseEmail(email);
  await transact([put(everyone, address, { reason: "bounce", at })]);
  let cursor: string | undefined;
  do {
    const { items, next } = await businesses.list({ limit: 100, cursor });
    const identities = new Map(items.map(({ id }) => [identityKey(id, "email", address), id]));
    for (const identity of (await owners([...identities.keys()])).keys()) {
      const business = identities.get(identity);
      if (business) await suppress(business, address, "bounce", at);
    }
    cursor = next;
  } while (cursor);
}
