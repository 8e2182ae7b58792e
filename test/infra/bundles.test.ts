import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { tables } from "../../core/tables.ts";
import { bundle, bundleSize } from "../../infra/bundle.ts";
import { type FunctionName, functionNames, functionSettings } from "../../infra/functions.ts";
import { everything, synthesise } from "./synthesised.ts";

const directory = mkdtempSync(join(tmpdir(), "sapa-bundles-"));
const bundled = (name: FunctionName) => readFileSync(join(directory, name, "index.mjs"), "utf8");

const readable = join(directory, "readable");

beforeAll(async () => {
  await bundle(functionNames, directory);
  await bundle(functionNames, readable, { readable: true });
});
afterAll(() => rmSync(directory, { recursive: true }));

test("a function that the stack names but nobody wrote is named", async () => {
  await expect(bundle(["owner-api", "send-pigeons"], directory)).rejects.toThrow(
    "The stack names functions that have no entry file: functions/send-pigeons.ts",
  );
});

/** In KB. owner-api compiles MJML; import-file is woken by an upload, and nobody waits for its first second. */
const largest: Partial<Record<FunctionName, number>> = { "owner-api": 4096, "import-file": 760 };

test.each(functionNames)("the bundle of %s is small enough for a quick cold start", (name) => {
  const kilobytes = bundleSize(name, directory) / 1024;

  expect(kilobytes).toBeLessThanOrEqual(largest[name] ?? 720);
});

test.each(functionNames)("the bundle of %s loads, and exports its handler", async (name) => {
  const loaded = await import(pathToFileURL(join(directory, name, "index.mjs")).href);

  expect(loaded.handler).toBeTypeOf("function");
});

test("MJML is in no bundle but owner-api's", () => {
  const with_ = functionNames.filter((name) => bundled(name).includes("mj-section"));

  expect(with_.filter((name) => name !== "owner-api")).toEqual([]);
});

describe("least privilege", () => {
  const { ofType } = synthesise(everything);

  test.each(functionNames)("%s may do to each table what its code does, and nothing else", (name) => {
    const { certain, unclear, otherQueries } = accessIn(
      readFileSync(join(readable, name, "index.mjs"), "utf8"),
    );
    const granted = pairs(functionSettings[name].tables);
    const mayBe = (pair: string) => {
      const table = pair.split(" ").at(-1) ?? "";
      return unclear.includes(table) || (pair.startsWith("query ") && otherQueries.includes(table));
    };

    expect(certain.filter((pair) => !granted.includes(pair))).toEqual([]);
    expect(granted.filter((pair) => !certain.includes(pair) && !mayBe(pair))).toEqual([]);
  });

  test.each(functionNames)("%s is told what its code asks for, and nothing else", (name) => {
    const made = ofType("AWS::Lambda::Function").find(
      ({ properties }) => properties.FunctionName === `Sapa-${name}`,
    );
    const { Variables } = (made?.properties.Environment ?? {}) as { Variables: Record<string, unknown> };
    const told = Object.keys(Variables).filter((variable) => !/^(TABLE|POWERTOOLS)_/.test(variable));
    const asked = [
      ...new Set(readFileSync("core/environment.ts", "utf8").match(/\b[A-Z]+(_[A-Z]+)+\b/g)),
    ].filter((variable) => bundled(name).includes(`"${variable}"`));

    expect(told.sort()).toEqual(asked.sort());
  });
});

const pairs = (access: Partial<Record<string, readonly string[]>>) =>
  Object.entries(access).flatMap(([table, words = []]) => words.map((word) => `${word} ${table}`));

/**
 * What a bundle does to which table, `put orders`, as far as its text says so: the store's own verbs, and the
 * commands and writes that name their table on the spot. A table that is named otherwise is unclear, and so is
 * which of its indexes a query reads that is put together elsewhere.
 */
function accessIn(code: string): { certain: string[]; unclear: string[]; otherQueries: string[] } {
  const words: Record<string, string> = {
    find: "get",
    findMany: "get-many",
    Put: "put",
    Update: "update",
    Delete: "erase",
    ConditionCheck: "check",
    Get: "get",
    Query: "query",
    Scan: "scan",
  };
  const certain = new Set<string>();
  const unclear = new Set<string>();
  for (const [, verb = "", table = ""] of code.matchAll(/\b(find|findMany)\d*\("(\w+)"/g)) {
    certain.add(`${words[verb]} ${table}`);
  }
  const otherQueries = new Set<string>();
  const queries = /\bquery(?:Pages)?\d*\("(\w+)",(\{KeyConditionExpression:|\{IndexName:"(\w+)")?/g;
  for (const [, table = "", first, index] of code.matchAll(queries)) {
    if (!first) otherQueries.add(table);
    else certain.add(index ? `query ${index} ${table}` : `query ${table}`);
  }
  for (const [, before = "", table = ""] of code.matchAll(/([\s\S]{40})tableName\d*\("(\w+)"\)/g)) {
    const [, command, write] = /(?:new (\w+)Command\d*\(|\b(\w+):)\{TableName:$/.exec(before) ?? [];
    const word = words[command ?? write ?? ""];
    if (word) certain.add(`${word} ${table}`);
    else unclear.add(table);
  }
  const known = [...certain].filter((pair) => Object.hasOwn(tables, pair.split(" ").at(-1) ?? ""));
  return { certain: known, unclear: [...unclear], otherQueries: [...otherQueries] };
}
