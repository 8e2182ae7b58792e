import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startClock } from "../../../local/clock.ts";
import type { Host } from "../../../local/contract.ts";
import { FunctionError } from "../../../local/functions/instance.ts";
import { type Lambda, lambda } from "../../../local/functions/lambda.ts";
import { createStack, type Template } from "../../../local/template.ts";
import { work } from "../../../local/work.ts";
import { functionResource, stackOf } from "../support/stack.ts";

const start = Date.parse("2030-01-01T00:00:00Z");
const { busy, idle } = work();
let clock: ReturnType<typeof startClock>;
let functions: Lambda;
let lines: string[];
let failures: FunctionError[];
let delivered: string[];

beforeEach(() => {
  lines = [];
  failures = [];
  delivered = [];
  clock = startClock({ start, busy, idle, onError: () => {} });
});
afterEach(async () => {
  clock.stop();
  await functions.stop();
});

async function host(bundles: Record<string, string>, resources: Template["Resources"] = {}) {
  const { template, assets } = stackOf(bundles, resources);
  const parent: Host = {
    clock,
    account: "000000000000",
    region: "us-east-1",
    invoke: (arn, event) => functions.invoke(arn, event),
    deliver: async (arn, payload) => void delivered.push(`${arn} ${payload}`),
    emit: async () => {},
    allow: () => {},
    trusts: () => true,
    busy,
  };
  functions = lambda(parent, {
    assets,
    offset: clock.offset,
    environment: { AWS_REGION: "us-east-1" },
    accessKeyOf: (id) => `AKIA${id}`,
    instances: 2,
    concurrency: 1_000,
    detectLoops: true,
    onLine: (name, line, stream) => lines.push(`${name} ${stream}: ${line}`),
    onFailure: (error) => failures.push(error),
  });
  return createStack(template, { services: [functions], pseudo: {} });
}

const failureOf = async (promise: Promise<unknown>) => {
  const error = await promise.catch((thrown: unknown) => thrown);
  if (!(error instanceof FunctionError)) throw new Error(`Expected a FunctionError, got ${error}`);
  return error.failure;
};

