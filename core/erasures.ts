import { z } from "zod";
import { SapaError } from "./errors.ts";
import { BusinessId, CustomerId, ErasureId } from "./ids.ts";
import * as store from "./store.ts";
import { Instant } from "./time.ts";

const count = (description: string) => z.int().meta({ description });

/** How much was removed, by what it was. */
export const Removed = z.object({
  identities: count("Email, phone and external id"),
  orders: count("That lost their customer; as sales they stay"),
  consents: count("Entries that lost IP address, browser, and file, row and value of an import"),
  sends: count("That lost when the mail was opened and its links were followed"),
  clicks: count("On links in mails"),
  responses: count("Ratings and reasons for leaving, with the words"),
  signUps: count("That were waiting for their confirmation"),
});
export type Removed = z.infer<typeof Removed>;

/** The receipt of an erasure: it proves that a customer was erased, and holds nothing that tells who they were. */
export const Erasure = z.object({
  id: ErasureId,
  business: BusinessId,
  customer: CustomerId,
  /** From then on they are not mailed, and nothing tells who they were: it went first and at once. */
  requestedAt: Instant,
  /** Who asked: the owner, or the customer on the page that a link in their mail leads to. */
  way: z.enum(["api", "link"]),
  /** How many orders they had. */
  orders: z.int().optional(),
  removed: Removed,
  /** The keyed hash of the email address, by which no import brings it back; nothing else of it stays. */
  addressHash: z.string().optional(),
  /** When all of it was done; a minute later as a rule, and within 24 hours. */
  finishedAt: Instant.optional(),
});
export type Erasure = z.infer<typeof Erasure>;

export const nothing: Removed = {
  identities: 0,
  orders: 0,
  consents: 0,
  sends: 0,
  clicks: 0,
  responses: 0,
  signUps: 0,
};

/** A customer's id is never given again, so that each is erased once, and asking again finds the same receipt. */
export const idFor = (customer: CustomerId): ErasureId => `era_${customer.slice("cus_".length)}`;

export async function find(business: BusinessId, id: ErasureId): Promise<Erasure | undefined> {
  return (await store.find("erasures", { business, id }, { ConsistentRead: true })) as Erasure | undefined;
}

export async function get(business: BusinessId, id: ErasureId): Promise<Erasure> {
  const erasure = await find(business, id);
  if (!erasure) throw new SapaError("not-found", "There is no such receipt");
  return erasure;
}

/** Receipts of a business, the latest first. */
export async function list(
  business: BusinessId,
  { limit, cursor }: { limit: number; cursor?: string | undefined },
): Promise<{ items: Erasure[]; next?: string }> {
  const place = cursor === undefined ? undefined : store.decodeCursor(cursor);
  const { items, next } = await store.query("erasures", {
    IndexName: "byTime",
    KeyConditionExpression: "business = :business",
    ExpressionAttributeValues: { ":business": business },
    ScanIndexForward: false,
    Limit: limit,
    ...(place && {
      ExclusiveStartKey: { business, id: String(place.id), requestedAt: String(place.requestedAt) },
    }),
  });
  const found = await store.findMany(
    "erasures",
    items.map(({ id }) => ({ business, id: String(id) })),
  );
  const byId = new Map(found.map((item) => [item.id, item as Erasure]));
  return {
    items: items.flatMap(({ id }) => byId.get(id) ?? []),
    ...(next && { next: store.encodeCursor({ id: next.id ?? "", requestedAt: next.requestedAt ?? "" }) }),
  };
}

/** The write that opens a receipt; it belongs into the transaction that removes the customer. */
export const opening = (erasure: Erasure): store.Write => ({
  Put: {
    TableName: store.tableName("erasures"),
    Item: erasure,
    ConditionExpression: "attribute_not_exists(id)",
  },
});

/** The write that adds to what a receipt counts; it belongs into the transaction that removes it. */
export const counting = ({ business, id }: Erasure, kind: keyof Removed, by: number): store.Write => ({
  Update: {
    TableName: store.tableName("erasures"),
    Key: { business, id },
    UpdateExpression: "SET removed.#kind = removed.#kind + :by",
    ConditionExpression: "attribute_exists(id)",
    ExpressionAttributeNames: { "#kind": kind },
    ExpressionAttributeValues: { ":by": by },
  },
});

/** Closes a receipt; false when it is closed already. */
export async function close({ business, id }: Erasure, now: Instant): Promise<boolean> {
  const outcomes = await store.transact([
    {
      Update: {
        TableName: store.tableName("erasures"),
        Key: { business, id },
        UpdateExpression: "SET finishedAt = :now",
        ConditionExpression: "attribute_exists(id) AND attribute_not_exists(finishedAt)",
        ExpressionAttributeValues: { ":now": now },
      },
    },
  ]);
  return outcomes === undefined;
}
