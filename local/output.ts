import { createWriteStream, type WriteStream } from "node:fs";
import { join } from "node:path";
import type { FunctionError } from "./functions/instance.ts";

/** Where the host and its functions say what happens: errors always to the terminal, the rest where asked. */
export type Output = {
  line(functionName: string, line: string, stream: "stdout" | "stderr"): void;
  failure(error: FunctionError): void;
  error(error: unknown, what: string): void;
  stop(): void;
};

type OutputOptions = {
  /** Show everything that functions print. */
  verbose: boolean;
  /** Everything is also kept in `sapa.log` of this folder. */
  dataDir?: string | undefined;
  /** Lines for the terminal. */
  print: (line: string) => void;
};

const traceLines = 6;

export function output({ verbose, dataDir, print }: OutputOptions): Output {
  let log: WriteStream | undefined;
  if (dataDir) log = createWriteStream(join(dataDir, "sapa.log"), { flags: "a" });
  const say = (text: string, show: boolean) => {
    log?.write(`${text}\n`);
    if (show) print(text);
  };
  return {
    line: (functionName, line, stream) => say(`${functionName} | ${line}`, verbose || isError(line, stream)),
    failure: ({ message, failure }) => {
      const trace = failure.trace.slice(1, 1 + traceLines).map((line) => `\n    ${line.trim()}`);
      say(`${message}${trace.join("")}`, true);
    },
    error: (error, what) => say(`${what}: ${error instanceof Error ? error.message : String(error)}`, true),
    stop: () => log?.end(),
  };
}

/** The logger writes its warnings to stderr too; only what it calls an error, or what is not its own, is one. */
function isError(line: string, stream: "stdout" | "stderr"): boolean {
  const [, level] = /^\{.*"level":"(\w+)"/.exec(line) ?? [];
  if (level) return level === "ERROR" || level === "CRITICAL";
  return stream === "stderr" && line.trim() !== "";
}
