import { type Customer, noOrders } from "../../core/customers.ts";
import type { BusinessId, CustomerId } from "../../core/ids.ts";

/** A customer who may be mailed, as a record; `undefined` takes a field away. */
export function aCustomer(
  difference: { [Field in keyof Customer]?: Customer[Field] | undefined } = {},
): Customer {
  const customer = {
    id: "cus_23456789bcdfghjk" as CustomerId,
    business: "biz_23456789bcdfghjk" as BusinessId,
    email: "ani@example.com",
    name: "Ani Lestari",
    birthday: "11-24",
    tags: [],
    attributes: {},
    topics: {},
    consent: "subscribed",
    statistics: noOrders,
    engagement: {},
    recentSends: [],
    wonBack: {},
    greeted: {},
    createdAt: "2026-01-01T00:00:00.000Z",
    updatedAt: "2026-01-01T00:00:00.000Z",
    version: 1,
    ...difference,
  };
  return Object.fromEntries(
    Object.entries(customer).filter(([, value]) => value !== undefined),
  ) as unknown as Customer;
}
