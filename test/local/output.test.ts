import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { FunctionError } from "../../local/functions/instance.ts";
import { output } from "../../local/output.ts";
import { progress } from "../../local/progress.ts";

function shown(verbose = false, dataDir?: string) {
  const lines: string[] = [];
  return { lines, ...output({ verbose, dataDir, print: (line) => lines.push(line) }) };
}
const entry = (level: string, rest = {}) => JSON.stringify({ level, message: "request failed", ...rest });

test("what functions log stays off the terminal, unless it is an error or everything was asked for", () => {
  const quiet = shown();
  quiet.line("f", entry("INFO"), "stdout");
  quiet.line("f", entry("WARN"), "stderr");
  quiet.line("f", "printed", "stdout");
  expect(quiet.lines).toEqual([]);
  quiet.line("f", entry("ERROR"), "stdout");
  quiet.line("f", "Something is wrong", "stderr");
  expect(quiet.lines).toEqual(["f | request failed", "f | Something is wrong"]);

  const verbose = shown(true);
  verbose.line("f", entry("INFO"), "stdout");
  expect(verbose.lines).toEqual([`f | ${entry("INFO")}`]);
});

test("an error is shown by its message and the beginning of its trace, without what surrounds it", () => {
  const { lines, line } = shown();
  const frames = Array.from({ length: 20 }, (_, n) => `    at f${n} (file:///x/asset.1/index.mjs:1:${n})`);
  const error = { name: "TypeError", message: "no", stack: ["TypeError: no", ...frames].join("\n") };
  line("f", entry("ERROR", { error, body: "secret" }), "stdout");
  expect(lines[0]?.split("\n").slice(0, 2)).toEqual([
    "f | request failed: TypeError: no",
    "    at f0 (index.mjs:1:0)",
  ]);
  expect(lines[0]?.split("\n")).toHaveLength(7);
  expect(lines[0]).not.toContain("secret");
});

test("a printed object or trace shows its headline only", () => {
  const { lines, line } = shown();
  for (const text of ["Error: no {", "    at f", "  body: 'ani@example.com'", "} {", "  a: 1", "}"])
    line("f", text, "stderr");
  expect(lines).toEqual(["f | Error: no {"]);
});

test("the same failure again and again is shown once", () => {
  const { lines, failure } = shown();
  const error = new FunctionError("f", {
    errorType: "Error",
    errorMessage: "no",
    trace: ["Error: no", "    at g"],
  });
  for (let n = 0; n < 5; n++) failure(error);
  expect(lines).toEqual(["f failed: Error: no\n    at g"]);
});

test("with a data folder, everything is kept in its log", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sapa-test-"));
  const { line, error, stop } = shown(false, folder);
  line("f", entry("INFO"), "stdout");
  error(new Error("taken"), "a call");
  stop();
  const log = () => readFileSync(join(folder, "sapa.log"), "utf8");
  await vi.waitFor(() => expect(log()).toBe(`f | ${entry("INFO")}\na call: taken\n`));
});

test("a long step says in a terminal how far it is, and elsewhere what came of it", async () => {
  const told = async (isTTY: boolean) => {
    let text = "";
    const { step } = progress({ isTTY, write: (part) => (text += part) });
    await step("Customers", async (tell) => {
      tell("1 of 2");
      tell("2 of 2");
    });
    return text.replace(/\d+\.\d s/, "0.0 s");
  };
  expect(await told(false)).toBe("Customers … 2 of 2 (0.0 s)\n");
  expect(await told(true)).toContain("\r\u001b[KCustomers … 1 of 2\r\u001b[KCustomers … 2 of 2");
  expect((await told(true)).endsWith("\r\u001b[KCustomers: 2 of 2 (0.0 s)\n")).toBe(true);
});
