import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const pages = readdirSync("docs").filter((name) => name.endsWith(".md"));
const textOf = (file: string) => readFileSync(file, "utf8");

test("every promise of docs/consent.md names a test that there is", () => {
  const rows = textOf("docs/consent.md")
    .split("\n")
    .filter((line) => /^\| (?!---|you may)/.test(line));
  expect(rows.length).toBeGreaterThan(25);
  for (const row of rows) {
    const [, , shown = ""] = row.split(/\s*(?<!\\)\|\s*/);
    const [, file = "", title = ""] = /^`(test\/[\w./-]+)` (.+)$/.exec(shown) ?? [];
    expect(title, row).not.toBe("");
    expect(textOf(file), row).toContain(title);
  }
});

test("every test that docs/security.md names is there", () => {
  const named = [...textOf("docs/security.md").matchAll(/\| `(test\/[\w./-]+)` (.+) \|$/gm)];
  expect(named.length).toBeGreaterThan(20);
  for (const [row, file = "", title = ""] of named) expect(textOf(file), row).toContain(title);
});

test("every page is linked from README, and every link leads somewhere", () => {
  const readme = textOf("README.md");
  for (const page of pages) expect(readme).toContain(`docs/${page}`);
  for (const file of ["README.md", ...pages.map((page) => join("docs", page))]) {
    for (const [, target = ""] of textOf(file).matchAll(/\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)/g)) {
      expect(() => readFileSync(join(file, "..", target)), `${file}: ${target}`).not.toThrow();
    }
  }
});
