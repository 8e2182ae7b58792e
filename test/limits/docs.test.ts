import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import * as imports from "../../core/imports/limits.ts";
import { mostBytes } from "../../core/imports/record.ts";
import { limits } from "../../core/mail/limits.ts";
import { bodyLimit, jsonLimits } from "../../functions/http/body.ts";

const grouped = (count: number) => count.toLocaleString("en-US");

/** The section on limits of a page, in which a number stands as it is told to owners. */
function limitsOf(page: string): string {
  const [, section = ""] = readFileSync(`docs/${page}.md`, "utf8").split("\n## Limits\n");
  return section.split("\n## ")[0] ?? "";
}

test.each<[page: string, numbers: Record<string, number>]>([
  ["api", { ...jsonLimits, megabytes: bodyLimit / 1_048_576 }],
  ["templates", { ...limits, inlineSteps: 30 }],
  [
    "imports",
    {
      maxRowLength: imports.maxRowLength,
      maxRows: imports.maxRows,
      maxColumns: imports.maxColumns,
      maxTitle: imports.maxTitle,
      maxCell: imports.maxCell,
      ...imports.jsonLimits,
      maxConsentLike: imports.maxConsentLike,
      megabytes: mostBytes / 1_048_576,
    },
  ],
])("docs/%s.md tells the limits that there are", (page, numbers) => {
  const section = limitsOf(page);
  for (const [name, number] of Object.entries(numbers)) {
    expect(section, name).toMatch(new RegExp(`(?<![\\d,])${grouped(number)}(?![\\d,]*\\d)`));
  }
});
