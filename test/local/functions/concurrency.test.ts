import { GetAccountSettingsCommand, LambdaClient } from "@aws-sdk/client-lambda";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Concurrency, Throttled } from "../../../local/functions/concurrency.ts";
import { type LocalHost, startHost } from "../../../local/host.ts";
import type { Template } from "../../../local/template.ts";
import {
  apiResources,
  apiUrlOutput,
  everything,
  functionResource,
  stackOf,
  withRights,
} from "../support/stack.ts";

/*
 * Lambda developer guide, "Understanding Lambda function scaling" and "Configuring reserved concurrency":
 * https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html
 */

/** Says what it got, and is busy until the test lets it go: for the body's milliseconds. */
const busy = `export const handler = async (event) => {
  const given = event.body ?? event.Records?.[0].body ?? event;
  console.log("got " + given);
  await new Promise((resolve) => setTimeout(resolve, Number(given)));
  return { statusCode: 200, body: "done" };
};`;

let host: LocalHost | undefined;
let printed: string[];
beforeEach(() => {
  printed = [];
});
afterEach(async () => {
  await host?.stop();
  host = undefined;
});

async function start(
  concurrency: number | undefined,
  { resources = {}, functions = ["Busy"] }: { resources?: Template["Resources"]; functions?: string[] } = {},
): Promise<LocalHost> {
  const bundles = Object.fromEntries(functions.map((id) => [id, busy]));
  const assembly = withRights(stackOf(bundles, { ...apiResources("Busy"), ...resources }), [everything]);
  assembly.template.Outputs = apiUrlOutput;
  host = await startHost(assembly, {
    port: 0,
    ...(concurrency !== undefined && { concurrency }),
    verbose: true,
    print: (line) => printed.push(line),
  });
  return host;
}
const ask = (milliseconds: number) =>
  fetch(host?.apiUrl ?? "", {
    method: "POST",
    headers: { "content-type": "text/plain" },
    body: String(milliseconds),
  });
const got = (id: string) => printed.filter((line) => line.startsWith(`${id} | got`)).length;
const arn = (id: string) => `arn:aws:lambda:us-east-1:000000000000:function:${id}`;

describe("an account that may run only so many functions at once", () => {
  test("has API Gateway answer 503 while they are all busy, and serves again afterwards", async () => {
    await start(2);
    const slow = [ask(1_500), ask(1_500)];
    await expect.poll(() => got("Busy"), { timeout: 20_000 }).toBe(2);
    const refused = await ask(0);
    expect(refused.status).toBe(503);
    expect(await refused.json()).toEqual({ message: "Service Unavailable" });
    expect((await Promise.all(slow)).map(({ status }) => status)).toEqual([200, 200]);
    expect((await ask(0)).status).toBe(200);
  });

  test("counts all functions together", async () => {
    await start(1, { functions: ["Busy", "Other"] });
    await host?.host.deliver(arn("Other"), "1500");
    await expect.poll(() => got("Other"), { timeout: 20_000 }).toBe(1);
    expect((await ask(0)).status).toBe(503);
  });

  /** https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html */
  test("has events that nobody waits for tried again, and loses none", async () => {
    await start(1, { functions: ["Busy", "Other"] });
    const slow = ask(1_000);
    await expect.poll(() => got("Busy"), { timeout: 20_000 }).toBe(1);
    for (let event = 0; event < 3; event += 1) await host?.host.deliver(arn("Other"), String(event));
    expect(got("Other")).toBe(0);
    await slow;
    await host?.clock.move(host.clock.now() + 60_000);
    expect(printed.filter((line) => line.startsWith("Other")).sort()).toEqual(
      [0, 1, 2].map((event) => `Other | got ${event}`),
    );
  });

  test("has the pollers of a queue wait for their turn", async () => {
    const queue: Template["Resources"] = {
      Work: { Type: "AWS::SQS::Queue", Properties: { QueueName: "Work", VisibilityTimeout: 60 } },
      Mapping: {
        Type: "AWS::Lambda::EventSourceMapping",
        Properties: {
          EventSourceArn: { "Fn::GetAtt": ["Work", "Arn"] },
          FunctionName: { Ref: "Other" },
          BatchSize: 1,
          ScalingConfig: { MaximumConcurrency: 2 },
        },
      },
    };
    await start(1, { functions: ["Busy", "Other"], resources: queue });
    const slow = ask(1_000);
    await expect.poll(() => got("Busy"), { timeout: 20_000 }).toBe(1);
    for (let message = 0; message < 4; message += 1) {
      await host?.host.deliver("arn:aws:sqs:us-east-1:000000000000:Work", "10");
    }
    expect(got("Other")).toBe(0);
    await slow;
    await host?.clock.move(host.clock.now() + 120_000);
    expect(got("Other")).toBe(4);
  });

  test("may run 1,000 unless the host is told otherwise, and tells its limits", async () => {
    const own = { Own: functionResource("Own", { ReservedConcurrentExecutions: 30 }) };
    await start(undefined, { functions: ["Busy", "Own"], resources: own });
    const client = new LambdaClient({
      endpoint: `${host?.awsUrl}/lambda`,
      region: "us-east-1",
      ...(host && { credentials: host.operator }),
    });
    const { AccountLimit, AccountUsage } = await client.send(new GetAccountSettingsCommand({}));
    expect(AccountLimit).toMatchObject({ ConcurrentExecutions: 1_000, UnreservedConcurrentExecutions: 970 });
    expect(AccountUsage?.FunctionCount).toBe(2);
  });
});

