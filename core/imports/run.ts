import type { Business } from "../businesses.ts";
import * as customers from "../customers.ts";
import { ownEntry } from "../dictionaries.ts";
import { SapaError } from "../errors.ts";
import { raise } from "../events.ts";
import * as orders from "../orders.ts";
import * as signUps from "../sign-ups/imported.ts";
import type { Instant } from "../time.ts";
import { rejection } from "./cells.ts";
import { type Column, columnsFor, missing } from "./columns.ts";
import { customerOf } from "./customer-rows.ts";
import { orderOf } from "./order-rows.ts";
import * as progress from "./progress.ts";
import { type Counts, mostBytes, nothing, type Rejection, type StoredImport } from "./record.ts";
import { maxColumns, type Row, rowsOf } from "./rows.ts";
import { BadFile } from "./text.ts";

/** Rows that are read, saved and recorded at a time: the most that a crash does twice. */
const rowsAtOnce = 500;
/** Rows of one order that are held until its last is read: five times as many as an order has lines. */
const maxRowsOfOrder = 1000;

export type File = { bytes: AsyncIterable<Uint8Array>; size: number };

export type Host = {
  now: () => Instant;
  /** False when the function is about to be stopped: the rest is for another. */
  timeIsLeft: () => boolean;
};

/** There was no time for all of the file: the import is to be run again, and goes on where it is. */
export class Unfinished extends Error {}

/**
 * Brings a file's rows in, from where the worker before stopped. Good rows go in, bad ones are recorded with
 * their number, field and reason. All of it may be repeated: a row that is in already is counted as unchanged.
 * A file that can't be imported fails the import; anything else that is thrown means to run it again. Answers what
 * became of all of the file's rows.
 */
export async function run(
  business: Business,
  imported: StoredImport,
  file: File,
  host: Host,
): Promise<Counts> {
  try {
    const counts = await runRows(business, imported, file, host);
    await askThem(imported);
    await progress.finish(imported, host.now());
    return counts;
  } catch (error) {
    if (!(error instanceof BadFile)) throw error;
    // Those of the rows before are in, and no other import will ask them.
    await askThem(imported);
    await progress.fail(imported, error.message, host.now());
    return nothing;
  }
}

async function runRows(business: Business, imported: StoredImport, file: File, host: Host): Promise<Counts> {
  if (file.size > mostBytes) throw new BadFile("The file is over 50 MB: split it");
  const columns = new Columns(imported, business);
  const done = imported.position ?? 0;
  let counts = done > 0 ? imported.counts : nothing;
  let pending: Row[] = [];
  const flush = async () => {
    const last = pending.at(-1);
    if (!last) return;
    const outcome = await save(pending, columns, { business, imported, now: host.now() });
    counts = sum(counts, outcome.counts);
    await progress.keepRejections(imported, pending[0]?.number ?? 0, outcome.rejections, host.now());
    await progress.record(imported, { position: last.number, counts, columns: columns.report() }, host.now());
    pending = [];
    if (!host.timeIsLeft()) throw new Unfinished(`Stopped after row ${last.number}`);
  };
  let before: Row | undefined;
  let isOverlong = false;
  for await (const row of rowsOf(file.bytes, imported, (titles) => columns.learn(titles))) {
    if (imported.format === "jsonl") columns.learn(Object.keys(row.cells));
    const goesOn = columns.inOneOrder(before, row);
    before = row;
    if (row.number <= done) continue;
    // No flush parts an order but one that is too long, whose other rows are then refused as well.
    isOverlong = goesOn && (isOverlong || pending.length === 0 || pending.length >= maxRowsOfOrder);
    if (pending.length >= rowsAtOnce && (isOverlong || !goesOn)) await flush();
    pending.push(isOverlong ? { ...row, problem: "belongs to an order of more than 200 lines" } : row);
  }
  await flush();
  return counts;
}

type Context = { business: Business; imported: StoredImport; now: Instant };
type Outcome = { counts: Counts; rejections: Rejection[] };

const save = (rows: readonly Row[], columns: Columns, context: Context): Promise<Outcome> =>
  context.imported.kind === "customers"
    ? saveCustomers(rows, columns, context)
    : saveOrders(rows, columns, context);

async function saveCustomers(rows: readonly Row[], columns: Columns, context: Context): Promise<Outcome> {
  const outcome: Outcome = { counts: { ...nothing, rows: rows.length }, rejections: [] };
  const read = rows.map((row) => ({ row, input: customerOf(row, columns.all, context) }));
  const good = read.flatMap(({ row, input }) => ("details" in input ? [{ row, input }] : []));
  const saved = await customers.upsertMany(
    context.business,
    good.map(({ input }) => input),
    context.now,
  );
  const results = new Map(good.map(({ row }, at) => [row, saved[at]]));
  if (context.imported.doubleOptIn) await prepareToAsk(good, saved, context);
  for (const { row, input } of read) {
    const result = results.get(row);
    if (result && !(result instanceof SapaError)) outcome.counts[result.outcome] += 1;
    else {
      outcome.counts.rejected += 1;
      outcome.rejections.push(...(result ? problemsOf(result, row, columns) : (input as Rejection[])));
    }
  }
  return outcome;
}

