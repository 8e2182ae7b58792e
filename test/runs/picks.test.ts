import { expect, test } from "vitest";
import type { Item } from "../../core/items.ts";
import { pick } from "../../core/runs/picks.ts";

const item = (id: string, category: string, addedAt: string, inStock = true): Item => ({
  id,
  name: id,
  category,
  price: { amount: 2_500_000, currency: "IDR" },
  inStock,
  addedAt: `${addedAt}T00:00:00.000Z`,
  updatedAt: `${addedAt}T00:00:00.000Z`,
});
const items = [
  item("matcha", "Tea", "2026-11-20"),
  item("gayo", "Coffee", "2026-11-18"),
  item("toraja", "Coffee", "2026-11-22"),
  item("mug", "Goods", "2026-11-23"),
  item("kintamani", "Coffee", "2026-11-23", false),
];
const names = (indexes: number[]) => indexes.map((index) => items[index]?.id);
const orders = (count: number) => ({ orders: count, lastAt: "2026-11-01T00:00:00.000Z" });

test("items of the categories that a customer buys come first, the newest first among equals", () => {
  const regular = { categories: { Coffee: orders(9), Tea: orders(2) }, items: {} };
  expect(names(pick(items, regular, 5))).toEqual(["toraja", "gayo", "matcha", "mug"]);
});

test("what a customer has bought before, and what is sold out, is not shown", () => {
  const bought = { categories: { Coffee: orders(1) }, items: { toraja: "2026-11-22T05:00:00.000Z" } };
  expect(names(pick(items, bought, 5))).toEqual(["gayo", "mug", "matcha"]);
});

test("a customer without orders sees the newest, and never more than asked for", () => {
  expect(names(pick(items, { categories: {}, items: {} }, 2))).toEqual(["mug", "toraja"]);
});
