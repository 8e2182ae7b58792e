/**
 * Runs inside the thread of one function instance: what Lambda's runtime is around the product's handler. It is
 * stripped of its types and given to the thread as text, so that it must import nothing but Node's own.
 */
import { readFileSync } from "node:fs";
import { performance } from "node:perf_hooks";
import { parentPort, workerData } from "node:worker_threads";

/** What the host gives a thread when it starts it. */
export type Start = {
  /** `file:` URL of the bundle, and the name that it exports the handler by. */
  module: string;
  handler: string;
  /** Milliseconds that the host's clock is ahead of the machine's. */
  offset: Float64Array<SharedArrayBuffer>;
  context: {
    functionName: string;
    invokedFunctionArn: string;
    memoryLimitInMB: string;
    logGroupName: string;
  };
};
/** `event` and `result` are JSON, as they are on Lambda. */
export type Invocation = {
  requestId: string;
  event: string;
  milliseconds: number;
  /** The X-Ray trace header that the function's own calls are to carry on. */
  trace: string;
};
export type Outcome = { result: string } | { failure: Failure };
/** An outcome with the milliseconds of CPU that the thread used for it, where the system tells them. */
export type Told = Outcome & { cpu?: number };
/** Told once the bundle has been loaded, or has failed to. */
export type Ready = { ready: true };
export type Failure = { errorType: string; errorMessage: string; trace: string[] };

const { module, handler: handlerName, offset, context }: Start = workerData;

moveClock();
const ready = import(module).then((loaded) => {
  const handler: unknown = loaded[handlerName];
  if (typeof handler !== "function") throw new Error(`${module} exports no function ${handlerName}`);
  return handler;
});
// A bundle that fails to load is told with the first invocation, as Lambda does.
const tellReady = () => parentPort?.postMessage({ ready: true } satisfies Ready);
ready.then(tellReady, tellReady);

parentPort?.on("message", async (invocation: Invocation) => {
  const before = cpu();
  const outcome = await outcomeOf(invocation);
  parentPort?.postMessage({ ...outcome, cpu: cpu() - before } satisfies Told);
});

/** Milliseconds of CPU that this thread has used; not a number on a system other than Linux. */
function cpu(): number {
  try {
    return Number(readFileSync("/proc/thread-self/schedstat", "utf8").split(" ")[0]) / 1e6;
  } catch {
    return Number.NaN;
  }
}

async function outcomeOf({ requestId, event, milliseconds, trace }: Invocation): Promise<Outcome> {
  const ends = performance.now() + milliseconds;
  process.env._X_AMZN_TRACE_ID = trace;
  try {
    const handler = await ready;
    const result: unknown = await handler(JSON.parse(event), {
      ...context,
      awsRequestId: requestId,
      functionVersion: "$LATEST",
      logStreamName: "local",
      callbackWaitsForEmptyEventLoop: true,
      getRemainingTimeInMillis: () => Math.max(0, ends - performance.now()),
    });
    return { result: JSON.stringify(result) ?? "null" };
  } catch (error) {
    return { failure: failureOf(error) };
  }
}

function failureOf(error: unknown): Failure {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error), trace: [] };
  const cause = error.cause === undefined ? [] : [`Caused by: ${String(error.cause)}`];
  const trace = (error.stack ?? String(error)).split("\n");
  return { errorType: error.name, errorMessage: error.message, trace: [...trace, ...cause] };
}

/** `Date` shows the host's clock; timers stay real. The product needs no branch for it, and has none. */
function moveClock() {
  const Real = Date;
  const realNow = Real.now.bind(Real);
  const now = () => Math.floor(realNow() + (offset[0] ?? 0));
  Real.now = now;
  globalThis.Date = new Proxy(Real, {
    construct: (target, given, newTarget) =>
      Reflect.construct(target, given.length ? given : [now()], newTarget),
    apply: () => new Real(now()).toString(),
  });
  Object.defineProperty(Real.prototype, "constructor", {
    value: globalThis.Date,
    configurable: true,
    writable: true,
  });
}
