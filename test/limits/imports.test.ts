import { afterEach, describe, expect, test } from "vitest";
import { ConsentReader, signalOf } from "../../core/imports/consent-signals.ts";
import { isTelling, wordsIn } from "../../core/imports/consent-words.ts";
import { CustomerRows } from "../../core/imports/customer-rows.ts";
import { birthday, day, dayOrderOf, isDateLike, moment } from "../../core/imports/dates.ts";
import { saidByName } from "../../core/imports/file-name.ts";
import { cellsFrom } from "../../core/imports/json-cells.ts";
import { type ConsentField, consentFields } from "../../core/imports/mapping.ts";
import { orderOf } from "../../core/imports/order-rows.ts";
import type { Import, StoredImport } from "../../core/imports/record.ts";
import { Rehearsal } from "../../core/imports/rehearsal.ts";
import { type Row, rowsOf } from "../../core/imports/rows.ts";
import { Survey } from "../../core/imports/survey.ts";
import { BadFile } from "../../core/imports/text.ts";
import { Titles } from "../../core/imports/titles.ts";
import { understand } from "../../core/imports/understanding.ts";
import { amount, boolean, number } from "../../core/imports/values.ts";
import { blanks } from "../../core/text.ts";
import { aBusiness } from "../support/shop.ts";
import { expectLinear, numbered, repeated, sized } from "./effort.ts";

process.env.SHARED_SUPPRESSIONS = "no";

const attributes = Object.fromEntries(Array.from({ length: 100 }, (_, at) => [`attribute_${at}`, "text"]));
const business = aBusiness({ attributes: attributes as Record<string, "text"> });
const imported = { id: "imp_1", kind: "customers" } as unknown as StoredImport;

async function* piecesOf(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** The rows of a file. */
async function rowsIn(format: Import["format"], text: string, pieceSize = 65_536): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const row of rowsOf(piecesOf(text, pieceSize), { format }, () => {})) rows.push(row);
  return rows;
}

/** Looks a file through, and reads each of its rows as those of customers and of orders, as a rehearsal does. */
async function read(format: Import["format"], text: string, pieceSize = 65_536) {
  const survey = new Survey(imported, business);
  const learn = (titles: readonly string[]) => {
    for (const title of titles) survey.learn(title);
  };
  const rows: Row[] = [];
  for await (const row of rowsOf(piecesOf(text, pieceSize), { format }, learn)) {
    survey.add(row.cells);
    rows.push(row);
  }
  const understood = understand(survey, { ...imported, format }, business);
  const { columns } = understood;
  const reader = new CustomerRows(imported, business, columns);
  const rehearsal = new Rehearsal(business, imported, { columns, size: text.length });
  for (const row of rows) rehearsal.expect(row);
  const customers = rows.map((row) => reader.read(row));
  for (const row of rows) orderOf([row], columns, business);
  orderOf(rows.slice(0, 1000), columns, business);
  rehearsal.done(rows);
  return { rows, customers, understood };
}

/** The same, whatever the file is refused for. */
const tryToRead: typeof read = (...file) =>
  read(...file).catch((error) => {
    if (!(error instanceof BadFile)) faults.push(error);
    throw error;
  });
const faults: unknown[] = [];
afterEach(() => expect(faults.splice(0)).toEqual([]));

type Shapes = Record<string, (size: number) => string>;
const titles = "email,name,tags,attribute_1,status\n";

/** A cell in quotes, as CSV writes it. */
const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;

