import type { Business } from "../businesses.ts";
import type { Evidence } from "../consents.ts";
import { SapaError } from "../errors.ts";
import { type IdentityField, identityFields, keysOf, normalise, owners, taken } from "../identities.ts";
import { type BusinessId, type CustomerId, newId } from "../ids.ts";
import { backOff, type Records, stored, type Write } from "../store.ts";
import { put, reasonFor } from "../suppressions.ts";
import type { Instant } from "../time.ts";
import { announce } from "./announce.ts";
import { tries } from "./change.ts";
import { check, type DetailsPatch, merge } from "./merge.ts";
import { blank, gently, type Plan, plan } from "./plan.ts";
import { type Consent, type Customer, fromItem, keyOf, type SuppressionReason } from "./record.ts";

export type UpsertInput = {
  /** With at least one of email, phone and external id; what is absent stays, null removes. */
  details: DetailsPatch;
  consent?: Consent | undefined;
  /** Suppresses the customer's address with the save; an earlier reason stays. */
  suppress?: SuppressionReason | undefined;
  evidence: Evidence;
};

export type Upserted = {
  customer: Customer;
  outcome: "created" | "updated" | "unchanged";
  /** The customer as they were, if they were known. */
  before: Customer | undefined;
};

/** Where a save reads and writes, and how it tells that somebody unsubscribed. */
export type Saving = Records & { announce: typeof announce };
/** Said to be pure, so that it is no part of functions that save nobody. */
export const saving: Saving = /* @__PURE__ */ Object.assign({ announce }, stored);

/**
 * Saves what is known of a customer, who is found by any of the identities given, or created. Identities of
 * two different customers are a `conflict` naming each. It never turns an unsubscribed customer back on, and
 * an address that is suppressed stays so. Saving the same again writes nothing.
 */
export async function upsert(
  business: Business,
  input: UpsertInput,
  now: Instant,
  records: Saving = saving,
): Promise<Upserted> {
  const details = prepare(business, input);
  const keys = keysOf(business.id, details);
  const fresh = newId("cus");
  for (let attempt = 1; attempt <= tries; attempt++) {
    const found = await owners(
      keys.map(([, key]) => key),
      records,
    );
    const id = onlyOwner(keys, found);
    const before = id && (await read(business.id, id, records));
    // An identity without its customer is one that is being erased: look again.
    if (before || !id) {
      const planned = planUpsert({ before, fresh: blank(business.id, fresh, now), details, input }, now, {
        suppression: await suppressionOf({ business: business.id, before }, details.email, records),
      });
      if (await commit(planned, records)) return planned;
    }
    await backOff(attempt);
  }
  throw new Error("The customer to save kept changing");
}

/** What an owner changes of a known customer. */
export type UpdateInput = { details?: DetailsPatch; consent?: Consent | undefined; evidence: Evidence };

/**
 * Changes a customer by their id: what is absent stays, null removes. Unlike a save by identity it sets the
 * consent as told, `subscribed` included: the owner vouches for it. An identity that another customer of the
 * business has is a `conflict` naming it.
 */
export async function update(
  business: Business,
  id: CustomerId,
  { details: patch = {}, consent, evidence }: UpdateInput,
  now: Instant,
): Promise<Customer> {
  check(business, patch);
  const details = normalise(business, patch as Identified);
  const keys = keysOf(business.id, details);
  for (let attempt = 1; attempt <= tries; attempt++) {
    const before = await read(business.id, id);
    if (!before) throw new SapaError("not-found", "No such customer");
    const found = await owners(keys.map(([, key]) => key));
    const others = keys.flatMap(([field, key]): [IdentityField, CustomerId][] => {
      const owner = found.get(key);
      return owner && owner !== id ? [[field, owner]] : [];
    });
    if (others.length) throw taken(others);
    const after = identified({ ...merge(before, details), consent: consent ?? before.consent });
    const suppression = await suppressionOf({ business: business.id, before }, after.email);
    const planned = withSuppressions(plan({ before, after, suppression, evidence }, now), undefined, now);
    if (await commit(planned)) return planned.customer;
    await backOff(attempt);
  }
  throw new Error(`The customer ${id} kept changing`);
}

type Identified = DetailsPatch & { email?: string; phone?: string; externalId?: string };

