import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openJournal } from "../../local/data-folder.ts";
import { Journal, Records } from "../../local/journal.ts";

let folder: string;
let open: Journal[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sapa-journal-"));
  open = [];
});
afterEach(async () => {
  await Promise.all(open.map((journal) => journal.close()));
  rmSync(folder, { recursive: true });
});
const at = async (name: string): Promise<Journal> => {
  const journal = await Journal.open(join(folder, name));
  open.push(journal);
  return journal;
};
const close = async (journal: Journal) => {
  open = open.filter((other) => other !== journal);
  await journal.close();
};
/** What the disk holds now: what a `kill -9` at this moment would leave. */
const copyOf = (name: string, copy: string) =>
  cpSync(join(folder, name), join(folder, copy), { recursive: true });

test("records are there again, by kind and key, as they were last", async () => {
  const first = await at("a");
  const [messages, mails] = [new Records<unknown>(first, "messages"), new Records<unknown>(first, "mails")];
  messages.put("sends/1", { body: "one" });
  messages.put("sends/2", { body: "two" });
  messages.put("sends/1", { body: "changed" });
  messages.delete("sends/2");
  mails.put("7", { subject: "Hello ~ you" });
  await close(first);
  const second = await at("a");
  expect(new Records(second, "messages").take()).toEqual([["sends/1", { body: "changed" }]]);
  expect(new Records(second, "mails").take()).toEqual([["7", { subject: "Hello ~ you" }]]);
  expect(new Records(second, "mails").take()).toEqual([]);
});

test("what was written before a kill is there after it, whatever was put and deleted", async () => {
  const steps = fc.array(
    fc.record({
      key: fc.constantFrom("a", "b", "c", "d"),
      value: fc.option(fc.record({ value: fc.jsonValue() }), { nil: undefined }),
    }),
    { maxLength: 30 },
  );
  let run = 0;
  await fc.assert(
    fc.asyncProperty(steps, fc.nat(30), async (all, safe) => {
      run += 1;
      const journal = await at(`run-${run}`);
      const records = new Records<unknown>(journal, "things");
      const expected = new Map<string, unknown>();
      for (const { key, value } of all.slice(0, safe)) {
        if (value === undefined) records.delete(key);
        else records.put(key, value);
        if (value === undefined) expected.delete(key);
        else expected.set(key, JSON.parse(JSON.stringify(value)));
      }
      await journal.written();
      copyOf(`run-${run}`, `copy-${run}`);
      const killed = await at(`copy-${run}`);
      expect(killed.killed).toBe(true);
      expect(new Map(new Records(killed, "things").take())).toEqual(expected);
      await Promise.all([close(journal), close(killed)]);
    }),
    { numRuns: 20 },
  );
});

test("what nobody waits for is written in the next turn", async () => {
  const journal = await at("a");
  new Records<number>(journal, "things").put("a", 1);
  await expect
    .poll(async () => {
      rmSync(join(folder, "b"), { recursive: true, force: true });
      copyOf("a", "b");
      const copy = await Journal.open(join(folder, "b"));
      const kept = copy.take("things");
      await copy.close();
      return kept;
    })
    .toEqual([["a", 1]]);
});

test("a stop is told from a kill", async () => {
  const first = await at("a");
  expect(first.killed).toBe(false);
  await first.written();
  copyOf("a", "b");
  expect((await at("b")).killed).toBe(true);
  await close(first);
  expect((await at("a")).killed).toBe(false);
});

test("a folder belongs to one host at a time", async () => {
  await at("a");
  await expect(Journal.open(join(folder, "a"))).rejects.toThrow("is in use by another Sapa");
});

test("without a folder nothing is kept, and nothing waits", async () => {
  const journal = await openJournal(undefined);
  const records = new Records<number>(journal, "things");
  records.put("a", 1);
  await journal.written();
  expect(records.take()).toEqual([]);
  expect(journal.killed).toBe(false);
});

test("a folder of an earlier version is refused by name, instead of being begun anew in silence", async () => {
  cpSync(new URL(import.meta.url).pathname, join(folder, "scheduler.json"));
  await expect(openJournal(folder)).rejects.toThrow(`${folder} was made by an earlier version`);
});