/** Has those whom the rows brought in asked, once the import is over; who was known before is left in peace. */
async function prepareToAsk(
  good: readonly { input: customers.UpsertInput }[],
  saved: readonly (customers.Upserted | SapaError)[],
  { business, imported, now }: Context,
): Promise<void> {
  const asked = good.flatMap(({ input: { evidence } }, at) => {
    const result = saved[at];
    if (!result || result instanceof SapaError) return [];
    const { customer } = result;
    // Also those whom this import created before it was interrupted.
    return customer.createdAt >= (imported.startedAt ?? now) ? [{ customer, evidence }] : [];
  });
  await signUps.prepare(business, { id: imported.id, asked }, now);
}

async function askThem({ business, id, doubleOptIn }: StoredImport): Promise<void> {
  if (doubleOptIn) await raise("letters.due", { business, import: id });
}

async function saveOrders(rows: readonly Row[], columns: Columns, context: Context): Promise<Outcome> {
  const outcome: Outcome = { counts: { ...nothing, rows: rows.length }, rejections: [] };
  const read = orderGroups(rows, columns).map((group) => ({
    group,
    order: orderOf(group, columns.all, context.business),
  }));
  const good = read.flatMap(({ group, order }) => ("id" in order ? [{ group, order }] : []));
  const added = await orders.addMany(
    context.business,
    good.map(({ group, order }) => ({
      order,
      evidence: {
        way: "import" as const,
        file: context.imported.id,
        ...(context.imported.fileName && { fileName: context.imported.fileName }),
        row: group[0]?.number ?? 0,
      },
    })),
    context.now,
  );
  const results = new Map(good.map(({ group }, at) => [group, added[at]]));
  for (const { group, order } of read) {
    const result = results.get(group);
    const [first] = group;
    if (result && !(result instanceof SapaError)) {
      outcome.counts[result.outcome === "added" ? "created" : "unchanged"] += 1;
    } else if (first) {
      outcome.counts.rejected += group.length;
      outcome.rejections.push(...(result ? problemsOf(result, first, columns) : (order as Rejection[])));
    }
  }
  return outcome;
}

/** Rows of one order stand together in a file; each group is one order. */
function orderGroups(rows: readonly Row[], columns: Columns): Row[][] {
  const groups: Row[][] = [];
  for (const row of rows) {
    const group = groups.at(-1);
    if (group && columns.inOneOrder(group.at(-1), row)) group.push(row);
    else groups.push([row]);
  }
  return groups;
}

const problemsOf = (error: SapaError, row: Row, columns: Columns): Rejection[] =>
  (error.problems.length ? error.problems : [{ field: "row", message: error.message }]).map((problem) =>
    rejection(row, columns.all, { ...problem, field: problem.field.replace(/^customer\./, "") }),
  );

const sum = (one: Counts, other: Counts): Counts => ({
  rows: one.rows + other.rows,
  created: one.created + other.created,
  updated: one.updated + other.updated,
  unchanged: one.unchanged + other.unchanged,
  rejected: one.rejected + other.rejected,
});

/** So many columns that went into nothing are told; a hundred titles are seen at a glance, or not at all. */
const maxIgnored = 100;

/** The columns of the file, as far as they are known: all of a CSV file's at once, of JSON Lines as they come. */
class Columns {
  readonly #imported: StoredImport;
  readonly #business: Business;
  readonly #seen = new Set<string>();
  all: readonly Column[] = [];

  constructor(imported: StoredImport, business: Business) {
    this.#imported = imported;
    this.#business = business;
  }

  learn(titles: readonly string[]): void {
    const before = this.#seen.size;
    // A row may have any keys: what is remembered of them has to stay small.
    for (const title of titles) if (this.#seen.size < maxColumns) this.#seen.add(title);
    if (this.#seen.size === before && before > 0) return;
    this.all = columnsFor(this.#imported, this.#business, [...this.#seen]);
    const lacking = this.#imported.format === "csv" && missing(this.#imported.kind, this.all);
    if (lacking) {
      const found = titles.filter(Boolean).slice(0, 20).join(", ").slice(0, 500);
      throw new BadFile(
        `No column was found for ${lacking}. The first row has: ${found}. Name the columns in "mapping"`,
      );
    }
  }

  /** Whether a row goes on with the order of the one before. Customers stand alone. */
  inOneOrder(before: Row | undefined, row: Row): boolean {
    if (this.#imported.kind === "customers") return false;
    const column = this.all.find(({ field }) => field === "id")?.column;
    const id = column && ownEntry(row.cells, column)?.trim();
    return column !== undefined && Boolean(id) && id === (before && ownEntry(before.cells, column)?.trim());
  }

  report() {
    const used = new Set(this.all.map(({ column }) => column));
    return {
      columns: this.all.map(({ column, field }) => ({ column, field })),
      ignoredColumns: [...this.#seen].filter((title) => title && !used.has(title)).slice(0, maxIgnored),
    };
  }
}
