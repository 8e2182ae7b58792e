import { z } from "zod";
import { TopicKey } from "../../core/businesses.ts";
import * as consents from "../../core/consents.ts";
import { erase as eraseCustomer } from "../../core/customers/erase.ts";
import { CustomerExport, collect } from "../../core/customers/export.ts";
import * as customers from "../../core/customers.ts";
import { Erasure } from "../../core/erasures.ts";
import { CustomerId } from "../../core/ids.ts";
import { accepted, type Caller, created, ok, page, pageQuery, type Route, route } from "./route.ts";
import { mustHave, seenBy } from "./scopes.ts";

const { CustomerInput, CustomerPatch, CustomerReference, CustomerView, present, referenceTo } = customers;
const tag = "Customers";
const params = z.object({ customer: CustomerId });
const byApi = { way: "api" } as const;

/** To whoever changes a customer: the customer, or without customers:read no more than which one it is. */
const Changed = z.union([CustomerView, CustomerReference]);
const shownTo = (caller: Caller, customer: customers.Customer) =>
  seenBy(caller, "customers:read", { whole: present(customer), restOf: referenceTo });

const save = route({
  method: "PUT",
  path: "/v1/customers",
  id: "saveCustomer",
  tag,
  summary: "Create a customer, or update the one with this email, phone or external id",
  description:
    "The customer is found by any identity given, and answered to a key with customers:read; any other is told their id. Absent fields stay as they are; attributes and topics are merged, tags replaced. A customer who unsubscribed stays so whatever consent is given, and a suppressed address stays suppressed: say so with PATCH when a customer came back to you. 409 when the identities belong to two customers.",
  access: "customers:write",
  body: CustomerInput,
  example: {
    email: "ani@example.com",
    phone: "0812-3456-7890",
    name: "Ani Wijaya",
    nickname: "Ani",
    birthday: "11-24",
    tags: ["regular"],
    consent: "subscribed",
  },
  answers: { 200: Changed, 201: Changed },
  problems: [409],
  handle: async ({ business, caller, body: { consent, ...details }, now }) => {
    const saved = await customers.upsert(business, { details, consent, evidence: byApi }, now);
    const shown = shownTo(caller, saved.customer);
    return saved.outcome === "created" ? created(shown) : ok(shown);
  },
});

const list = route({
  method: "GET",
  path: "/v1/customers",
  id: "listCustomers",
  tag,
  summary: "List customers, or find them by email, phone, external id or the beginning of the name",
  description:
    "With email, phone or externalId, in any spelling, the list holds at most one customer. With name it is sorted by name; case and accents do not matter.",
  access: "customers:read",
  query: pageQuery.extend({
    email: z.string().min(1).max(254).optional(),
    phone: z.string().min(1).max(40).optional(),
    externalId: z.string().min(1).max(100).optional(),
    name: z.string().min(1).max(120).optional(),
  }),
  answers: { 200: page(CustomerView) },
  handle: async ({ business, query }) => {
    const { items, ...rest } = await customers.search(business, query);
    return ok({ items: items.map(present), ...rest });
  },
});

const read = route({
  method: "GET",
  path: "/v1/customers/{customer}",
  id: "readCustomer",
  tag,
  summary: "Read a customer",
  access: "customers:read",
  params,
  answers: { 200: CustomerView },
  handle: async ({ business, params }) => ok(present(await customers.get(business.id, params.customer))),
});

const change = route({
  method: "PATCH",
  path: "/v1/customers/{customer}",
  id: "changeCustomer",
  tag,
  summary: "Change a customer",
  description:
    "Absent fields stay as they are, null removes: the customer's own frequency cap and a pause too, which they set on their page of preferences. Setting consent to subscribed turns a customer back on who had unsubscribed: only with their agreement, which you must be able to prove. 409 when another customer has the identity.",
  access: "customers:write",
  params,
  body: CustomerPatch,
  example: { nickname: "Ani", birthYear: null, attributes: { favourite_drink: "es kopi susu" } },
  answers: { 200: Changed },
  problems: [409],
  handle: async ({ business, caller, params, body: { consent, ...details }, now }) =>
    ok(
      shownTo(
        caller,
        await customers.update(business, params.customer, { details, consent, evidence: byApi }, now),
      ),
    ),
});

