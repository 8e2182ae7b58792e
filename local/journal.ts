import { mkdirSync } from "node:fs";
import db, { type PersistentDb } from "dynalite/db/index.js";

type Operation = Parameters<PersistentDb["batch"]>[0][number];

/** Marks a folder that a process has: found at the next start, it shows that the process was killed. */
const running = { name: "process", key: "running" };

/**
 * Keeps records on disk, in the LevelDB that dynalite brings. Memory leads: changes follow in the order in which they
 * were made, and those of one turn of the event loop together. What `written` has resolved for survives a `kill -9`.
 */
export class Journal {
  /** Whether the process that had the folder before was killed, instead of stopped. */
  readonly killed: boolean;
  readonly #disk: PersistentDb | undefined;
  readonly #kept: Map<string, [key: string, value: unknown][]>;
  #pending: Operation[] = [];
  #writing: Promise<void> | undefined;
  #broken: Error | undefined;

  private constructor(disk?: PersistentDb, kept = new Map<string, [string, unknown][]>()) {
    this.#disk = disk;
    this.#kept = kept;
    this.killed = this.take(running.name).length > 0;
    this.put(running.name, running.key, true);
  }

  /** Keeps nothing: for a host without a folder. */
  static none(): Journal {
    return new Journal();
  }

  /** Opens the folder, made if need be; throws when another process holds it. */
  static async open(folder: string): Promise<Journal> {
    mkdirSync(folder, { recursive: true });
    const disk = db.create({ path: folder }).db;
    await disk.open().catch((error: Error) => {
      const { code } = (error.cause ?? error) as { code?: string };
      if (code !== "LEVEL_LOCKED") throw error;
      throw new Error(`The data in ${folder} is in use by another Sapa`);
    });
    const kept = new Map<string, [string, unknown][]>();
    for await (const [place, value] of disk.iterator()) {
      const end = place.indexOf("~");
      const name = place.slice(0, end);
      const records = kept.get(name) ?? [];
      records.push([place.slice(end + 1), value]);
      kept.set(name, records);
    }
    return new Journal(disk, kept);
  }

  /** The records of a name as they were found, by key; for the one that continues them. */
  take(name: string): [key: string, value: unknown][] {
    const kept = this.#kept.get(name) ?? [];
    this.#kept.delete(name);
    return kept;
  }

  put(name: string, key: string, value: unknown): void {
    this.#note({ type: "put", key: `${name}~${key}`, value });
  }

  delete(name: string, key: string): void {
    this.#note({ type: "del", key: `${name}~${key}` });
  }

  /** Resolves when every change made so far is safe; rejects when the disk does not take it, now or before. */
  async written(): Promise<void> {
    while (this.#writing) await this.#writing;
    if (this.#broken) throw this.#broken;
    if (!this.#disk || this.#pending.length === 0) return;
    const batch = this.#pending;
    this.#pending = [];
    this.#writing = this.#disk
      .batch(batch)
      .catch((error: Error) => {
        this.#broken = error;
        throw error;
      })
      .finally(() => {
        this.#writing = undefined;
      });
    await this.#writing;
  }

  async close(): Promise<void> {
    this.delete(running.name, running.key);
    await this.written();
    await this.#disk?.close();
  }

  /** Everything is written by itself in the next turn, also what nobody waits for. */
  #note(operation: Operation): void {
    if (!this.#disk) return;
    if (this.#pending.push(operation) === 1) setImmediate(() => this.written().catch(() => {}));
  }
}

/** The records of one kind in a journal. A value that was put must not be changed afterwards, but put again. */
export class Records<T> {
  readonly #journal: Journal;
  readonly #name: string;

  constructor(journal: Journal, name: string) {
    this.#journal = journal;
    this.#name = name;
  }

  /** What was kept before this start, by key; once. */
  take(): [key: string, value: T][] {
    return this.#journal.take(this.#name) as [string, T][];
  }

  put(key: string, value: T): void {
    this.#journal.put(this.#name, key, value);
  }

  delete(key: string): void {
    this.#journal.delete(this.#name, key);
  }

  /** Resolves when every change made so far, of these records and others, is safe. */
  written(): Promise<void> {
    return this.#journal.written();
  }
}
