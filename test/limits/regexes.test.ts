import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { VulnerableDiagnostics } from "recheck";
import { describe, expect, test, vi } from "vitest";
import { parseAst } from "vitest/node";
import { isMachine } from "../../core/feedback/people.ts";
import { severalLines, tidyName } from "../../core/visible-text.ts";
import { expectLinear, repeated } from "./effort.ts";

// The checker in JavaScript, which is the same on every machine; asked when it is loaded.
process.env.RECHECK_BACKEND = "pure";
const { checkSync } = await import("recheck");

type Found = { file: string; pattern: string; flags: string };

/** Patterns that only ever meet what is Sapa's own: its templates, and the page of its reference. */
const own = ["core/templates/shipped.ts", "functions/http/reference.ts"];

/** Patterns that are made when the program runs; each has a test of its own here, or in what it names. */
const made = {
  "core/feedback/people.ts": "tested below",
  "core/mail/active-content.ts": "a tag's name",
  "core/mail/tokens.ts": "a word and digits",
  "core/visible-text.ts": "tested below",
  "functions/http/router.ts": "tested below",
};

const sources = ["core", "functions"].flatMap((folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => join(entry.parentPath, entry.name)),
);

/** Every literal pattern of a source, and how many others it makes. */
function patternsIn(file: string): { literal: Found[]; made: number } {
  const literal: Found[] = [];
  let count = 0;
  JSON.stringify(parseAst(readFileSync(file, "utf8"), { lang: "ts" }), (_, node) => {
    if (node?.type === "Literal" && node.regex) literal.push({ file, ...node.regex });
    if (/^(New|Call)Expression$/.test(node?.type ?? "") && node.callee?.name === "RegExp") count += 1;
    return node;
  });
  return { literal, made: count };
}

/** Holds that the text by which a pattern is said to be slow is not, pumped up to any size. */
const confirm = ({ attack }: Pick<VulnerableDiagnostics, "attack">, pattern: RegExp) => {
  const make = (size: number) =>
    attack.pumps.map(({ prefix, pump }) => prefix + repeated(pump, size)).join("") + attack.suffix;
  return expectLinear({ make, read: (text) => pattern.exec(text) }, 5000);
};

describe("every pattern that text of others meets", () => {
  const found = sources.map((file) => ({ file, ...patternsIn(file) }));
  const literal = new Map(
    found
      .filter(({ file }) => !own.includes(file))
      .flatMap((one) => one.literal)
      .map((one) => [`${one.file} /${one.pattern}/${one.flags}`, one] as const),
  );

  test("is found", () => {
    expect(literal.size).toBeGreaterThan(100);
    expect([...literal.keys()]).toContain("core/replies.ts /^[\\w~-]+(\\.[\\w~-]+){6}$/");
    const makers = found.filter(({ made }) => made > 0).map(({ file }) => file);
    expect(makers.sort()).toEqual(Object.keys(made).sort());
  });

  test("can be told from a bad one", () => {
    expect(checkSync("[ \\t]+$", "m").status).toBe("vulnerable");
    expect(checkSync("^[ \\t]+$", "").status).toBe("safe");
  });

  test("that is only said to be bad is tried", async () => {
    const pumps = [{ prefix: "", pump: "a", bias: 0 }];
    const attack = { attack: { pumps, suffix: "c" } } as unknown as VulnerableDiagnostics;
    await confirm(attack, /^a+b/);
    await expect(confirm(attack, /[ac]+b/)).rejects.toThrow("in milliseconds");
  });

  test.each([...literal])("takes time in proportion to the text: %s", async (_, { pattern, flags }) => {
    const found = checkSync(pattern, flags, { timeout: 30_000, randomSeed: 1 });
    // Where the checker only tries and guesses, its own attack is held against the clock.
    if (found.status === "vulnerable" && found.checker === "fuzz")
      return confirm(found, new RegExp(pattern, flags));
    expect(found).toMatchObject({ status: "safe" });
  });
});

describe("patterns that are made", () => {
  test.each(["bo", " ", "cub", "trend ", "exchange online ", "vade", "python", "_bot", "-"])(
    "user agents of %j",
    async (piece) => {
      const make = (size: number) => `x${repeated(piece, size)}`;
      await expectLinear({ make, read: (userAgent) => isMachine({ userAgent }) }, 300_000);
    },
  );

  test.each([
    "a",
    " ",
    "\u200d",
    "\u0301",
    "☕\ufe0f",
    "👩‍",
    "क्‍",
    "\u{1f3f4}\u{e0067}",
    "葛\u{e0100}",
    "\n",
    "\r",
  ])("text with characters that can't be seen, of %j", async (piece) => {
    const make = (size: number) => repeated(piece, size);
    await expectLinear({ make, read: (text) => [tidyName(text), severalLines(text)] }, 2000);
  });

  test.each(["/", "a/", "/v1/items/", "sold-out/", "/sold-out", "%", "a\n"])("paths of %j", async (piece) => {
    vi.stubEnv("REQUESTS_PER_MINUTE", "3000");
    const { routerOf } = await import("../../functions/http/router.ts");
    const { operations } = await import("../../functions/http/operations.ts");
    const route = routerOf(operations);
    const make = (size: number) => `/v1/items/${repeated(piece, size)}x\u0000`;
    await expectLinear({ make, read: (path) => route("GET", path) }, 100_000);
  });
});
