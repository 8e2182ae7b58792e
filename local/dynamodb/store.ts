import { Stream } from "node:stream";
import type { Entries, Range } from "./entries.ts";
import { type Change, type DynamoError, type Item, Table, type TableDescription } from "./tables.ts";

type Done<T = void> = (error: DynamoError | null, value?: T) => void;

/** The part of dynalite's store that its actions use; every call answers before it returns. */
export type Store = ReturnType<typeof storeOver>;

/** Where a request's reads come from and its writes go. */
export type Access = {
  tables: Map<string, Table>;
  /** Called for each item that a write's condition is judged on. */
  seen?: (item: Item | undefined) => void;
  write: (change: Change) => void;
  define: (table: Table) => void;
};

/**
 * Puts dynalite's actions to work on our tables. Nothing here waits, so a whole action, condition and write,
 * happens within one turn of the event loop: it is atomic without any lock, and so is a series of actions.
 */
export function storeOver(access: Access) {
  const { tables } = access;
  return {
    options: { maxItemSize: 400 * 1024, createTableMs: 0 },
    getTable(name: string, ...rest: [Done<TableDescription>] | [boolean, Done<TableDescription>]) {
      const done = rest.length === 2 ? rest[1] : rest[0];
      const table = tables.get(name);
      if (table) done(null, table.description);
      else done(noSuchTable());
    },
    getItemDb: (name: string) => itemsOf(access, tables.get(name)),
    getIndexDb: (_type: string, name: string, index: string) => ({
      createValueStream: (range: Range) => stream(tables.get(name)?.index(index), range),
    }),
    tableDb: {
      awsAccountId: "000000000000",
      awsRegion: "us-east-1",
      lock: unlocked,
      get(name: string, done: Done<TableDescription>) {
        const table = tables.get(name);
        if (table) done(null, table.description);
        else done(notFound);
      },
      put(name: string, description: TableDescription, done: Done) {
        description.TableStatus = "ACTIVE";
        for (const index of description.GlobalSecondaryIndexes ?? []) index.IndexStatus = "ACTIVE";
        if (!tables.has(name)) access.define(new Table(description));
        done(null);
      },
      createKeyStream: () => names([...tables.keys()].sort()),
    },
  };
}

/** Made anew for each action, which reads the item before it writes it. */
function itemsOf(access: Access, table: Table | undefined) {
  let old: Item | undefined;
  const change = (key: string, item: Item | undefined, done: Done) => {
    const wrong = item && table?.wrongKey(item);
    if (wrong) return done(wrong);
    if (table) access.write({ table, key, old, item });
    done(null);
  };
  return {
    lock: unlocked,
    get(key: string, done: Done<Item>) {
      old = table?.find(key);
      access.seen?.(old);
      if (old) done(null, old);
      else done(notFound);
    },
    put: change,
    del: (key: string, done: Done) => change(key, undefined, done),
    createValueStream: (range: Range) => stream(table?.items, range),
  };
}

/** dynalite takes a lock before it reads and writes; within one turn of the event loop there is no one to lock out. */
const unlocked = (_key: string, held: (release: <T>(done: T) => T) => void) => held((done) => done);

/** A stream as dynalite's queries read it: old style, pushed in one go until the reader has enough. */
function pushed<T>(values: () => Iterable<T>): Stream & { destroy: () => void } {
  let enough = false;
  const source = Object.assign(new Stream(), {
    destroy: () => {
      enough = true;
    },
  });
  process.nextTick(() => {
    for (const value of values()) {
      if (enough) break;
      source.emit("data", value);
    }
    source.emit("end");
  });
  return source;
}

const stream = (entries: Entries | undefined, range: Range) =>
  pushed(function* () {
    for (const text of entries?.range(range) ?? []) yield JSON.parse(text);
  });

const names = (all: readonly string[]) => pushed(() => all);

/** Only its name is ever looked at, and most writes of new items meet it: it is made once. */
const notFound: DynamoError = Object.assign(new Error("NotFound"), { name: "NotFoundError" });

export const noSuchTable = (): DynamoError =>
  Object.assign(new Error("No such table"), {
    statusCode: 400,
    body: {
      __type: "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException",
      message: "Requested resource not found",
    },
  });
