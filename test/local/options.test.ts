import { resolve } from "node:path";
import { expect, test } from "vitest";
import { optionsFrom } from "../../local/options.ts";

test("npm start without options starts the demo on port 3000, in memory, at the machine's own time", () => {
  expect(optionsFrom([])).toEqual({
    empty: false,
    dataDir: undefined,
    port: 3000,
    now: undefined,
    verbose: false,
    help: false,
  });
});

test("every option is understood", () => {
  const args = [
    "--empty",
    "--data",
    "x",
    "--port",
    "4000",
    "--now",
    "2026-12-01T09:00:00+07:00",
    "--verbose",
  ];
  expect(optionsFrom(args)).toEqual({
    empty: true,
    dataDir: resolve("x"),
    port: 4000,
    now: Date.parse("2026-12-01T02:00:00Z"),
    verbose: true,
    help: false,
  });
  expect(optionsFrom(["--now=1998-06-30"]).now).toBe(Date.parse("1998-06-30T00:00:00Z"));
});

test.each([
  [["--colour"], "Unknown option '--colour'; npm start -- --help lists the options"],
  [["demo"], "Unexpected argument 'demo'"],
  [["--port"], "--port"],
  [["--port", "99999"], "--port 99999 is not a port"],
  [["--port", "-1"], "--port"],
  [["--now", "tomorrow"], "--now tomorrow is not a time such as"],
  [["--now", "2026-13-01"], "--now 2026-13-01 is not a time"],
])("%j is refused in one clear line", (args, message) => {
  const refused = () => optionsFrom(args);
  expect(refused).toThrow(message);
  expect(refused).not.toThrow("\n");
});