describe("invoking a function", () => {
  test("by ARN, name or logical id gives what its handler returns, through JSON", async () => {
    const { created } = await host({
      Echo: "export const handler = async (event) => ({ ...event, at: new Date(0) });",
    });
    const arn = created.get("Echo")?.attributes.Arn ?? "";
    expect(arn).toBe("arn:aws:lambda:us-east-1:000000000000:function:Echo");
    const answer = { a: [1], at: "1970-01-01T00:00:00.000Z" };
    await expect(functions.invoke(arn, { a: [1], b: undefined })).resolves.toEqual(answer);
    await expect(functions.invoke("Echo", { a: [1] })).resolves.toEqual(answer);
  });

  test("that returns more than 6 MB fails, as on Lambda", async () => {
    await host({ Large: 'export const handler = async ({ size }) => "x".repeat(size);' });
    await expect(functions.invoke("Large", { size: 6 * 1024 * 1024 - 2 })).resolves.toHaveLength(6_291_454);
    expect(await failureOf(functions.invoke("Large", { size: 6 * 1024 * 1024 - 1 }))).toMatchObject({
      errorType: "Function.ResponseSizeTooLarge",
      errorMessage:
        "Response payload size (6291457 bytes) exceeded maximum allowed payload size (6291456 bytes).",
    });
  });

  test("that returns nothing gives null", async () => {
    await host({ Quiet: "export const handler = async () => {};" });
    await expect(functions.invoke("Quiet", {})).resolves.toBeNull();
  });

  test("keeps the state of its module between events, and gives each instance one event at a time", async () => {
    const source = `
      let count = 0, atOnce = 0;
      export const handler = async () => {
        atOnce++;
        const overlap = atOnce > 1;
        await new Promise((resolve) => setTimeout(resolve, 20));
        atOnce--;
        return { count: ++count, overlap };
      };`;
    await host({ Count: source });
    const answers = (await Promise.all([1, 2, 3, 4].map(() => functions.invoke("Count", {})))) as {
      count: number;
      overlap: boolean;
    }[];
    expect(answers.filter(({ count }) => count === 1).length).toBeLessThanOrEqual(2);
    expect(Math.max(...answers.map(({ count }) => count))).toBeGreaterThan(1);
    expect(answers.some(({ overlap }) => overlap)).toBe(false);
  });

  test("sees its own environment, its own access key and nothing of the machine's", async () => {
    const Env = functionResource("Env", { Environment: { Variables: { TABLE: "t" } } });
    await host({ Env: "export const handler = async () => process.env;" }, { Env });
    const environment = await functions.invoke("Env", {});
    expect(environment).toMatchObject({
      TABLE: "t",
      AWS_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: "AKIAEnv",
      AWS_LAMBDA_FUNCTION_NAME: "Env",
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "256",
    });
    expect(environment).not.toHaveProperty("PATH");
    expect(environment).not.toHaveProperty("HOME");
  });

  test("gives Lambda's context", async () => {
    await host({
      Context:
        "export const handler = async (_, c) => ({ ...c, left: c.getRemainingTimeInMillis(), get: undefined });",
    });
    const context = (await functions.invoke("Context", {})) as Record<string, unknown>;
    expect(context).toMatchObject({
      functionName: "Context",
      memoryLimitInMB: "256",
      functionVersion: "$LATEST",
    });
    expect(context.awsRequestId).toMatch(/^[0-9a-f-]{36}$/);
    expect(context.left).toBeGreaterThan(4_000);
    expect(context.left).toBeLessThanOrEqual(5_000);
  });

  test("shows it the host's clock wherever it asks the time, and leaves timers real", async () => {
    const source = `
      export const handler = async () => ({
        now: Date.now(), fresh: new Date().getTime(), text: Date(), given: new Date("2020-02-02").getTime(),
        same: new Date() instanceof Date && new Date().constructor === Date, utc: Date.UTC(2020, 0),
      });`;
    await host({ Time: source });
    const read = async () => (await functions.invoke("Time", {})) as Record<string, number>;
    const first = await read();
    expect(first.now).toBeGreaterThanOrEqual(start);
    expect(first.now).toBeLessThan(start + 60_000);
    expect(first.fresh).toBeGreaterThanOrEqual(start);
    expect(first).toMatchObject({ given: Date.parse("2020-02-02"), same: true, utc: Date.UTC(2020, 0) });
    expect(String(first.text)).toContain("Jan 01 2030");
    await clock.move(start + 86_400_000);
    expect((await read()).now).toBeGreaterThanOrEqual(start + 86_400_000);
  });
});

