import type { Business } from "../businesses.ts";
import type { Evidence } from "../consents.ts";
import {
  type Customer,
  toItem as customerItem,
  keyOf as customerKey,
  fromItem as customerOf,
} from "../customers/record.ts";
import { getMany } from "../customers/search.ts";
import { type Saving, saving } from "../customers/upsert.ts";
import { SapaError } from "../errors.ts";
import type { CustomerId } from "../ids.ts";
import { fromItem, keyOf, type NewOrder, type Order, toItem } from "../orders.ts";
import { backOff, tableName, type Write } from "../store.ts";
import { addSeconds, type Instant } from "../time.ts";
import { customersOf } from "./buyers.ts";
import { withCatalogue } from "./catalogue.ts";
import { lastOrdersAfter, recordLate } from "./late.ts";
import { withOrder } from "./statistics.ts";

export type OrderInput = { order: NewOrder; evidence: Evidence };

/** `already-there` holds the order as it was first added: another content under the same id changes nothing. */
export type Added = { order: Order; outcome: "added" | "already-there" };

/** Limits of one transaction: 100 items and 4 MB, of which a line takes about a kilobyte at worst. */
const mostOrders = 50;
const mostLines = 2000;
const inFlight = 16;
const tries = 10;
/** Clocks of tills run fast; a day covers every time zone. */
const aheadSeconds = 24 * 60 * 60;

/** Adds one order and its effect on the customer's statistics, together or not at all; repeating it is harmless. */
export async function add(business: Business, input: OrderInput, now: Instant): Promise<Added> {
  const [added] = await addMany(business, [input], now);
  if (!added || added instanceof SapaError) throw added ?? new Error("An order was added without an answer");
  return added;
}

/**
 * Adds many orders as `add` adds one, and answers for each in order: what became of it, or what is wrong with
 * it. A customer's orders share transactions, and customers are worked on side by side.
 */
export async function addMany(
  business: Business,
  inputs: readonly OrderInput[],
  now: Instant,
  records: Saving = saving,
): Promise<(Added | SapaError)[]> {
  const problems = inputs.map(({ order }) => check(business, order, now));
  const sound = inputs.filter((_, at) => !problems[at]);
  const results = new Map<string, Added | SapaError>();
  await addSound(business, firstOfEach(sound), { results, now, records });

  const answered = new Set<string>();
  return inputs.map(({ order: { id } }, at) => {
    const result = problems[at] ?? results.get(id);
    if (!result) throw new Error(`The order ${id} was left without an answer`);
    if (result instanceof SapaError || result.outcome === "already-there" || !answered.has(id)) {
      answered.add(id);
      return result;
    }
    return { ...result, outcome: "already-there" };
  });
}

type Work = { results: Map<string, Added | SapaError>; now: Instant; records: Saving };

