import type { Business } from "../businesses.ts";
import { NewOrder } from "../orders.ts";
import { type Cell, Cells } from "./cells.ts";
import { moment } from "./dates.ts";
import type { ColumnReading, Rejection } from "./record.ts";
import type { Row } from "./rows.ts";
import { amount, whole } from "./values.ts";

/** The fields of an order that each of its rows repeats; the rest is the row's own line. */
const buyer = ["email", "phone", "externalId", "name"];

/**
 * One order from its rows: each row is a line of it, or no line where it names no item. What is said of the
 * order as a whole counts from the first row that says it. Without a total the lines are added up. An order with
 * anything wrong in it is rejected as a whole: half of one would falsify the figures.
 */
export function orderOf(
  rows: readonly Row[],
  columns: readonly ColumnReading[],
  business: Business,
): NewOrder | Rejection[] {
  const rejections: Rejection[] = [];
  const whole = new Map<string, unknown>();
  const lines: Record<string, unknown>[] = [];
  for (const row of rows) {
    const cells = new Cells(row, columns);
    const values = cells.read((cell) => fieldsOf(business, cell), "row-rejected");
    const { item, itemName, category, quantity = 1, price, ...rest } = Object.fromEntries(values);
    if (item ?? itemName) {
      lines.push({ item: item ?? itemName, name: itemName, category, quantity, price });
    }
    for (const [field, value] of Object.entries(rest)) if (!whole.has(field)) whole.set(field, value);
    rejections.push(...cells.problems);
  }
  const [first] = rows;
  if (rejections.length || !first) return rejections;
  const details = [...whole].filter(([field]) => !buyer.includes(field));
  const customer = [...whole].filter(([field]) => buyer.includes(field));
  const cells = new Cells(first, columns);
  const order = cells.parse(NewOrder, {
    total: sum(lines),
    ...Object.fromEntries(details),
    customer: Object.fromEntries(customer),
    lines,
  });
  return order ?? cells.problems;
}

function fieldsOf(business: Business, { field, text, type }: Cell): Record<string, unknown> {
  switch (field) {
    case "email":
      return { email: text.toLowerCase() };
    case "placedAt":
      return { placedAt: moment(text, business.timeZone, type) };
    case "total":
    case "price":
      return { [field]: amount(text, business.currency, type === "unknown" ? undefined : type) };
    case "quantity":
      return { quantity: whole(text) };
    case "currency":
      return { currency: text.toUpperCase() };
    default:
      return { [field]: text };
  }
}

/** What the lines come to; undefined when one has no price. */
function sum(lines: readonly Record<string, unknown>[]): number | undefined {
  if (lines.length === 0 || lines.some(({ price }) => typeof price !== "number")) return undefined;
  return lines.reduce((total, { price, quantity }) => total + Number(price) * Number(quantity), 0);
}