describe("a function that fails", () => {
  test("by throwing is told in Lambda's terms, and serves on", async () => {
    await host({
      Bad: "export const handler = async (e) => { if (e.bad) throw new RangeError('too far'); return 1; };",
    });
    expect(await failureOf(functions.invoke("Bad", { bad: true }))).toMatchObject({
      errorType: "RangeError",
      errorMessage: "too far",
      trace: expect.arrayContaining(["RangeError: too far"]),
    });
    await expect(functions.invoke("Bad", {})).resolves.toBe(1);
    expect(failures.map(({ message }) => message)).toEqual(["Bad failed: RangeError: too far"]);
  });

  test("by running out of time is ended, even in a loop, and starts afresh", async () => {
    const Slow = functionResource("Slow", { Timeout: 0.2 });
    const source = "let n = 0; export const handler = async (e) => { n++; while (e.loop) {} return n; };";
    await host({ Slow: source }, { Slow });
    expect(await functions.invoke("Slow", {})).toBe(1);
    expect(await failureOf(functions.invoke("Slow", { loop: true }))).toMatchObject({
      errorType: "Sandbox.Timedout",
      errorMessage: expect.stringMatching(
        /^RequestId: [0-9a-f-]+ Error: Task timed out after 0\.\d+ seconds$/,
      ),
    });
    expect(await functions.invoke("Slow", {})).toBe(1);
  });

  /** https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html */
  test("at its time limit is ended in the middle of what it does, and counts as failed", async () => {
    const file = join(mkdtempSync(join(tmpdir(), "sapa-limit-")), "steps");
    const Slow = functionResource("Slow", { Timeout: 0.3 });
    const source = `
      import { appendFileSync } from "node:fs";
      const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
      export const handler = async () => {
        for (let step = 0; step < 40; step += 1) {
          appendFileSync(${JSON.stringify(file)}, step + "\\n");
          await pause(50);
        }
      };`;
    const Config = {
      Type: "AWS::Lambda::EventInvokeConfig",
      Properties: {
        FunctionName: { Ref: "Slow" },
        Qualifier: "$LATEST",
        MaximumRetryAttempts: 0,
        DestinationConfig: { OnFailure: { Destination: "arn:aws:sqs:us-east-1:000000000000:dead" } },
      },
    };
    const { created } = await host({ Slow: source }, { Slow, Config });
    await functions.deliver?.(created.get("Slow")?.attributes.Arn ?? "", '{"n":1}');
    await idle();
    const steps = () => readFileSync(file, "utf8").split("\n").length;
    const atEnd = steps();
    expect(failures.map(({ failure }) => failure.errorType)).toEqual(["Sandbox.Timedout"]);
    expect(delivered).toEqual(['arn:aws:sqs:us-east-1:000000000000:dead {"n":1}']);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(steps()).toBe(atEnd);
    expect(atEnd).toBeLessThan(20);
    rmSync(dirname(file), { recursive: true });
  });

  test("by ending its process, or by an error that nobody catches, takes only that instance down", async () => {
    const source = `export const handler = async (e) => {
      if (e.exit) process.exit(3);
      if (e.stray) { setTimeout(() => { throw new Error("stray"); }); await new Promise(() => {}); }
      return "well";
    };`;
    await host({ Frail: source });
    expect(await failureOf(functions.invoke("Frail", { exit: true }))).toMatchObject({
      errorType: "Runtime.ExitError",
    });
    expect(await failureOf(functions.invoke("Frail", { stray: true }))).toMatchObject({
      errorMessage: "stray",
    });
    await expect(functions.invoke("Frail", {})).resolves.toBe("well");
  });

  test("to load says so with each event", async () => {
    await host({ Broken: "throw new Error('no configuration'); export const handler = 1;" });
    expect(await failureOf(functions.invoke("Broken", {}))).toMatchObject({
      errorMessage: "no configuration",
    });
  });

  test("on an event that nobody waits for is tried twice more, after one and two minutes, then given up to its destination", async () => {
    const Config = {
      Type: "AWS::Lambda::EventInvokeConfig",
      Properties: {
        FunctionName: { Ref: "Never" },
        Qualifier: "$LATEST",
        DestinationConfig: { OnFailure: { Destination: "arn:aws:sqs:us-east-1:000000000000:dead" } },
      },
    };
    const { created } = await host({ Never: "export const handler = async () => { throw 1; };" }, { Config });
    await functions.deliver?.(created.get("Never")?.attributes.Arn ?? "", '{"n":1}');
    await idle();
    expect([failures.length, delivered.length]).toEqual([1, 0]);
    const fired = await clock.move(start + 600_000);
    expect(fired.map(({ what }) => what)).toEqual(["retry of Never", "retry of Never"]);
    expect(failures).toHaveLength(3);
    expect(delivered).toEqual(['arn:aws:sqs:us-east-1:000000000000:dead {"n":1}']);
  });
});

test("what a function prints is told with its name", async () => {
  await host({ Chat: "export const handler = async () => { console.log('hello'); console.error('oh'); };" });
  await functions.invoke("Chat", {});
  await expect.poll(() => lines.sort()).toEqual(["Chat stderr: oh", "Chat stdout: hello"]);
});

test("a property of a function that the host does not understand is refused by name", async () => {
  const Odd = functionResource("Odd", { VpcConfig: {} });
  await expect(host({ Odd: "" }, { Odd })).rejects.toThrow("VpcConfig");
});
