import type { Business } from "../businesses.ts";
import { SapaError } from "../errors.ts";
import { identityKey, keysOf, owners } from "../identities.ts";
import { newId } from "../ids.ts";
import { reasonsFor } from "../suppressions.ts";
import type { Instant } from "../time.ts";
import { connected } from "./connected.ts";
import { blank, type Plan } from "./plan.ts";
import { getMany } from "./search.ts";
import {
  onlyOwner,
  planUpsert,
  prepare,
  type Saving,
  saving,
  type Upserted,
  type UpsertInput,
  upsert,
} from "./upsert.ts";

/** DynamoDB's limit of one transaction. */
const mostWrites = 100;
const mostCustomers = 25;
/** DynamoDB takes 4 MB, and a customer with a long history and long attributes has some 300 KB. */
const mostBytes = 3_000_000;
const inFlight = 8;

type Entry = { at: number; input: UpsertInput; details: ReturnType<typeof prepare>; keys: string[] };
type Planned = { entry: Entry; plan: Plan };
type Known = Awaited<ReturnType<typeof read>>;

/**
 * Saves many customers as `upsert` saves one, and answers for each in order: the customer, or what is wrong
 * with it. Customers that have nothing to do with each other share transactions, which is many times faster;
 * inputs that mean the same customer are saved one after the other, in their order.
 */
export async function upsertMany(
  business: Business,
  inputs: readonly UpsertInput[],
  now: Instant,
  records: Saving = saving,
): Promise<(Upserted | SapaError)[]> {
  const results: (Upserted | SapaError)[] = [];
  const single = async ({ at, input }: Entry) => {
    results[at] = await upsert(business, input, now, records).catch(problem);
  };

  const entries = inputs.flatMap((input, at): Entry[] => {
    const details = orProblem(() => prepare(business, input));
    if (!(details instanceof SapaError)) {
      return [{ at, input, details, keys: keysOf(business.id, details).map(([, key]) => key) }];
    }
    results[at] = details;
    return [];
  });
  const known = await read(business, entries, records);

  const planned: Planned[] = [];
  const oneByOne: Entry[][] = [];
  for (const group of connected(entries, ({ keys }) => [
    ...keys,
    ...keys.flatMap((key) => known.owners.get(key) ?? []),
  ])) {
    const [entry, ...others] = group;
    const plan =
      entry && others.length === 0 ? orProblem(() => planFor(business, entry, known, now)) : undefined;
    if (!entry || !plan) oneByOne.push(group);
    else if (plan instanceof SapaError || plan.outcome === "unchanged") results[entry.at] = plan;
    else planned.push({ entry, plan });
  }

  await parallel(packs(planned), async (pack) => {
    if (await records.transact(pack.flatMap(({ plan }) => plan.writes))) {
      // One of them has changed since it was read; which one does not matter, each is tried alone.
      for (const { entry } of pack) await single(entry);
      return;
    }
    for (const { entry, plan } of pack) {
      await records.announce(plan.before, plan.customer);
      results[entry.at] = plan;
    }
  });
  await parallel(oneByOne, async (group) => {
    for (const entry of group) await single(entry);
  });
  return results;
}

/** Everything that planning needs, in three reads of up to 100 keys at a time. */
async function read(business: Business, entries: readonly Entry[], records: Saving) {
  const owned = await owners([...new Set(entries.flatMap(({ keys }) => keys))], records);
  const emails = entries.flatMap(({ details: { email } }) =>
    email && !owned.has(identityKey(business.id, "email", email)) ? [email] : [],
  );
  const [suppressions, customers] = await Promise.all([
    reasonsFor(business.id, emails, records),
    getMany(business.id, [...owned.values()], records),
  ]);
  return { owners: owned, suppressions, customers: new Map(customers.map((one) => [one.id, one])) };
}

/** Undefined when the customer who has the identities could not be read: they are being erased just now. */
function planFor(
  business: Business,
  { details, input }: Entry,
  known: Known,
  now: Instant,
): Plan | undefined {
  const id = onlyOwner(keysOf(business.id, details), known.owners);
  const before = id && known.customers.get(id);
  if (id && !before) return undefined;
  const suppression = details.email ? known.suppressions.get(details.email) : undefined;
  const fresh = blank(business.id, newId("cus"), now);
  return planUpsert({ before, fresh, details, input }, now, { suppression });
}

/** Plans whose writes go into one transaction each. */
function packs(planned: readonly Planned[]): Planned[][] {
  const all: Planned[][] = [];
  let pack: Planned[] = [];
  let writes = 0;
  let bytes = 0;
  for (const one of planned) {
    const size = Buffer.byteLength(JSON.stringify(one.plan.customer));
    const isFull = pack.length >= mostCustomers || writes + one.plan.writes.length > mostWrites;
    if (pack.length === 0 || isFull || bytes + size > mostBytes) {
      pack = [];
      writes = 0;
      bytes = 0;
      all.push(pack);
    }
    pack.push(one);
    writes += one.plan.writes.length;
    bytes += size;
  }
  return all;
}

async function parallel<T>(all: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
  const waiting = all.values();
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      for (const one of waiting) await work(one);
    }),
  );
}

function orProblem<T>(work: () => T): T | SapaError {
  try {
    return work();
  } catch (error) {
    return problem(error);
  }
}

function problem(error: unknown): SapaError {
  if (error instanceof SapaError) return error;
  throw error;
}
