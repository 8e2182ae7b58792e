import { describe, expect, test } from "vitest";
import * as consents from "../core/consents.ts";
import { erase } from "../core/customers/erase.ts";
import * as customers from "../core/customers.ts";
import type { SapaError } from "../core/errors.ts";
import * as progress from "../core/imports/progress.ts";
import { run, Unfinished } from "../core/imports/run.ts";
import * as imports from "../core/imports.ts";
import * as orders from "../core/orders.ts";
import { useBus } from "./support/bus.ts";
import { useDatabase } from "./support/database.ts";
import { countsOf, fileOf, importing, now, start, work } from "./support/imports.ts";
import { aBusiness } from "./support/shop.ts";

useDatabase();
useBus();
process.env.IMPORTS_BUCKET_NAME = "sapa-imports";

const attributes = { drink: "text", visits: "number" } as const;
const shop = (overrides = {}) => aBusiness({ attributes, ...overrides });
const refusal = (work: Promise<unknown>) =>
  work.then(
    () => "none",
    ({ code, problems }: SapaError) => ({ code, fields: problems.map(({ field }) => field) }),
  );

describe("a file of customers", () => {
  const file = [
    "Nama Lengkap;Email;No. HP;Tgl Lahir;Panggilan;Drink;visits;Poin",
    "Ani Wijaya;Ani@Example.com;0812-3456-7890;24/11/1990;Ani;latte;12;7",
    "Budi;budi@example.com;;29/02/2000;;;;",
  ].join("\r\n");

  test("with Indonesian titles goes in without a mapping, and says how it was understood", async () => {
    const business = shop();
    const done = await importing(business, file);

    expect(done).toMatchObject({
      state: "finished",
      counts: countsOf({ rows: 2, created: 2 }),
      ignoredColumns: ["Poin"],
    });
    expect(done.columns?.map(({ field }) => field)).toEqual([
      "name",
      "email",
      "phone",
      "birthday",
      "nickname",
      "attributes.drink",
      "attributes.visits",
    ]);
    expect(await customers.findBy(business, { email: "ani@example.com" })).toMatchObject({
      name: "Ani Wijaya",
      nickname: "Ani",
      phone: "+6281234567890",
      birthday: "11-24",
      birthYear: 1990,
      attributes: { drink: "latte", visits: 12 },
      consent: "pending",
    });
    expect(await customers.findBy(business, { email: "budi@example.com" })).toMatchObject({
      birthday: "02-29",
    });
  });

  test("imported a second time changes nothing", async () => {
    const business = shop();
    await importing(business, file);
    const before = await customers.list(business.id, { limit: 100 });

    const again = await importing(business, file);

    expect(again.counts).toEqual(countsOf({ rows: 2, unchanged: 2 }));
    expect(await customers.list(business.id, { limit: 100 })).toEqual(before);
  });

  test("has its bad rows reported by number, field and reason, and its good ones kept", async () => {
    const business = shop();
    const done = await importing(
      business,
      [
        "name,email,phone,birthday,visits",
        "Ani,ani@example.com,,11-24,1",
        "Budi,not an address,,,",
        "Cici,cici@example.com,12,30/02/1990,many",
        "Dodi,,,,",
        "",
        `${"E".repeat(121)},e@example.com,,,`,
        "Fifi,fifi@example.com,,,,,surplus",
        "Gugu,gugu@example.com,081234567890,,",
      ].join("\n"),
    );

    expect(done.counts).toEqual(countsOf({ rows: 7, created: 4, rejected: 3, leftOut: 4 }));
    expect(done.rejections.map(({ row, effect, field, value }) => [row, effect, field, value])).toEqual([
      [3, "row-rejected", "email", "not an address"],
      [4, "field-left-out", "phone", "12"],
      [4, "field-left-out", "birthday", "30/02/1990"],
      [4, "field-left-out", "attributes.visits", "many"],
      [5, "row-rejected", "email", undefined],
      [7, "field-left-out", "name", "E".repeat(80)],
      [8, "row-rejected", "row", undefined],
    ]);
    expect(done.rejections[0]?.reason).toBe("is not an email address");
    expect((await customers.list(business.id, { limit: 100 })).items).toHaveLength(4);
  });

  test("of two rows for one customer, the later counts", async () => {
    const business = shop();
    await importing(
      business,
      "email,phone,name\nani@example.com,,Ani\n,0812345678,Budi\nani@example.com,,Ani W\n",
    );
    expect((await customers.findBy(business, { email: "ani@example.com" }))?.name).toBe("Ani W");
  });

  test("as JSON Lines goes in as well", async () => {
    const business = shop();
    const done = await importing(
      business,
      '{"email":"ani@example.com","tags":["a","b"],"attributes":{"visits":3},"shoe":41}\n{"phone":"0812345678","topics.news":false}\n{"email":5}\n',
      { format: "jsonl" },
    );

    expect(done.counts).toMatchObject({ created: 2, rejected: 1 });
    expect(done.ignoredColumns).toEqual(["shoe"]);
    expect(await customers.findBy(business, { email: "ani@example.com" })).toMatchObject({
      tags: ["a", "b"],
      attributes: { visits: 3 },
    });
    expect(await customers.findBy(business, { phone: "0812345678" })).toMatchObject({
      topics: { news: false },
    });
  });

  test("follows the owner's mapping before the titles", async () => {
    const business = shop();
    await importing(business, "email,mail 2,when\nold@example.com,new@example.com,04/05/1990\n", {
      mapping: [
        { column: "Mail 2", field: "email" },
        { column: "when", field: "birthday", type: "month-first" },
        { column: "name", field: null },
      ],
    });
    expect(await customers.findBy(business, { email: "new@example.com" })).toMatchObject({
      birthday: "04-05",
    });
  });
});

