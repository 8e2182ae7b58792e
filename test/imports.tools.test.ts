import { describe, expect, test } from "vitest";
import * as consents from "../core/consents.ts";
import * as customers from "../core/customers.ts";
import { useBus } from "./support/bus.ts";
import { useDatabase } from "./support/database.ts";
import { importing } from "./support/imports.ts";
import { aBusiness } from "./support/shop.ts";
import { type Standing, toolFiles } from "./support/tools.ts";

useDatabase();
useBus();
process.env.IMPORTS_BUCKET_NAME = "sapa-imports";

const everyone = { consent: "subscribed", legalBasis: "They signed up on our site" } as const;

async function standing(business: ReturnType<typeof aBusiness>, name: string): Promise<Standing | "nobody"> {
  const found = await customers.findBy(business, { email: `${name}@example.com` });
  return (found?.suppressed as Standing) ?? found?.consent ?? "nobody";
}

describe("an export is understood as its tool means it, also when the owner says yes for everyone", () => {
  test.each(toolFiles.map((file) => [file.tool, file] as const))("%s", async (_, { input, text, people }) => {
    const business = aBusiness();
    const done = await importing(business, text, { ...everyone, ...input });

    expect(done).toMatchObject({ state: "finished", counts: { rejected: 0, leftOut: 0 } });
    const names = Object.keys(people);
    const found = await Promise.all(names.map(async (name) => [name, await standing(business, name)]));
    expect(Object.fromEntries(found)).toEqual(people);
  });

  test.each(toolFiles.map((file) => [file.tool, file] as const))(
    "%s subscribes nobody without a legal basis",
    async (_, { input, text, people }) => {
      const business = aBusiness();
      await importing(business, text, input);

      for (const [name, expected] of Object.entries(people)) {
        expect(await standing(business, name)).toBe(expected === "subscribed" ? "pending" : expected);
      }
    },
  );
});

test("whoever left is kept with the file, the row, what it says, and the tool's own date", async () => {
  const business = aBusiness();
  const file = toolFiles.find(({ tool }) => tool === "Mailchimp, unsubscribed");
  const { id } = await importing(business, file?.text ?? "", { ...everyone, ...file?.input });
  const budi = await customers.findBy(business, { email: "budi@example.com" });

  expect(await consents.history(business.id, budi?.id ?? "cus_")).toEqual([
    {
      at: "2026-11-24T02:00:00.000Z",
      consent: "unsubscribed",
      way: "import",
      file: id,
      fileName: "unsubscribed_members_export_0a1b2c.csv",
      row: 2,
      fileValue: "2024-02-03 04:05:06",
      // By the clock of the business, which is in Jakarta.
      fileDate: "2024-02-02T21:05:06.000Z",
    },
  ]);
});

test("the import tells how each value of consent was understood, and how many rows have it", async () => {
  const file = toolFiles.find(({ tool }) => tool === "Klaviyo");
  const done = await importing(aBusiness(), file?.text ?? "", everyone);

  expect(done.columns?.find(({ column }) => column === "Email Marketing Consent")).toEqual({
    column: "Email Marketing Consent",
    field: "consent",
    values: [
      { value: "SUBSCRIBED", rows: 3, means: "subscribed" },
      { value: "NEVER_SUBSCRIBED", rows: 1, means: "not-subscribed" },
      { value: "SUPPRESSED", rows: 1, means: "suppressed" },
      { value: "UNSUBSCRIBED", rows: 1, means: "unsubscribed" },
    ],
  });
  expect(done.ignoredColumns).toContain("SMS Marketing Consent");
  expect(done.counts).toMatchObject({ created: 7, subscribed: 1, unsubscribed: 3, suppressed: 3 });
});
