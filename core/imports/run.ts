import type { Business } from "../businesses.ts";
import { saving } from "../customers/upsert.ts";
import { raise } from "../events.ts";
import * as signUps from "../sign-ups/imported.ts";
import type { Instant } from "../time.ts";
import { CustomerRows } from "./customer-rows.ts";
import { fileNameColumn, saidByName } from "./file-name.ts";
import { maxRowsOfOrder } from "./limits.ts";
import { countProblems } from "./outcome.ts";
import * as progress from "./progress.ts";
import {
  type Counts,
  mostBytes,
  nothing,
  type ProblemCount,
  RehearsedRow,
  type Rejection,
  type StoredImport,
  sum,
} from "./record.ts";
import { Rehearsal } from "./rehearsal.ts";
import * as reports from "./reports.ts";
import { type Row, rowsOf } from "./rows.ts";
import { type Destination, type SaveContext, saveCustomers } from "./save-customers.ts";
import { inOneOrder, saveOrders } from "./save-orders.ts";
import { Survey } from "./survey.ts";
import { BadFile } from "./text.ts";
import { understand } from "./understanding.ts";

/** Rows that are read, saved and recorded at a time: the most that a crash does twice. */
const rowsAtOnce = 500;
/** Fields left out of rows that are kept one by one; all of them are counted. */
const maxLeftOutKept = 10_000;

export type File = {
  /** In bytes. */
  size: number;
  /** The file's bytes from its beginning: it is read more than once. */
  open: () => Promise<AsyncIterable<Uint8Array>>;
  /** What tells this version of the file from another, once it was opened. */
  etag?: () => string | undefined;
};

export type Host = {
  now: () => Instant;
  /** False when the function is about to be stopped: the rest is for another. */
  timeIsLeft: () => boolean;
};

/** There was no time for all of the file: the import is to be run again, and goes on where it is. */
export class Unfinished extends Error {}

/** What has become of the import, and of the file's rows. */
export type Ran = { state: "finished" | "failed" | "rehearsed" | "question"; counts: Counts };

type Job = { business: Business; imported: StoredImport; file: File; host: Host };

/**
 * Brings a file's rows in, from where the worker before stopped, or rehearses that. The whole file is looked through
 * first: where it holds what may be somebody's "no" and is not understood, its owner is asked before anything comes
 * in. Good rows go in, bad ones are recorded with their number, field and reason. All of it may be repeated: a row
 * that is in already is counted as unchanged. A file that can't be imported fails the import; anything else that is
 * thrown means to run it again.
 */
export async function run(business: Business, imported: StoredImport, file: File, host: Host): Promise<Ran> {
  const job = { business, imported, file, host };
  try {
    if (file.size > mostBytes) throw new BadFile("The file is over 50 MB: split it");
    const understood = imported.columns ? imported : await lookThrough(job);
    if (!understood) return { state: "question", counts: nothing };
    const counts = imported.dryRun ? await rehearse(job, understood) : await bringIn(job, understood);
    const state = imported.dryRun ? "rehearsed" : "finished";
    if (!imported.dryRun) await askThem(imported);
    await progress.end(imported, { state }, host.now());
    return { state, counts };
  } catch (error) {
    if (!(error instanceof BadFile)) throw error;
    // Those of rows that an earlier worker saved are in, and no other import will ask them.
    if (!imported.dryRun && imported.columns) await askThem(imported);
    await progress.end(imported, { state: "failed", reason: error.message }, host.now());
    return { state: "failed", counts: nothing };
  }
}

/** The import with how its file is read; undefined when there are questions first. */
async function lookThrough(job: Job): Promise<StoredImport | undefined> {
  const { business, imported, file, host } = job;
  const survey = new Survey(imported, business);
  for await (const { cells } of rows(job, (titles) => {
    for (const title of titles) survey.learn(title);
  })) {
    survey.add(cells);
  }
  const { questions, columns, ignoredColumns } = understand(survey, imported, business);
  const etag = file.etag?.();
  const uploaded = { size: file.size, ...(etag && { etag }) };
  if (questions.length > 0) {
    await reports.keepQuestions(imported, questions, host.now());
    await progress.end(imported, { state: "question", columns, ignoredColumns, uploaded }, host.now());
    return undefined;
  }
  await progress.learn(imported, { columns, ignoredColumns, uploaded }, host.now());
  return { ...imported, columns, ignoredColumns, uploaded };
}