describe("consent in an import", () => {
  const basis = { consent: "subscribed", legalBasis: "Paper forms at the till" } as const;

  test("is kept with the row and the owner's legal basis as evidence", async () => {
    const business = shop();
    const { id } = await importing(business, "email\nani@example.com\n", basis);
    const ani = await customers.findBy(business, { email: "ani@example.com" });
    if (!ani) throw new Error("Ani is missing");

    expect(ani.consent).toBe("subscribed");
    expect(await consents.history(business.id, ani.id)).toEqual([
      { at: now, consent: "subscribed", way: "import", file: id, row: 2, legalBasis: basis.legalBasis },
    ]);
  });

  test("never turns an unsubscribed customer back on, nor brings an erased one back", async () => {
    const business = shop();
    const file = "email,name\nani@example.com,Ani\nbudi@example.com,Budi\n";
    await importing(business, file, basis);
    const ani = await customers.findBy(business, { email: "ani@example.com" });
    const budi = await customers.findBy(business, { email: "budi@example.com" });
    if (!ani || !budi) throw new Error("Somebody is missing");
    await customers.unsubscribe(business.id, ani.id, { way: "one-click" }, now);
    await erase({ business: business.id, customer: budi.id, way: "api" }, now);

    const again = await importing(business, file, basis);

    expect(again.counts).toMatchObject({ unchanged: 1, created: 0, rejected: 1 });
    expect(again.rejections).toEqual([
      {
        row: 3,
        effect: "row-rejected",
        field: "email",
        reason: "belongs to someone who was erased; they can sign up again by themselves",
      },
    ]);
    expect((await customers.get(business.id, ani.id)).consent).toBe("unsubscribed");
    expect(await customers.findBy(business, { email: "budi@example.com" })).toBeUndefined();
  });

  test("of a column holds for no, and for yes only with a legal basis", async () => {
    const business = shop();
    const file = "email,subscribed\nani@example.com,yes\nbudi@example.com,no\n";
    const consentOf = async (email: string) => (await customers.findBy(business, { email }))?.consent;

    await importing(business, file);
    expect([await consentOf("ani@example.com"), await consentOf("budi@example.com")]).toEqual([
      "pending",
      "unsubscribed",
    ]);
    await importing(business, file, { legalBasis: basis.legalBasis });
    expect(await consentOf("ani@example.com")).toBe("subscribed");
  });
});

