import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { tables } from "../../core/tables.ts";
import { settingsFrom } from "../../infra/settings.ts";
import { everything, synthesise } from "./synthesised.ts";

const stack = synthesise(everything);
const operations = readFileSync("docs/operations.md", "utf8");
const deploy = readFileSync("docs/deploy.md", "utf8");
const found = (text: string, pattern: RegExp) => [
  ...new Set([...text.matchAll(pattern)].map(([, one = ""]) => one)),
];

test("each resource that the operator's guide looks up by its name in the code is one of the stack", () => {
  const names = found(operations, /\$\(of (\w+)\)/g);
  const looped = found(operations, /for t in ([a-z ]+); do/g).flatMap((list) => list.split(" "));
  const all = [...names.filter((name) => name !== "tables"), ...looped.map((name) => `tables${name}`)];

  expect(all.length).toBeGreaterThan(5);
  for (const name of all) {
    const meant = stack.resources.filter(({ id, type }) => id.startsWith(name) && !type.endsWith("Policy"));
    expect(
      meant.map(({ id }) => id),
      name,
    ).toHaveLength(1);
  }
});

test("each function, log group and table that it names is one of the stack", () => {
  const named = JSON.stringify(stack.resources.map(({ properties }) => properties));

  for (const name of found(operations, /\b(Sapa-[a-z]+-[a-z]+)\b(?!-restored)/g).filter(
    (name) => !/restored/.test(name),
  )) {
    expect(named).toContain(`"FunctionName":"${name}"`);
  }
  for (const group of found(operations, /logs tail (\S+)/g))
    expect(named).toContain(`"LogGroupName":"${group}"`);
  for (const name of found(operations, /Sapa-(\w+)-restored/g)) expect(Object.keys(tables)).toContain(name);
});

test("each value that the guides give to -c is one that the stack takes", () => {
  const node = { tryGetContext: () => undefined } as unknown as Parameters<typeof settingsFrom>[0];
  const taken: string[] = [];
  settingsFrom({ ...node, tryGetContext: (key: string) => void taken.push(key) } as typeof node);

  const given = found(operations + deploy, /-c (\w+)=/g);
  expect(given.length).toBeGreaterThan(4);
  expect(given.filter((name) => !taken.includes(name))).toEqual([]);
});