const erase = route({
  method: "DELETE",
  path: "/v1/customers/{customer}",
  id: "eraseCustomer",
  tag,
  summary: "Erase a customer",
  description:
    "For good. What tells who they are is gone when the answer is there, and no run mails them any more; the rest follows within a minute as a rule, and within 24 hours: the receipt has `finishedAt` then. Orders stay in the business's figures without the customer. Of the email address only a hash stays, so that no import brings it back. Erasing again answers the same receipt: 202 until it is finished, then 200.",
  access: "customers:write",
  params,
  answers: { 200: Erasure, 202: Erasure },
  handle: async ({ business, params, now }) => {
    const receipt = await eraseCustomer(
      { business: business.id, customer: params.customer, way: "api" },
      now,
    );
    return receipt.finishedAt ? ok(receipt) : accepted(receipt);
  },
});

/** Which mail is to stop; nothing: all of it. */
const Unsubscription = z
  .object({
    topic: TopicKey.optional().meta({ description: "Only mail on this topic; without it all mail" }),
  })
  .optional();

const unsubscribe = route({
  method: "POST",
  path: "/v1/customers/{customer}/unsubscribe",
  id: "unsubscribeCustomer",
  tag,
  summary: "Stop all marketing mail to a customer, or that on one topic",
  description: "At once: a run that is under way drops them. Doing it again is harmless.",
  access: "customers:write",
  params,
  body: Unsubscription,
  example: { topic: "offers" },
  answers: { 200: Changed },
  personalAnswer: true,
  handle: async ({ business, caller, params, body, now }) =>
    ok(
      shownTo(
        caller,
        await (body?.topic
          ? customers.unsubscribeFrom(business, params.customer, { topic: body.topic, evidence: byApi }, now)
          : customers.unsubscribe(business.id, params.customer, byApi, now)),
      ),
    ),
});

const takeAlong = route({
  method: "GET",
  path: "/v1/customers/{customer}/export",
  id: "exportCustomer",
  tag,
  summary: "Read everything that is kept about a customer",
  description:
    "To be handed to a customer who asks for it, who can also get it by the link in each mail. It holds orders, sends and responses: the key needs orders:read, runs:read and responses:read as well.",
  access: "customers:read",
  params,
  answers: { 200: CustomerExport },
  handle: async ({ business, caller, params, now }) => {
    mustHave(caller, "orders:read", "runs:read", "responses:read");
    return ok(await collect(business, await customers.get(business.id, params.customer), now));
  },
});

const restrict = route({
  method: "POST",
  path: "/v1/customers/{customer}/restrict",
  id: "restrictCustomer",
  tag,
  summary: "Only keep a customer's data",
  description:
    "From now on no mail of any kind goes to them, and a run that is under way drops them; their data stays as it is. Doing it again is harmless.",
  access: "customers:write",
  params,
  answers: { 200: Changed },
  personalAnswer: true,
  handle: async ({ business, caller, params, now }) =>
    ok(
      shownTo(
        caller,
        await customers.restrict({ business: business.id, id: params.customer, evidence: byApi }, now),
      ),
    ),
});

const unrestrict = route({
  method: "POST",
  path: "/v1/customers/{customer}/unrestrict",
  id: "unrestrictCustomer",
  tag,
  summary: "Use a customer's data again",
  description: "Mail goes out again as far as their consent goes. Doing it again is harmless.",
  access: "customers:write",
  params,
  answers: { 200: Changed },
  personalAnswer: true,
  handle: async ({ business, caller, params, now }) =>
    ok(
      shownTo(
        caller,
        await customers.unrestrict({ business: business.id, id: params.customer, evidence: byApi }, now),
      ),
    ),
});

const consent = route({
  method: "GET",
  path: "/v1/customers/{customer}/consent",
  id: "readConsent",
  tag,
  summary: "Read what a customer agreed to and took back, with the evidence of each",
  description: "Oldest first. It is kept, without anything personal, when the customer is erased.",
  access: "customers:read",
  params,
  query: pageQuery,
  answers: { 200: page(consents.ConsentRecord) },
  handle: async ({ business, params, query }) => ok(await consents.list(business.id, params.customer, query)),
});

export const routes: readonly Route[] = [
  save,
  list,
  read,
  change,
  takeAlong,
  erase,
  unsubscribe,
  restrict,
  unrestrict,
  consent,
];
