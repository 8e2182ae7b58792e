import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Business } from "../core/businesses.ts";
import * as customers from "../core/customers.ts";
import { birthday } from "../core/imports/dates.ts";
import { useBus } from "./support/bus.ts";
import { useDatabase } from "./support/database.ts";
import { importing } from "./support/imports.ts";
import { aBusiness } from "./support/shop.ts";

useDatabase();
useBus();
process.env.IMPORTS_BUCKET_NAME = "sapa-imports";

const file = (...lines: string[]) => `${lines.join("\n")}\n`;
const find = (business: Business, name: string) =>
  customers.findBy(business, { email: `${name}@example.com` });
const birthdayOf = async (business: Business, name: string) => (await find(business, name))?.birthday;

describe("a field that can't be read is reported and left out, and the rest of its row goes in", () => {
  test("whichever it is", async () => {
    const business = aBusiness({ attributes: { visits: "number", since: "date", vip: "boolean" } });
    const done = await importing(
      business,
      file(
        "email,name,phone,birthday,birth year,language,time zone,tags,visits,since,vip,topics.news",
        "ani@example.com,Ani,123,31/31/1990,1066,fr,Mars/Olympus,a,twelve,soon,perhaps,sometimes",
      ),
    );

    expect(done.counts).toMatchObject({ rows: 1, created: 1, rejected: 0, leftOut: 9 });
    expect(done.rejections).toEqual(
      [
        ["phone", "123", "must be a phone number"],
        ["birthday", "31/31/1990", "must be a day"],
        ["locale", "fr", "must be id or en"],
        ["attributes.visits", "twelve", "must be a number"],
        ["attributes.since", "soon", "must be a day"],
        ["attributes.vip", "perhaps", "must be yes or no"],
        ["topics.news", "sometimes", "must be yes or no"],
        ["birthYear", "1066", expect.any(String)],
        ["timeZone", "Mars/Olympus", "is not a time zone"],
      ].map(([field, value, reason]) => ({
        row: 2,
        effect: "field-left-out",
        field,
        value,
        reason: typeof reason === "string" ? expect.stringContaining(reason) : reason,
      })),
    );
    expect(done.problems).toContainEqual({
      field: "phone",
      reason: "must be a phone number such as +6281234567890",
      effect: "field-left-out",
      rows: 1,
      firstRow: 2,
    });
    expect(await find(business, "ani")).toMatchObject({ name: "Ani", tags: ["a"], attributes: {} });
  });

  test("an address that is none is left out of a row that has another identity, and rejects one that has none", async () => {
    const business = aBusiness();
    const done = await importing(
      business,
      file("email,phone,name", "nowhere,081234567890,Ani", "nowhere,,Budi", ",,Cici"),
    );

    expect(done.counts).toMatchObject({ created: 1, rejected: 2, leftOut: 1 });
    expect(done.rejections.map(({ row, effect, field }) => [row, effect, field])).toEqual([
      [2, "field-left-out", "email"],
      [3, "row-rejected", "email"],
      [4, "row-rejected", "email"],
    ]);
    expect(await customers.findBy(business, { phone: "081234567890" })).toMatchObject({ name: "Ani" });
  });

  test("what a customer already has stays where the file's word for it can't be read", async () => {
    const business = aBusiness();
    await importing(business, file("email,birthday", "ani@example.com,24/11/1990"));
    await importing(business, file("email,birthday", "ani@example.com,unknown"));
    expect(await find(business, "ani")).toMatchObject({ birthday: "11-24", birthYear: 1990 });
  });

  test("addresses are found in what mail programs and spreadsheets make of them", async () => {
    const business = aBusiness();
    const done = await importing(
      business,
      file(
        "email,phone,external id",
        '"Ani Wijaya <Ani@Example.com>",,',
        "mailto:budi@example.com,,",
        "\u200bcici@example.com\u00a0;,,",
        ",'+6281234567890,'0042",
      ),
    );
    expect(done.counts).toMatchObject({ created: 4, rejected: 0 });
    expect(await find(business, "ani")).toBeDefined();
    expect(await find(business, "budi")).toBeDefined();
    expect(await find(business, "cici")).toBeDefined();
    expect(await customers.findBy(business, { phone: "081234567890" })).toMatchObject({ externalId: "0042" });
  });
});

