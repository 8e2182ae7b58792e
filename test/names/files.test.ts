import { beforeAll, describe, expect, test } from "vitest";
import type { Business } from "../../core/businesses.ts";
import * as customers from "../../core/customers.ts";
import * as progress from "../../core/imports/progress.ts";
import { run } from "../../core/imports/run.ts";
import * as imports from "../../core/imports.ts";
import * as orders from "../../core/orders.ts";
import { useBus } from "../support/bus.ts";
import { useDatabase } from "../support/database.ts";
import { fileOf } from "../support/imports.ts";
import { aBusiness, saveBusiness } from "../support/shop.ts";
import { halves, hostileNames, isKept } from "./hostile.ts";

useDatabase();
useBus();

const now = "2026-11-24T02:00:00.000Z";
const attributes = { drink: "text", ["constructor" as string]: "text" } as const;
let shop: Business;
beforeAll(async () => {
  process.env.IMPORTS_BUCKET_NAME = "sapa-imports";
  shop = await saveBusiness(aBusiness({ attributes }));
});

type Row = Record<string, string>;

const own = (row: Row, title: string) => (Object.hasOwn(row, title) ? (row[title] ?? "") : "");
const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
const formats = {
  csv: (titles: string[], rows: Row[]) =>
    [titles, ...rows.map((row) => titles.map((title) => own(row, title)))]
      .map((cells) => cells.map(quoted).join(","))
      .join("\n"),
  jsonl: (_: string[], rows: Row[]) => rows.map((row) => JSON.stringify(row)).join("\n"),
} as const;
type Format = keyof typeof formats;

/** Brings a file in as import-file does, and says what became of it, row by row. */
async function importing(format: Format, rows: Row[], input: Partial<imports.ImportInput> = {}) {
  const titles = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const text = Buffer.from(formats[format](titles, rows));
  const { id } = await imports.create(shop, { kind: "customers", format, size: text.length, ...input }, now);
  const imported = await progress.begin({ business: shop.id, id }, "worker", now);
  if (!imported) throw new Error("There was nothing to do");
  await run(shop, imported, fileOf(text.toString()), { now: () => now, timeIsLeft: () => true });
  const rejected = new Map<number, imports.Rejection[]>();
  let cursor: string | undefined;
  do {
    const { items, next } = await imports.rejections(shop.id, id, cursor, now);
    for (const one of items) rejected.set(one.row, [...(rejected.get(one.row) ?? []), one]);
    cursor = next;
  } while (cursor);
  const first = format === "csv" ? 2 : 1;
  return {
    ...(await imports.get(shop.id, id, now)),
    rejectionsOf: (index: number) => rejected.get(index + first) ?? [],
  };
}

/** A file of text holds no NUL, and is refused as a whole where one does: JSON can write it. */
const names = (format: Format) =>
  [...hostileNames, ...halves].filter((name) => format === "jsonl" || !name.includes("\0"));
const customerBy = (externalId: string) => customers.findBy(shop, { externalId });
const shown = (name: string) => JSON.stringify(name.slice(0, 60));

/** Where a row was not refused by this field, what is kept is what the file says. */
function keptOrRefused(
  rejections: imports.Rejection[],
  field: string,
  found: unknown,
  expected: string | undefined,
) {
  if (rejections.length === 0)
    return expect(isKept(found, expected), JSON.stringify([found, expected])).toBe(true);
  const named = rejections.flatMap((one) => one.field.split("."));
  // The schema's own name for what the file calls itemName is name.
  const own = field === "itemName" ? ["itemName", "name"] : [field.split(".").pop()];
  // A line of JSON with half of a character in it is refused as a whole.
  const called = expected && !expected.isWellFormed() ? [...own, "row"] : own;
  expect(
    called.some((name) => named.includes(name ?? "")),
    JSON.stringify([expected, rejections]),
  ).toBe(true);
  expect(rejections[0]?.reason.length).toBeGreaterThan(5);
}

