import { z } from "zod";
import type { Business } from "../businesses.ts";
import { ConsentRecord, history } from "../consents.ts";
import { BusinessId, type CustomerId, RunId } from "../ids.ts";
import { sizeOf } from "../lists.ts";
import * as orders from "../orders.ts";
import { Order } from "../orders.ts";
import { Response } from "../responses/record.ts";
import { reportsOf, SendReport } from "../runs/reports.ts";
import type { Send } from "../sends.ts";
import { SignUp, SignUpRequest } from "../sign-ups.ts";
import { findMany, type Item, queryPages } from "../store.ts";
import { Instant } from "../time.ts";
import { Customer } from "./record.ts";

const Click = z.object({ at: Instant, run: RunId, link: z.string(), machine: z.boolean() });

const kinds = ["consents", "orders", "sends", "clicks", "responses", "signUps"] as const;
type Kind = (typeof kinds)[number];

/** Everything that is kept about a customer, each list with the latest first. */
export const CustomerExport = z.object({
  exportedAt: Instant,
  business: z.object({ id: BusinessId, name: z.string() }),
  customer: Customer,
  consents: z.array(ConsentRecord),
  orders: z.array(Order),
  sends: z.array(SendReport.extend({ campaignName: z.string().optional() })),
  clicks: z.array(Click),
  responses: z.array(Response),
  signUps: z.array(SignUpRequest.extend({ at: Instant })).meta({
    description: "Under the customer's address, and not confirmed yet",
  }),
  leftOut: z.partialRecord(z.enum(kinds), z.int()).meta({
    description:
      "How many older entries did not fit: an export ends at about 4 MB. The operations that list a customer's orders, sends and consent have the rest",
  }),
});
export type CustomerExport = z.infer<typeof CustomerExport>;

/** The share of each list, in bytes of an answer: with the customer's own record they stay below Lambda's 6 MB. */
const budget: Record<Kind, number> = {
  consents: 500_000,
  orders: 1_500_000,
  sends: 600_000,
  clicks: 600_000,
  responses: 500_000,
  signUps: 200_000,
};

/** Collects what is kept about a customer, whom the caller has read, at most about 4 MB. Changes nothing. */
export async function collect(
  { id, name }: Pick<Business, "id" | "name">,
  customer: Customer,
  now: Instant,
): Promise<CustomerExport> {
  const partition = { ":customer": `${id}#${customer.id}` };
  const ofCustomer = { KeyConditionExpression: "customer = :customer", ExpressionAttributeValues: partition };
  const isKept = ({ expiresAt }: Item) => !expiresAt || Number(expiresAt) * 1000 > Date.parse(now);
  const leftOut: CustomerExport["leftOut"] = {};
  const take = <T>(kind: Kind, items: readonly T[]): T[] => {
    const some = fitting(items, budget[kind]);
    if (some.length < items.length) leftOut[kind] = items.length - some.length;
    return some;
  };
  const [consents, bought, sent, clicked, said, waiting] = await Promise.all([
    history(id, customer.id),
    ordersOf(id, customer.id),
    everything(queryPages("sends", ofCustomer)),
    everything(queryPages("clicks", ofCustomer)),
    everything(
      queryPages("responses", {
        KeyConditionExpression: "business = :business AND begins_with(id, :customer)",
        ExpressionAttributeValues: { ":business": id, ":customer": `rsp_${customer.id.slice(4)}_` },
      }),
    ),
    customer.email ? signUpsOf(id, customer.email, now) : [],
  ]);
  const newest = (sent.filter(isKept) as Send[]).sort(
    by(({ claimedAt, skippedAt }) => claimedAt ?? skippedAt),
  );
  const reports = await reportsOf(take("sends", newest).slice(0, mostReports));
  const unread = customer.statistics.orders - bought.length;
  if (unread > 0) leftOut.orders = unread;
  if (newest.length > reports.length) leftOut.sends = newest.length - reports.length;
  return {
    exportedAt: now,
    business: { id, name },
    customer,
    consents: take("consents", consents.toReversed()),
    orders: bought,
    sends: await named(id, reports),
    clicks: take(
      "clicks",
      clicked
        .filter(isKept)
        .map(({ at, click, link, machine }) =>
          Click.parse({ at, run: String(click).split("#")[0], link, machine }),
        )
        .sort(by(({ at }) => at)),
    ),
    responses: take("responses", (said as Response[]).sort(by(({ at }) => at))),
    signUps: take("signUps", waiting),
    leftOut,
  };
}

/** So many sends are looked up with their receipts: more than a mail a day for two years. */
const mostReports = 1_000;
/** Pages of a megabyte that are read of each list. */
const mostPages = 10;

/** The latest first. */
const by =
  <T>(instant: (one: T) => Instant | undefined) =>
  (one: T, other: T): number =>
    (instant(other) ?? "").localeCompare(instant(one) ?? "");

function fitting<T>(items: readonly T[], bytes: number): T[] {
  let left = bytes;
  const end = items.findIndex((item) => {
    left -= sizeOf(item);
    return left < 0;
  });
  return end < 0 ? [...items] : items.slice(0, end);
}

async function everything(pages: AsyncIterable<Item[]>): Promise<Item[]> {
  const all: Item[] = [];
  let read = 0;
  for await (const items of pages) {
    all.push(...items);
    if (++read >= mostPages) break;
  }
  return all;
}

/** The latest orders, as many as there is room for. */
async function ordersOf(business: BusinessId, customer: CustomerId): Promise<Order[]> {
  const all: Order[] = [];
  let cursor: string | undefined;
  do {
    const page = await orders.list(business, customer, { limit: 100, cursor });
    all.push(...page.items);
    cursor = page.next;
    const some = fitting(all, budget.orders);
    if (some.length < all.length) return some;
  } while (cursor);
  return all;
}

async function signUpsOf(
  business: BusinessId,
  email: string,
  now: Instant,
): Promise<CustomerExport["signUps"]> {
  const waiting = await everything(
    queryPages("signUps", {
      KeyConditionExpression: "business = :business",
      FilterExpression: "#request.email = :email",
      ExpressionAttributeNames: { "#request": "request" },
      ExpressionAttributeValues: { ":business": business, ":email": email },
    }),
  );
  return waiting.flatMap((item) => {
    const { at, request, expiresAt } = SignUp.parse(item);
    return request && expiresAt * 1000 > Date.parse(now) ? [{ ...request, at }] : [];
  });
}

/** Sends with the names of their campaigns, as they are called now. */
async function named(business: BusinessId, sends: readonly SendReport[]): Promise<CustomerExport["sends"]> {
  const ids = [...new Set(sends.map(({ campaign }) => campaign))];
  const found = await findMany(
    "campaigns",
    ids.map((id) => ({ business, id })),
  );
  const names = new Map(found.map(({ id, name }) => [id, String(name)]));
  return sends.map((send) => {
    const campaignName = names.get(send.campaign);
    return { ...send, ...(campaignName && { campaignName }) };
  });
}
