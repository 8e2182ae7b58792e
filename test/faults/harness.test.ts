import { TransactWriteCommand } from "@aws-sdk/lib-dynamodb";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { partitionOf, type Run } from "../../core/runs.ts";
import { documents } from "../../core/store.ts";
import type { Invocation } from "./world/invocations.ts";
import { onlyTheRefused } from "./world/mail-rules.ts";
import type { Input, Point } from "./world/points.ts";
import { keepsItsPromises, schedules } from "./world/schedules.ts";
import { type Schedule, scheduledAt } from "./world/story.ts";
import { enterWorlds, World } from "./world/world.ts";

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

/** Batches that do not say by whose clock their quiet hours go. */
const withoutZones = (point: Point, input: Input): Input => {
  if (point !== "page") return input;
  const TransactItems = input.TransactItems.map((item: Input) => {
    if (item.Put?.TableName !== "backlog") return item;
    const { timeZone: _, ...batch } = item.Put.Item;
    const dueAt = "2026-11-24T02:00:00.000Z";
    const position = `${dueAt}#${batch.id}`;
    return { Put: { ...item.Put, Item: { ...batch, dueAt, position } } };
  });
  return { ...input, TransactItems };
};

/** Runs of which `change` changes whom they are about, as they begin. */
const withOccasion =
  (change: (occasion: Input) => object) =>
  (point: Point, input: Input): Input => {
    if (point !== "backlog") return input;
    const TransactItems = input.TransactItems.map((item: Input) => {
      const values = item.Update?.ExpressionAttributeValues;
      const occasion = values?.[":occasion"];
      if (!occasion) return item;
      const changed = { ...values, ":occasion": { ...occasion, ...change(occasion) } };
      return { Update: { ...item.Update, ExpressionAttributeValues: changed } };
    });
    return { ...input, TransactItems };
  };

/** Claims that do not keep that a customer's lapse has been answered. */
const withoutStamp = (point: Point, input: Input): Input => {
  if (point !== "claim") return input;
  const TransactItems = input.TransactItems.map(({ Update, ...item }: Input) => {
    if (!Update) return item;
    const { ExpressionAttributeNames: _, ...rest } = Update;
    const { ":mark": __, ...values } = Update.ExpressionAttributeValues;
    const UpdateExpression = "SET version = :next, recentSends = :sends";
    return { Update: { ...rest, UpdateExpression, ExpressionAttributeValues: values } };
  });
  return { ...input, TransactItems };
};

/** Runs that do not keep up to where the catalogue has been looked through. */
const withoutWatermark = (point: Point, input: Input): Input => {
  if (point !== "backlog") return input;
  const isMark = (item: Input) => item.Update?.TableName === "campaigns";
  return { ...input, TransactItems: input.TransactItems.filter((item: Input) => !isMark(item)) };
};

/** Places in the send rate that take no time. */
const hurriedly = (point: Point, input: Input): Input => {
  if (point !== "permit") return input;
  const { ":now": now, ":next": next, ...values } = input.ExpressionAttributeValues;
  const hurried = next === undefined ? { ":length": 1 } : { ":next": now + 1 };
  return { ...input, ExpressionAttributeValues: { ...values, ":now": now, ...hurried } };
};

type Tampering = NonNullable<World["tamper"]>;
const everyDay = { birthdays: ["11-23", "11-24", "11-25", "11-26"] };
const everyLapse = ({ lastOrder }: Input) => ({ lastOrder: { before: lastOrder.before } });
const both =
  (one: Tampering, other: Tampering): Tampering =>
  async (point, input, by) =>
    other(point, await one(point, input, by), by);

