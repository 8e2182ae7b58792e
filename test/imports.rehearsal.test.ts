import { ScanCommand } from "@aws-sdk/lib-dynamodb";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Business } from "../core/businesses.ts";
import * as customers from "../core/customers.ts";
import { keysOf } from "../core/identities.ts";
import { Occurrences } from "../core/imports/occurrences.ts";
import { Overlay } from "../core/imports/overlay.ts";
import * as progress from "../core/imports/progress.ts";
import { nothing, type StoredImport } from "../core/imports/record.ts";
import { Rehearsal } from "../core/imports/rehearsal.ts";
import { run } from "../core/imports/run.ts";
import * as imports from "../core/imports.ts";
import { documents, stored, tableName } from "../core/store.ts";
import { suppress } from "../core/suppressions.ts";
import { type TableName, tables } from "../core/tables.ts";
import { useBus } from "./support/bus.ts";
import { useDatabase } from "./support/database.ts";
import { type Done, fileOf, goOn, importing, now, start } from "./support/imports.ts";
import { aBusiness } from "./support/shop.ts";

useDatabase();
const bus = useBus();
process.env.IMPORTS_BUCKET_NAME = "sapa-imports";

const everyone = { consent: "subscribed", legalBasis: "They signed up on our site" } as const;
const file = (...lines: string[]) => `${lines.join("\n")}\n`;

/** All that is stored of a business, but for imports and their reports. */
async function everything(business: Business): Promise<unknown[]> {
  const names = (Object.keys(tables) as TableName[]).filter(
    (name) => name !== "imports" && name !== "rejections",
  );
  const found = await Promise.all(
    names.map(async (name) => {
      const { Items = [] } = await documents.send(new ScanCommand({ TableName: tableName(name) }));
      return Items.filter((item) => JSON.stringify(item).includes(business.id)).map((item) => [name, item]);
    }),
  );
  return found
    .flat()
    .map((one) => JSON.stringify(one))
    .sort();
}

/** What an import tells of a file; the ids of customers who were not there before are of no account. */
const told = ({ counts, problems, rejections, columns, ignoredColumns }: Done) =>
  JSON.parse(
    JSON.stringify({ counts, problems, rejections, columns, ignoredColumns }).replace(/cus_\w+/g, "cus"),
  );

/** Rehearses a file, checks that nothing was changed by that, and brings it in. */
async function rehearsedAndDone(business: Business, text: string, input: Partial<imports.ImportInput> = {}) {
  const before = await everything(business);
  const events = bus.events.length;
  const rehearsed = await importing(business, text, { ...input, dryRun: true });
  expect(rehearsed.state).toBe("rehearsed");
  expect(await everything(business)).toEqual(before);
  expect(bus.events).toHaveLength(events);
  return { rehearsed, done: await goOn(business, { id: rehearsed.id, text }) };
}

