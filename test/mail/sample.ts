import type { Business } from "../../core/businesses.ts";
import { defaultTopics, OperatorLimits } from "../../core/businesses.ts";
import { type ShownItem, type ViewInput, viewOf } from "../../core/mail/view.ts";

export const kopiSenja: Business = {
  id: "biz_kopisenja",
  name: "Kopi Senja",
  sender: { address: "halo@kopisenja.example" },
  postalAddress: "Jalan Braga 12, Bandung 40111",
  brand: { colour: "#7c3f1d" },
  websiteUrl: "https://kopisenja.example/menu?dari=email&bahasa=id",
  timeZone: "Asia/Jakarta",
  currency: "IDR",
  locale: "id",
  topics: defaultTopics,
  attributes: { favourite: "text", joined: "date", points: "number", member: "boolean" },
  frequencyCap: {},
  leapDayRule: "february-28",
  signUp: { open: true, doubleOptIn: true },
  softBounces: { limit: 5, withinDays: 30 },
  breaker: { complaintRate: 0.001, bounceRate: 0.04, minimumSample: 1000, days: 7 },
  retention: { eventsDays: 365 },
  resumed: 0,
  limits: OperatorLimits.parse({ identities: ["kopisenja.example"] }),
  createdAt: "2026-01-01T00:00:00.000Z",
  updatedAt: "2026-01-01T00:00:00.000Z",
  version: 1,
};

export const menu: ShownItem[] = [
  {
    name: "Es Kopi Gula Aren",
    category: "Kopi",
    price: { amount: 2_800_000, currency: "IDR" },
    description: "Espresso ganda, susu segar dan gula aren dari Garut",
    url: "https://kopisenja.example/menu/gula-aren",
    imageUrl: "https://kopisenja.example/gambar/gula-aren.jpg",
  },
  { name: "Croissant Pandan", category: "Roti", price: { amount: 3_200_000, currency: "IDR" } },
  { name: "Teh Tarik Rempah", category: "Teh", price: { amount: 2_450_000, currency: "IDR" } },
  { name: 'Kopi Susu <Besar> & "Dingin"', category: "Kopi", price: { amount: 3_000_000, currency: "IDR" } },
  { name: "Pisang Goreng Keju", category: "Camilan", price: { amount: 2_000_000, currency: "IDR" } },
];

export const ani = {
  name: "Ani Lestari",
  nickname: "Ani",
  attributes: { favourite: "Kopi tubruk", joined: "2024-03-02", points: 1234.5, member: true },
  joined: { at: "2024-03-02T17:30:00.000Z", way: "form" as const, source: "instagram" },
};

export const links = {
  unsubscribe: "https://mail.kopisenja.example/u/abc_DEF-123",
  preferences: "https://mail.kopisenja.example/p/abc_DEF-123",
  rating: "https://mail.kopisenja.example/r/abc_DEF-123",
};

/** What a template sees of Ani, or of whoever else. */
export const aView = (changes: Partial<ViewInput> = {}) =>
  viewOf({
    business: kopiSenja,
    customer: ani,
    locale: "id",
    offer: "Gratis satu kopi",
    items: menu,
    links,
    day: "2026-11-24",
    ...changes,
  });