const csv: Shapes = {
  "quotes without an end": (size) => titles + repeated('"', size),
  "quotes inside of cells": (size) => titles + repeated('a"', size),
  "quotes behind each other": (size) => titles + repeated('"a"', size),
  "cells in quotes": (size) => titles + repeated('"a","b"\n', size),
  "quotes and line breaks": (size) => titles + repeated('"\n', size),
  "line breaks": (size) => titles + repeated("\n", size),
  "line breaks of Windows": (size) => titles + repeated("\r\n", size),
  "carriage returns": (size) => titles + repeated("\r", size),
  "empty cells": (size) => titles + repeated(",", size),
  "rows of empty cells": (size) => titles + repeated(",,,\n", size),
  columns: (size) => `${numbered((at) => `column ${at},`, size)}\nani@example.com\n`,
  "rows for many columns": (size) => `${numbered((at) => `column ${at},`, 4000)}\n${repeated("a\n", size)}`,
  "a long title": (size) => `${repeated("á", size / 4)},email\na,b\n`,
  "titles in quotes": (size) => `${repeated('"a",', size)}\n`,
  "a long cell": (size) => `${titles}a@b.co,${repeated("x", size)}\n`,
  "long cells": (size) => titles + repeated(`a@b.co,${"x".repeat(4900)},,${"y".repeat(4900)}\n`, size),
  "many tags": (size) => titles + repeated(`a@b.co,,${"a|".repeat(2400)}\n`, size),
  "rows as they should be": (size) => titles + numbered((at) => `ani${at}@example.com,Ani,a|b,c\n`, size),
  backslashes: (size) => titles + repeated("\\", size),
  "titles that are the same": (size) =>
    `${repeated("Status,", Math.min(size, 3400))}email\n${repeated("a,\n", size)}`,
  "words of consent": (size) => titles + numbered((at) => `a${at}@b.co,,,,unsubscribed\n`, size),
  "many words of consent in a cell": (size) =>
    titles + repeated(`a@b.co,,,,"${"confirmed,".repeat(400)}no"\n`, size),
  "ever new words of consent": (size) => titles + numbered((at) => `a@b.co,,,,"no ${at}, spam"\n`, size),
  "brackets and quotes around a word of consent": (size) =>
    titles + repeated(`a@b.co,,,,${quoted(`${"[\"' ".repeat(600)}no${"]\"' ".repeat(600)}x`)}\n`, size),
  "accents out of order in a word of consent": (size) =>
    titles + repeated(`a@b.co,,,,a${"\u0301\u0323".repeat(2000)}\n`, size),
  "a long word of consent": (size) => `${titles}a@b.co,,,,${repeated("no ", size)}\n`,
  "days in a column of consent": (size) =>
    titles + repeated(`a@b.co,,,,2024-01-01 ${"1".repeat(4000)}\n`, size),
  "addresses with ends": (size) => titles + repeated(`${"a@b.co;. ,".repeat(480)}x,,,,\n`, size),
  "JSON in cells": (size) => titles + numbered((at) => `a@b.co,,,${quoted(`{"a":{"b":${at}}}`)},\n`, size),
  "JSON in a cell, level in level": (size) => `${titles}a@b.co,,,${quoted(repeated('{"a":', size))},\n`,
  "JSON in cells, level in level": (size) =>
    titles + repeated(`a@b.co,,,${quoted('{"a":'.repeat(900))},\n`, size),
  "JSON of ever new keys": (size) =>
    titles + numbered((at) => `a@b.co,,,${quoted(`{"${"k".repeat(150)}${at}":1}`)},\n`, size),
  "JSON of long keys over many": (size) =>
    titles +
    numbered(
      () => `a@b.co,,,${quoted(`{"${"k".repeat(100_000)}":[${'{"a":1,"b":2},'.repeat(1500)}{}]}`)},\n`,
      size,
    ),
  "JSON of lists of objects": (size) =>
    titles + repeated(`a@b.co,,,${quoted(`[${'{"status":"no"},'.repeat(2000)}{}]`)},\n`, size),
  "JSON without an end": (size) => titles + repeated(`a@b.co,,,${quoted('{"a":"\\"'.repeat(400))},\n`, size),
  "blanks before JSON": (size) => titles + repeated(`a@b.co,,,"[${" ".repeat(4000)}x",\n`, size),
};

