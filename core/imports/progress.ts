import { UpdateCommand } from "@aws-sdk/lib-dynamodb";
import type { BusinessId, ImportId } from "../ids.ts";
import { conditionFailed, documents, tableName } from "../store.ts";
import { addSeconds, type Instant } from "../time.ts";
import { nothing, type StoredImport, silence } from "./record.ts";

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

/** Keeps how the file was understood, so that whoever goes on reads it in the same way. */
export const learn = (
  imported: StoredImport,
  { columns, ignoredColumns, uploaded }: Pick<StoredImport, "columns" | "ignoredColumns" | "uploaded">,
  now: Instant,
): Promise<void> => set(imported, { columns, ignoredColumns, uploaded, workerUntil: later(now) });

/** Records how far the worker has come, and that it is alive. */
export const record = (
  imported: StoredImport,
  { position, counts, problems }: Pick<StoredImport, "position" | "counts" | "problems">,
  now: Instant,
): Promise<void> => set(imported, { position, counts, problems, workerUntil: later(now) });

/** Shows that the worker is alive while it reads and has nothing to record yet. */
export const stayAlive = (imported: StoredImport, now: Instant): Promise<void> =>
  set(imported, { workerUntil: later(now) });

type Ending =
  | { state: "finished" | "rehearsed" }
  | { state: "failed"; reason: string }
  | ({ state: "question" } & Pick<StoredImport, "columns" | "ignoredColumns" | "uploaded">);

/** Ends the worker's part: for good, or until the owner has looked at it. */
export const end = (imported: StoredImport, ending: Ending, now: Instant): Promise<void> =>
  set(imported, { ...ending, ...(ending.state !== "question" && { finishedAt: now }) }, [
    "worker",
    "workerUntil",
  ]);

/** Lets another worker take over at once, from where this one stopped. */
export const release = (imported: StoredImport, now: Instant): Promise<void> =>
  set(imported, { workerUntil: addSeconds(now, -1) });

type Fields = { [name in keyof StoredImport]?: StoredImport[name] | undefined };

const later = (now: Instant) => addSeconds(now, silence);

/** Sets what is given and removes what is named; a worker that was taken for dead must not write over the next one. */
async function set(
  imported: StoredImport,
  fields: Fields,
  removed: readonly (keyof StoredImport)[] = [],
): Promise<void> {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined);
  const names = [...given.map(([name]) => name), ...removed, "worker"];
  await documents.send(
    new UpdateCommand({
      ...keyed(imported),
      UpdateExpression: [
        `SET ${given.map(([name]) => `#${name} = :${name}`).join(", ")}`,
        ...(removed.length ? [`REMOVE ${removed.map((name) => `#${name}`).join(", ")}`] : []),
      ].join(" "),
      ConditionExpression: "#worker = :is",
      ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
      ExpressionAttributeValues: {
        ...Object.fromEntries(given.map(([name, value]) => [`:${name}`, value])),
        ":is": imported.worker,
      },
    }),
  );
}

const keyed = ({ business, id }: Place) => ({ TableName: tableName("imports"), Key: { business, id } });