describe("a file of orders", () => {
  const file = [
    "No Nota,Tanggal,Email,Nama,Total,SKU,Nama Barang,Kategori,Qty,Harga",
    "INV/1,2026-11-20 18:30,ani@example.com,Ani,75000,ESP,Espresso,kopi,2,25000",
    "INV/1,2026-11-20 18:30,ani@example.com,Ani,75000,CRO,Croissant,roti,1,25000",
    "INV/2,2026-11-21,ani@example.com,Ani,,LAT,Latte,kopi,1,30000",
    "INV/3,2026-13-21,budi@example.com,Budi,30000,LAT,Latte,kopi,1,30000",
    "INV/4,2026-11-21,,,30000,LAT,Latte,kopi,1,30000",
    "INV/5,2026-12-24,cici@example.com,Cici,30000,LAT,Latte,kopi,1,30000",
  ].join("\n");

  test("makes one order of rows with one id, and reports bad ones", async () => {
    const business = shop();
    const done = await importing(business, file, { kind: "orders" });

    expect(done.counts).toEqual(countsOf({ rows: 6, created: 2, rejected: 3 }));
    expect(done.rejections.map(({ row, field }) => [row, field])).toEqual([
      [5, "placedAt"],
      [6, "customer"],
      [7, "placedAt"],
    ]);
    const order = await orders.get(business.id, "INV/1");
    expect(order).toMatchObject({
      placedAt: "2026-11-20T11:30:00.000Z",
      total: 75_000_00,
      lines: [
        { item: "ESP", category: "kopi", quantity: 2, price: 25_000_00 },
        { item: "CRO", category: "roti", quantity: 1 },
      ],
    });
    expect((await orders.get(business.id, "INV/2")).total).toBe(30_000_00);
    expect(await customers.findBy(business, { email: "ani@example.com" })).toMatchObject({
      name: "Ani",
      consent: "pending",
      statistics: { orders: 2, spent: 105_000_00 },
    });
  });

  test("imported a second time changes no figures", async () => {
    const business = shop();
    await importing(business, file, { kind: "orders" });
    const before = await customers.findBy(business, { email: "ani@example.com" });

    const again = await importing(business, file, { kind: "orders" });

    expect(again.counts).toMatchObject({ created: 0, unchanged: 2, rejected: 3 });
    expect(await customers.findBy(business, { email: "ani@example.com" })).toEqual(before);
  });

  test("has an order whole that lies across two lots of rows", async () => {
    const business = shop();
    const rows = Array.from({ length: 620 }, (_, i) => {
      const order = i < 480 ? i : i < 560 ? 480 : i;
      return `O${order},2026-11-20,C1,K${i},1,10`;
    });
    const done = await importing(business, ["id,date,customer id,sku,qty,price", ...rows].join("\n"), {
      kind: "orders",
    });

    expect(done.counts).toMatchObject({ rows: 620, created: 541, rejected: 0 });
    expect((await orders.get(business.id, "O480")).lines).toHaveLength(80);
  });
});

