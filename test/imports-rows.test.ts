import { describe, expect, test } from "vitest";
import { type Row, rowsOf } from "../core/imports/rows.ts";

async function* inPieces(file: Buffer, size: number) {
  for (let start = 0; start < file.length; start += size) yield file.subarray(start, start + size);
}

type How = Partial<Parameters<typeof rowsOf>[1]> & { size?: number };

async function read(file: string | Buffer, { size = 7, ...how }: How = {}) {
  const rows: Row[] = [];
  let titles: string[] = [];
  const bytes = inPieces(Buffer.from(file), size);
  for await (const row of rowsOf(bytes, { format: "csv", ...how }, (found) => {
    titles = found;
  })) {
    rows.push(row);
  }
  return { titles, rows };
}

const cells = async (file: string | Buffer, how?: How) =>
  (await read(file, how)).rows.map(({ cells }) => cells);

describe("CSV", () => {
  test.each([
    ["commas", "name,email\nAni,a@x.id\n"],
    ["semicolons", "name;email\nAni;a@x.id\n"],
    ["tabs and Windows line ends", "name\temail\r\nAni\ta@x.id\r\n"],
    ["a byte-order mark", "\uFEFFname,email\nAni,a@x.id"],
    ["Excel's hint", "sep=;\nname;email\nAni;a@x.id"],
    ["quotes, and commas within them", '"name";"email"\n"Ani";"a@x.id"\n'],
  ])("with %s is understood", async (_, file) => {
    for (const size of [1, 7, 1000]) {
      expect(await cells(file, { size })).toEqual([{ name: "Ani", email: "a@x.id" }]);
    }
  });

  test("rows are counted as a spreadsheet counts them, blank ones and line breaks in quotes included", async () => {
    const file = 'name,note\nAni,"two\nlines"\n\n,\nBudi,"a ""quote"""\n';
    expect((await read(file)).rows).toEqual([
      { number: 2, cells: { name: "Ani", note: "two\nlines" } },
      { number: 5, cells: { name: "Budi", note: 'a "quote"' } },
    ]);
    expect((await read("sep=;\nname;x\nAni;1")).rows[0]?.number).toBe(3);
  });

  test("a short row lacks cells, and a long one says that it is too long", async () => {
    const { rows } = await read("name,email\nAni\nBudi,b@x.id,,\nCici,Jakarta, c@x.id\n");
    expect(rows.map(({ cells }) => cells.email)).toEqual([undefined, "b@x.id", "Jakarta"]);
    expect(rows.map(({ problem }) => problem)).toEqual([
      undefined,
      undefined,
      expect.stringContaining("has 3 values"),
    ]);
  });

  test.each([
    ["UTF-8", Buffer.from("name\nRenée"), "Renée"],
    ["UTF-16", Buffer.from("\uFEFFname\nRenée", "utf16le"), "Renée"],
    ["Windows-1252", Buffer.from("name\nRen\xe9e", "latin1"), "Renée"],
  ])("in %s is decoded", async (_, file, name) => {
    expect(await cells(file)).toEqual([{ name }]);
  });

  test("a letter cut in two between pieces stays whole", async () => {
    expect(await cells("name\nRenée ☕", { size: 1 })).toEqual([{ name: "Renée ☕" }]);
  });

  test.each([
    ["", "The file is empty"],
    ["\n\n", "The file is empty"],
    [Buffer.from("PK\x03\x04\x14"), /workbook/],
    [Buffer.from([1, 0, 2, 0]), "The file is not text"],
    ['name\nAni\n"Budi\nCici\n', /A quote that begins after row 2/],
  ])("%j can't be imported, and says why", async (file, reason) => {
    await expect(read(file)).rejects.toThrow(reason);
  });
});

test("the rows before a quote that is never closed still come, in flat memory", async () => {
  async function* bytes() {
    yield Buffer.from('name\nAni\n"Budi\n');
    for (let i = 0; i < 2000; i++) yield Buffer.alloc(64 * 1024, "Cici\n");
  }
  const seen: string[] = [];
  const reading = async () => {
    for await (const { cells } of rowsOf(bytes(), { format: "csv" }, () => {})) seen.push(cells.name ?? "");
  };
  const before = process.memoryUsage().rss;

  await expect(reading()).rejects.toThrow(/A quote that begins after row 2/);

  expect(seen).toEqual(["Ani"]);
  expect(process.memoryUsage().rss - before).toBeLessThan(100e6);
});

test("reading stops when the reader does", async () => {
  let pieces = 0;
  async function* bytes() {
    yield Buffer.from("name\n");
    for (; pieces < 10_000; pieces++) yield Buffer.alloc(1024, "Ani\n");
  }
  for await (const _ of rowsOf(bytes(), { format: "csv" }, () => {})) break;
  expect(pieces).toBeLessThan(1000);
});

describe("JSON Lines", () => {
  const jsonl = { format: "jsonl" } as const;

  test("objects become cells, inner ones by their path", async () => {
    const file =
      '{"name":"Ani","tags":["a","b"],"address":{"city":"Bandung"},"age":null,"vip":true}\r\n\n{"name":"Budi"}';
    expect((await read(file, jsonl)).rows).toEqual([
      { number: 1, cells: { name: "Ani", tags: "a, b", "address.city": "Bandung", vip: "true" } },
      { number: 3, cells: { name: "Budi" } },
    ]);
  });

  test("a line that is not JSON is that row's problem; a file that is not JSON Lines is refused", async () => {
    const { rows } = await read('{"name":"Ani"}\n{"name":\n[1]\n', jsonl);
    expect(rows.map(({ problem }) => problem)).toEqual([undefined, "is not JSON", "is not a JSON object"]);
    await expect(read('[\n{"name":"Ani"}\n]', jsonl)).rejects.toThrow(/not JSON Lines/);
    await expect(read("name,email\nAni,a@x.id", jsonl)).rejects.toThrow(/not JSON Lines/);
    await expect(read(" \n", jsonl)).rejects.toThrow("The file is empty");
  });
});