const jsonLines: Shapes = {
  "keys of 200 KB": (size) => numbered((at) => `{"${"k".repeat(200_000)}${at}":1}\n`, size),
  "ever new keys": (size) => numbered((at) => `{"${"k".repeat(190)}${at}":1}\n`, size),
  "many ever new keys": (size) =>
    numbered((row) => `{${numbered((at) => `"k${row}_${at}":1,`, 4000)}"a":1}\n`, size),
  "keys of one row": (size) => `{${numbered((at) => `"a${at}":1,`, size)}"a":1}\n`,
  "lists in lists": (size) => `${repeated("[", size)}\n`,
  "objects in objects": (size) => `${repeated('{"a":', size)}\n`,
  "lists in lists, row by row": (size) => repeated(`{"a":${"[".repeat(2000)}${"]".repeat(2000)}}\n`, size),
  "a line without an end": (size) => `{"a":"${repeated('\\"', size)}`,
  "escapes without an end, row by row": (size) => `{}\n${repeated(`{"a":"${'\\"'.repeat(5000)}\n`, size)}`,
  "empty objects": (size) => repeated("{}\n", size),
  "empty lines": (size) => `{}\n${repeated("\n", size)}`,
  "a long value": (size) => numbered(() => `{"name":"${"a".repeat(200_000)}"}\n`, size),
  "a list of values": (size) => repeated(`{"tags":[${'"a",'.repeat(2000)}"a"]}\n`, size),
  "lists of objects": (size) =>
    repeated(`{"lists":[${'{"status":"confirmed"},'.repeat(2000)}{"a":[{"b":1}]}]}\n`, size),
  "a long key over many": (size) =>
    repeated(`{"${"k".repeat(100_000)}":[${'{"a":1,"b":2},'.repeat(1500)}{}]}\n`, size),
  "lists of what can't be written": (size) =>
    repeated(`{"a":[${'{"toString":1},[[{"valueOf":1}]],'.repeat(600)}1]}\n`, size),
  "rows as they should be": (size) =>
    numbered((at) => `{"email":"ani${at}@example.com","name":"Ani"}\n`, size),
};

describe("reading a file takes CPU in proportion to its size", () => {
  test.each(sized(csv, [10_000, 50_000]))("CSV: %s, of %i characters and twice as many", async (...given) => {
    const [, size, make] = given;
    await expectLinear({ make, read: (text) => tryToRead("csv", text) }, size);
  });

  test.each(sized(jsonLines, [10_000, 100_000]))(
    "JSON Lines: %s, of %i characters and twice as many",
    async (_, size, make) => {
      await expectLinear({ make, read: (text) => tryToRead("jsonl", text) }, size);
    },
  );

  test.each(["csv", "jsonl"] as const)("%s that comes in pieces of ten bytes", async (format) => {
    const make = (size: number) => `${format === "csv" ? titles : ""}{"name":"${repeated("a", size)}"}\n`;
    await expectLinear({ make, read: (text) => tryToRead(format, text, 10) }, 100_000);
  });

  test.each([
    "1.000000000000000000001",
    "1,000",
    "24 November ",
    "2026-11-24T",
    "24/11/2026 ",
    "1-",
    "Nov 24, ",
    "Nov-",
    "2026-11-24T18:30:00 +07:00 ",
    "20261124",
    " ya",
    "1e",
    "no, ",
    "unsub ]\"'",
    "\u0301\u0323",
  ])("a value of %j, as often as it fits", async (value) => {
    const make = (size: number) => repeated(value, size).replaceAll(".", "0").replace("0", ".");
    const readAll = (text: string) => {
      for (const one of [text, `${text}\n`, `0.${"0".repeat(text.length)}1`]) {
        for (const read of valueReaders) quietly(() => read(one));
        for (const field of consentFields) quietly(() => said(field, one));
      }
    };
    await expectLinear({ make, read: readAll }, 50_000);
  });

  test.each([
    " (2)",
    "status ",
    "lists.",
    "optIn",
    "A1",
    "whats app",
    "-",
    "unsubscrib_",
    "á",
    "\u0301\u0323",
  ])("a title, or the name of a file, of %j", async (piece) => {
    const titles = new Titles("customers", business);
    const make = (count: number) => Array.from({ length: count }, (_, at) => repeated(piece, 195) + at);
    const read = (all: string[]) =>
      all.map((one) => [titles.meaningOf(one), saidByName(one), saidByName(`${one}.csv`)]);
    await expectLinear({ make, read }, 500);
  });
});

const valueReaders: ((text: string) => unknown)[] = [
  birthday,
  day,
  dayOrderOf,
  isDateLike,
  number,
  boolean,
  wordsIn,
  isTelling,
  (text) => amount(text, "IDR"),
  (text) => moment(text, "Asia/Jakarta"),
];

/** What a cell of a column of consent says. */
const said = (field: ConsentField, text: string) =>
  signalOf(
    [new ConsentReader({ column: "status", field, values: [{ value: "x", means: "pending" }] })],
    cellsFrom([["status", text]]),
    "Asia/Jakarta",
  );

function quietly(work: () => unknown): void {
  try {
    work();
  } catch {
    // What is wrong with the value is not what this is about.
  }
}

describe("a file says what it has too much of", () => {
  const reason = (format: Import["format"], text: string) =>
    read(format, text).then(String, (error) => error.message);

  test("columns", async () => {
    const text = `${numbered((at) => `c${at},`, 3000)}email\n`;
    expect(await reason("csv", text)).toMatch(/^The file has \d+ columns; at most 500 can be read$/);
  });

  test("rows, of which a sheet of Excel holds a million", async () => {
    const text = `{"email":"ani@example.com"}\n${"\n".repeat(1_048_576)}`;
    expect(await reason("jsonl", text)).toBe("The file has more than 1048576 rows: split it");
  });

  test.each([
    [
      "a name of 201 letters",
      `{"${"k".repeat(201)}":1}`,
      "has a field whose name is longer than 200 characters",
    ],
    [
      "501 fields",
      `{${numbered((at) => `"a${at}":1,`, 5000).slice(0, -1)}}`,
      "has an object of more than 500 fields",
    ],
    ["21 levels", `${'{"a":'.repeat(21)}1${"}".repeat(21)}`, "is nested more than 20 deep"],
    ["5,001 values", `{"tags":[${"1,".repeat(5001)}1]}`, "has more than 5,000 values"],
    ["half of a character", '{"name":"\\ud83d"}', "holds half of a character (an unpaired surrogate)"],
  ])("a row of JSON Lines with %s is refused, and the next goes in", async (_, line, problem) => {
    const text = `{"email":"a@example.com"}\n${line}\n{"email":"b@example.com"}\n`;
    const { rows, customers } = await read("jsonl", text);
    expect(rows[1]).toMatchObject({ number: 2, problem });
    expect(rows[2]).toEqual({ number: 3, cells: { email: "b@example.com" } });
    expect(customers.map((one) => "input" in one)).toEqual([true, false, true]);
  });

  test.each([
    [
      "a name of 201 letters",
      `{"${"k".repeat(191)}":1}`,
      "has a field whose name is longer than 200 characters",
    ],
    [
      "501 fields",
      `{${numbered((at) => `"a${at}":1,`, 5000).slice(0, -1)}}`,
      "has an object of more than 500 fields",
    ],
    ["21 levels", `${'{"a":'.repeat(21)}1${"}".repeat(21)}`, "is nested more than 20 deep"],
    ["5,001 values", `[{"a":[${"1,".repeat(5001)}1]}]`, "has more than 5,000 values"],
    ["half of a character", '{"name":"\\ud83d"}', "holds half of a character (an unpaired surrogate)"],
  ])("a row with JSON of %s in a cell is refused, and the next goes in", async (_, json, problem) => {
    const text = `email,attribute_\na@example.com,${quoted(json)}\nb@example.com,"{""a"":1}"\n`;
    const { rows, customers } = await read("csv", text);
    expect(rows.map(({ problem }) => problem)).toEqual([`holds a cell of JSON that ${problem}`, undefined]);
    expect(rows[1]?.cells).toEqual({ email: "b@example.com", attribute_: '{"a":1}', "attribute_.a": "1" });
    expect(customers.map((one) => "input" in one)).toEqual([false, true]);
  });

  test.each(["{hello}", "[{ } [", `{"a":${"1".repeat(40)}`])(
    "a cell that only looks like JSON is a text: %s",
    async (text) => {
      const { rows } = await read("csv", `email,name\na@example.com,${quoted(text)}\n`);
      expect(rows).toEqual([{ number: 2, cells: { email: "a@example.com", name: text } }]);
    },
  );

  const long = "a".repeat(5001);
  const reasonOfLong = "has more than 5000 characters";

  test("a value of more than 5,000 characters, which is left out of a customer", async () => {
    const { customers } = await read("csv", `email,name\na@example.com,${long}\n`);
    expect(customers).toMatchObject([
      {
        input: { details: { email: "a@example.com" } },
        problems: [
          { row: 2, field: "name", reason: reasonOfLong, effect: "field-left-out", value: "a".repeat(80) },
        ],
      },
    ]);
  });

  test("such a value of an order, which is refused", async () => {
    const columns = ["id", "email", "placedAt", "total", "channel"].map((field) => ({
      column: field,
      field,
    }));
    const text = `id,email,placedAt,total,channel\n1,a@example.com,2026-11-20,1,${long}\n`;
    const order = orderOf(await rowsIn("csv", text), columns, business);
    expect(order).toMatchObject([{ field: "channel", reason: reasonOfLong, effect: "row-rejected" }]);
  });

  test("such a value about mail, whose row is refused: it may be a no", async () => {
    const rows = `a@example.com,subscribed\nb@example.com,"unsubscribed, ${long}"\n`;
    const { customers, understood } = await read("csv", `email,status\n${rows}`);
    expect(understood.questions).toEqual([]);
    expect(customers).toMatchObject([
      { input: { details: { email: "a@example.com" } } },
      { problems: [{ row: 3, field: "consent", reason: reasonOfLong, effect: "row-rejected" }] },
    ]);
  });

  test("columns that look like consent", async () => {
    const text = `{"email":"a@example.com"}\n${numbered((at) => `{"opt-in ${at}":"yes"}\n`, 10_000)}`;
    expect(await reason("jsonl", text)).toMatch(/^The file has hundreds of columns that look like consent/);
  });

  test("titles of such columns, which are kept with the import", async () => {
    const many = Array.from({ length: 400 }, (_, at) => `opt-in ${at} ${"語".repeat(180)}`);
    const text = `email,${many}\na@example.com,${many.map(() => "yes")}\n`;
    expect(await reason("csv", text)).toMatch(/^The titles of the file's columns are too long/);
  });

  test("problems of a row, of which five that refuse it are told and twenty others", async () => {
    const numbers = Object.keys(attributes).map((name) => [name, "number"] as const);
    const shop = aBusiness({ attributes: Object.fromEntries(numbers) });
    const columns = [
      { column: "email", field: "email" },
      ...numbers.map(([name]) => ({ column: name, field: `attributes.${name}` })),
    ];
    const cells = cellsFrom([["email", "a@example.com"], ...numbers.map(([name]) => [name, "x"] as const)]);
    const customer = new CustomerRows(imported, shop, columns).read({ number: 2, cells });
    expect(customer).toMatchObject({ input: { details: { email: "a@example.com" } } });
    expect(customer.problems).toHaveLength(20);
    const line = {
      number: 2,
      cells: cellsFrom([
        ["id", "1"],
        ["item", "x".repeat(500)],
      ]),
    };
    const fields = ["id", "item"].map((field) => ({ column: field, field }));
    expect(
      orderOf(
        Array.from({ length: 150 }, () => line),
        fields,
        business,
      ),
    ).toHaveLength(5);
  });

  test("a title is cut at 200 characters, as a mapping names it, also where it comes again", async () => {
    const title = "é".repeat(300);
    const [row] = await rowsIn(
      "csv",
      `email,${title},${title},😀${"é".repeat(198)}😀\na@example.com,b,c,d\n`,
    );
    expect(row?.cells).toEqual({
      email: "a@example.com",
      ["é".repeat(200)]: "b",
      [`${"é".repeat(196)} (2)`]: "c",
      [`😀${"é".repeat(198)}`]: "d",
    });
  });
});

test("each column has a title of its own, whatever the file calls them", async () => {
  const [row] = await rowsIn("csv", "Status,Status (2),Status,,Status\na,b,c,d,e\n");
  expect(row?.cells).toEqual({
    Status: "a",
    "Status (2)": "b",
    "Status (3)": "c",
    "(column 4)": "d",
    "Status (4)": "e",
  });
});

test("all 500 columns that a file may have are known", async () => {
  const columns = Array.from({ length: 499 }, (_, at) => `column ${at}`);
  const { customers } = await read("csv", `${columns},email\n${columns},a@example.com\n`);
  expect(customers).toMatchObject([{ input: { details: { email: "a@example.com" } } }]);
});

test("an attribute may be called constructor, also in rows that lack it", async () => {
  const shop = aBusiness({ attributes: { constructor: "text" as const } });
  const columns = [
    { column: "email", field: "email" },
    { column: "constructor", field: "attributes.constructor" },
  ];
  const text = '{"email":"a@example.com","constructor":"b"}\n{"email":"c@example.com"}\n';
  const reader = new CustomerRows(imported, shop, columns);
  expect(new Titles("customers", shop).meaningOf("constructor")).toEqual({
    kind: "field",
    field: "attributes.constructor",
  });
  expect((await rowsIn("jsonl", text)).map((row) => reader.read(row))).toMatchObject([
    { input: { details: { attributes: { constructor: "b" } } } },
    { input: { details: { email: "c@example.com" } } },
  ]);
});

test("a list that holds objects and lists is read, whatever their fields are called", async () => {
  const line = '{"email":"a@example.com","tags":[{"toString":1},"b",null,[{"valueOf":2}]]}';
  const deep = '{"a":{"b":{"c":{"d":[{"toString":1},"e"]}}}}';
  const [row, other] = await rowsIn("jsonl", `${line}\n${deep}\n`);
  expect(row?.cells).toEqual({
    email: "a@example.com",
    tags: 'b, [{"valueOf":2}]',
    "tags.toString": "1",
  });
  expect(other?.cells).toEqual({ "a.b.c.d": '{"toString":1}, e' });
});

test("what is taken for a blank at the end of a text is what a pattern takes for one", () => {
  const all = Array.from({ length: 0x10000 }, (_, code) => String.fromCharCode(code));
  expect(
    all
      .filter((one) => /\s/.test(one))
      .sort()
      .join(""),
  ).toBe([...blanks].sort().join(""));
});
