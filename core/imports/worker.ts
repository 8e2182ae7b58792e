import * as businesses from "../businesses.ts";
import { raise } from "../events.ts";
import { BusinessId, ImportId } from "../ids.ts";
import type { Instant } from "../time.ts";
import * as progress from "./progress.ts";
import { type Counts, keyOf, type StoredImport } from "./record.ts";
import { run } from "./run.ts";
import { open } from "./upload.ts";

/** An uploaded file as S3 tells of it; the size is in bytes. */
export type Uploaded = { key: string; size: number };

export type Worker = {
  /** Tells this worker from others, such as the id of the invocation. */
  name: string;
  now: () => Instant;
  timeIsLeft: () => boolean;
};

/**
 * Brings an uploaded file in, and answers with the import and what became of its rows. Undefined when there is
 * nothing to do, since the event came twice or nobody asked for the file. Whatever is thrown means: call again, and the import goes on where it stopped.
 */
export async function work(uploaded: Uploaded, worker: Worker): Promise<StoredImport | undefined> {
  const place = placeOf(uploaded.key);
  const imported = place && (await progress.begin(place, worker.name, worker.now()));
  if (!imported) return undefined;
  let counts: Counts;
  try {
    const business = await businesses.get(imported.business);
    const bytes = await open(keyOf(imported.business, imported.id));
    counts = await run(business, imported, { bytes, size: uploaded.size }, worker);
  } catch (error) {
    // The first error is the one to know of; without a release the next worker waits for a minute.
    await progress.release(imported, worker.now()).catch(() => {});
    throw error;
  }
  await raise("import.finished", { business: imported.business, import: imported.id });
  return { ...imported, counts };
}

function placeOf(key: string): { business: BusinessId; id: ImportId } | undefined {
  const [, business, id] = /^imports\/([^/]+)\/([^/]+)$/.exec(key) ?? [];
  const place = { business: BusinessId.safeParse(business), id: ImportId.safeParse(id) };
  return place.business.success && place.id.success
    ? { business: place.business.data, id: place.id.data }
    : undefined;
}
