import { describe, expect, test } from "vitest";
import type { Customer } from "../../core/customers.ts";
import { explain, describe as inWords, type SegmentDefinition } from "../../core/segments.ts";
import { aBusiness } from "../support/shop.ts";

const business = aBusiness();
const now = "2026-11-24T05:00:00.000Z";

describe("a segment says what it is", () => {
  test.each<[SegmentDefinition, string, string]>([
    [
      { all: [{ orders: { atLeast: 3 } }, { not: { bought: { category: "Coffee", withinDays: 60 } } }] },
      "Customers who have ordered at least 3 times and have not bought Coffee in the last 60 days",
      "Pelanggan yang memesan minimal 3 kali dan tidak membeli Coffee dalam 60 hari terakhir",
    ],
    [
      { all: [{ tag: "vip" }, { has: "phone" }, { spent: { atLeast: 50000000 } }] },
      "Customers who are tagged “vip”, have a phone number and have spent at least Rp500,000",
      "Pelanggan yang bertanda “vip”, memiliki nomor telepon, dan berbelanja minimal Rp500.000",
    ],
    [
      { all: [{ locale: "en" }, { any: [{ birthday: { withinDays: 7 } }, { birthday: { month: 5 } }] }] },
      "Customers who read English and (have a birthday in the next 7 days or were born in May)",
      "Pelanggan yang berbahasa Inggris dan (berulang tahun dalam 7 hari ke depan atau lahir pada bulan Mei)",
    ],
    [
      { not: { any: [{ lastOrder: { never: true } }, { consent: "unsubscribed" }] } },
      "Customers who have ordered and have not unsubscribed",
      "Pelanggan yang pernah memesan dan belum berhenti berlangganan",
    ],
    [
      { lastOrder: { notWithinDays: 90 } },
      "Customers who have ordered, but not in the last 90 days",
      "Pelanggan yang pernah memesan, tetapi tidak dalam 90 hari terakhir",
    ],
    [
      { not: { lastOrder: { notWithinDays: 90 } } },
      "Customers who have never ordered or have ordered in the last 90 days",
      "Pelanggan yang belum pernah memesan atau memesan dalam 90 hari terakhir",
    ],
    [
      { not: { orders: { atLeast: 3 } } },
      "Customers who have ordered fewer than 3 times",
      "Pelanggan yang memesan kurang dari 3 kali",
    ],
    [
      { bought: { item: "latte", withinDays: 1 } },
      "Customers who have bought item latte today",
      "Pelanggan yang membeli produk latte hari ini",
    ],
    [
      { topic: "offers", on: true },
      "Customers who want mail about “Special offers”",
      "Pelanggan yang mau menerima email “Penawaran khusus”",
    ],
    [
      { attribute: "since", before: "2026-01-01" },
      "Customers who have a day before January 1, 2026 as since",
      "Pelanggan yang memiliki since sebelum 1 Januari 2026",
    ],
    [
      { signedUp: { notWithinDays: 365 } },
      "Customers who were added at least 365 days ago",
      "Pelanggan yang terdaftar paling sedikit 365 hari yang lalu",
    ],
    [
      { not: { opened: { notWithinDays: 30 } } },
      "Customers who have never opened a mail or have opened a mail in the last 30 days",
      "Pelanggan yang belum pernah membuka email atau membuka email dalam 30 hari terakhir",
    ],
  ])("%j", (definition, english, indonesian) => {
    expect(inWords(definition, "en", { business })).toBe(english);
    expect(inWords(definition, "id", { business })).toBe(indonesian);
  });
});

const ani: Customer = {
  id: "cus_ani",
  business: business.id,
  tags: ["vip"],
  attributes: {},
  topics: {},
  consent: "subscribed",
  statistics: { orders: 1, spent: 100, firstOrderAt: now, lastOrderAt: now, categories: {}, items: {} },
  engagement: {},
  recentSends: [],
  wonBack: {},
  greeted: {},
  createdAt: now,
  updatedAt: now,
  version: 1,
};

describe("a customer who is left out is told which conditions failed, and only those", () => {
  const because = (definition: SegmentDefinition) =>
    explain(definition, { customer: ani, locale: "en", business, now })?.split("those who ")[1];

  test.each<[SegmentDefinition, string | undefined]>([
    [{ tag: "vip" }, undefined],
    [{ all: [{ tag: "vip" }, { orders: { atLeast: 3 } }] }, "have ordered at least 3 times"],
    [{ all: [{ tag: "staff" }, { has: "email" }] }, "are tagged “staff” and have an email address"],
    [{ not: { tag: "vip" } }, "are not tagged “vip”"],
    [{ any: [{ tag: "staff" }, { has: "phone" }] }, "are tagged “staff” or have a phone number"],
    [{ any: [{ tag: "staff" }, { tag: "vip" }] }, undefined],
  ])("%j", (definition, reason) => {
    expect(because(definition)).toBe(reason);
  });

  test("in Indonesian too", () => {
    expect(explain({ tag: "staff" }, { customer: ani, locale: "id", business, now })).toBe(
      "Pelanggan ini tidak termasuk segmen, yang memuat mereka yang bertanda “staff”",
    );
  });
});
