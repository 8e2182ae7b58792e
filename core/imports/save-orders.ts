import { ownEntry } from "../dictionaries.ts";
import { SapaError } from "../errors.ts";
import * as orders from "../orders.ts";
import { orderOf } from "./order-rows.ts";
import { type Outcome, outcomeOf } from "./outcome.ts";
import type { ColumnReading, Rejection } from "./record.ts";
import type { Row } from "./rows.ts";
import { problemsOf, type SaveContext } from "./save-customers.ts";

/** Saves rows of orders. May be repeated: an order that is in already is counted as unchanged. */
export async function saveOrders(rows: readonly Row[], context: SaveContext): Promise<Outcome> {
  const { business, imported, columns, destination, now } = context;
  const outcome = outcomeOf(rows.length);
  const read = groups(rows, columns).map((group) => ({ group, order: orderOf(group, columns, business) }));
  const good = read.flatMap(({ group, order }) => ("id" in order ? [{ group, order }] : []));
  const added = await orders.addMany(
    business,
    good.map(({ group, order }) => ({
      order,
      evidence: {
        way: "import" as const,
        file: imported.id,
        ...(imported.fileName && { fileName: imported.fileName }),
        row: group[0]?.number ?? 0,
      },
    })),
    now,
    destination.saving,
  );
  const results = new Map(good.map(({ group }, at) => [group, added[at]]));
  for (const { group, order } of read) {
    const result = results.get(group);
    const [row] = group;
    if (!row) continue;
    if (result && !(result instanceof SapaError)) {
      const became = result.outcome === "added" ? "created" : "unchanged";
      outcome.counts[became] += 1;
      outcome.rows.push({ row: row.number, outcome: became, problems: [] });
    } else {
      const problems = result ? problemsOf(result, { row, columns }, "row-rejected") : (order as Rejection[]);
      outcome.counts.rejected += group.length;
      outcome.problems.push(...problems);
      outcome.rows.push({ row: row.number, outcome: "rejected", problems });
    }
  }
  return outcome;
}

/** Rows of one order stand together in a file; each group is one order. */
function groups(rows: readonly Row[], columns: readonly ColumnReading[]): Row[][] {
  const all: Row[][] = [];
  for (const row of rows) {
    const group = all.at(-1);
    if (group && inOneOrder(columns, group.at(-1), row)) group.push(row);
    else all.push([row]);
  }
  return all;
}

/** Whether a row goes on with the order of the one before. */
export function inOneOrder(columns: readonly ColumnReading[], before: Row | undefined, row: Row): boolean {
  const column = columns.find(({ field }) => field === "id")?.column;
  const id = column && ownEntry(row.cells, column)?.trim();
  return Boolean(id) && id === (before && column && ownEntry(before.cells, column)?.trim());
}
