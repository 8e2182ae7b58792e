import type { Business, BusinessSettings } from "../businesses.ts";
import { ownEntry } from "../dictionaries.ts";
import { SapaError } from "../errors.ts";
import { type BusinessId, shardsOf } from "../ids.ts";
import { type Item, query, queryPages } from "../store.ts";
import { beyondCeilings } from "./breaker-ceilings.ts";
import { isOwnAddress, notOwnAddress } from "./senders.ts";

/**
 * Refuses the few changes that what is stored could not follow:
 * the currency, once an item or an order has amounts in it; an attribute's type (remove it first: stored
 * values stay readable, new ones are refused); a topic that a campaign still mails, since customers could then
 * no longer opt out of it; the time zone under active campaigns, whose schedules run by it. And a sender's address that
 * is not the business's own, and a breaker beyond the operator's ceilings.
 */
export async function checkChange(before: Business, after: BusinessSettings): Promise<void> {
  const { address } = after.sender;
  if (before.sender.address !== address && !isOwnAddress(before, address)) {
    throw conflict("sender.address", notOwnAddress);
  }
  for (const [name, type] of Object.entries(after.attributes)) {
    const was = ownEntry(before.attributes, name);
    if (was && was !== type) {
      throw conflict(`attributes.${name}`, `is of type ${was}, which can't be changed; use another name`);
    }
  }
  if (before.currency !== after.currency && (await hasAmounts(before.id))) {
    throw conflict("currency", `can't be changed: there are amounts in ${before.currency} already`);
  }
  const beyond = beyondCeilings(after.breaker, before.limits.breaker, before.breaker);
  if (beyond.length > 0) throw new SapaError("conflict", "The business can't be changed so", beyond);
  await checkCampaigns(before, after);
}

async function checkCampaigns(before: Business, after: BusinessSettings): Promise<void> {
  const kept = new Set(after.topics.map(({ key }) => key));
  const gone = before.topics.map(({ key }) => key).filter((key) => !kept.has(key));
  const moved = before.timeZone !== after.timeZone;
  if (gone.length === 0 && !moved) return;

  const campaigns = await campaignsOf(before.id);
  const user = campaigns.find(({ topic, state }) => gone.includes(String(topic)) && state !== "archived");
  if (user) {
    throw conflict("topics", `must keep ${user.topic}: the campaign ${user.name} (${user.id}) uses it`);
  }
  const running = moved && campaigns.find(({ state }) => state === "active");
  if (running) {
    throw conflict(
      "timeZone",
      `can't be changed while the campaign ${running.name} (${running.id}) is active; pause it first`,
    );
  }
}

async function campaignsOf(business: BusinessId): Promise<Item[]> {
  const campaigns: Item[] = [];
  const ofBusiness = {
    KeyConditionExpression: "business = :business",
    ExpressionAttributeValues: { ":business": business },
    ConsistentRead: true,
  };
  for await (const page of queryPages("campaigns", ofBusiness)) campaigns.push(...page);
  return campaigns;
}

async function hasAmounts(business: BusinessId): Promise<boolean> {
  const first = [
    query("items", {
      KeyConditionExpression: "business = :business",
      ExpressionAttributeValues: { ":business": business },
      ConsistentRead: true,
      Limit: 1,
    }),
    ...shardsOf(business).map((shard) =>
      query("customers", {
        IndexName: "byLastOrder",
        KeyConditionExpression: "#shard = :shard",
        ExpressionAttributeNames: { "#shard": "shard" },
        ExpressionAttributeValues: { ":shard": shard },
        Limit: 1,
      }),
    ),
  ];
  return (await Promise.all(first)).some(({ items }) => items.length > 0);
}

const conflict = (field: string, message: string) =>
  new SapaError("conflict", `The business can't be changed so: ${field} ${message}`, [{ field, message }]);
