import { PutCommand } from "@aws-sdk/lib-dynamodb";
import type { Business } from "../../../core/businesses.ts";
import type { Campaign } from "../../../core/campaigns.ts";
import { type Customer, toItem } from "../../../core/customers.ts";
import { identityKey } from "../../../core/identities.ts";
import type { BusinessId, CampaignId, CustomerId } from "../../../core/ids.ts";
import { documents, tableName } from "../../../core/store.ts";
import type { TableName } from "../../../core/tables.ts";
import { headKey, versionKey } from "../../../core/templates.ts";
import { aCustomer } from "../../support/customer.ts";
import { aBusiness } from "../../support/shop.ts";

export type ShopPlan = {
  id: BusinessId;
  customers: number;
  cap: Business["frequencyCap"];
  quietHours: Business["quietHours"] | undefined;
  /** When the business's sending is halted; without it never in a world so small. */
  breaker?: Business["breaker"];
  /** How the customers differ: who has no address, has left already, speaks English. */
  mix: number;
  /** Days for which sends are kept. */
  sendsDays?: number;
};

export type Shop = { business: Business; customers: Customer[]; campaigns: Campaign[] };

const put = (table: TableName, item: Record<string, unknown>) =>
  documents.send(new PutCommand({ TableName: tableName(table), Item: item }));

const parts = {
  subject: "Halo {{customer.nickname}}",
  html: '<p>Halo {{customer.nickname}} &amp; {{offer}}</p><a href="{{links.unsubscribe}}">x</a>',
  text: "Halo {{customer.nickname}}: {{links.unsubscribe}}",
  uses: ["customer.nickname", "offer", "links.unsubscribe"],
};

/** A business with customers, a template, and two campaigns that may fire at once; all as if made long ago. */
export async function openShop({ id, customers, mix, ...plan }: ShopPlan): Promise<Shop> {
  const business = aBusiness({
    id,
    frequencyCap: plan.cap,
    ...(plan.quietHours && { quietHours: plan.quietHours }),
    ...(plan.breaker && { breaker: plan.breaker }),
    ...(plan.sendsDays && { retention: { sendsDays: plan.sendsDays, eventsDays: 365 } }),
  });
  await put("businesses", business);
  const head = { id: "broadcast", name: "Broadcast", builtIn: true, version: 1, languages: ["id", "en"] };
  await put("templates", { ...headKey(id, "broadcast"), head: { ...head, digest: "" } });
  const compiled = { id: parts, en: parts };
  await put("templates", { ...versionKey(id, "broadcast", 1), source: { translations: {} }, compiled });
  const campaigns = [0, 1].map((number) => campaignOf(business, number));
  for (const campaign of campaigns) await put("campaigns", campaign);
  const people = Array.from({ length: customers }, (_, number) => customerOf(business, number, mix));
  for (const person of people) {
    await put("customers", toItem(person));
    if (person.email) {
      await put("identities", { identity: identityKey(id, "email", person.email), customer: person.id });
    }
  }
  return { business, customers: people, campaigns };
}

function campaignOf({ id, createdAt }: Business, number: number): Campaign {
  const kinds = [
    { kind: "broadcast" as const },
    { kind: "winback" as const, days: 30, newlyLapsedOnly: false },
  ];
  return {
    id: `cam_${id.slice(4)}${number}` as CampaignId,
    business: id,
    name: "News",
    topic: "news",
    template: "broadcast",
    schedule: { every: "day", at: "09:00" },
    state: "active",
    createdAt,
    updatedAt: createdAt,
    version: 1,
    ...(kinds[number] ?? { kind: "broadcast" as const }),
  };
}

function customerOf({ id }: Business, number: number, mix: number): Customer {
  const trait = (mix >> number) % 8;
  return aCustomer({
    // Few shards hold several customers: small batches of more than one are what goes wrong in parts.
    id: `cus_${"abcdefgh"[number % 8]}${Math.floor(number / 8)}${mix % 5}` as CustomerId,
    business: id,
    email: trait === 6 ? undefined : `c${number}@example.com`,
    consent: trait === 5 ? "unsubscribed" : "subscribed",
    ...(trait === 3 && { locale: "en" as const }),
    statistics: {
      orders: 1,
      spent: 1,
      firstOrderAt: "2026-08-01T00:00:00.000Z",
      lastOrderAt: number % 3 === 0 ? "2026-11-20T00:00:00.000Z" : "2026-08-01T00:00:00.000Z",
      categories: {},
      items: {},
    },
  });
}