describe("a rehearsal tells what the import then does", () => {
  const pick = (...values: string[]) => fc.constantFrom(...values);
  const email = pick("", "a@x.id", "b@x.id", "c@x.id", "d@x.id", "e@x.id", "stopped@x.id", "nowhere");
  const customerRow = fc
    .tuple(
      email,
      pick("", "", "081234567890", "081234567891", "081234567892", "12"),
      pick("", "", "C1", "C2", "C3"),
      pick("", "Ani", "Budi", "E".repeat(121)),
      pick("", "24/11/1990", "31/31"),
      pick("", "3", "many"),
      pick("subscribed", "unsubscribed", "pending", "cleaned", "spam", "transactional", "", "odd"),
    )
    .map((cells) => cells.join(","));
  const titles = "email,phone,external id,name,birthday,visits,status";
  const mapping = [
    { column: "status", field: "consent", values: [{ value: "nothing like it", means: "pending" as const }] },
  ];

  test("of customers, whatever is in the file and whoever is known already", {
    timeout: 120_000,
  }, async () => {
    const some = (max: number) => fc.array(customerRow, { minLength: 1, maxLength: max });
    await fc.assert(
      fc.asyncProperty(some(5), some(12), fc.boolean(), async (known, rows, doubleOptIn) => {
        const business = aBusiness({ attributes: { visits: "number" } });
        await suppress(business.id, "stopped@x.id", "complaint", now);
        await importing(business, file(titles, ...known), { ...everyone, mapping });
        const how = doubleOptIn ? { doubleOptIn, legalBasis: everyone.legalBasis } : everyone;
        const { rehearsed, done } = await rehearsedAndDone(business, file(titles, ...rows), {
          ...how,
          mapping,
        });

        expect(told(rehearsed)).toEqual(told(done));
        expect(done.state).toBe("finished");
        const { counts } = done;
        expect(counts.created + counts.updated + counts.unchanged + counts.rejected).toBe(rows.length);
      }),
      { numRuns: 40 },
    );
  });

  test("of orders, whatever is in the file", { timeout: 120_000 }, async () => {
    const orderRow = fc
      .tuple(
        pick("O1", "O2", "O3", "O4", "O5"),
        pick("2026-11-20", "2026-11-21 18:30", "soon"),
        pick("a@x.id", "b@x.id", "nowhere"),
        pick("", "C1", "C2"),
        pick("25000", "many"),
        pick("", "ESP", "CRO"),
      )
      .map((cells) => cells.join(","));
    await fc.assert(
      fc.asyncProperty(fc.array(orderRow, { minLength: 1, maxLength: 10 }), async (rows) => {
        const business = aBusiness();
        await importing(business, file("email,external id", "a@x.id,C1"), everyone);
        const text = file("order,date,email,customer id,total,sku", ...rows);
        const { rehearsed, done } = await rehearsedAndDone(business, text, { kind: "orders" });
        expect(told(rehearsed)).toEqual(told(done));
      }),
      { numRuns: 20 },
    );
  });

  test("of a file in which customers come again hundreds of rows later", { timeout: 120_000 }, async () => {
    const business = aBusiness({ attributes: { visits: "number" } });
    const of = (at: number) => `p${at}@x.id,,C${at % 700},N${at % 3},,${at % 4},`;
    const rows = Array.from({ length: 1_600 }, (_, at) => of((at * 37) % 900));
    const moved = Array.from({ length: 50 }, (_, at) => `q${at}@x.id,,C${at},,,,unsubscribed`);
    const back = Array.from({ length: 50 }, (_, at) => `p${at}@x.id,,,,,,subscribed`);
    const { rehearsed, done } = await rehearsedAndDone(
      business,
      file(titles, ...rows, ...moved, ...back),
      everyone,
    );
    expect(told(rehearsed)).toEqual(told(done));
    expect(done.counts.unsubscribed).toBeGreaterThan(0);
    expect(done.counts.unchanged).toBeGreaterThan(0);
  });
});

