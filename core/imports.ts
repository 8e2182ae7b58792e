import { PutCommand } from "@aws-sdk/lib-dynamodb";
import type { Business } from "./businesses.ts";
import { type Problem, SapaError } from "./errors.ts";
import { type BusinessId, type ImportId, newId } from "./ids.ts";
import { mappingProblems } from "./imports/columns.ts";
import { maxMappings } from "./imports/mapping.ts";
import {
  type Import,
  type ImportInput,
  keyOf,
  mostBytes,
  nothing,
  type RehearsedRow,
  type Rejection,
  type StoredImport,
  view,
} from "./imports/record.ts";
import * as reports from "./imports/reports.ts";
import { uploadSeconds, uploadUrl } from "./imports/upload.ts";
import { pageOf } from "./lists.ts";
import { decodeCursor, documents, encodeCursor, find, foreignCursor, query, tableName } from "./store.ts";
import { addSeconds, type Instant } from "./time.ts";

export {
  Import,
  ImportContinuation,
  ImportInput,
  Question,
  RehearsedRow,
  Rejection,
} from "./imports/record.ts";

/** Where a file is uploaded to, by HTTP PUT, and until when. */
export type Upload = { uploadUrl: string; expiresAt: Instant };

/** Prepares for a file: the import begins by itself once the file is uploaded. */
export async function create(business: Business, input: ImportInput, now: Instant): Promise<Import & Upload> {
  check(business, input);
  // The time goes first, so that imports sort by age.
  const time = Date.parse(now).toString(36).padStart(9, "0");
  const id: ImportId = `imp_${time}${newId("imp").slice("imp_".length)}`;
  const imported: Import = {
    ...input,
    id,
    business: business.id,
    state: "waiting",
    counts: nothing,
    createdAt: now,
  };
  await documents.send(new PutCommand({ TableName: tableName("imports"), Item: imported }));
  return {
    ...imported,
    uploadUrl: await uploadUrl(keyOf(business.id, id), input.size),
    expiresAt: addSeconds(now, uploadSeconds),
  };
}

/** Throws `invalid` for what can't be imported so, naming each field. */
export function check(business: Business, input: ImportInput): void {
  const { kind, size, mapping = [], consent, legalBasis, doubleOptIn } = input;
  if (size > mostBytes) {
    throw new SapaError("too-large", "The file is over 50 MB: split it", [
      { field: "size", message: `must be at most ${mostBytes}` },
    ]);
  }
  const problems: Problem[] = mappingProblems(kind, business, mapping);
  if (mapping.length > maxMappings) {
    problems.push({ field: "mapping", message: `must tell of at most ${maxMappings} columns in all` });
  }
  if (consent === "subscribed" && !legalBasis) {
    problems.push({
      field: "legalBasis",
      message: "is needed for subscribed: say what entitles you to mail them",
    });
  }
  if (doubleOptIn && consent && consent !== "pending") {
    problems.push({
      field: "doubleOptIn",
      message: `asks each new customer, which consent ${consent} already answers: leave one of them out`,
    });
  }
  if (kind === "orders" && doubleOptIn) {
    problems.push({ field: "doubleOptIn", message: "is only for customers" });
  }
  if (kind === "orders" && consent) {
    problems.push({ field: "consent", message: "is only for customers: an order says nothing about mail" });
  }
  if (problems.length) throw new SapaError("invalid", "The import can't be made", problems);
}

/** The import as stored; `not-found` when the business has none with this id. */
export async function getStored(business: BusinessId, id: ImportId): Promise<StoredImport> {
  const item = await find("imports", { business, id }, { ConsistentRead: true });
  if (!item) throw new SapaError("not-found", "No such import");
  return item as unknown as StoredImport;
}

/** The import, with its questions while it waits for their answers. */
export async function get(business: BusinessId, id: ImportId, now: Instant): Promise<Import> {
  const stored = await getStored(business, id);
  const shown = view(stored, now);
  return shown.state === "question" ? { ...shown, questions: await reports.questionsOf(stored, now) } : shown;
}

type Page = { limit: number; cursor?: string | undefined };

/** The business's imports, the latest first. */
export async function list(
  business: BusinessId,
  { limit, cursor }: Page,
  now: Instant,
): Promise<{ items: Import[]; next?: string }> {
  const { items, next } = await query("imports", {
    KeyConditionExpression: "business = :business",
    ExpressionAttributeValues: { ":business": business },
    ScanIndexForward: false,
    Limit: limit,
    ...(cursor !== undefined && { ExclusiveStartKey: { business, id: text(cursor, "id") } }),
  });
  return pageOf(items, {
    more: Boolean(next),
    itemOf: (item) => view(item, now),
    placeOf: ({ id }) => ({ id: String(id) }),
  });
}

/**
 * Rows of an import that were rejected, and fields that were left out, in the order of its rows, some hundred at a
 * time; they are kept as long as the file, seven days.
 */
export async function rejections(
  business: BusinessId,
  id: ImportId,
  cursor: string | undefined,
  now: Instant,
): Promise<{ items: Rejection[]; next?: string }> {
  const stored = await getStored(business, id);
  const after = cursor === undefined ? undefined : text(cursor, "page");
  const { items, next } = await reports.problemsAfter(stored, after, now);
  return next ? { items, next: encodeCursor({ page: next }) } : { items };
}

/** The first rows of a rehearsal, as they would be saved; kept as long as the file. `conflict` for what was not rehearsed. */
export async function rehearsedRows(
  business: BusinessId,
  id: ImportId,
  now: Instant,
): Promise<{ items: RehearsedRow[] }> {
  const stored = await getStored(business, id);
  if (!stored.dryRun) throw new SapaError("conflict", "The import is not a rehearsal: ask for one by dryRun");
  return { items: await reports.rowsOf(stored, now) };
}

function text(cursor: string, name: string): string {
  const value = decodeCursor(cursor)[name];
  if (typeof value === "string" && value) return value;
  throw foreignCursor();
}
