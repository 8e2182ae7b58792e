import { UpdateCommand } from "@aws-sdk/lib-dynamodb";
import type { Business } from "../../core/businesses.ts";
import { continueImport } from "../../core/imports/continue.ts";
import * as progress from "../../core/imports/progress.ts";
import { type Counts, type ImportContinuation, nothing } from "../../core/imports/record.ts";
import { type File, run } from "../../core/imports/run.ts";
import * as imports from "../../core/imports.ts";
import { documents, tableName } from "../../core/store.ts";

export const now = "2026-11-24T02:00:00.000Z";

type Input = Partial<imports.ImportInput>;
export type Done = Awaited<ReturnType<typeof read>>;

/** A file as S3 gives it: in pieces, and as often as it is asked for. */
export const fileOf = (text: string, size = Buffer.byteLength(text)): File => ({
  size,
  open: async () =>
    (async function* () {
      const bytes = Buffer.from(text);
      for (let start = 0; start < bytes.length; start += 65_536) yield bytes.subarray(start, start + 65_536);
    })(),
});

export const countsOf = (some: Partial<Counts>): Counts => ({ ...nothing, ...some });

export async function start(business: Business, input: Input = {}): Promise<imports.Import["id"]> {
  const { id } = await imports.create(
    business,
    { kind: "customers", format: "csv", size: 100, ...input },
    now,
  );
  return id;
}

/** Takes an import over and works it off, as import-file does. */
export async function work(business: Business, id: imports.Import["id"], file: File): Promise<void> {
  const imported = await progress.begin({ business: business.id, id }, "worker", now);
  if (!imported) throw new Error("There was nothing to do");
  await run(business, imported, file, { now: () => now, timeIsLeft: () => true });
}

/** The import as its owner sees it, with all that was wrong. */
export async function read(business: Business, id: imports.Import["id"]) {
  const { items } = await imports.rejections(business.id, id, undefined, now);
  return { ...(await imports.get(business.id, id, now)), rejections: items };
}

/** Imports a text as a file, and returns the import as its owner sees it. */
export async function importing(business: Business, text: string, input: Input = {}): Promise<Done> {
  const id = await start(business, input);
  await work(business, id, fileOf(text));
  return read(business, id);
}

/** Answers an import's questions, or brings in what was rehearsed. */
export async function goOn(
  business: Business,
  { id, text }: { id: imports.Import["id"]; text: string },
  choices: ImportContinuation = {},
): Promise<Done> {
  await continueImport(business, { id, choices }, now);
  await work(business, id, fileOf(text));
  return read(business, id);
}

/** As if a worker had died after it saved rows and before it could say how far it came. */
export async function forgetPosition(business: Business, id: imports.Import["id"]): Promise<void> {
  await documents.send(
    new UpdateCommand({
      TableName: tableName("imports"),
      Key: { business: business.id, id },
      UpdateExpression: "REMOVE #position",
      ExpressionAttributeNames: { "#position": "position" },
    }),
  );
}