describe("the days of a column are read in one order", () => {
  const birthdays = (title: string, ...days: string[]) =>
    file(`email,${title}`, ...days.map((day, at) => `p${at}@example.com,"${day}"`));
  const english = { locale: "en", timeZone: "America/New_York", currency: "USD" } as const;

  test("which one of them tells, when it can be read only so", async () => {
    const business = aBusiness(english);
    const done = await importing(business, birthdays("birthday", "04/05/1990", "24/05/1990", "07/08"));

    expect(done.columns).toContainEqual({
      column: "birthday",
      field: "birthday",
      type: "day-first",
      decidedBy: "values",
    });
    expect(await birthdayOf(business, "p0")).toBe("05-04");
    expect(await birthdayOf(business, "p2")).toBe("08-07");
    const american = aBusiness();
    await importing(american, birthdays("birthday", "04/05/1990", "05/24/1990"));
    // Although the business writes Indonesian: the file does not.
    expect(await birthdayOf(american, "p0")).toBe("04-05");
  });

  test("which Mailchimp's own columns tell: its birthdays have the month first", async () => {
    const business = aBusiness();
    const done = await importing(
      business,
      file("Email Address,Birthday,MEMBER_RATING,LEID,EUID", "p0@example.com,04/05,2,1,a"),
    );
    expect(done.columns).toContainEqual(expect.objectContaining({ type: "month-first", decidedBy: "tool" }));
    expect(await birthdayOf(business, "p0")).toBe("04-05");
  });

  test("which the language of the business tells, and the import says that it did", async () => {
    const business = aBusiness();
    const done = await importing(business, birthdays("Tgl Lahir", "04/05/1990"));
    expect(done.columns).toContainEqual(
      expect.objectContaining({ type: "day-first", decidedBy: "language" }),
    );
    expect(await birthdayOf(business, "p0")).toBe("05-04");
  });

  test("and is left out rather than guessed where nothing tells, or the column contradicts itself", async () => {
    for (const days of [["04/05/1990"], ["04/05/1990", "24/05/1990", "05/24/1990"]]) {
      const business = aBusiness(english);
      const done = await importing(business, birthdays("birthday", ...days));
      expect(done.columns).toContainEqual({ column: "birthday", field: "birthday", decidedBy: "nothing" });
      expect(done.counts).toMatchObject({ created: days.length, leftOut: 1 });
      expect(done.rejections).toMatchObject([
        { row: 2, field: "birthday", reason: expect.stringContaining("could mean two days") },
      ]);
      expect(await birthdayOf(business, "p0")).toBeUndefined();
      if (days.length > 1) expect(await birthdayOf(business, "p2")).toBe("05-24");
    }
  });

  test("or is what the owner says", async () => {
    const business = aBusiness(english);
    const mapping = [{ column: "birthday", field: "birthday", type: "day-first" as const }];
    const done = await importing(business, birthdays("birthday", "04/05/1990"), { mapping });
    expect(done.columns).toContainEqual(expect.objectContaining({ decidedBy: "mapping" }));
    expect(await birthdayOf(business, "p0")).toBe("05-04");
  });

  test("as the API writes them, month first, unless one of them can only be read the other way", async () => {
    const business = aBusiness();
    const done = await importing(business, birthdays("birthday", "04-05", "11-12"));
    expect(done.columns).toContainEqual(
      expect.objectContaining({ type: "month-first", decidedBy: "format" }),
    );
    expect(await birthdayOf(business, "p0")).toBe("04-05");
    const other = aBusiness();
    await importing(other, birthdays("birthday", "04-05", "24-11"));
    expect(await birthdayOf(other, "p0")).toBe("05-04");
    expect(await birthdayOf(other, "p1")).toBe("11-24");
  });

  test.each([
    ["24 November", "11-24"],
    ["Nov 24", "11-24"],
    ["24 Nov 1990", "11-24"],
    ["November 24, 1990", "11-24"],
    ["24th November 1990", "11-24"],
    ["24-Nov-90", "11-24"],
    ["24 Agustus", "08-24"],
    ["Agt 24", "08-24"],
    ["1990-11-24T00:00:00Z", "11-24"],
  ])("%s is %s whatever the rest of the column is like", (text, expected) => {
    expect(birthday(text).birthday).toBe(expected);
    expect(birthday(text, "unknown").birthday).toBe(expected);
  });

  test("a column of true birthdays never comes out as another day, whoever wrote it", {
    timeout: 120_000,
  }, async () => {
    const day = fc.date({
      min: new Date("1950-01-01T00:00:00Z"),
      max: new Date("2009-12-31T00:00:00Z"),
      noInvalidDate: true,
    });
    const order = fc.constantFrom("day-first", "month-first");
    const mark = fc.constantFrom("/", "-", ".");
    const locale = fc.constantFrom("id", "en");
    await fc.assert(
      fc.asyncProperty(
        fc.array(day, { minLength: 1, maxLength: 6 }),
        order,
        mark,
        locale,
        async (days, how, at, own) => {
          const isoDays = days.map((one) => one.toISOString().slice(5, 10));
          const written = days.map((one) => {
            const [year, month, date] = one.toISOString().slice(0, 10).split("-");
            return (how === "day-first" ? [date, month, year] : [month, date, year]).join(at);
          });
          const business = aBusiness({ locale: own });
          const { columns } = await importing(business, birthdays("birthday", ...written));
          const decidedBy = columns?.find(({ field }) => field === "birthday")?.decidedBy;
          for (const [index, iso] of isoDays.entries()) {
            const found = await birthdayOf(business, `p${index}`);
            // By the language of the business alone a day may be taken for another: the import says when it was.
            if (decidedBy !== "language") expect([iso, undefined]).toContain(found);
          }
        },
      ),
      { numRuns: 40 },
    );
  });
});
