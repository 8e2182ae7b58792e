import type { Business } from "../businesses.ts";
import type { NewOrder } from "../orders.ts";
import type { Records } from "../store.ts";

/** The orders, with the names and categories that lines leave out taken from the catalogue where it has them. */
export async function withCatalogue(
  business: Business,
  orders: readonly NewOrder[],
  records: Pick<Records, "findMany">,
): Promise<NewOrder[]> {
  const ids = new Set(
    orders.flatMap(({ lines }) =>
      lines.flatMap(({ item, name, category }) => (name && category ? [] : [item])),
    ),
  );
  const items = await records.findMany(
    "items",
    [...ids].map((id) => ({ business: business.id, id })),
  );
  const catalogue = new Map(items.map((item) => [item.id, item]));
  return orders.map((order) => ({
    ...order,
    lines: order.lines.map((line) => {
      const item = catalogue.get(line.item);
      if (!item) return line;
      return { name: String(item.name), category: String(item.category), ...defined(line) };
    }),
  }));
}

/** Without the fields that are undefined, which would hide the catalogue's. */
const defined = <T extends object>(line: T): T =>
  Object.fromEntries(Object.entries(line).filter(([, value]) => value !== undefined)) as T;