describe("an order of more lines than an order may have", () => {
  const lines = (count: number) =>
    Array.from({ length: count }, () => "long,ani@example.com,2026-11-20,1,kopi");
  const file = [
    "id,email,placedAt,total,item",
    "first,ani@example.com,2026-11-20,1,kopi",
    ...lines(1100),
    "last,ani@example.com,2026-11-20,1,kopi",
  ].join("\n");

  test("is refused whole, however many rows it has, and held in memory in part only", async () => {
    const business = shop();
    const { counts, rejections } = await importing(business, file, { kind: "orders" });
    expect(counts).toMatchObject({ rows: 1102, created: 2, rejected: 1100 });
    expect(rejections.map(({ reason }) => reason)).toContain("belongs to an order of more than 200 lines");
    await expect(orders.get(business.id, "long")).rejects.toMatchObject({ code: "not-found" });
  });

  test("is refused whole by another worker too, which goes on in the middle of it", async () => {
    const business = shop();
    const id = await start(business, { kind: "orders" });
    let flushes = 0;
    const host = { now: () => now, timeIsLeft: () => ++flushes > 1 };
    const begin = async (worker: string) => {
      const imported = await progress.begin({ business: business.id, id }, worker, now);
      if (!imported) throw new Error("There was nothing to do");
      return imported;
    };
    const imported = await begin("worker");
    await expect(run(business, imported, fileOf(file), host)).rejects.toThrow(Unfinished);
    await progress.release(imported, now);
    await run(business, await begin("another"), fileOf(file), host);

    expect((await imports.get(business.id, id, now)).counts).toMatchObject({
      rows: 1102,
      created: 2,
      rejected: 1100,
    });
    await expect(orders.get(business.id, "long")).rejects.toMatchObject({ code: "not-found" });
  });
});

describe("an import that is interrupted", () => {
  const file = ["externalId", ...Array.from({ length: 700 }, (_, i) => `C${i}`)].join("\n");

  test("goes on where it stopped, and its counts are those of the whole file", async () => {
    const business = shop();
    const id = await start(business);
    const place = { business: business.id, id };
    const stopped: string[] = [];
    for (const worker of ["one", "two", "three", "four"]) {
      const imported = await progress.begin(place, worker, now);
      if (!imported) break;
      await run(business, imported, fileOf(file), { now: () => now, timeIsLeft: () => false }).catch(
        async (error) => {
          expect(error).toBeInstanceOf(Unfinished);
          await progress.release(imported, now);
          stopped.push(error.message);
        },
      );
    }

    expect(stopped).toEqual(["Stopped after row 501", "Stopped after row 701"]);
    expect(await imports.get(business.id, id, now)).toMatchObject({
      state: "finished",
      counts: { rows: 700, created: 700, rejected: 0 },
    });
  });

  test("is worked on by one at a time, until that one has been silent for a minute", async () => {
    const business = shop();
    const place = { business: business.id, id: await start(business) };
    const first = await progress.begin(place, "one", now);

    await expect(progress.begin(place, "two", "2026-11-24T02:00:59.000Z")).rejects.toBeInstanceOf(
      progress.Busy,
    );
    expect(await progress.begin(place, "two", "2026-11-24T02:01:01.000Z")).toMatchObject({ worker: "two" });
    if (!first) throw new Error("Nothing was begun");
    await expect(progress.end(first, { state: "finished" }, now)).rejects.toThrow();
  });

  test("is shown as failed when nobody went on with it", async () => {
    const business = shop();
    const id = await start(business);
    await progress.begin({ business: business.id, id }, "one", now);

    expect((await imports.get(business.id, id, "2026-11-24T02:05:00.000Z")).state).toBe("running");
    expect(await imports.get(business.id, id, "2026-11-24T02:30:00.000Z")).toMatchObject({
      state: "failed",
      reason: expect.stringContaining("stopped after row 0"),
    });
  });
});

describe("a file that can't be imported fails with the reason", () => {
  test.each([
    ["", {}, "The file is empty"],
    ["PK\u0003\u0004", {}, /workbook/],
    [
      "first,second\n1,2\n",
      {},
      /No column was found for email, phone or externalId. The first row has: first, second/,
    ],
    [
      "email,total\na@x.id,5\n",
      { kind: "orders" as const },
      /No column was found for the order's id, placedAt/,
    ],
  ])("%j", async (text, input, reason) => {
    const done = await importing(shop(), text, input);
    expect(done).toMatchObject({ state: "failed", reason: expect.stringMatching(reason) });
  });

  test("when it is over 50 MB", async () => {
    const business = shop();
    const id = await start(business);
    await work(business, id, fileOf("email\n", 50 * 1024 * 1024 + 1));
    expect(await imports.get(business.id, id, now)).toMatchObject({
      state: "failed",
      reason: expect.stringContaining("50 MB"),
    });
  });
});

