import { catalogueOn, type DemoItem } from "./catalogue.ts";
import { type DemoOrder, ordersBefore } from "./orders.ts";
import { type DemoCustomer, peopleOn } from "./people.ts";
import { randomFrom } from "./random.ts";

export type DemoShop = {
  /** What `POST /v1/businesses` is given. */
  business: Record<string, unknown>;
  items: DemoItem[];
  customers: DemoCustomer[];
  orders: DemoOrder[];
  /** External ids of those who asked to get no more mail. */
  unsubscribed: string[];
  /** What `POST /v1/campaigns` is given. */
  campaigns: Record<string, unknown>[];
};

const people = 300;

/**
 * The coffee shop Kopi Senja as it stands on a day in its own zone, `2026-11-24`: the same seed and day always
 * give the same shop.
 */
export function demoShop(seed: number, day: string): DemoShop {
  const random = randomFrom(seed);
  const items = catalogueOn(day);
  const customers = peopleOn(day, people, random);
  const orders = ordersBefore(day, { customers, items, random });
  const unsubscribed = customers.filter(() => random.chance(0.04)).map(({ externalId }) => externalId);
  return { business, items, customers, orders, unsubscribed, campaigns };
}

const business = {
  name: "Kopi Senja",
  sender: { address: "halo@kopisenja.example", name: "Kopi Senja", replyTo: "kasir@kopisenja.example" },
  postalAddress: "Jl. Braga 12, Bandung 40111, Indonesia",
  brand: { colour: "#9a3412" },
  websiteUrl: "https://kopisenja.example",
  timeZone: "Asia/Jakarta",
  currency: "IDR",
  locale: "id",
  attributes: { favourite_drink: "text", member_since: "date" },
  frequencyCap: { perDay: 3, perWeek: 5 },
};

const campaigns = [
  {
    kind: "birthday",
    name: "Selamat ulang tahun",
    template: "birthday",
    topic: "birthday",
    offer: "Segelas Es Kopi Susu Senja gratis, berlaku 7 hari",
    schedule: { every: "day", at: "09:00" },
  },
  {
    kind: "winback",
    name: "Lama tak jumpa",
    days: 60,
    template: "winback",
    topic: "offers",
    offer: "Diskon 20% untuk kunjungan berikutnya",
    schedule: { every: "day", at: "10:00" },
  },
  {
    kind: "new-items",
    name: "Baru di Kopi Senja",
    items: 5,
    template: "new-items",
    topic: "news",
    schedule: { every: "week", on: ["friday"], at: "15:00" },
  },
];
