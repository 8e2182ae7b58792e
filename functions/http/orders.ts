import { z } from "zod";
import type { Evidence } from "../../core/consents.ts";
import { SapaError } from "../../core/errors.ts";
import { CustomerId } from "../../core/ids.ts";
import * as orders from "../../core/orders.ts";
import { created, ok, page, pageQuery, type Route, route } from "./route.ts";
import { seenBy } from "./scopes.ts";

const { NewOrder, Order, OrderId, OrderReference, referenceTo } = orders;
const tag = "Orders";
const byApi: Evidence = { way: "api" };

const example = {
  id: "INV/2026/1124-017",
  customer: { phone: "0812-3456-7890", name: "Ani Lestari" },
  placedAt: "2026-11-24T09:12:00+07:00",
  channel: "pos",
  total: 5_600_000,
  lines: [{ item: "KSGA", quantity: 2, price: 2_800_000 }],
};

const Added = z.union([Order, OrderReference]);

const add = route({
  method: "POST",
  path: "/v1/orders",
  id: "addOrder",
  tag,
  summary: "Add an order",
  description:
    "Known by your own id of it: an order that is already there is answered with 200, as it was first added (to a key with orders:read; any other is told the ids), and changes nothing. Its effect on the customer's statistics is part of the same transaction. Someone unknown becomes a customer who is not mailed until they consent.",
  access: "orders:write",
  body: NewOrder,
  example,
  answers: { 200: Added, 201: Added },
  problems: [409],
  handle: async ({ business, caller, body, now }) => {
    const { order, outcome } = await orders.add(business, { order: body, evidence: byApi }, now);
    const shown = seenBy(caller, "orders:read", { whole: order, restOf: referenceTo });
    return outcome === "added" ? created(shown) : ok(shown);
  },
});

const Result = z.object({
  id: OrderId,
  outcome: z.enum(["added", "already-there", "refused"]),
  customer: CustomerId.optional(),
  errors: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
});

const addMany = route({
  method: "POST",
  path: "/v1/orders/batch",
  id: "addOrders",
  tag,
  summary: "Add up to 100 orders",
  description: "Each is added by itself: one that is refused does not keep the others out.",
  access: "orders:write",
  body: z.object({ orders: z.array(NewOrder).min(1).max(100) }),
  example: { orders: [example] },
  answers: { 200: z.object({ results: z.array(Result) }) },
  handle: async ({ business, body, now }) => {
    const inputs = body.orders.map((order) => ({ order, evidence: byApi }));
    const added = await orders.addMany(business, inputs, now);
    return ok({ results: added.map((one, at) => resultOf(body.orders[at]?.id ?? "", one)) });
  },
});

function resultOf(id: string, added: orders.Added | SapaError): z.input<typeof Result> {
  if (!(added instanceof SapaError)) {
    const { customer } = added.order;
    return { id, outcome: added.outcome, ...(customer && { customer }) };
  }
  const { problems, message } = added;
  return { id, outcome: "refused", errors: problems.length ? [...problems] : [{ field: "order", message }] };
}

const read = route({
  method: "GET",
  path: "/v1/orders/{order+}",
  id: "readOrder",
  tag,
  summary: "Read an order",
  access: "orders:read",
  params: z.object({ order: OrderId }),
  answers: { 200: Order },
  handle: async ({ business, params }) => ok(await orders.get(business.id, params.order)),
});

const ofCustomer = route({
  method: "GET",
  path: "/v1/customers/{customer}/orders",
  id: "listOrdersOfCustomer",
  tag,
  summary: "List a customer's orders",
  description: "The latest first.",
  access: "orders:read",
  params: z.object({ customer: CustomerId }),
  query: pageQuery,
  answers: { 200: page(Order) },
  handle: async ({ business, params, query }) => ok(await orders.list(business.id, params.customer, query)),
});

export const routes: readonly Route[] = [add, addMany, read, ofCustomer];
