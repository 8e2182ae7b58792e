import type { Business } from "../businesses.ts";
import { NewOrder } from "../orders.ts";
import { Cells } from "./cells.ts";
import type { Column } from "./columns.ts";
import { usual } from "./customer-rows.ts";
import type { ColumnType, Rejection } from "./record.ts";
import type { Row } from "./rows.ts";
import { amount, moment, whole } from "./values.ts";

/** The fields of an order that each of its rows repeats; the rest is the row's own line. */
const buyer = ["email", "phone", "externalId", "name"];

/**
 * One order from its rows: each row is a line of it, or no line where it names no item. What is said of the
 * order as a whole counts from the first row that says it. Without a total the lines are added up.
 */
export function orderOf(
  rows: readonly Row[],
  columns: readonly Column[],
  business: Business,
): NewOrder | Rejection[] {
  const rejections: Rejection[] = [];
  const whole: Record<string, unknown> = {};
  const lines: Record<string, unknown>[] = [];
  for (const row of rows) {
    const cells = new Cells(row, columns);
    const values = cells.read((field, text, type) => fieldsOf(business, { field, text, type }));
    const { item, itemName, category, quantity = 1, price, ...rest } = values;
    if (item ?? itemName) {
      lines.push({ item: item ?? itemName, name: itemName, category, quantity, price });
    }
    for (const [field, value] of Object.entries(rest)) whole[field] ??= value;
    rejections.push(...cells.rejections);
  }
  const [first] = rows;
  if (rejections.length || !first) return rejections;
  const details = Object.entries(whole).filter(([field]) => !buyer.includes(field));
  const customer = Object.entries(whole).filter(([field]) => buyer.includes(field));
  const cells = new Cells(first, columns);
  const order = cells.parse(NewOrder, {
    total: sum(lines),
    ...Object.fromEntries(details),
    customer: Object.fromEntries(customer),
    lines,
  });
  return order ?? cells.rejections;
}

type Cell = { field: string; text: string; type: ColumnType | undefined };

function fieldsOf(business: Business, { field, text, type }: Cell): Record<string, unknown> {
  switch (field) {
    case "email":
      return { email: text.toLowerCase() };
    case "placedAt":
      return { placedAt: moment(text, business.timeZone, usual(business, type)) };
    case "total":
    case "price":
      return { [field]: amount(text, business.currency, type) };
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
