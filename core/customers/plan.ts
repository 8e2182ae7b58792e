import { isDeepStrictEqual } from "node:util";
import type { Evidence } from "../consents.ts";
import * as consents from "../consents.ts";
import { claim, type IdentityField, identityFields, identityKey, release } from "../identities.ts";
import type { BusinessId, CustomerId } from "../ids.ts";
import { tableName, type Write } from "../store.ts";
import { unsuppressed } from "../suppressions.ts";
import type { Instant } from "../time.ts";
import { next, replacement } from "./change.ts";
import {
  type Consent,
  type Customer,
  type Joined,
  noOrders,
  type SuppressionReason,
  toItem,
} from "./record.ts";

/** What a save does to a customer: who they are afterwards, and the writes of its one transaction. */
export type Plan = {
  before: Customer | undefined;
  customer: Customer;
  outcome: "created" | "updated" | "unchanged";
  writes: readonly Write[];
};

/** A customer of whom nothing is known yet; version 0 is never stored. */
export const blank = (business: BusinessId, id: CustomerId, now: Instant): Customer => ({
  id,
  business,
  consent: "pending",
  tags: [],
  attributes: {},
  topics: {},
  statistics: noOrders,
  engagement: {},
  recentSends: [],
  wonBack: {},
  greeted: {},
  createdAt: now,
  updatedAt: now,
  version: 0,
});

export type Saving = {
  before: Customer | undefined;
  /** The customer as wanted, without regard to suppression. */
  after: Customer;
  /** Why the wanted address must not be mailed, as read a moment ago; only asked when the address is new. */
  suppression: SuppressionReason | undefined;
  evidence: Evidence;
};

/** The writes that bring a customer from one state to another, with their identities and the proof of consent. */
export function plan({ before, after: wanted, suppression, evidence }: Saving, now: Instant): Plan {
  const moved = identityFields.filter((field) => before?.[field] !== wanted[field]);
  const renamed = moved.includes("email") ? remembering(before, marked(wanted, suppression)) : wanted;
  const after = joining(before, renamed, { evidence, now });
  if (before && isDeepStrictEqual(before, after)) {
    return { before, customer: before, outcome: "unchanged", writes: [] };
  }
  const customer = next(after, before ?? after, now);
  return {
    before,
    customer,
    outcome: before ? "updated" : "created",
    writes: [
      before ? replacement(customer, before.version) : creation(customer),
      ...moved.flatMap((field) => identityWrites(field, before, customer)),
      ...(moved.includes("email") && customer.email && !customer.suppressed
        ? unsuppressed(customer.business, customer.email)
        : []),
      ...choiceWrites(before, customer, { evidence, now }),
    ],
  };
}

/** The consent after a wish for one, which never turns an unsubscribed customer back on, nor a subscribed one to pending. */
export const gently = (before: Consent | undefined, wanted: Consent | undefined): Consent => {
  if (!before) return wanted ?? "pending";
  if (!wanted || wanted === "pending" || before === "unsubscribed") return before;
  return wanted;
};

/** Keeps with a customer who subscribes by what they did, for as long as they are subscribed. */
export function joining(
  before: Customer | undefined,
  after: Customer,
  { evidence, now }: { evidence: Evidence; now: Instant },
): Customer {
  if (before?.consent === after.consent) return after;
  const { joined: _, ...rest } = after;
  if (after.consent !== "subscribed") return rest;
  return { ...rest, joined: joinedBy({ at: now, ...evidence }) };
}

/** How someone joined, by the entry of their history that says so. */
export const joinedBy = ({ at, way, source, file }: { at: Instant } & Evidence): Joined => ({
  at,
  // Whom an import brought has seen no form: they pressed the button in a mail.
  way: way === "confirmation" && file ? "link" : (joiningWays[way] ?? "link"),
  ...(source && { source }),
});

const joiningWays: Partial<Record<Evidence["way"], Joined["way"]>> = {
  form: "form",
  confirmation: "form",
  api: "api",
  import: "import",
};

function marked(customer: Customer, suppression: SuppressionReason | undefined): Customer {
  // What was known of the address before says nothing of the new one.
  const { suppressed, softBounces, ...rest } = customer;
  return suppression && customer.email ? { ...rest, suppressed: suppression } : rest;
}

/** More than anyone has had; a record that is used for one person after the other forgets the first of them. */
const maxFormerEmails = 20;

/** The customer with the address that they had, for the links in mails that went to it. */
function remembering(before: Customer | undefined, customer: Customer): Customer {
  const had = [...(before?.formerEmails ?? []), ...(before?.email ? [before.email] : [])];
  const { formerEmails: _, ...rest } = customer;
  const former = had.filter((email) => email !== customer.email).slice(-maxFormerEmails);
  return former.length > 0 ? { ...rest, formerEmails: former } : rest;
}

const creation = (customer: Customer): Write => ({
  Put: {
    TableName: tableName("customers"),
    Item: toItem(customer),
    ConditionExpression: "attribute_not_exists(id)",
  },
});

function identityWrites(field: IdentityField, before: Customer | undefined, after: Customer): Write[] {
  const [was, is] = [before?.[field], after[field]];
  return [
    ...(was ? [release(identityKey(after.business, field, was), after.id)] : []),
    ...(is ? [claim(identityKey(after.business, field, is), after.id)] : []),
  ];
}

/** The proof of what changed in a customer's choices, if anything did. */
export function choiceWrites(
  before: Customer | undefined,
  after: Customer,
  { evidence, now }: { evidence: Evidence; now: Instant },
): Write[] {
  const was = before?.consent ?? "pending";
  const consent = after.consent === was ? {} : { consent: after.consent, ...(before && { was }) };
  const topics = isDeepStrictEqual(before?.topics ?? {}, after.topics) ? {} : { topics: after.topics };
  const pause = before?.pausedUntil === after.pausedUntil ? {} : { pausedUntil: after.pausedUntil ?? null };
  const cap = isDeepStrictEqual(before?.frequencyCap, after.frequencyCap)
    ? {}
    : { frequencyCap: after.frequencyCap ?? null };
  const restricted = Boolean(after.restrictedAt);
  const restriction = restricted === Boolean(before?.restrictedAt) ? {} : { restricted };
  const choice = { ...consent, ...topics, ...pause, ...cap, ...restriction };
  if (Object.keys(choice).length === 0) return [];
  const version = (before?.version ?? 0) + 1;
  return [consents.record({ ...after, version }, { at: now, ...choice, ...evidence })];
}