describe.each(Object.keys(formats) as Format[])("a file of %s", (format) => {
  const read: Record<string, (customer: customers.Customer | undefined) => unknown> = {
    name: (customer) => customer?.name,
    nickname: (customer) => customer?.nickname,
    tags: (customer) => customer?.tags.join() || undefined,
    "attributes.drink": (customer) => customer?.attributes.drink,
    "attributes.constructor": (customer) =>
      customer && Object.hasOwn(customer.attributes, "constructor")
        ? String(customer.attributes.constructor)
        : undefined,
  };

  test.each(Object.keys(read))(
    "takes hostile values of customers as they are, or refuses the row: %s",
    async (field) => {
      const prefix = `${format}-${field}`;
      const rows = names(format).map(
        (name, index): Row => ({ externalId: `${prefix}-${index}`, value: name }),
      );
      const done = await importing(format, rows, { mapping: [{ column: "value", field }] });
      expect(done.reason).toBeUndefined();
      expect(done.counts.rows).toBe(rows.length);
      for (const [index, name] of names(format).entries()) {
        const text = name.trim();
        const tags = [...new Set(text.split(/[,;|]/).map((tag) => tag.trim()))].filter(Boolean).join();
        const expected = (field === "tags" ? tags : text) || undefined;
        const found = read[field]?.(await customerBy(`${prefix}-${index}`));
        keptOrRefused(done.rejectionsOf(index), field, found, expected);
      }
    },
  );

  test("takes a column of any title where it is mapped, also where a row has none", {
    timeout: 60_000,
  }, async () => {
    const titles = [
      ...new Set(
        names(format)
          .filter((name) => !halves.includes(name))
          .map((name) => name.trim()),
      ),
    ].filter(({ length }) => length > 0 && length <= 200);
    for (const [index, title] of titles.entries()) {
      const externalId = `${format}-title-${index}`;
      const rows = [
        Object.fromEntries([
          ["external id", externalId],
          [title, "latte"],
        ]),
        { "external id": `${externalId}-without` },
      ];
      const done = await importing(format, rows, { mapping: [{ column: title, field: "attributes.drink" }] });
      expect(done, shown(title)).toMatchObject({ state: "finished", counts: { created: 2, rejected: 0 } });
      expect((await customerBy(externalId))?.attributes, shown(title)).toEqual({ drink: "latte" });
    }
  });

  test("names each column that it leaves out, whatever its title", async () => {
    const titles = [
      ...new Set(
        names(format)
          .filter((name) => !halves.includes(name))
          .map((name) => name.trim()),
      ),
    ]
      // A title may have 200 characters, and one that may tell of consent is asked about.
      .filter(({ length }) => length > 0 && length <= 200)
      .filter((title) => title !== "STATUS")
      .slice(0, 150);
    const row = Object.fromEntries([
      ["external id", `${format}-left-out`],
      ...titles.map((title) => [title, "1"]),
    ]);
    const done = await importing(format, [row]);
    expect(done, JSON.stringify(done.reason)).toMatchObject({ counts: { created: 1 } });
    const used = (done.columns ?? []).map(({ column }) => column);
    expect(new Set([...(done.ignoredColumns ?? []), ...used])).toEqual(new Set(["external id", ...titles]));
  });

  test.each(["id", "item", "itemName", "category", "channel", "name"])(
    "takes hostile values of orders as they are, or refuses the row: %s",
    async (field) => {
      const prefix = `${format}-order-${field}`;
      const rows = names(format).map(
        (name, index): Row => ({
          id: `${prefix}-${index}`,
          externalId: `${prefix}-${index}`,
          placedAt: "2026-11-20",
          total: "1",
          ...(field !== "item" && { item: "LATTE" }),
          [field]: name,
        }),
      );
      const mapping = ["placedAt", "itemName"].map((column) => ({ column, field: column }));
      const done = await importing(format, rows, { kind: "orders", mapping });
      expect(done.reason).toBeUndefined();
      for (const [index, name] of names(format).entries()) {
        const rejections = done.rejectionsOf(index);
        const text = name.trim();
        const id = field === "id" ? text : `${prefix}-${index}`;
        const order = id && rejections.length === 0 ? await orders.get(shop.id, id) : undefined;
        const customer = await customerBy(`${prefix}-${index}`);
        const { items = {}, categories = {} } = customer?.statistics ?? {};
        const category = order?.lines[0]?.category;
        const found = {
          id: order?.id,
          item: Object.hasOwn(items, text) ? order?.lines[0]?.item : undefined,
          itemName: order?.lines[0]?.name,
          category: category !== undefined && Object.hasOwn(categories, category) ? category : undefined,
          channel: order?.channel,
          name: customer?.name,
        }[field];
        const absent = field === "channel" ? "pos" : undefined;
        keptOrRefused(rejections, field, found, text || absent);
      }
    },
  );
});

test("a file with a NUL in it is refused as a whole, and says so", async () => {
  const done = await importing("csv", [{ "external id": "a\0b" }]);
  expect(done).toMatchObject({ state: "failed", reason: "The file is not text" });
});