async function addSound(business: Business, inputs: readonly OrderInput[], work: Work) {
  const { results, now, records } = work;
  for (const order of await known(
    business,
    inputs.map(({ order }) => order.id),
    records,
  )) {
    results.set(order.id, { order, outcome: "already-there" });
  }
  const fresh = inputs.filter(({ order }) => !results.has(order.id));
  const buyers = await customersOf(
    business,
    fresh.map(({ order, evidence }) => ({ buyer: order.customer, evidence })),
    now,
    records,
  );
  const orders = await withCatalogue(
    business,
    fresh.map(({ order }) => order),
    records,
  );
  const byCustomer = new Map<CustomerId, Order[]>();
  for (const [at, { customer: _, ...order }] of orders.entries()) {
    const customer = buyers[at];
    if (!customer) throw new Error(`The order ${order.id} has no customer`);
    if (customer instanceof SapaError) results.set(order.id, customer);
    else {
      const complete = { ...order, customer, currency: business.currency };
      const others = byCustomer.get(customer);
      if (others) others.push(complete);
      else byCustomer.set(customer, [complete]);
    }
  }
  const read = await getMany(business.id, [...byCustomer.keys()], records);
  const customers = new Map(read.map((one) => [one.id, one]));
  const toAdd = [...byCustomer].map(([id, theirs]) => ({
    id,
    before: customers.get(id),
    all: chunks(theirs),
  }));
  const moved = toAdd.flatMap(({ before, all }) => (before ? lastOrders(before, all) : []));
  await recordLate(business.id, moved, now, records);

  const waiting = toAdd.values();
  const worker = async () => {
    for (const { id, before, all } of waiting) {
      let customer = before;
      for (const chunk of all) {
        customer = await addTo(business, { id, customer, orders: chunk }, work);
      }
    }
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
}

const lastOrders = ({ statistics }: Customer, additions: Order[][]): Instant[] =>
  lastOrdersAfter(
    statistics.lastOrderAt,
    additions.map((orders) => orders.map(({ placedAt }) => placedAt)),
  );

/** Adds orders of one customer; answers with the customer as they then are. */
async function addTo(
  business: Business,
  { id, customer, orders }: { id: CustomerId; customer: Customer | undefined; orders: Order[] },
  { results, now, records }: Work,
): Promise<Customer | undefined> {
  let before = customer;
  let missing = orders;
  for (let attempt = 1; attempt <= tries; attempt++) {
    if (!before) {
      for (const { id } of missing) results.set(id, unknownCustomer());
      return undefined;
    }
    const after: Customer = {
      ...before,
      statistics: missing.reduce(withOrder, before.statistics),
      updatedAt: now,
      version: before.version + 1,
    };
    const writes = [stamp(after, before.version), ...missing.map((order) => insertion(business, order))];
    if (!(await records.transact(writes))) {
      for (const order of missing) results.set(order.id, { order, outcome: "added" });
      return after;
    }
    // Either the customer has changed, or one of the orders came in another way: look at both again.
    await backOff(attempt);
    const there = await known(
      business,
      missing.map((order) => order.id),
      records,
    );
    for (const order of there) results.set(order.id, { order, outcome: "already-there" });
    missing = missing.filter((order) => !results.has(order.id));
    const item = await records.find("customers", customerKey(business.id, id), { ConsistentRead: true });
    before = item && customerOf(item);
    if (missing.length === 0) return before;
  }
  throw new Error(`The customer ${id} of ${missing.length} orders kept changing`);
}

/** Only what an order changes: a condition on the version guards the rest. */
const stamp = (customer: Customer, version: number): Write => {
  const { lastOrderAt, statistics, updatedAt } = customerItem(customer);
  return {
    Update: {
      TableName: tableName("customers"),
      Key: customerKey(customer.business, customer.id),
      UpdateExpression:
        "SET #statistics = :statistics, lastOrderAt = :last, updatedAt = :now, #version = :next",
      ConditionExpression: "#version = :version",
      ExpressionAttributeNames: { "#statistics": "statistics", "#version": "version" },
      ExpressionAttributeValues: {
        ":statistics": statistics,
        ":last": lastOrderAt,
        ":now": updatedAt,
        ":next": customer.version,
        ":version": version,
      },
    },
  };
};

const insertion = (business: Business, order: Order): Write => ({
  Put: {
    TableName: tableName("orders"),
    Item: toItem(business.id, order),
    ConditionExpression: "attribute_not_exists(#order)",
    ExpressionAttributeNames: { "#order": "order" },
  },
});

/** Those of the orders that are there already. */
async function known(business: Business, ids: readonly string[], records: Saving): Promise<Order[]> {
  const items = await records.findMany(
    "orders",
    ids.map((id) => keyOf(business.id, id)),
    true,
  );
  return items.map(fromItem);
}

const firstOfEach = (inputs: readonly OrderInput[]): OrderInput[] => [
  ...new Map(inputs.toReversed().map((input) => [input.order.id, input])).values(),
];

function check({ currency }: Business, order: NewOrder, now: Instant): SapaError | undefined {
  const problems = [];
  if (order.currency !== undefined && order.currency !== currency) {
    problems.push({ field: "currency", message: `must be ${currency}, the currency of the business` });
  }
  if (order.placedAt > addSeconds(now, aheadSeconds)) {
    problems.push({ field: "placedAt", message: "is more than a day in the future" });
  }
  return problems.length ? new SapaError("invalid", "The order can't be added", problems) : undefined;
}

const unknownCustomer = () =>
  new SapaError("invalid", "The order can't be added", [
    { field: "customer.id", message: "is not a customer of yours" },
  ]);

/** Orders that fit into one transaction beside their customer. */
function chunks(orders: readonly Order[]): Order[][] {
  const all: Order[][] = [];
  let chunk: Order[] = [];
  let lines = 0;
  for (const order of orders) {
    if (chunk.length === 0 || chunk.length >= mostOrders || lines + order.lines.length > mostLines) {
      chunk = [];
      lines = 0;
      all.push(chunk);
    }
    chunk.push(order);
    lines += order.lines.length;
  }
  return all;
}
