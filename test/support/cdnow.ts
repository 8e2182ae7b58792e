import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Real purchase histories of 2,357 customers (Fader and Hardie's CDNOW sample), kept beside the project. */
const file = fileURLToPath(new URL("../../../shared/data/cdnow/CDNOW_sample.txt", import.meta.url));

export const cdnowIsHere = existsSync(file);

export type Purchase = { customer: string; day: string; quantity: number; amount: string };

export function purchases(): Purchase[] {
  return readFileSync(file, "utf8")
    .split(/\r?\n/)
    .filter((line) => line.trim() !== "")
    .map((line) => {
      const [, customer = "", day = "", quantity = "", amount = ""] = line.trim().split(/\s+/);
      const iso = `${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)}`;
      return { customer, day: iso, quantity: Number(quantity), amount };
    });
}

const givenNames = ["Ani", "Budi", "Citra", "Dewi", "Eko", "Fitri", "Gita", "Hadi", "Indah", "Joko"];

/** The data has no names or addresses: they follow from the customer's number, so that two imports agree. */
export const nameOf = (customer: string) => `${givenNames[Number(customer) % 10]} No${customer}`;
export const emailOf = (customer: string) => `customer-${customer}@example.com`;
/** One in ten never opted in, or left. */
export const optedIn = (customer: string) => Number(customer) % 10 !== 0;

export const customersFile = (all: readonly Purchase[]) =>
  [
    "external id,name,email,consent",
    ...[...new Set(all.map(({ customer }) => customer))].map(
      (customer) =>
        `${customer},${nameOf(customer)},${emailOf(customer)},${optedIn(customer) ? "yes" : "no"}`,
    ),
  ].join("\r\n");

export const ordersFile = (all: readonly Purchase[]) =>
  [
    "order id,external id,placed at,total,item,quantity",
    ...all.map(
      ({ customer, day, quantity, amount }, line) =>
        `${line + 1},${customer},${day},${amount},cd,${quantity}`,
    ),
  ].join("\n");

/** Whose last purchase lies `days` or more days before a day; how many days exactly, with `exactly`. */
export function lapsed(all: readonly Purchase[], day: string, { days, exactly = false }: Lapse): string[] {
  const last = new Map<string, string>();
  for (const one of all) {
    if (one.day > (last.get(one.customer) ?? "")) last.set(one.customer, one.day);
  }
  const away = (since: string) => (Date.parse(day) - Date.parse(since)) / 86_400_000;
  return [...last]
    .filter(([, since]) => (exactly ? away(since) === days : away(since) >= days))
    .map(([id]) => id);
}
type Lapse = { days: number; exactly?: boolean };
