import { expect, test } from "vitest";
import { type Resource, synthesise, text } from "../infra/synthesised.ts";
import { queueNames, settingsOf, settingsOfQueue } from "./world/functions.ts";

const stack = synthesise();
const functions = stack.ofType("AWS::Lambda::Function");
const nameOf = ({ properties }: Resource): string => text(properties.FunctionName).replace(/^Sapa-/, "");

test("queues of the fault simulation are worked off as the stack has it", () => {
  const mappings = stack.ofType("AWS::Lambda::EventSourceMapping").map(({ properties }) => {
    const worker = functions.find(({ id }) => text(properties.FunctionName) === `<${id}>`);
    const { MaximumConcurrency } = properties.ScalingConfig as { MaximumConcurrency: number };
    return {
      worker: worker && nameOf(worker),
      batchSize: properties.BatchSize,
      maxConcurrency: MaximumConcurrency,
    };
  });

  for (const queue of queueNames) {
    const { worker, batchSize, maxConcurrency } = settingsOfQueue(queue);
    expect(mappings).toContainEqual({ worker, batchSize, maxConcurrency });
  }
});

test("functions of the fault simulation have the limits that the stack gives them", () => {
  expect(functions.length).toBeGreaterThan(5);
  for (const one of functions) {
    const { timeout, reserved, recursiveLoop = "terminate" } = settingsOf(nameOf(one));
    expect({ timeout, reserved, recursiveLoop }, nameOf(one)).toEqual({
      timeout: one.properties.Timeout,
      reserved: one.properties.ReservedConcurrentExecutions,
      recursiveLoop: String(one.properties.RecursiveLoop ?? "Terminate").toLowerCase(),
    });
  }
});
