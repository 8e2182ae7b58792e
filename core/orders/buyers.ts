import type { Business } from "../businesses.ts";
import type { Evidence } from "../consents.ts";
import type { Saving } from "../customers/upsert.ts";
import { upsertMany } from "../customers/upsert-many.ts";
import { SapaError } from "../errors.ts";
import { keysOf, normalise, owners } from "../identities.ts";
import type { CustomerId } from "../ids.ts";
import type { Buyer } from "../orders.ts";
import type { Instant } from "../time.ts";

type Sought = { buyer: Buyer; evidence: Evidence };

/**
 * The customer behind each buyer, in order. Who is not known by all the identities given is saved with them;
 * a name is only taken from an order for someone new. Whether an id's customer exists is not looked up here.
 */
export async function customersOf(
  business: Business,
  sought: readonly Sought[],
  now: Instant,
  records: Saving,
): Promise<(CustomerId | SapaError)[]> {
  const prepared = sought.map(({ buyer }) => (buyer.id ? buyer.id : keysIn(business, buyer)));
  const keys = new Set(prepared.flatMap((keys) => (Array.isArray(keys) ? keys : [])));
  const known = await owners([...keys], records);

  const toSave = new Map<string, { evidence: Evidence; details: Buyer }>();
  const found = sought.map(({ buyer, evidence }, at): CustomerId | SapaError | { saved: string } => {
    const keys = prepared[at];
    if (!Array.isArray(keys)) return keys ?? new SapaError("invalid", "There is no customer");
    const owned = keys.map((key) => known.get(key));
    const [owner] = owned;
    if (owner && owned.every((one) => one === owner)) return owner;
    const saved = keys.join("\n");
    const { name, ...identities } = buyer;
    const someoneNew = !owned.some((one) => one);
    const earlier = toSave.get(saved);
    const details = { ...identities, ...(someoneNew && name && { name }), ...earlier?.details };
    toSave.set(saved, { details, evidence: earlier?.evidence ?? evidence });
    return { saved };
  });

  const results = await upsertMany(business, [...toSave.values()], now, records);
  const saved = new Map([...toSave.keys()].map((key, at) => [key, results[at]]));
  return found.map((one) => {
    if (typeof one === "string") return one;
    if (one instanceof SapaError) return one;
    const result = saved.get(one.saved);
    if (!result) throw new Error("A customer was saved without an answer");
    return result instanceof SapaError ? ofCustomer(result) : result.customer.id;
  });
}

function keysIn(business: Business, { email, phone, externalId }: Buyer): string[] | SapaError {
  try {
    return keysOf(business.id, normalise(business, { email, phone, externalId })).map(([, key]) => key);
  } catch (error) {
    if (error instanceof SapaError) return ofCustomer(error);
    throw error;
  }
}

/** The same error with its fields where an order has them. */
const ofCustomer = (error: SapaError): SapaError =>
  new SapaError(
    error.code,
    error.message,
    error.problems.map((one) => ({ ...one, field: `customer.${one.field}` })),
  );
