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
    line: (functionName, line, stream) => {
      const logged = errorIn(line);
      log?.write(`${functionName} | ${line}\n`);
      if (verbose) print(`${functionName} | ${line}`);
      else if (logged) print(`${functionName} | ${logged}`);
      else if (stream === "stderr" && !line.startsWith("{") && line.trim() !== "")
        print(`${functionName} | ${line}`);
    },
    failure: ({ message, failure }) => {
      const trace = failure.trace.slice(1, 1 + traceLines).map((line) => `\n    ${line.trim()}`);
      say(`${message}${trace.join("")}`, true);
    },
    error: (error, what) => say(`${what}: ${error instanceof Error ? error.message : String(error)}`, true),
    stop: () => log?.end(),
  };
}

/** What a line of the structured log says, when it is an error: its message and the exception's, without the rest. */
function errorIn(line: string): string | undefined {
  if (!/^\{.*"level":"(ERROR|CRITICAL)"/.test(line)) return undefined;
  try {
    const { message, fault, error = fault } = JSON.parse(line);
    const stack = String(error?.stack ?? "").split("\n");
    const trace = stack.filter((frame) => /^\s+at /.test(frame)).slice(0, traceLines);
    const shown = [message, error && `${error.name}: ${error.message}`].filter(Boolean).join(": ");
    return [shown, ...trace.map((frame) => `    ${frame.trim()}`)].join("\n");
  } catch {
    return line;
  }
}
