import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

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

/** Every test that a page names, by its file and title: `test/x.test.ts` a title, up to the end of the cell or bracket. */
function testsNamedIn(page: string): { file: string; title: string }[] {
  const text = page.replace(/\n(?!\n|\|)/g, " ");
  return [...text.matchAll(/`(test\/[\w./-]+\.ts)`([^`|)\n]*)/g)].map(([, file = "", title = ""]) => ({
    file,
    title: title.replace(/[\s,;.:]*(?:\band)?\s*$/, "").trim(),
  }));
}

describe("docs/security.md", () => {
  const page = textOf("docs/security.md");
  const rows = page.split("\n").filter((line) => /^\| (?!---|attack|who)/.test(line));

  test("names for each attack the test that shows it", () => {
    const attacks = rows.filter((row) => testsNamedIn(row).length > 0);
    expect(attacks.length).toBeGreaterThan(45);
    for (const row of attacks) expect(testsNamedIn(row)[0]?.title, row).not.toBe("");
  });

  test("names only tests that there are", () => {
    for (const { file, title } of testsNamedIn(page)) {
      if (file === "test/docs.test.ts") continue;
      const source = textOf(file).replace(/\s+/g, " ");
      expect(source.includes(title.replace(/\s+/g, " ")), `${file}: ${title}`).toBe(true);
    }
  });

  test("names only code that there is", () => {
    for (const [, file = ""] of page.matchAll(/`((?:core|functions|infra|local)\/[\w./-]+)`/g)) {
      expect(existsSync(file), file).toBe(true);
    }
  });
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
