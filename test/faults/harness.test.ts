import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { partitionOf } from "../../core/runs.ts";
import type { Input, Point } from "./world/points.ts";
import { keepsItsPromises, schedules } from "./world/schedules.ts";
import type { Schedule } from "./world/story.ts";
import { enterWorlds, type World } from "./world/world.ts";

let leave: () => void;
beforeAll(() => {
  leave = enterWorlds();
});
afterAll(() => leave());

const calm: Schedule = {
  seed: 1,
  rate: 14,
  quota: -1,
  chaos: { duplicates: 0, lostEvents: 0 },
  faults: [],
  shops: [{ customers: 4, cap: {}, quietHours: undefined, mix: 0 }],
  acts: [],
};

/** A claim that takes everyone, whoever has them already. */
const withoutCondition = (point: Point, input: Input): Input => {
  if (point !== "claim") return input;
  const unconditional = (write: Input) => {
    const { ConditionExpression, ...rest } = write;
    const values = { ...rest.ExpressionAttributeValues };
    delete values[":version"];
    return { ...rest, ...(rest.ExpressionAttributeValues && { ExpressionAttributeValues: values }) };
  };
  const items = input.TransactItems.map((item: Input) =>
    Object.fromEntries(Object.entries(item).map(([kind, write]) => [kind, unconditional(write)])),
  );
  return { ...input, TransactItems: items };
};

/** A receipt that says of all that they were accepted, before SES is asked. */
const receiptFirst = (world: World) => {
  const claims = new Map<string, { batch: string; claim: string }>();
  return async (point: Point, input: Input): Promise<Input> => {
    if (point === "claim") {
      for (const { Put } of input.TransactItems) if (Put) claims.set(Put.Item.customerId, Put.Item);
    }
    if (point !== "hand-over") return input;
    const tags = input.BulkEmailEntries.map((entry: Input) =>
      Object.fromEntries(entry.ReplacementTags.map((tag: Input) => [tag.Name, tag.Value])),
    );
    const { batch, claim } = claims.get(tags[0].customer) ?? { batch: "", claim: "" };
    const run = partitionOf(tags[0].business, tags[0].run);
    const accepted = Object.fromEntries(tags.map((tag: Input) => [tag.customer, "message"]));
    const receipt = { run, batch: `${batch}#${claim}`, at: "", attempt: 1, accepted };
    const rest = { failed: {}, skipped: {}, unknown: [], retrying: {} };
    await world.tables.perform("TransactWriteCommand", {
      TransactItems: [
        { Put: { TableName: "receipts", Item: { ...receipt, ...rest } } },
        {
          Update: {
            TableName: "tallies",
            Key: { run, shard: batch.slice(0, 2) },
            UpdateExpression: "ADD accepted :count",
            ExpressionAttributeValues: { ":count": tags.length },
          },
        },
      ],
    });
    return input;
  };
};

describe("the harness reports a violation", () => {
  test("when a claim has no condition and a message is delivered twice", async () => {
    const again = { kind: "deliver-again" as const, shop: 0 };
    const acts = [0, 1, 2, 3, 4, 5].map((who) => ({ ...again, afterSeconds: 10 + who, who }));
    await keepsItsPromises({ ...calm, acts });
    const broken = keepsItsPromises({ ...calm, acts }, (world) => {
      world.tamper = withoutCondition;
    });
    await expect(broken).rejects.toThrow("was mailed twice");
  });

  test("when a receipt is written before the call and the function dies in between", async () => {
    const faults = [{ on: "hand-over" as const, nth: 0, kind: "throttle" as const, pick: 0 }];
    await keepsItsPromises({ ...calm, faults });
    const broken = keepsItsPromises({ ...calm, faults }, (world) => {
      world.tamper = receiptFirst(world);
    });
    await expect(broken).rejects.toThrow("SES has no mail of theirs");
  });

  test("in the random schedules too, when claims have no condition", async () => {
    const broken = fc.asyncProperty(schedules, (schedule) =>
      keepsItsPromises(schedule, (world) => {
        world.tamper = withoutCondition;
      }),
    );
    const { failed, counterexample } = await fc.check(broken, { numRuns: 100, seed: 7, endOnFailure: true });
    expect(failed).toBe(true);
    expect(counterexample).not.toBeNull();
  });
});
