import type { Progress } from "../progress.ts";
import { type Answer, forEach, type Owner, ownerAt } from "./owner.ts";
import type { DemoShop } from "./shop.ts";

export type Seeded = { business: string; key: string };

type Seeding = {
  apiUrl: string;
  adminKey: string;
  progress: Progress;
  /** Resolves when no message is under way. */
  idle: () => Promise<void>;
};

const ordersAtOnce = 100;

/** Brings a demo shop into an empty Sapa through the owner API alone, as its owner would, and runs its campaigns. */
export async function seed(shop: DemoShop, { apiUrl, adminKey, progress, idle }: Seeding): Promise<Seeded> {
  const operator = ownerAt(apiUrl, adminKey);
  const { id } = await operator.call("POST", "/v1/businesses", shop.business);
  const { token } = await operator.call("POST", `/v1/businesses/${id}/keys`, { name: "Demo" });
  const owner = ownerAt(apiUrl, String(token));

  await progress.step("Kopi Senja's catalogue", (tell) => addItems(owner, shop, tell));
  const ids = await progress.step("Its customers", (tell) => addCustomers(owner, shop, tell));
  await progress.step("Eighteen months of orders", (tell) => addOrders(owner, shop, tell));
  await forEach(shop.unsubscribed, async (externalId) => {
    await owner.call("POST", `/v1/customers/${ids.get(externalId)}/unsubscribe`);
  });
  for (const campaign of shop.campaigns) {
    await progress.step(`Campaign “${campaign.name}”`, (tell) => runOnce(owner, { campaign, idle, tell }));
  }
  return { business: String(id), key: String(token) };
}

type Tell = (done: string) => void;

async function addItems(owner: Owner, { items }: DemoShop, tell: Tell): Promise<void> {
  await forEach(items, async ({ id, ...item }) => {
    await owner.call("PUT", `/v1/items/${id}`, item);
  });
  tell(`${items.length} items`);
}

async function addCustomers(owner: Owner, { customers }: DemoShop, tell: Tell): Promise<Map<string, string>> {
  const ids = new Map<string, string>();
  await forEach(customers, async (customer) => {
    const { id } = await owner.call("PUT", "/v1/customers", customer);
    ids.set(customer.externalId, String(id));
    tell(`${ids.size} of ${customers.length}`);
  });
  tell(`${customers.length}`);
  return ids;
}

async function addOrders(owner: Owner, { orders }: DemoShop, tell: Tell): Promise<void> {
  const batches = Array.from({ length: Math.ceil(orders.length / ordersAtOnce) }, (_, index) =>
    orders.slice(index * ordersAtOnce, (index + 1) * ordersAtOnce),
  );
  let added = 0;
  await forEach(batches, async (batch) => {
    const { results } = await owner.call("POST", "/v1/orders/batch", { orders: batch });
    const refused = (results as Answer[]).find(
      ({ outcome }) => outcome !== "added" && outcome !== "already-there",
    );
    if (refused) throw new Error(`The order ${refused.id} was not added: ${JSON.stringify(refused)}`);
    added += batch.length;
    tell(`${added} of ${orders.length}`);
  });
  tell(`${orders.length}`);
}

type RunOnce = { campaign: Record<string, unknown>; idle: () => Promise<void>; tell: Tell };

/** Activates a campaign and runs it once for today; its schedule fires it from then on. */
async function runOnce(owner: Owner, { campaign, idle, tell }: RunOnce): Promise<void> {
  const { id } = await owner.call("POST", "/v1/campaigns", campaign);
  await owner.call("POST", `/v1/campaigns/${id}/activate`);
  const run = await owner.call("POST", `/v1/campaigns/${id}/run`);
  await idle();
  const { books } = (await owner.call("GET", `/v1/runs/${run.id}`)) as { books: Books };
  tell(said(books));
}

type Books = {
  selected: number;
  accepted: number;
  skipped: Record<string, number>;
  failed: Record<string, number>;
  waiting: number;
};

/** `70 selected, 62 mailed; skipped: 5 unsubscribed, 3 pending`. */
function said({ selected, accepted, skipped, failed, waiting }: Books): string {
  const listed = (reasons: Record<string, number>) =>
    Object.entries(reasons).map(([reason, count]) => `${count} ${reason}`);
  const parts = [
    `${selected} selected, ${accepted} mailed`,
    ...(listed(skipped).length ? [`skipped: ${listed(skipped).join(", ")}`] : []),
    ...(listed(failed).length ? [`failed: ${listed(failed).join(", ")}`] : []),
    ...(waiting ? [`${waiting} still waiting`] : []),
  ];
  return parts.join("; ");
}
