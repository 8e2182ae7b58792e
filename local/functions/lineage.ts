import { createHash, randomBytes } from "node:crypto";

/** Lambda stops the invocation after so many of one function in one chain of requests. */
export const maxInvocations = 16;

/** Lambda does not invoke a function that a chain of requests has invoked too often already. */
export class RecursiveInvocation extends Error {
  constructor(functionName: string) {
    super(`${functionName} was stopped: a chain of requests has invoked it ${maxInvocations} times`);
    this.name = "RecursiveInvocationException";
  }
}

/**
 * How often the chain that a trace header belongs to has invoked a function. The header is X-Ray's, and names each
 * function of the chain by a hash: `Root=1-67…;Parent=53…;Sampled=0;Lineage=a87bd80c:3|68fd508a:1`. The AWS SDK sends it
 * with each call from a function, as `X-Amzn-Trace-Id`, and SQS keeps it with the message. A message without it, as from
 * Scheduler, a rule or from outside, begins a chain.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html,
 * https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
 */
export const timesInvoked = (trace: string | undefined, functionName: string): number =>
  lineageOf(trace).get(hashOf(functionName)) ?? 0;

/**
 * The header that a function hands on when it is invoked by what these headers came with. Where several messages come
 * together the longest of their chains counts.
 */
export function handedOn(traces: readonly (string | undefined)[], functionName: string, now: number): string {
  const lineage = new Map<string, number>();
  for (const trace of traces) {
    for (const [hash, times] of lineageOf(trace)) lineage.set(hash, Math.max(times, lineage.get(hash) ?? 0));
  }
  const own = hashOf(functionName);
  lineage.set(own, (lineage.get(own) ?? 0) + 1);
  const root = traces.map((trace) => fieldsOf(trace).get("Root")).find((found) => found !== undefined);
  const hops = [...lineage].map(([hash, times]) => `${hash}:${times}`).join("|");
  return `Root=${root ?? newRoot(now)};Parent=${randomBytes(8).toString("hex")};Sampled=0;Lineage=${hops}`;
}

function lineageOf(trace: string | undefined): Map<string, number> {
  const hops = (fieldsOf(trace).get("Lineage") ?? "").split("|").map((hop) => hop.split(":"));
  const known = hops.filter(([hash, times]) => hash && Number.isInteger(Number(times)));
  return new Map(known.map(([hash = "", times]) => [hash, Number(times)]));
}

const fieldsOf = (trace = ""): Map<string, string> =>
  new Map(
    trace.split(";").map((field): [string, string] => {
      const [name = "", ...value] = field.split("=");
      return [name.trim(), value.join("=")];
    }),
  );

const hashOf = (functionName: string): string =>
  createHash("sha256").update(functionName).digest("hex").slice(0, 8);

const newRoot = (now: number): string =>
  `1-${Math.floor(now / 1000)
    .toString(16)
    .padStart(8, "0")}-${randomBytes(12).toString("hex")}`;
