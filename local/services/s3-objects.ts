import { createHash, randomUUID } from "node:crypto";
import { createReadStream, createWriteStream, mkdirSync, rmSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { BodyReader } from "./s3-body.ts";

export type StoredObject = {
  bucket: string;
  key: string;
  size: number;
  /** MD5 in hex, as S3's for an object that came in one piece. */
  etag: string;
  /** Epoch milliseconds. */
  modifiedAt: number;
  /** Content type, encoding and the like, and `x-amz-meta-…`, as they were given. */
  headers: Record<string, string>;
};

/** Objects as files of a folder; what is known of them is in memory. */
export class Objects {
  readonly #folder: string;
  readonly #objects = new Map<string, StoredObject>();

  constructor(folder: string, kept: readonly StoredObject[]) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true });
    for (const object of kept) this.#objects.set(idOf(object), object);
  }

  find(bucket: string, key: string): StoredObject | undefined {
    return this.#objects.get(idOf({ bucket, key }));
  }

  all(): StoredObject[] {
    return [...this.#objects.values()];
  }

  /** Writes a body to its file; an object that is being replaced stays whole until the new one is. */
  async put(
    object: Omit<StoredObject, "size" | "etag">,
    { body, reader }: { body: Readable; reader: BodyReader },
  ) {
    const part = join(this.#folder, `${randomUUID()}.part`);
    try {
      await pipeline(body, reader, createWriteStream(part));
      await rename(part, this.#file(object));
    } catch (error) {
      await rm(part, { force: true });
      throw error;
    }
    const stored = { ...object, size: reader.size, etag: reader.md5 };
    this.#objects.set(idOf(stored), stored);
    return stored;
  }

  /** The bytes from `start` to `end`, both included. */
  read(object: StoredObject, { start, end }: { start: number; end: number }): Readable {
    return createReadStream(this.#file(object), { start, end });
  }

  delete(bucket: string, key: string): void {
    const object = this.find(bucket, key);
    if (!object) return;
    this.#objects.delete(idOf(object));
    rmSync(this.#file(object), { force: true });
  }

  #file(object: { bucket: string; key: string }): string {
    // Keys may hold what file names can't, and be longer.
    return join(this.#folder, createHash("sha256").update(idOf(object)).digest("hex"));
  }
}

const idOf = ({ bucket, key }: { bucket: string; key: string }) => `${bucket}/${key}`;