/** How often a worker that only reads shows that it is alive, in rows and milliseconds. */
const rowsBetween = 5_000;
const aliveEvery = 15_000;

/** The rows of the file, each with what the file's name says of it. */
async function* rows(
  { imported, file, host }: Job,
  onTitles: (titles: string[]) => void = () => {},
): AsyncGenerator<Row> {
  const said = imported.kind === "customers" ? saidByName(imported.fileName)?.word : undefined;
  let alive = Date.parse(host.now());
  let read = 0;
  for await (const row of rowsOf(await file.open(), imported, onTitles)) {
    if (said) Object.assign(row.cells, { [fileNameColumn]: said });
    yield row;
    read += 1;
    if (read % rowsBetween > 0 || Date.parse(host.now()) - alive < aliveEvery) continue;
    alive = Date.parse(host.now());
    await progress.stayAlive(imported, host.now());
  }
}

function bringIn(job: Job, imported: StoredImport): Promise<Counts> {
  const { business, host } = job;
  const destination: Destination = {
    saving,
    ask: (asked) => signUps.prepare(business, { id: imported.id, asked }, host.now()),
  };
  return save({ ...job, imported }, destination, async ({ last, counts, problems }) => {
    await progress.record(imported, { position: last.number, counts, problems }, host.now());
    if (!host.timeIsLeft()) throw new Unfinished(`Stopped after row ${last.number}`);
  });
}

/** Does what bringing the file in would do, with nothing but the report of it written. It can't be gone on with. */
async function rehearse(job: Job, imported: StoredImport): Promise<Counts> {
  const { business, file, host } = job;
  const { columns = [] } = imported;
  const rehearsal = new Rehearsal(business, imported, { columns, size: file.size });
  for await (const row of rows(job)) rehearsal.expect(row);
  let shown = 0;
  return save({ ...job, imported }, rehearsal.destination, async (step) => {
    rehearsal.done(step.rows);
    if (shown < reports.maxRows) {
      const first = step.outcome.rows.slice(0, reports.maxRows - shown).map((row) => RehearsedRow.parse(row));
      shown += first.length;
      await reports.keepRows(imported, first, host.now());
    }
    await progress.record(imported, { counts: step.counts, problems: step.problems }, host.now());
    if (!host.timeIsLeft()) {
      throw new BadFile(
        `There was no time to rehearse more than ${step.last.number} rows: split the file, or import it as it is`,
      );
    }
  });
}

type Step = {
  rows: readonly Row[];
  last: Row;
  outcome: Awaited<ReturnType<typeof saveCustomers>>;
  counts: Counts;
  problems: ProblemCount[];
};

/** Saves the rows of the file that are not done yet, some hundred at a time, and tells `after` of each time. */
async function save(
  job: Job,
  destination: Destination,
  after: (step: Step) => Promise<void>,
): Promise<Counts> {
  const { business, imported, host } = job;
  const { columns = [], position: done = 0 } = imported;
  const reader = new CustomerRows(imported, business, columns);
  let counts = done > 0 ? { ...nothing, ...imported.counts } : nothing;
  let problems = done > 0 ? (imported.problems ?? []) : [];
  let pending: Row[] = [];
  const flush = async () => {
    const [first, last] = [pending[0], pending.at(-1)];
    if (!first || !last) return;
    const context: SaveContext = { business, imported, columns, destination, now: host.now() };
    const outcome =
      imported.kind === "customers"
        ? await saveCustomers(pending, reader, context)
        : await saveOrders(pending, context);
    const kept = worthKeeping(outcome.problems, counts.leftOut);
    counts = sum(counts, outcome.counts);
    problems = countProblems(problems, outcome.problems);
    await reports.keepProblems(imported, { row: first.number, problems: kept }, host.now());
    await after({ rows: pending, last, outcome, counts, problems });
    pending = [];
  };
  let before: Row | undefined;
  let isOverlong = false;
  for await (const row of rows(job)) {
    const goesOn = imported.kind === "orders" && inOneOrder(columns, before, row);
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

/** All rows that were rejected, and of fields that were left out the first ten thousand of a file. */
function worthKeeping(problems: readonly Rejection[], leftOutBefore: number): Rejection[] {
  let room = maxLeftOutKept - leftOutBefore;
  return problems.filter(({ effect }) => {
    if (effect === "row-rejected") return true;
    room -= 1;
    return room >= 0;
  });
}

async function askThem({ business, id, doubleOptIn }: StoredImport): Promise<void> {
  if (doubleOptIn) await raise("letters.due", { business, import: id });
}