describe("asking for an import", () => {
  test.each([
    [{ size: 50 * 1024 * 1024 + 1 }, "too-large", ["size"]],
    [{ consent: "subscribed" }, "invalid", ["legalBasis"]],
    [{ kind: "orders", consent: "pending" }, "invalid", ["consent"]],
    [{ mapping: [{ column: "a", field: "shoe" }] }, "invalid", ["mapping.0.field"]],
    [
      {
        mapping: [
          { column: "a", field: "email" },
          { column: "b", field: "email" },
        ],
      },
      "invalid",
      ["mapping.1.field"],
    ],
    [{ mapping: [{ column: "a", field: "attributes.shoe" }] }, "invalid", ["mapping.0.field"]],
    [
      {
        mapping: [
          { column: "a", field: "consent" },
          { column: "A", field: null },
        ],
      },
      "invalid",
      ["mapping.1.column"],
    ],
    [{ mapping: [{ column: "a", field: "name", otherwise: "pending" }] }, "invalid", ["mapping.0.otherwise"]],
    [
      {
        mapping: ["a", "b"].map((column) => ({
          column,
          field: "consent",
          values: Array.from({ length: 151 }, (_, at) => ({ value: `${at}`, means: "nothing" })),
        })),
      },
      "invalid",
      ["mapping.1.values"],
    ],
  ] as const)("%j is refused, naming the field", async (input, code, fields) => {
    expect(await refusal(start(shop(), structuredClone(input) as Partial<imports.ImportInput>))).toEqual({
      code,
      fields,
    });
  });

  test("gives a URL that plain curl can upload to: of the headers only the length is signed, and no checksum", async () => {
    const { uploadUrl, expiresAt, id, business } = await imports.create(
      shop(),
      { kind: "customers", format: "csv", size: 100 },
      now,
    );
    const url = new URL(uploadUrl);

    expect(url.pathname).toMatch(new RegExp(`/imports/${business}/${id}$`));
    expect(url.searchParams.get("X-Amz-SignedHeaders")).toBe("content-length;host");
    expect([...url.searchParams.keys()].filter((key) => /checksum/i.test(key))).toEqual([]);
    expect(expiresAt).toBe("2026-11-24T03:00:00.000Z");
  });

  test("is kept from other businesses, and listed latest first", async () => {
    const business = shop();
    const first = await start(business);
    const { id: second } = await imports.create(
      business,
      { kind: "orders", format: "csv", size: 100 },
      "2026-11-24T03:00:00.000Z",
    );

    expect(await refusal(imports.get(shop().id, first, now))).toMatchObject({ code: "not-found" });
    expect(await refusal(imports.rejections(shop().id, first, undefined, now))).toMatchObject({
      code: "not-found",
    });
    const page = await imports.list(business.id, { limit: 1 }, now);
    const rest = await imports.list(business.id, { limit: 5, cursor: page.next }, now);
    expect([...page.items, ...rest.items].map(({ id }) => id)).toEqual([second, first]);
  });
});

test("many rejections come in pages, and none after 30 days", async () => {
  const business = shop();
  const file = ["email", ...Array.from({ length: 1100 }, (_, i) => `bad ${i}`)].join("\n");
  const { id, rejections, counts } = await importing(business, file);
  const seen = [...rejections];
  let { next } = await imports.rejections(business.id, id, undefined, now);
  while (next) {
    const page = await imports.rejections(business.id, id, next, now);
    seen.push(...page.items);
    next = page.next;
  }

  expect(counts).toMatchObject({ rows: 1100, rejected: 1100 });
  expect(seen.map(({ row }) => row)).toEqual(Array.from({ length: 1100 }, (_, i) => i + 2));
  expect((await imports.rejections(business.id, id, undefined, "2026-12-25T02:00:00.000Z")).items).toEqual(
    [],
  );
});
