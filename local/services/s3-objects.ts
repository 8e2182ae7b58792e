import { randomUUID } from "node:crypto";
import { createReadStream, createWriteStream, mkdirSync, readdirSync, rmSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Records } from "../journal.ts";
import type { BodyReader } from "./s3-body.ts";

export type StoredObject = {
  bucket: string;
  key: string;
  /** Name of the file with its bytes: each version has one of its own. */
  file: string;
  size: number;
  /** MD5 in hex, as S3's for an object that came in one piece. */
  etag: string;
  /** Epoch milliseconds. */
  modifiedAt: number;
  /** Content type, encoding and the like, and `x-amz-meta-…`, as they were given. */
  headers: Record<string, string>;
};

/** Objects as files of a folder; what is known of them is in memory, and in the records. */
export class Objects {
  readonly #folder: string;
  readonly #records: Records<StoredObject>;
  readonly #objects: Map<string, StoredObject>;

  constructor(folder: string, records: Records<StoredObject>) {
    this.#folder = folder;
    this.#records = records;
    mkdirSync(folder, { recursive: true });
    this.#objects = new Map(records.take());
    // What an upload left that broke off with the host.
    const known = new Set(this.all().map(({ file }) => file));
    for (const name of readdirSync(folder)) if (!known.has(name)) rmSync(join(folder, name));
  }

  find(bucket: string, key: string): StoredObject | undefined {
    return this.#objects.get(idOf({ bucket, key }));
  }

  all(): StoredObject[] {
    return [...this.#objects.values()];
  }

  /**
   * Writes a body to a file; an object that is being replaced stays whole until the new one is. `onStored` is called in
   * the turn in which the object comes into being, so that what follows from it is kept with it or not at all.
   */
  async put(
    object: Omit<StoredObject, "size" | "etag" | "file">,
    {
      body,
      reader,
      onStored,
    }: { body: Readable; reader: BodyReader; onStored: (stored: StoredObject) => void },
  ): Promise<StoredObject> {
    const file = randomUUID();
    try {
      await pipeline(body, reader, createWriteStream(join(this.#folder, file)));
    } catch (error) {
      await rm(join(this.#folder, file), { force: true });
      throw error;
    }
    const stored = { ...object, file, size: reader.size, etag: reader.md5 };
    const replaced = this.#objects.get(idOf(stored));
    this.#objects.set(idOf(stored), stored);
    this.#records.put(idOf(stored), stored);
    onStored(stored);
    if (replaced) void this.#remove(replaced);
    return stored;
  }

  /** The bytes from `start` to `end`, both included. */
  read(object: StoredObject, { start, end }: { start: number; end: number }): Readable {
    return createReadStream(join(this.#folder, object.file), { start, end });
  }

  delete(bucket: string, key: string): void {
    const object = this.find(bucket, key);
    if (!object) return;
    this.#objects.delete(idOf(object));
    this.#records.delete(idOf(object));
    void this.#remove(object);
  }

  /** Not before it is safe that nobody needs the file any more. */
  async #remove({ file }: StoredObject): Promise<void> {
    await this.#records.written();
    rmSync(join(this.#folder, file), { force: true });
  }
}

const idOf = ({ bucket, key }: { bucket: string; key: string }) => `${bucket}/${key}`;
