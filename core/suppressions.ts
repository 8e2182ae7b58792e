import { createHmac } from "node:crypto";
import { change } from "./customers/change.ts";
import type { SuppressionReason } from "./customers/record.ts";
import { environment } from "./environment.ts";
import { identityKey, normaliseEmail, owners } from "./identities.ts";
import type { BusinessId, CustomerId } from "./ids.ts";
import { backOff, find, findMany, type Records, tableName, transact, type Write } from "./store.ts";
import type { Instant } from "./time.ts";

/** Stands for the business in what all businesses of a deployment share, if the operator has them share it. */
export const everyone = "all";
type Whose = BusinessId | typeof everyone;

/**
 * Whether an address that does not exist is suppressed for every business of this deployment: the operator's choice,
 * since the businesses of one agency may be no business of each other. What an address's holder thinks of one business,
 * a complaint, is never shared.
 */
export const isShared = (): boolean => environment("SHARED_SUPPRESSIONS") === "yes";

/**
 * All that is kept of a suppressed address, so that it outlives its customer's erasure without being stored. The
 * business's id keys the hash: it can't be compared between businesses.
 */
export const hashOf = (business: Whose, email: string): string =>
  createHmac("sha256", business).update(normaliseEmail(email)).digest("hex");

export const suppressionKey = (business: Whose, email: string): string =>
  `${business}#${hashOf(business, email)}`;

/** The keys under which an address may be suppressed for a business, its own first. */
export const keysFor = (business: BusinessId, email: string): string[] =>
  [business, ...(isShared() ? ([everyone] as const) : [])].map((whose) => suppressionKey(whose, email));

export type Suppression = { reason: SuppressionReason; at: Instant };

/** What is kept of an address that must not be mailed, the business's own first. Read consistently. */
export async function findAll(business: BusinessId, email: string): Promise<Suppression[]> {
  const keys = keysFor(business, email).map((address) => ({ address }));
  return (await findMany("suppressions", keys, true)) as Suppression[];
}

/** Whether an address is suppressed because its reader wanted it so, who may want something else later. */
export const byOwnWill = (reason: SuppressionReason): boolean =>
  reason === "erasure" || reason === "unsubscribed";

/**
 * Lets mail go again to someone who was erased, or who had unsubscribed under this address, and has asked for it
 * themselves since. Other reasons stay. Doing it again is harmless.
 */
export async function comeBack(business: BusinessId, email: string, now: Instant): Promise<void> {
  const address = normaliseEmail(email);
  const identity = identityKey(business, "email", address);
  const lifted: Write = {
    Delete: {
      TableName: tableName("suppressions"),
      Key: { address: suppressionKey(business, address) },
      ConditionExpression: "attribute_not_exists(address) OR reason IN (:erasure, :unsubscribed)",
      ExpressionAttributeValues: { ":erasure": "erasure", ":unsubscribed": "unsubscribed" },
    },
  };
  const owner = (await owners([identity])).get(identity);
  if (!owner) {
    await transact([lifted]);
    return;
  }
  // The owner may have saved the address again meanwhile.
  await change(business, owner, now, (customer) => {
    if (customer?.email !== address) return undefined;
    const { suppressed, ...rest } = customer;
    return { customer: suppressed && byOwnWill(suppressed) ? rest : customer, writes: [lifted] };
  });
}

/** Why an address must not be mailed, if it must not. Read consistently. */
export async function reasonFor(
  business: BusinessId,
  email: string,
  records: Pick<Records, "find"> = { find },
): Promise<SuppressionReason | undefined> {
  for (const address of keysFor(business, email)) {
    const item = await records.find("suppressions", { address }, { ConsistentRead: true });
    if (item) return item.reason as SuppressionReason;
  }
  return undefined;
}

export const isSuppressed = async (business: BusinessId, email: string): Promise<boolean> =>
  (await reasonFor(business, email)) !== undefined;

/** Those of the (normalised) addresses that must not be mailed, each with the reason. Read consistently. */
export async function reasonsFor(
  business: BusinessId,
  emails: readonly string[],
  records: Pick<Records, "findMany"> = { findMany },
): Promise<Map<string, SuppressionReason>> {
  const addresses = new Map(
    emails.flatMap((email) => keysFor(business, email).map((key) => [key, email] as const)),
  );
  const keys = [...addresses.keys()].map((address) => ({ address }));
  const found = await records.findMany("suppressions", keys, true);
  return new Map(
    found.map((item) => [addresses.get(item.address as string) ?? "", item.reason as SuppressionReason]),
  );
}

/**
 * Stops all mail to an address for good, whether or not a customer has it now. Repeating it changes nothing;
 * the first reason stays. A run that is under way finds the customer's version changed and drops them.
 */
export async function suppress(
  business: BusinessId,
  email: string,
  reason: SuppressionReason,
  now: Instant,
): Promise<void> {
  const address = normaliseEmail(email);
  const identity = identityKey(business, "email", address);
  for (let attempt = 1; attempt <= 10; attempt++) {
    const owner = (await owners([identity])).get(identity);
    if (owner) {
      if (await suppressCustomer({ business, id: owner, address }, reason, now)) return;
    } else {
      // Without the check, a customer created a moment ago with this address would stay unmarked.
      const outcomes = await transact([put(business, address, { reason, at: now }), unowned(identity)]);
      if (!outcomes) return;
    }
    await backOff(attempt);
  }
  throw new Error("The address to suppress kept changing hands");
}

/** False when the customer is gone or has another address by now. */
async function suppressCustomer(
  of: { business: BusinessId; id: CustomerId; address: string },
  reason: SuppressionReason,
  now: Instant,
): Promise<boolean> {
  const known = await reasonFor(of.business, of.address);
  let owns = false;
  await change(of.business, of.id, now, (customer) => {
    owns = customer?.email === of.address;
    if (!customer || !owns || (known && customer.suppressed)) return undefined;
    return {
      customer: { ...customer, suppressed: known ?? reason },
      writes: [put(of.business, of.address, { reason, at: now })],
    };
  });
  return owns;
}

/** The write that suppresses an address; the first reason and time stay. */
export const put = (
  business: Whose,
  email: string,
  { reason, at }: { reason: SuppressionReason; at: Instant },
): Write => ({
  Update: {
    TableName: tableName("suppressions"),
    Key: { address: suppressionKey(business, email) },
    UpdateExpression: "SET reason = if_not_exists(reason, :reason), #at = if_not_exists(#at, :at)",
    ExpressionAttributeNames: { "#at": "at" },
    ExpressionAttributeValues: { ":reason": reason, ":at": at },
  },
});

/** Holds a transaction to what was read: that an address is not suppressed. */
export const unsuppressed = (business: BusinessId, email: string): Write[] =>
  keysFor(business, email).map((address) => ({
    ConditionCheck: {
      TableName: tableName("suppressions"),
      Key: { address },
      ConditionExpression: "attribute_not_exists(address)",
    },
  }));

/** Holds a transaction to what was read: that no customer has an identity. */
export const unowned = (identity: string): Write => ({
  ConditionCheck: {
    TableName: tableName("identities"),
    Key: { identity },
    ConditionExpression: "attribute_not_exists(#identity)",
    ExpressionAttributeNames: { "#identity": "identity" },
  },
});
