import * as businesses from "../businesses.ts";
import { type EventType, raise } from "../events.ts";
import { BusinessId, ImportId } from "../ids.ts";
import type { Instant } from "../time.ts";
import * as progress from "./progress.ts";
import { keyOf, type StoredImport } from "./record.ts";
import { type File, type Ran, run } from "./run.ts";
import { open } from "./upload.ts";

/** An import whose file was uploaded, with its size in bytes, or that goes on with a file that was before. */
export type Due = { business: BusinessId; id: ImportId; size?: number };

export type Worker = {
  /** Tells this worker from others, such as the id of the invocation. */
  name: string;
  now: () => Instant;
  timeIsLeft: () => boolean;
};

const told: Record<Ran["state"], EventType> = {
  finished: "import.finished",
  failed: "import.finished",
  rehearsed: "import.rehearsed",
  question: "import.question",
};

/**
 * Brings a file in, or rehearses that, and returns the import as it was taken over with what became of its rows.
 * Undefined when there is nothing to do, since the event came twice or nobody asked for the file. Whatever is thrown
 * means: call again, and the import goes on where it stopped.
 */
export async function work(due: Due, worker: Worker): Promise<(StoredImport & Ran) | undefined> {
  const imported = await progress.begin(due, worker.name, worker.now());
  if (!imported) return undefined;
  let ran: Ran;
  try {
    const business = await businesses.get(imported.business);
    ran = await run(business, imported, fileOf(imported, due), worker);
  } catch (error) {
    // The first error is the one to know of; without a release the next worker waits for a minute.
    await progress.release(imported, worker.now()).catch(() => {});
    throw error;
  }
  await raise(told[ran.state], { business: imported.business, import: imported.id });
  return { ...imported, ...ran };
}

/** The uploaded file: once it was looked at only that very version of it. */
function fileOf({ business, id, uploaded }: StoredImport, { size }: Due): File {
  let etag = uploaded?.etag;
  return {
    size: uploaded?.size ?? size ?? 0,
    etag: () => etag,
    async open() {
      const opened = await open(keyOf(business, id), etag);
      etag ??= opened.etag;
      return opened.bytes;
    },
  };
}

/** The import of a file by its key in the bucket; undefined for a key that is none. */
export function importAt(key: string): { business: BusinessId; id: ImportId } | undefined {
  const [, business, id] = /^imports\/([^/]+)\/([^/]+)$/.exec(key) ?? [];
  const place = { business: BusinessId.safeParse(business), id: ImportId.safeParse(id) };
  return place.business.success && place.id.success
    ? { business: place.business.data, id: place.id.data }
    : undefined;
}
