import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Keeps a service's state as one JSON file, written soon after a change and at the end. Without a folder nothing is
 * kept.
 */
export class Snapshot<T> {
  readonly #file: string | undefined;
  readonly #read: () => T;
  #timer: NodeJS.Timeout | undefined;

  constructor(dataDir: string | undefined, name: string, read: () => T) {
    this.#file = dataDir === undefined ? undefined : join(dataDir, `${name}.json`);
    this.#read = read;
    if (dataDir !== undefined) mkdirSync(dataDir, { recursive: true });
  }

  restore(): T | undefined {
    if (this.#file === undefined) return undefined;
    try {
      return JSON.parse(readFileSync(this.#file, "utf8"));
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
      throw new Error(`${this.#file} can't be read back`, { cause: error });
    }
  }

  changed(): void {
    if (this.#file === undefined || this.#timer) return;
    this.#timer = setTimeout(() => this.save(), 500);
    this.#timer.unref();
  }

  save(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#file === undefined) return;
    // Renaming makes a crash in the middle leave the previous state, not half of one.
    writeFileSync(`${this.#file}.new`, JSON.stringify(this.#read()));
    renameSync(`${this.#file}.new`, this.#file);
  }
}
