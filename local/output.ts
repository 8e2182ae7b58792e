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
  let last = "";
  /** One fault in a queue comes back with every message: it is shown once, until another comes. */
  const show = (text: string) => {
    if (text !== last) print(text);
    last = text;
  };
  const say = (text: string) => {
    log?.write(`${text}\n`);
    show(text);
  };
  return {
    line(functionName, line, stream) {
      log?.write(`${functionName} | ${line}\n`);
      if (verbose) return print(`${functionName} | ${line}`);
      const shown = errorIn(line, stream);
      if (shown) show(`${functionName} | ${shown}`);
    },
    failure({ message, failure }) {
      say([message, ...framesOf(failure.trace)].join("\n"));
    },
    error: (error, what) => say(`${what}: ${error instanceof Error ? error.message : String(error)}`),
    stop: () => log?.end(),
  };
}

/**
 * What is worth showing of a line: a structured log entry when it is an error, without all that surrounds it, and
 * the headline of what was printed to stderr without the logger.
 */
function errorIn(line: string, stream: "stdout" | "stderr"): string | undefined {
  if (!line.startsWith('{"')) return stream === "stderr" && /^[^\s{}[\]]/.test(line) ? line : undefined;
  if (!/"level":"(ERROR|CRITICAL)"/.test(line)) return undefined;
  try {
    const { message, fault, error = fault } = JSON.parse(line);
    const headline = [message, error && `${error.name}: ${error.message}`].filter(Boolean).join(": ");
    return [headline, ...framesOf(String(error?.stack ?? "").split("\n"))].join("\n");
  } catch {
    return line;
  }
}

/** The first frames of a stack trace; all are in one bundle, so that its path says nothing. */
const framesOf = (trace: readonly string[]): string[] =>
  trace
    .filter((line) => /^\s*at /.test(line))
    .slice(0, traceLines)
    .map((line) => `    ${line.trim().replace(/file:\S*\/(?=[^/]+$)/, "")}`);
