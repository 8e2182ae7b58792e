import { readFileSync } from "node:fs";
import { performance } from "node:perf_hooks";
import { createInterface } from "node:readline";
import { Worker } from "node:worker_threads";
import { transformSync } from "esbuild";
import type { Failure, Invocation, Outcome, Ready, Start, Told } from "./bootstrap.ts";

/** A handler threw, ran out of time or took its thread down; told in Lambda's own terms. */
export class FunctionError extends Error {
  readonly failure: Failure;

  constructor(functionName: string, failure: Failure) {
    super(`${functionName} failed: ${failure.errorType}: ${failure.errorMessage}`);
    this.name = "FunctionError";
    this.failure = failure;
  }
}

export type InstanceOptions = Start & {
  environment: Record<string, string>;
  /** MiB; a function that needs more than it is given fails here too. */
  memory: number;
  /** One line that the function printed. */
  onLine: (line: string, stream: "stdout" | "stderr") => void;
};

let script: URL | undefined;
/** The bootstrap without its types, as a URL, so that a thread starts without loading a TypeScript loader. */
function bootstrap(): URL {
  if (script) return script;
  const source = readFileSync(new URL("./bootstrap.ts", import.meta.url), "utf8");
  const { code } = transformSync(source, { loader: "ts", format: "esm", target: "node20" });
  // The name keeps the script itself out of stack traces.
  script = new URL(`data:text/javascript,${encodeURIComponent(`${code}//# sourceURL=bootstrap.ts\n`)}`);
  return script;
}

/** One instance of a function: a thread that handles one event at a time, and keeps its state in between. */
export class Instance {
  readonly #name: string;
  readonly #worker: Worker;
  /** Resolves when the bundle has been loaded: a function's time runs from then, as on Lambda. */
  readonly #loaded: Promise<void>;
  #load: () => void = () => {};
  #settle: ((outcome: Told) => void) | undefined;
  #dead = false;
  /** What the last event took, in milliseconds; `active` is the CPU, or where that is unknown the time not waited. */
  spent = { milliseconds: 0, active: 0 };

  constructor({ environment, memory, onLine, ...start }: InstanceOptions) {
    this.#name = start.context.functionName;
    this.#worker = new Worker(bootstrap(), {
      workerData: start,
      env: environment,
      stdout: true,
      stderr: true,
      // None of the host's own loaders: the bundle is what Node runs on AWS.
      execArgv: ["--no-warnings"],
      resourceLimits: { maxOldGenerationSizeMb: memory },
    });
    this.#worker.unref();
    this.#loaded = new Promise((resolve) => {
      this.#load = resolve;
    });
    createInterface({ input: this.#worker.stdout }).on("line", (line) => onLine(line, "stdout"));
    createInterface({ input: this.#worker.stderr }).on("line", (line) => onLine(line, "stderr"));
    this.#worker.on("message", (told: Told | Ready) => ("ready" in told ? this.#load() : this.#end(told)));
    this.#worker.on("error", (error) => this.#die("Runtime.UnhandledError", error.message, error.stack));
    this.#worker.on("exit", (code) =>
      this.#die("Runtime.ExitError", `The function's thread ended with code ${code}`),
    );
  }

  /** False once the thread has ended: the next event needs a new instance. */
  get alive(): boolean {
    return !this.#dead;
  }

  /** Handles one event (JSON) and answers JSON; an instance that overruns its time is ended. */
  async invoke(invocation: Invocation): Promise<string> {
    const { requestId, milliseconds } = invocation;
    await this.#loaded;
    const began = performance.now();
    const before = this.#worker.performance.eventLoopUtilization();
    const outcome = await new Promise<Told>((resolve) => {
      if (this.#dead) return resolve(failed("Runtime.ExitError", "The function's thread has ended"));
      const overrun = setTimeout(() => {
        const seconds = ((performance.now() - began) / 1000).toFixed(2);
        this.#die(
          "Sandbox.Timedout",
          `RequestId: ${requestId} Error: Task timed out after ${seconds} seconds`,
        );
      }, milliseconds);
      this.#settle = (outcome) => {
        clearTimeout(overrun);
        resolve(outcome);
      };
      this.#worker.postMessage(invocation);
    });
    const { active } = this.#worker.performance.eventLoopUtilization(before);
    this.spent = { milliseconds: performance.now() - began, active: outcome.cpu || active };
    if ("failure" in outcome) throw new FunctionError(this.#name, outcome.failure);
    const size = Buffer.byteLength(outcome.result);
    if (size > longestAnswer) throw new FunctionError(this.#name, tooLarge(size));
    return outcome.result;
  }

  /** Ends the thread, whatever it is doing; an event under way fails. */
  async stop(): Promise<void> {
    this.#die("Runtime.ExitError", "The host has stopped");
    await this.#worker.terminate();
  }

  #end(outcome: Told) {
    const settle = this.#settle;
    this.#settle = undefined;
    settle?.(outcome);
  }

  #die(errorType: string, errorMessage: string, stack?: string) {
    this.#dead = true;
    this.#load();
    void this.#worker.terminate();
    this.#end(failed(errorType, errorMessage, stack?.split("\n")));
  }
}

/** In bytes; Lambda's own limit (developer guide, "Lambda quotas"). */
const longestAnswer = 6 * 1024 * 1024;

const tooLarge = (size: number): Failure => ({
  errorType: "Function.ResponseSizeTooLarge",
  errorMessage: `Response payload size (${size} bytes) exceeded maximum allowed payload size (${longestAnswer} bytes).`,
  trace: [],
});

const failed = (errorType: string, errorMessage: string, trace: string[] = []): Outcome => ({
  failure: { errorType, errorMessage, trace },
});