describe("reserved concurrency", () => {
  test("of a function is all that it may use, and nobody else's", async () => {
    const own = { Other: functionResource("Other", { ReservedConcurrentExecutions: 1 }) };
    await start(101, { functions: ["Busy", "Other"], resources: own });
    await host?.host.deliver(arn("Other"), "1000");
    await expect.poll(() => got("Other"), { timeout: 20_000 }).toBe(1);
    await expect(host?.host.invoke(arn("Other"), "0")).rejects.toMatchObject({
      name: "TooManyRequestsException",
      reason: "ReservedFunctionConcurrentInvocationLimitExceeded",
    });
    expect((await ask(0)).status).toBe(200);
  });

  test.each([
    [1_000, 900, undefined],
    [1_000, 901, 100],
    [10, 1, 10],
  ])("in an account of %i, of %i: leaves 100 to others, or all of less", async (limit, reserved, least) => {
    const own = { Own: functionResource("Own", { ReservedConcurrentExecutions: reserved }) };
    const started = start(limit, { functions: ["Busy", "Own"], resources: own });
    if (least === undefined) await started;
    else {
      await expect(started).rejects.toThrow(
        `decreases account's UnreservedConcurrentExecution below its minimum value of [${least}]`,
      );
    }
  });
});

test("never more run at once than the account and each function's reservation allow", () => {
  const names = ["a", "b", "c"];
  const model = fc.record({
    limit: fc.integer({ min: 100, max: 110 }),
    reserved: fc.integer({ min: 0, max: 10 }),
    steps: fc.array(fc.record({ name: fc.constantFrom(...names), leave: fc.boolean() }), { maxLength: 300 }),
  });
  fc.assert(
    fc.property(model, ({ limit, reserved, steps }) => {
      fc.pre(limit - reserved >= 100);
      const concurrency = new Concurrency(limit);
      concurrency.reserve("a", reserved);
      const inside: { name: string; leave: () => void }[] = [];
      const count = (reserves: boolean) => inside.filter(({ name }) => (name === "a") === reserves).length;
      for (const { name, leave } of steps) {
        const found = leave ? inside.findIndex((one) => one.name === name) : -1;
        if (leave) {
          for (const { leave: go } of found < 0 ? [] : inside.splice(found, 1)) {
            go();
            go();
          }
          continue;
        }
        const room = name === "a" ? count(true) < reserved : count(false) < limit - reserved;
        const enter = () => inside.push({ name, leave: concurrency.enter(name) });
        if (room) enter();
        else expect(enter).toThrow(Throttled);
      }
    }),
  );
});