/** The details checked and normalised; `invalid` without any identity. */
export function prepare(business: Business, { details }: UpsertInput): Identified {
  check(business, details);
  const prepared = normalise(business, details as Identified);
  if (!identityFields.some((field) => prepared[field])) {
    throw new SapaError("invalid", "The customer can't be told from others", [
      { field: "email", message: "is needed, or a phone or externalId" },
    ]);
  }
  return prepared;
}

/** What saving the details makes of a customer as read, or of a fresh one. */
export function planUpsert(
  saved: { before: Customer | undefined; fresh: Customer; details: DetailsPatch; input: UpsertInput },
  now: Instant,
  { suppression }: Pick<Parameters<typeof plan>[0], "suppression">,
): Plan {
  const { before, fresh, details, input } = saved;
  if (suppression === "erasure" && input.evidence.way === "import") throw erased();
  const consent = gently(before?.consent, input.consent);
  const after = { ...merge(before ?? fresh, details), consent };
  const { suppress, evidence } = input;
  const moved = before?.email !== after.email;
  const reason = suppression ?? (moved ? suppress : undefined);
  const marked = suppress && !moved && after.email ? { suppressed: suppress, ...after } : after;
  const planned = plan(
    { before, after: before ? identified(marked) : marked, suppression: reason, evidence },
    now,
  );
  return withSuppressions(planned, suppress, now);
}

/**
 * A plan with what it does to addresses: that of the customer is suppressed where that is wanted, and one that they
 * leave behind is where they have unsubscribed. Whoever left has left under that address too: else the next file would
 * bring it in as somebody new.
 */
function withSuppressions(planned: Plan, suppress: SuppressionReason | undefined, now: Instant): Plan {
  const { before, customer, outcome, writes } = planned;
  if (outcome === "unchanged") return planned;
  const stop = (email: string | undefined, reason: SuppressionReason): Write[] =>
    email ? [put(customer.business, email, { reason, at: now })] : [];
  const hasLeft = before?.consent === "unsubscribed" || customer.consent === "unsubscribed";
  const leftBehind = before?.email !== customer.email && hasLeft;
  return {
    ...planned,
    writes: [
      ...writes,
      ...(suppress ? stop(customer.email, suppress) : []),
      ...(leftBehind ? stop(before?.email, "unsubscribed") : []),
    ],
  };
}

/** A file may be older than the erasure: were its rows taken, the person would be back in the business's records. */
const erased = () =>
  new SapaError("invalid", "The customer can't be saved", [
    {
      field: "email",
      message: "belongs to someone who was erased; they can sign up again by themselves",
      secret: true,
    },
  ]);

/** The one customer whom the identities belong to; `conflict` when there are two. */
export function onlyOwner(
  keys: readonly [IdentityField, string][],
  found: ReadonlyMap<string, CustomerId>,
): CustomerId | undefined {
  const owned = keys.flatMap(([field, key]): [IdentityField, CustomerId][] => {
    const owner = found.get(key);
    return owner ? [[field, owner]] : [];
  });
  if (new Set(owned.map(([, owner]) => owner)).size > 1) {
    throw new SapaError(
      "conflict",
      "The identities belong to different customers of yours",
      owned.map(([field, owner]) => ({ field, message: `belongs to your customer ${owner}` })),
    );
  }
  return owned[0]?.[1];
}

/** Makes a plan true, and tells of an unsubscription. False when the customer, or an identity, has changed since. */
async function commit(planned: Plan, records: Saving = saving): Promise<boolean> {
  if (planned.outcome === "unchanged") return true;
  if (await records.transact(planned.writes)) return false;
  await records.announce(planned.before, planned.customer);
  return true;
}

async function read(
  business: BusinessId,
  id: CustomerId,
  records: Saving = saving,
): Promise<Customer | undefined> {
  const item = await records.find("customers", keyOf(business, id), { ConsistentRead: true });
  return item && fromItem(item);
}

/** Why a customer's wanted address must not be mailed; asked only when it is not the one they have. */
async function suppressionOf(
  { business, before }: { business: BusinessId; before: Customer | undefined },
  email: string | null | undefined,
  records: Saving = saving,
) {
  return email && email !== before?.email ? await reasonFor(business, email, records) : undefined;
}

function identified(customer: Customer): Customer {
  if (identityFields.some((field) => customer[field])) return customer;
  throw new SapaError("invalid", "The customer could not be told from others", [
    { field: "email", message: "can't be removed: it is the last of email, phone and externalId" },
  ]);
}
