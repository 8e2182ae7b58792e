import { PutCommand } from "@aws-sdk/lib-dynamodb";
import type { Business } from "../businesses.ts";
import { SapaError } from "../errors.ts";
import { raise } from "../events.ts";
import type { ImportId } from "../ids.ts";
import { check, getStored } from "../imports.ts";
import { succeeds, tableName } from "../store.ts";
import { addSeconds, type Instant } from "../time.ts";
import type { ColumnMapping } from "./mapping.ts";
import {
  type Import,
  type ImportContinuation,
  keptDays,
  nothing,
  type StoredImport,
  view,
} from "./record.ts";

/**
 * Has an import go on that waits for its owner, since it was rehearsed or has asked a question, with what they decided
 * meanwhile. It is looked at anew from the file's beginning. Repeating it is harmless: one that is on its way already
 * is woken again.
 *
 * @throws SapaError `conflict` while it does not wait, and once its file is not kept any more.
 */
export async function continueImport(
  business: Business,
  { id, choices }: { id: ImportId; choices: ImportContinuation },
  now: Instant,
): Promise<Import> {
  const stored = await getStored(business.id, id);
  const onItsWay = stored.state === "waiting" && (stored.attempt ?? 0) > 0;
  const continued = onItsWay ? stored : await decide(business, { stored, choices }, now);
  await raise("import.due", { business: business.id, import: id });
  return view(continued, now);
}

async function decide(
  business: Business,
  { stored, choices }: { stored: StoredImport; choices: ImportContinuation },
  now: Instant,
): Promise<StoredImport> {
  if (stored.state !== "question" && stored.state !== "rehearsed") {
    throw new SapaError("conflict", `The import is ${stored.state}: only one that waits for you can go on`);
  }
  if (addSeconds(stored.createdAt, keptDays * 24 * 60 * 60) <= now) {
    throw new SapaError("conflict", `The file is not kept for longer than ${keptDays} days: import it again`);
  }
  const {
    position,
    reason,
    columns,
    ignoredColumns,
    problems,
    startedAt,
    finishedAt,
    worker,
    workerUntil,
    ...kept
  } = stored;
  const attempt = (stored.attempt ?? 0) + 1;
  const next: StoredImport = {
    ...kept,
    ...choices,
    mapping: merged(stored.mapping ?? [], choices.mapping ?? []),
    dryRun: choices.dryRun ?? (stored.state === "rehearsed" ? false : (stored.dryRun ?? false)),
    state: "waiting",
    counts: nothing,
    attempt,
  };
  check(business, next);
  if (!(await replace(next, stored))) {
    throw new SapaError("conflict", "The import was changed at the same moment: look at it again");
  }
  return next;
}

/** What is said now of a column counts, and what was said of others before stays. */
function merged(before: readonly ColumnMapping[], now: readonly ColumnMapping[]): ColumnMapping[] {
  const named = new Set(now.map(({ column }) => column.toLowerCase()));
  return [...before.filter(({ column }) => !named.has(column.toLowerCase())), ...now];
}

/** False when it is not the import any more that was read: no worker has one that waits for its owner. */
const replace = (next: StoredImport, { state, attempt }: StoredImport): Promise<boolean> =>
  succeeds(
    new PutCommand({
      TableName: tableName("imports"),
      Item: next,
      ConditionExpression: `#state = :was AND ${
        attempt === undefined ? "attribute_not_exists(#attempt)" : "#attempt = :before"
      }`,
      ExpressionAttributeNames: { "#state": "state", "#attempt": "attempt" },
      ExpressionAttributeValues: { ":was": state, ...(attempt !== undefined && { ":before": attempt }) },
    }),
  );