describe("the harness reports a violation, where a campaign fires on three days", () => {
  test.each<[string, number, Tampering, string]>([
    [
      "a winback does not keep that it was answered",
      1,
      both(withOccasion(everyLapse), withoutStamp),
      "was won back by",
    ],
    [
      "whoever ordered of late is won back",
      1,
      withOccasion(() => ({ lastOrder: { before: "2026-11-23" } })),
      "who had not lapsed",
    ],
    ["birthdays of all days are celebrated", 2, withOccasion(() => everyDay), "was greeted by"],
    [
      "tomorrow's birthdays are celebrated today",
      2,
      withOccasion(() => ({ birthdays: ["11-25"] })),
      "was greeted by",
    ],
    ["items are new again on the next day", 3, withoutWatermark, "was shown"],
    [
      "an item is left out",
      3,
      withOccasion(({ items }) => ({ items: items.slice(1) })),
      "was never announced",
    ],
    [
      "items are sent that the reader has",
      3,
      withOccasion(({ items }) => ({
        items: items.map((item: Input) => ({ ...item, id: `other ${item.id}` })),
      })),
      "never announced",
    ],
  ])("%s", async (_, first, tamper, violation) => {
    const acts = [{ kind: "next-days" as const, afterSeconds: 0, shop: 0, who: first }];
    // One of the customers has their birthday on the second day.
    const shops = [{ customers: 4, cap: {}, quietHours: undefined, mix: 4 }];
    const daily = { ...calm, shops, first, acts };
    await keepsItsPromises(daily);
    const broken = keepsItsPromises(daily, (world) => {
      world.tamper = tamper;
    });
    await expect(broken).rejects.toThrow(violation);
  });
});

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

  test("when whoever lives elsewhere is mailed by the clock of the business", async () => {
    const shops = [
      { customers: 8, cap: {}, quietHours: { from: "17:00", to: "20:00" }, mix: 46762, ownZones: true },
    ];
    await keepsItsPromises({ ...calm, shops });
    const broken = keepsItsPromises({ ...calm, shops }, (world) => {
      world.tamper = withoutZones;
    });
    await expect(broken).rejects.toThrow(/in the quiet hours of America/);
  });

  test("when mail whose events come hours late goes out again, unless they never come", async () => {
    const faults = [{ on: "hand-over" as const, nth: 0, kind: "kill-after" as const, pick: 0 }];
    const shops = [{ customers: 1, cap: {}, quietHours: undefined, mix: 0 }];
    const unkind = { lateFeedback: [{ from: 0, until: 3_600, seconds: 20_000 }] };
    const careless = (world: World) => {
      world.tamper = withoutCondition;
    };
    await keepsItsPromises({ ...calm, shops, faults, unkind });
    const broken = keepsItsPromises({ ...calm, shops, faults, unkind }, careless);
    await expect(broken).rejects.toThrow("was mailed twice");
    await keepsItsPromises({ ...calm, shops, faults, chaos: { duplicates: 0, lostEvents: 1 } }, careless);
  });

  test("when more is sent than SES's rate allows", async () => {
    const slow = { ...calm, rate: 1, shops: [{ customers: 30, cap: {}, quietHours: undefined, mix: 0 }] };
    await keepsItsPromises(slow);
    const broken = keepsItsPromises(slow, (world) => {
      world.tamper = hurriedly;
    });
    await expect(broken).rejects.toThrow(/mails went out in 10 seconds at 1 a second/);
  });

  test("when Lambda has stopped a function as a loop", async () => {
    const broken = keepsItsPromises(calm, (world) => {
      world.lambda.stopped["deliver-sends"] = 3;
    });
    await expect(broken).rejects.toThrow("Lambda stopped deliver-sends as a loop, 3 times");
  });

  test("when mail that is known to have arrived is sent again as if it were not", async () => {
    const world = await World.open(calm, Date.parse(scheduledAt));
    const mailed = (run: string) => {
      const tag = (Name: string, Value: string) => ({ Name, Value });
      const ReplacementTags = [tag("business", "biz_one"), tag("run", run), tag("customer", "cus_a")];
      const entry = {
        Destination: { ToAddresses: ["a@example.com"] },
        ReplacementEmailContent: { ReplacementTemplate: { ReplacementTemplateData: "{}" } },
        ReplacementHeaders: [{ Value: "<x>" }],
        ReplacementTags,
      };
      const DefaultContent = { Template: { TemplateName: "t", TemplateData: "{}" } };
      const by = { business: undefined, chain: {} } as unknown as Invocation;
      const known = new Set<string>();
      world.ses.sendBulk({ DefaultContent, BulkEmailEntries: [entry] }, by, { fault: undefined, known });
    };
    const again = (id: string) => {
      const resendOf = { run: "run_a_1", include: ["failed", "unknown"] };
      const run = { business: "biz_one", id, resendOf } as unknown as Run;
      const Put = { TableName: "runs", Item: run };
      return documents.send(new TransactWriteCommand({ TransactItems: [{ Put }] })).then(() => run);
    };
    world.ses.templates.perform("CreateEmailTemplateCommand", { TemplateName: "t", TemplateContent: {} });
    const told = { world };
    const send = { customer: "biz_one#cus_a", run: "run_a_1", batch: "b", claim: "c" };
    mailed("run_a_1");
    world.tables.load("sends", [send]);
    const unknowing = await again("run_a_2");
    mailed("run_a_2");
    world.tables.load("sends", [{ ...send, deliveredAt: scheduledAt }]);
    const knowing = await again("run_a_3");
    mailed("run_a_3");

    expect(onlyTheRefused(told, unknowing)).toEqual([]);
    expect(onlyTheRefused(told, knowing)).toEqual(["I1: cus_a was mailed by run_a_1 and again by run_a_3"]);
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
