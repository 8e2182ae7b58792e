import { PutCommand, UpdateCommand, type UpdateCommandInput } from "@aws-sdk/lib-dynamodb";
import type { BusinessId, ImportId } from "../ids.ts";
import { conditionFailed, documents, tableName } from "../store.ts";
import { addSeconds, type Instant } from "../time.ts";
import { type Counts, type Import, nothing, type Rejection, type StoredImport, silence } from "./record.ts";

/** Somebody else works on the import, or has just done so: it is for Lambda to ask again later. */
export class Busy extends Error {}

type Place = { business: BusinessId; id: ImportId };

/**
 * Takes an import over, for as long as the worker shows signs of life. Undefined when there is nothing to do:
 * the file's event came twice, or nobody asked for such an import. Throws Busy while another works on it.
 */
export async function begin(place: Place, worker: string, now: Instant): Promise<StoredImport | undefined> {
  try {
    const { Attributes } = await documents.send(
      new UpdateCommand({
        ...keyed(place),
        UpdateExpression:
          "SET #state = :running, worker = :worker, workerUntil = :until, startedAt = if_not_exists(startedAt, :now), counts = if_not_exists(counts, :nothing)",
        // Lambda invokes again under the same name when the time before has ended.
        ConditionExpression:
          "#state = :waiting OR (#state = :running AND (workerUntil < :now OR worker = :worker))",
        ExpressionAttributeNames: { "#state": "state" },
        ExpressionAttributeValues: {
          ":waiting": "waiting",
          ":running": "running",
          ":worker": worker,
          ":until": addSeconds(now, silence),
          ":now": now,
          ":nothing": nothing,
        },
        ReturnValues: "ALL_NEW",
        ReturnValuesOnConditionCheckFailure: "ALL_OLD",
      }),
    );
    return Attributes as StoredImport;
  } catch (error) {
    if (!conditionFailed(error)) throw error;
    const { Item } = error as { Item?: { state?: { S?: string } } };
    if (Item?.state?.S === "running") throw new Busy("The import is being worked on");
    return undefined;
  }
}

/** Records how far the worker has come, and that it is alive. */
export async function record(
  imported: StoredImport,
  {
    position,
    counts,
    columns,
  }: { position: number; counts: Counts; columns: Pick<Import, "columns" | "ignoredColumns"> },
  now: Instant,
): Promise<void> {
  await update(imported, {
    UpdateExpression:
      "SET #position = :position, counts = :counts, #columns = :columns, ignoredColumns = :ignored, workerUntil = :until",
    ExpressionAttributeNames: { "#position": "position", "#columns": "columns" },
    ExpressionAttributeValues: {
      ":position": position,
      ":counts": counts,
      ":columns": columns.columns,
      ":ignored": columns.ignoredColumns,
      ":until": addSeconds(now, silence),
    },
  });
}

export const finish = (imported: StoredImport, now: Instant): Promise<void> =>
  update(imported, {
    UpdateExpression: "SET #state = :state, finishedAt = :now REMOVE worker, workerUntil",
    ExpressionAttributeNames: { "#state": "state" },
    ExpressionAttributeValues: { ":state": "finished", ":now": now },
  });

export const fail = (imported: StoredImport, reason: string, now: Instant): Promise<void> =>
  update(imported, {
    UpdateExpression: "SET #state = :state, reason = :reason, finishedAt = :now REMOVE worker, workerUntil",
    ExpressionAttributeNames: { "#state": "state" },
    ExpressionAttributeValues: { ":state": "failed", ":reason": reason, ":now": now },
  });

/** Lets another worker take over at once, from where this one stopped. */
export const release = (imported: StoredImport, now: Instant): Promise<void> =>
  update(imported, {
    UpdateExpression: "SET workerUntil = :past",
    ExpressionAttributeNames: {},
    ExpressionAttributeValues: { ":past": addSeconds(now, -1) },
  });

/** A worker that was taken for dead must not count over the one that took over. */
async function update(
  imported: StoredImport,
  change: Pick<
    UpdateCommandInput,
    "UpdateExpression" | "ExpressionAttributeNames" | "ExpressionAttributeValues"
  >,
): Promise<void> {
  await documents.send(
    new UpdateCommand({
      ...keyed(imported),
      ...change,
      ConditionExpression: "#worker = :worker",
      ExpressionAttributeNames: { ...change.ExpressionAttributeNames, "#worker": "worker" },
      ExpressionAttributeValues: { ...change.ExpressionAttributeValues, ":worker": imported.worker },
    }),
  );
}

/** Below DynamoDB's 400 KB an item, at 500 bytes a rejection. */
const mostInPage = 400;

/** Days for which rejections are kept, as the file is: they hold pieces of personal data. */
const keptDays = 7;

/** Keeps the rejections of the rows from `row` on; doing so again replaces them. */
export async function keepRejections(
  { business, id }: Place,
  row: number,
  rejections: readonly Rejection[],
  now: Instant,
): Promise<void> {
  const expiresAt = Math.floor(Date.parse(now) / 1000) + keptDays * 24 * 60 * 60;
  for (let start = 0, page = 0; start < rejections.length; start += mostInPage, page++) {
    await put({
      import: `${business}#${id}`,
      page: `${String(row).padStart(9, "0")}.${page}`,
      rejections: rejections.slice(start, start + mostInPage),
      expiresAt,
    });
  }
}

async function put(item: Record<string, unknown>): Promise<void> {
  await documents.send(new PutCommand({ TableName: tableName("rejections"), Item: item }));
}

const keyed = ({ business, id }: Place) => ({ TableName: tableName("imports"), Key: { business, id } });