describe("a rehearsal shows", () => {
  const text = file(
    "Email,Nama,Tgl Lahir,Status,Poin",
    "ani@example.com,Ani,04/05/1990,active,7",
    "budi@example.com,Budi,31/31,unsubscribed,8",
    "nowhere,Cici,,active,9",
    "dodi@example.com,Dodi,,bounced,",
  );

  test("how the columns are understood, the first rows as they would be saved, and what is wrong by its kind", async () => {
    const business = aBusiness();
    const { id, ...shown } = await importing(business, text, { ...everyone, dryRun: true });

    expect(shown).toMatchObject({
      state: "rehearsed",
      dryRun: true,
      columns: [
        { column: "Email", field: "email" },
        { column: "Nama", field: "name" },
        { column: "Tgl Lahir", field: "birthday", type: "day-first", decidedBy: "language" },
        {
          column: "Status",
          field: "consent",
          values: [
            { value: "active", rows: 2, means: "subscribed" },
            { value: "bounced", rows: 1, means: "bounced" },
            { value: "unsubscribed", rows: 1, means: "unsubscribed" },
          ],
        },
      ],
      ignoredColumns: ["Poin"],
      counts: {
        rows: 4,
        created: 3,
        rejected: 1,
        subscribed: 1,
        unsubscribed: 1,
        suppressed: 1,
        leftOut: 1,
      },
      problems: [
        { field: "birthday", effect: "field-left-out", rows: 1, firstRow: 3 },
        { field: "email", effect: "row-rejected", rows: 1, firstRow: 4 },
      ],
    });
    const { items } = await imports.rehearsedRows(business.id, id, now);
    expect(items).toEqual([
      {
        row: 2,
        outcome: "created",
        customer: {
          email: "ani@example.com",
          name: "Ani",
          birthday: "05-04",
          birthYear: 1990,
          tags: [],
          attributes: {},
          topics: {},
          consent: "subscribed",
        },
        problems: [],
      },
      expect.objectContaining({
        row: 3,
        outcome: "created",
        customer: expect.objectContaining({ consent: "unsubscribed" }),
        problems: [expect.objectContaining({ field: "birthday", value: "31/31" })],
      }),
      { row: 4, outcome: "rejected", problems: [expect.objectContaining({ field: "email" })] },
      expect.objectContaining({
        row: 5,
        customer: expect.objectContaining({ consent: "pending", suppressed: "bounce" }),
      }),
    ]);
  });

  test("ten rows of a long file, for a week, and to nobody else", async () => {
    const business = aBusiness();
    const long = file("email", ...Array.from({ length: 30 }, (_, at) => `p${at}@x.id`));
    const { id } = await importing(business, long, { dryRun: true });

    expect((await imports.rehearsedRows(business.id, id, now)).items.map(({ row }) => row)).toEqual(
      Array.from({ length: 10 }, (_, at) => at + 2),
    );
    expect(await imports.rehearsedRows(business.id, id, "2026-12-01T02:00:01.000Z")).toEqual({ items: [] });
    await expect(imports.rehearsedRows(aBusiness().id, id, now)).rejects.toMatchObject({ code: "not-found" });
    await goOn(business, { id, text: long });
    await expect(imports.rehearsedRows(business.id, id, now)).rejects.toMatchObject({ code: "conflict" });
  });

  test("its questions first, and is a rehearsal still once they are answered", async () => {
    const business = aBusiness();
    const asking = file("email,Status", "ani@example.com,lama");
    const { id, state } = await importing(business, asking, { ...everyone, dryRun: true });
    expect(state).toBe("question");
    const mapping = [{ column: "Status", field: "consent", otherwise: "subscribed" as const }];
    const rehearsed = await goOn(business, { id, text: asking }, { mapping });

    expect(rehearsed).toMatchObject({ state: "rehearsed", counts: { created: 1, subscribed: 1 } });
    expect((await customers.list(business.id, { limit: 5 })).items).toEqual([]);
    expect(await goOn(business, { id, text: asking })).toMatchObject({
      state: "finished",
      counts: { created: 1, subscribed: 1 },
    });
  });

  test("again after its owner has thought again, without what it said before", async () => {
    const business = aBusiness();
    const { id } = await importing(business, text, { ...everyone, dryRun: true });
    const mapping = [{ column: "Tgl Lahir", field: null }];
    const again = await goOn(business, { id, text }, { mapping, dryRun: true });

    expect(again).toMatchObject({ state: "rehearsed", counts: { leftOut: 0, rejected: 1 } });
    expect(again.rejections.map(({ field }) => field)).toEqual(["email"]);
  });

  test("that those asked for their consent would get a letter, and has none of them asked", async () => {
    const business = aBusiness();
    const { id, counts } = await importing(business, text, { doubleOptIn: true, dryRun: true });
    expect(counts.asked).toBe(1);
    const { Items = [] } = await documents.send(new ScanCommand({ TableName: tableName("signUps") }));
    expect(Items.filter((item) => item.business === business.id)).toEqual([]);
    expect(bus.events).toEqual([]);
    expect(await goOn(business, { id, text })).toMatchObject({ counts: { asked: 1 } });
    expect(bus.events.map(({ type }) => type)).toContain("letters.due");
  });
});

describe("a rehearsal that is interrupted", () => {
  test("by a crash begins anew, and says the same", async () => {
    const business = aBusiness();
    const text = file(
      "email,name",
      ...Array.from({ length: 600 }, (_, at) => `p${at}@x.id,P${at}`),
      "p1@x.id,Other",
    );
    const id = await start(business, { dryRun: true });
    const first = await progress.begin({ business: business.id, id }, "one", now);
    const host = { now: () => now, timeIsLeft: () => true };
    let saves = 0;
    const dies = {
      ...host,
      timeIsLeft: () => {
        saves += 1;
        throw new Error("The power went out");
      },
    };
    await expect(run(business, first as StoredImport, fileOf(text), dies)).rejects.toThrow("power");
    expect(saves).toBe(1);
    await progress.release(first as StoredImport, now);
    const second = await progress.begin({ business: business.id, id }, "two", now);
    await run(business, second as StoredImport, fileOf(text), host);

    expect(await imports.get(business.id, id, now)).toMatchObject({
      state: "rehearsed",
      counts: { rows: 601, created: 600, updated: 1 },
    });
  });

  test("by the end of its time says so, rather than beginning again and again", async () => {
    const business = aBusiness();
    const text = file("email", ...Array.from({ length: 600 }, (_, at) => `p${at}@x.id`));
    const id = await start(business, { dryRun: true });
    const imported = await progress.begin({ business: business.id, id }, "one", now);
    await run(business, imported as StoredImport, fileOf(text), { now: () => now, timeIsLeft: () => false });
    expect(await imports.get(business.id, id, now)).toMatchObject({
      state: "failed",
      reason: expect.stringContaining("no time to rehearse more than 501 rows"),
    });
  });
});

