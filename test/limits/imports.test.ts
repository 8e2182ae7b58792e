import { describe, expect, test } from "vitest";
import { type Column, columnsFor } from "../../core/imports/columns.ts";
import { customerOf } from "../../core/imports/customer-rows.ts";
import { orderOf } from "../../core/imports/order-rows.ts";
import type { Import } from "../../core/imports/record.ts";
import { maxColumns, type Row, rowsOf } from "../../core/imports/rows.ts";
import { amount, birthday, boolean, moment, number } from "../../core/imports/values.ts";
import { aBusiness } from "../support/shop.ts";
import { expectLinear, numbered, repeated, sized } from "./effort.ts";

const attributes = Object.fromEntries(Array.from({ length: 100 }, (_, at) => [`attribute_${at}`, "text"]));
const business = aBusiness({ attributes: attributes as Record<string, "text"> });
const imported = { id: "imp_1", kind: "customers" } as unknown as Import;

async function* piecesOf(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** The rows of a file, and what its columns and its rows are understood as. */
async function read(format: Import["format"], text: string, pieceSize = 65_536): Promise<Row[]> {
  const rows: Row[] = [];
  const seen = new Set<string>();
  let columns: readonly Column[] = [];
  const learn = (titles: readonly string[]) => {
    const before = seen.size;
    for (const title of titles) if (seen.size < maxColumns) seen.add(title);
    if (seen.size > before) columns = columnsFor(imported, business, [...seen]);
  };
  for await (const row of rowsOf(piecesOf(text, pieceSize), { format }, learn)) {
    if (format === "jsonl") learn(Object.keys(row.cells));
    customerOf(row, columns, { imported, business });
    orderOf([row], columns, business);
    rows.push(row);
  }
  return rows;
}

type Shapes = Record<string, (size: number) => string>;
const titles = "email,name,tags,attribute_1\n";

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
  "rows as they should be": (size) =>
    numbered((at) => `{"email":"ani${at}@example.com","name":"Ani"}\n`, size),
};

describe("reading a file takes CPU in proportion to its size", () => {
  test.each(sized(csv, [10_000, 50_000]))("CSV: %s, of %i characters and twice as many", async (...given) => {
    const [, size, make] = given;
    await expectLinear({ make, read: (text) => read("csv", text) }, size);
  });

  test.each(sized(jsonLines, [10_000, 100_000]))(
    "JSON Lines: %s, of %i characters and twice as many",
    async (_, size, make) => {
      await expectLinear({ make, read: (text) => read("jsonl", text) }, size);
    },
  );

  test.each(["csv", "jsonl"] as const)("%s that comes in pieces of ten bytes", async (format) => {
    const make = (size: number) => `${format === "csv" ? titles : ""}{"name":"${repeated("a", size)}"}\n`;
    await expectLinear({ make, read: (text) => read(format, text, 10) }, 100_000);
  });

  test("a value with zeros behind its point, or whatever else", async () => {
    const values = ["1.000000000000000000001", "1,000", "24 November ", "2026-11-24T", " ya", "1e"];
    for (const value of values) {
      const make = (size: number) => repeated(value, size).replaceAll(".", "0").replace("0", ".");
      const readAll = (text: string) => {
        for (const one of [text, `${text}\n`, `0.${"0".repeat(text.length)}1`]) {
          for (const read of [birthday, number, boolean, (text: string) => amount(text, "IDR")])
            quietly(() => read(one));
          quietly(() => moment(one, "Asia/Jakarta"));
        }
      };
      await expectLinear({ make, read: readAll }, 50_000);
    }
  });
});

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
    expect(await reason("jsonl", text)).toBe(
      "The file has more than 1048576 rows: split it; those before are in",
    );
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
    const [, bad, good] = await read(
      "jsonl",
      `{"email":"a@example.com"}\n${line}\n{"email":"b@example.com"}\n`,
    );
    expect(bad).toMatchObject({ number: 2, problem });
    expect(good).toEqual({ number: 3, cells: { email: "b@example.com" } });
  });

  test("a value of more than 5,000 characters is refused by its field", async () => {
    const [row] = await read("csv", `email,name\na@example.com,${"a".repeat(5001)}\n`);
    const columns = columnsFor(imported, business, ["email", "name"]);
    expect(customerOf(row as Row, columns, { imported, business })).toEqual([
      { row: 2, field: "name", reason: "has more than 5000 characters", value: "a".repeat(80) },
    ]);
  });

  test("a title is cut at 200 characters, as a mapping names it", async () => {
    const [row] = await read("csv", `email,${"é".repeat(300)}\na@example.com,b\n`);
    expect(row?.cells).toEqual({ email: "a@example.com", ["é".repeat(200)]: "b" });
  });
});

test("an attribute may be called constructor, also in rows that lack it", async () => {
  const shop = aBusiness({ attributes: { constructor: "text" as const } });
  const columns = columnsFor(imported, shop, ["email", "constructor"]);
  const rows = await read(
    "jsonl",
    '{"email":"a@example.com","constructor":"b"}\n{"email":"c@example.com"}\n',
  );
  const details = rows.map((row) => customerOf(row, columns, { imported, business: shop }));
  expect(details).toMatchObject([
    { details: { attributes: { constructor: "b" } } },
    { details: { email: "c@example.com" } },
  ]);
});

test("a list of objects in a cell is written out, whatever their fields are called", async () => {
  const [row] = await read("jsonl", '{"email":"a@example.com","tags":[{"toString":1},"b",null]}');
  expect(row?.cells.tags).toBe('{"toString":1}, b, null');
});
