import type { DemoItem } from "./catalogue.ts";
import { daysBefore } from "./days.ts";
import type { DemoCustomer } from "./people.ts";
import type { Random } from "./random.ts";

/** What `POST /v1/orders/batch` is given for each order. */
export type DemoOrder = {
  id: string;
  customer: { externalId: string };
  placedAt: string;
  channel: "pos" | "web";
  currency: "IDR";
  total: number;
  lines: { item: string; name: string; category: string; quantity: number; price: number }[];
};

/** How often someone comes, in days between visits, and how long ago they came last. */
const habits = {
  regular: { gap: [9, 18], last: [1, 6] },
  frequent: { gap: [25, 55], last: [1, 20] },
  occasional: { gap: [60, 140], last: [3, 55] },
  lapsed: { gap: [25, 80], last: [61, 320] },
  newcomer: { gap: [400, 500], last: [1, 40] },
} as const;
const shares = { regular: 0.07, frequent: 0.3, occasional: 0.3, lapsed: 0.24, newcomer: 0.09 };
const longestAgo = 540;

/** Eighteen months of orders up to the day before `day`, customer by customer, newest first. */
export function ordersBefore(
  day: string,
  {
    customers,
    items,
    random,
  }: { customers: readonly DemoCustomer[]; items: readonly DemoItem[]; random: Random },
): DemoOrder[] {
  let number = 0;
  return customers.flatMap((customer) => {
    // A few only signed up for news so far.
    if (random.chance(0.03)) return [];
    const { gap, last } = habits[random.weighted(shares)];
    const taste = tasteOf(random);
    const orders: DemoOrder[] = [];
    for (
      let age = random.between(last[0], last[1]);
      age <= longestAgo;
      age += random.between(gap[0], gap[1])
    ) {
      number++;
      const placedOn = daysBefore(day, age);
      const known = items.filter(({ addedAt }) => addedAt.slice(0, 10) < placedOn);
      const lines = linesOf(known, { taste, random });
      orders.push({
        id: `INV-${String(number).padStart(5, "0")}`,
        customer: { externalId: customer.externalId },
        // From eight in the morning to nine in the evening in Bandung.
        placedAt: `${placedOn}T${String(random.between(1, 13)).padStart(2, "0")}:${String(random.between(0, 59)).padStart(2, "0")}:00.000Z`,
        channel: random.chance(0.8) ? "pos" : "web",
        currency: "IDR",
        total: lines.reduce((sum, { quantity, price }) => sum + quantity * price, 0),
        lines,
      });
    }
    return orders;
  });
}

type Taste = Record<DemoItem["category"], number>;

/** Most people order mainly of one kind. */
function tasteOf(random: Random): Taste {
  const taste: Taste = { Kopi: 3, "Tanpa kopi": 1, Camilan: 2, "Biji kopi": 0.2, "Oleh-oleh": 0.05 };
  const favourite = random.weighted({ Kopi: 6, "Tanpa kopi": 2, Camilan: 2, "Biji kopi": 1 });
  return { ...taste, [favourite]: 8 };
}

function linesOf(items: readonly DemoItem[], { taste, random }: { taste: Taste; random: Random }) {
  const wanted = random.weighted({ "1": 6, "2": 4, "3": 1 });
  const chosen = new Map<string, DemoOrder["lines"][number]>();
  for (let count = Number(wanted); count > 0; count--) {
    const category = random.weighted(taste);
    const offered = items.filter((item) => item.category === category);
    const { id, name, price } = random.pick(offered.length > 0 ? offered : items);
    const line = chosen.get(id);
    if (line) line.quantity++;
    else
      chosen.set(id, {
        item: id,
        name,
        category,
        quantity: random.chance(0.15) ? 2 : 1,
        price: price.amount,
      });
  }
  return [...chosen.values()];
}
