import { PutCommand } from "@aws-sdk/lib-dynamodb";
import { documents, query, queryPages, tableName } from "../store.ts";
import { addSeconds, type Instant } from "../time.ts";
import { keptDays, type Question, type RehearsedRow, type Rejection, type StoredImport } from "./record.ts";

/*
 * What an import tells its owner of the file: problems, questions, and the first rows of a rehearsal. They hold pieces
 * of personal data, and are kept as long as the file itself.
 */

type Of = Pick<StoredImport, "business" | "id" | "attempt">;
type Part = "problems" | "questions" | "rows";

/** Each time that the owner has an import go on there is a report of its own: none may mix with the one before. */
const partition = ({ business, id, attempt = 0 }: Of, part: Part): string =>
  [business, id, ...(attempt > 0 ? [attempt] : []), ...(part === "problems" ? [] : [part])].join("#");

/** Below DynamoDB's 400 KB an item, at 500 bytes a problem. */
const maxInPage = 400;

/** Rows of a rehearsal that are shown. */
export const maxRows = 10;

const padded = (number: number) => String(number).padStart(9, "0");

/** Keeps the problems of the rows from `row` on; doing so again replaces them. */
export async function keepProblems(
  of: Of,
  { row, problems }: { row: number; problems: readonly Rejection[] },
  now: Instant,
): Promise<void> {
  for (let start = 0, page = 0; start < problems.length; start += maxInPage, page++) {
    const entries = problems.slice(start, start + maxInPage);
    await put({ import: partition(of, "problems"), page: `${padded(row)}.${page}` }, entries, now);
  }
}

export async function keepQuestions(of: Of, questions: readonly Question[], now: Instant): Promise<void> {
  for (const [at, question] of questions.entries()) {
    await put({ import: partition(of, "questions"), page: padded(at) }, [question], now);
  }
}

/** A row an item: ten customers with long attributes would be too much for one. */
export async function keepRows(of: Of, rows: readonly RehearsedRow[], now: Instant): Promise<void> {
  for (const row of rows) await put({ import: partition(of, "rows"), page: padded(row.row) }, [row], now);
}

export const questionsOf = (of: Of, now: Instant): Promise<Question[]> => all<Question>(of, "questions", now);
export const rowsOf = (of: Of, now: Instant): Promise<RehearsedRow[]> => all<RehearsedRow>(of, "rows", now);

/** Problems in the order of their rows, some hundred at a time, after a page; `next` names the last that was read. */
export async function problemsAfter(
  of: Of,
  page: string | undefined,
  now: Instant,
): Promise<{ items: Rejection[]; next?: string }> {
  const items: Rejection[] = [];
  let after = page;
  do {
    const found = await query("rejections", {
      ...asked(of, "problems"),
      Limit: 5,
      ...(after && { ExclusiveStartKey: { import: partition(of, "problems"), page: after } }),
    });
    // Those kept before fields were left out are of rows that were rejected.
    for (const one of living(found.items, now) as (Omit<Rejection, "effect"> & Partial<Rejection>)[]) {
      items.push({ effect: "row-rejected", ...one });
    }
    after = found.next?.page;
  } while (after && items.length < 100);
  return after ? { items, next: after } : { items };
}

async function all<T>(of: Of, part: Part, now: Instant): Promise<T[]> {
  const items: T[] = [];
  for await (const page of queryPages("rejections", asked(of, part)))
    items.push(...(living(page, now) as T[]));
  return items;
}

const asked = (of: Of, part: Part) => ({
  KeyConditionExpression: "#import = :import",
  ExpressionAttributeNames: { "#import": "import" },
  ExpressionAttributeValues: { ":import": partition(of, part) },
});

/** DynamoDB takes days to remove what has expired. */
const living = (items: readonly Record<string, unknown>[], now: Instant): unknown[] =>
  items
    .filter(({ expiresAt }) => Number(expiresAt) * 1000 > Date.parse(now))
    .flatMap(({ rejections }) => rejections as unknown[]);

async function put(
  key: { import: string; page: string },
  entries: readonly unknown[],
  now: Instant,
): Promise<void> {
  const expiresAt = Math.floor(Date.parse(addSeconds(now, keptDays * 24 * 60 * 60)) / 1000);
  await documents.send(
    new PutCommand({
      TableName: tableName("rejections"),
      Item: { ...key, rejections: entries, expiresAt },
    }),
  );
}
