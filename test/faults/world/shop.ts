import { type Business, OperatorLimits } from "../../../core/businesses.ts";
import type { Campaign } from "../../../core/campaigns.ts";
import { type Customer, toItem } from "../../../core/customers.ts";
import { identityKey } from "../../../core/identities.ts";
import type { BusinessId, CampaignId, CustomerId } from "../../../core/ids.ts";
import type { Item } from "../../../core/items.ts";
import type { Schedule } from "../../../core/schedules.ts";
import { headKey, versionKey } from "../../../core/templates.ts";
import { aCustomer } from "../../support/customer.ts";
import { aBusiness } from "../../support/shop.ts";
import { World } from "./world.ts";

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
  /** Whether some customers live in other time zones. */
  ownZones?: boolean;
  /** Tells its templates, and what they say, from other shops'; without it all say the same. */
  number?: number;
  /** When its campaigns fire once they are activated; without it they are active already. */
  drafts?: Schedule;
};

export type Shop = { business: Business; customers: Customer[]; campaigns: Campaign[]; items: Item[] };

const limitsWith = (breaker: Business["breaker"]) =>
  OperatorLimits.parse({ identities: ["kopisenja.example"], breaker });

/** The kinds of campaign, in the order in which a shop has them. */
export const campaignKinds = ["broadcast", "winback", "birthday", "new-items"] as const;

const usual = ["customer.nickname", "offer", "links.unsubscribe"];
const plain = {
  subject: "Halo {{customer.nickname}}",
  html: '<p>Halo {{customer.nickname}} &amp; {{offer}}</p><a href="{{links.unsubscribe}}">x</a>',
  text: "Halo {{customer.nickname}}: {{links.unsubscribe}}",
  uses: usual,
};
const withItems = {
  ...plain,
  html: `${plain.html}<ul>{{#each items}}<li>{{name}} ({{price}})</li>{{/each}}</ul>`,
  uses: [...usual, "items"],
};
/** The owner's own: those that come with Sapa are compiled when they are first used, which takes real time. */
const templates = { tpl_plain: plain, tpl_items: withItems };

/** A business with customers, a catalogue, templates, and campaigns of each kind that may fire at once; all as if made long ago. */
export async function openShop({
  id,
  customers,
  mix,
  ownZones = false,
  number,
  ...plan
}: ShopPlan): Promise<Shop> {
  const world = World.here;
  if (!world) throw new Error("A shop opens in a world");
  const business = aBusiness({
    id,
    frequencyCap: plan.cap,
    ...(plan.quietHours && { quietHours: plan.quietHours }),
    ...(plan.breaker && { breaker: plan.breaker, limits: limitsWith(plan.breaker) }),
    ...(plan.sendsDays && { retention: { sendsDays: plan.sendsDays, eventsDays: 365 } }),
  });
  const own = String(number ?? "");
  const campaigns = campaignKinds.map(
    (_, kind): Campaign => ({
      ...campaignOf(business, kind, own),
      ...(plan.drafts && { state: "draft" as const, schedule: plan.drafts }),
    }),
  );
  const items = Array.from({ length: 4 }, (_, number) =>
    itemOf(number, world.beganAt - (number + 1) * 86_400_000),
  );
  const people = Array.from({ length: customers }, (_, number) =>
    customerOf(business, number, { mix, ownZones }),
  );
  const { tables } = world;
  tables.load("businesses", [business]);
  tables.load(
    "templates",
    Object.entries(templates).flatMap(([template, parts]) =>
      templateItems(id, [`${template}${own}`, { ...parts, subject: `${parts.subject} ${own}`.trim() }]),
    ),
  );
  tables.load("campaigns", campaigns);
  tables.load(
    "items",
    items.map((item) => ({ business: id, ...item })),
  );
  tables.load("customers", people.map(toItem));
  tables.load(
    "identities",
    people.flatMap(({ id: customer, email }) =>
      email ? [{ identity: identityKey(id, "email", email), customer }] : [],
    ),
  );
  return { business, customers: people, campaigns, items };
}

/** Each number another item, of one of three categories. */
export const itemOf = (number: number, addedAt: number): Item => ({
  id: `kopi-${number}`,
  name: `Kopi nomor ${number}`,
  category: `category ${number % 3}`,
  price: { amount: 2_500_000, currency: "IDR" },
  inStock: true,
  addedAt: new Date(addedAt).toISOString(),
  availableAt: new Date(addedAt).toISOString(),
  updatedAt: new Date(addedAt).toISOString(),
});

function templateItems(business: BusinessId, [id, parts]: [string, typeof plain]): object[] {
  const head = { id, name: id, builtIn: false, version: 1, languages: ["id", "en"], digest: "" };
  return [
    { ...headKey(business, id), head },
    {
      ...versionKey(business, id, 1),
      source: { translations: {} },
      compiled: { id: parts, en: parts },
    },
  ];
}

function campaignOf({ id, createdAt }: Business, number: number, own: string): Campaign {
  const kinds = [
    { kind: "broadcast" as const },
    { kind: "winback" as const, days: 30, newlyLapsedOnly: false },
    { kind: "birthday" as const, daysBefore: 0 },
    { kind: "new-items" as const, items: 2, firstRunDays: 30 },
  ];
  const kind = kinds[number] ?? { kind: "broadcast" as const };
  return {
    id: `cam_${id.slice(4)}${number}` as CampaignId,
    business: id,
    name: "News",
    topic: "news",
    template: `${kind.kind === "new-items" ? "tpl_items" : "tpl_plain"}${own}`,
    schedule: { every: "day", at: "09:00" },
    state: "active",
    createdAt,
    updatedAt: createdAt,
    version: 1,
    ...kind,
  };
}

const zones = ["Asia/Jayapura", "Europe/London", "America/Los_Angeles"] as const;
/** The world begins on 24 November. */
const birthdays = ["11-24", "11-25", "11-23", undefined] as const;

function customerOf({ id }: Business, number: number, { mix, ownZones }: { mix: number; ownZones: boolean }) {
  const trait = (mix >> number) % 8;
  const other = (mix >> (number + 2)) % 8;
  return aCustomer({
    // Few shards hold several customers: small batches of more than one are what goes wrong in parts.
    id: `cus_${"abcdefgh"[number % 8]}${Math.floor(number / 8)}${mix % 5}` as CustomerId,
    business: id,
    email: trait === 6 ? undefined : `c${number}@example.com`,
    consent: trait === 5 ? "unsubscribed" : "subscribed",
    birthday: birthdays[other % 4],
    ...(trait === 3 && { locale: "en" as const }),
    ...(ownZones && other % 4 > 0 && { timeZone: zones[other % 3] }),
    statistics: {
      orders: 1,
      spent: 1,
      firstOrderAt: "2026-08-01T00:00:00.000Z",
      lastOrderAt: number % 3 === 0 ? "2026-11-20T00:00:00.000Z" : "2026-08-01T00:00:00.000Z",
      categories: { [`category ${number % 3}`]: { orders: 1, lastAt: "2026-08-01T00:00:00.000Z" } },
      items: { [`kopi-${number % 4}`]: "2026-08-01T00:00:00.000Z" },
    },
  });
}