describe("what a rehearsal remembers", () => {
  const columns = [{ column: "email", field: "email" }];
  const rowOf = (email: string, at: number) => ({ number: at + 2, cells: { email } });
  const imported = { kind: "customers", counts: nothing } as StoredImport;

  test("is only what a later row can ask for, however long the file is", async () => {
    const business = aBusiness();
    const rows = Array.from({ length: 4_000 }, (_, at) =>
      rowOf(at === 3_999 ? "p0@x.id" : `p${at}@x.id`, at),
    );
    const rehearsal = new Rehearsal(business, imported, { columns, size: 60_000 });
    for (const row of rows) rehearsal.expect(row);
    const sizes: number[] = [];
    for (let start = 0; start < rows.length; start += 500) {
      const chunk = rows.slice(start, start + 500);
      const inputs = chunk.map(({ cells }) => ({ details: cells, evidence: { way: "import" as const } }));
      const results = await customers.upsertMany(business, inputs, now, rehearsal.overlay);
      expect(results.map((one) => "outcome" in one && one.outcome)).toEqual(
        chunk.map(({ number }) => (number === 4_001 ? "unchanged" : "created")),
      );
      rehearsal.done(chunk);
      sizes.push(rehearsal.overlay.size);
    }
    // The customer who comes again, and a few who can't be told from one who may.
    expect(Math.max(...sizes)).toBeLessThan(200);
    expect((await customers.list(business.id, { limit: 5 })).items).toEqual([]);
  });

  test("never too little: a key that is still to come is always among those counted", () => {
    const keys = fc.array(fc.constantFrom(...Array.from({ length: 300 }, (_, at) => `key ${at}`)), {
      maxLength: 600,
    });
    fc.assert(
      fc.property(keys, fc.nat(), (all, seed) => {
        const counted = new Occurrences(seed % 100);
        for (const key of all) counted.add(key);
        for (const [at, key] of all.entries()) {
          counted.remove(key);
          for (const later of all.slice(at + 1)) expect(counted.has(later)).toBe(true);
        }
      }),
      { numRuns: 20 },
    );
  });

  test("is what the tables would hold, write by write", { timeout: 120_000 }, async () => {
    const details = fc.record({
      email: fc.constantFrom("a@x.id", "b@x.id", "c@x.id"),
      externalId: fc.option(fc.constantFrom("C1", "C2"), { nil: undefined }),
      name: fc.constantFrom("Ani", "Budi"),
    });
    const save = fc.record({
      details,
      consent: fc.constantFrom("subscribed", "unsubscribed", undefined),
      suppress: fc.constantFrom("bounce", undefined, undefined),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(save, { minLength: 1, maxLength: 8 }), async (saves) => {
        const [real, rehearsed] = [aBusiness(), aBusiness()];
        const overlay = new Overlay(rehearsed.id);
        for (const { details, consent, suppress } of saves) {
          const input = {
            details: { ...details, ...(details.externalId === undefined && { externalId: undefined }) },
            consent: consent as customers.Consent | undefined,
            suppress: suppress as "bounce" | undefined,
            evidence: { way: "api" as const },
          };
          const one = await customers.upsertMany(real, [input], now);
          const other = await customers.upsertMany(rehearsed, [input], now, overlay);
          const [was, would] = [one, other].map(([result]) =>
            result && "outcome" in result
              ? [result.outcome, { ...result.customer, id: "", business: "" }]
              : result?.code,
          );
          expect(would).toEqual(was);
        }
        for (const email of ["a@x.id", "b@x.id", "c@x.id"]) {
          const stands = async (business: Business, records: Pick<typeof stored, "findMany">) => {
            const [[, key] = ["email", ""]] = keysOf(business.id, { email });
            return (await records.findMany("identities", [{ identity: key }], true)).length;
          };
          expect(await stands(rehearsed, overlay)).toBe(await stands(real, stored));
        }
      }),
      { numRuns: 25 },
    );
  });
});
