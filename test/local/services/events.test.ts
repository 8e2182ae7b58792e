import { EventBridgeClient, PutEventsCommand, type PutEventsRequestEntry } from "@aws-sdk/client-eventbridge";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type Events, events } from "../../../local/services/events.ts";
import { client, type FakeHost, fakeHost, serve, useJournal } from "./support.ts";

const queue = "arn:aws:sqs:us-east-1:000000000000:feedback";
const dead = "arn:aws:sqs:us-east-1:000000000000:dead";

let host: FakeHost;
let served: Awaited<ReturnType<typeof serve>> & { service: Events };
let calls: EventBridgeClient;

const create = (type: string, properties: Record<string, unknown>) =>
  served.service.create({ logicalId: "Thing", type: `AWS::Events::${type}`, properties });
const rule = (properties: Record<string, unknown>, target: Record<string, unknown> = {}) =>
  create("Rule", {
    Name: "orders",
    EventBusName: "sapa",
    Targets: [{ Arn: queue, Id: "1", ...target }],
    ...properties,
  });
const put = (...Entries: Partial<PutEventsRequestEntry>[]) =>
  calls.send(
    new PutEventsCommand({
      Entries: Entries.map((entry) => ({
        EventBusName: "sapa",
        Source: "sapa",
        DetailType: "item.added",
        Detail: JSON.stringify({ item: "kopi" }),
        ...entry,
      })),
    }),
  );
const received = () => host.deliveries.map(({ payload }) => JSON.parse(payload));

beforeEach(async () => {
  host = fakeHost();
  let service: Events | undefined;
  const one = await serve(() => {
    service = events(host);
    return service;
  });
  if (!service) throw new Error("not made");
  served = { ...one, service };
  calls = new EventBridgeClient({ ...client, endpoint: served.url });
  await create("EventBus", { Name: "sapa" });
});
afterEach(() => served.close());

describe("a bus", () => {
  test("sends an event that matches a rule to its target, in EventBridge's envelope", async () => {
    await rule({ EventPattern: { source: ["sapa"] } }, { SqsParameters: { MessageGroupId: "shop" } });
    const answer = await put({ Resources: ["arn:x"], Time: new Date("2026-11-23T22:00:00.900Z") });
    await host.idle();
    expect(answer).toMatchObject({ FailedEntryCount: 0, Entries: [{ EventId: expect.any(String) }] });
    expect(host.deliveries).toMatchObject([{ targetArn: queue, messageGroupId: "shop" }]);
    expect(received()).toEqual([
      {
        version: "0",
        id: answer.Entries?.[0]?.EventId,
        "detail-type": "item.added",
        source: "sapa",
        account: "000000000000",
        time: "2026-11-23T22:00:00Z",
        region: "us-east-1",
        resources: ["arn:x"],
        detail: { item: "kopi" },
      },
    ]);
  });

  test("keeps to itself: rules of another bus, disabled ones and ones that do not match stay silent", async () => {
    await rule({ EventBusName: "default", EventPattern: { source: ["sapa"] } });
    await rule({ State: "DISABLED", EventPattern: { source: ["sapa"] } });
    await rule({ EventPattern: { source: ["other"] } });
    await put({});
    await host.idle();
    expect(host.deliveries).toEqual([]);
  });

  test("carries AWS's own events from the services that emit them", async () => {
    await rule({
      EventBusName: "default",
      EventPattern: { source: ["aws.ses"], detail: { eventType: ["Bounce"] } },
    });
    await served.service.emit("default", {
      source: "aws.ses",
      "detail-type": "Email Bounced",
      detail: { eventType: "Bounce" },
    });
    await host.idle();
    expect(received()).toMatchObject([
      { source: "aws.ses", "detail-type": "Email Bounced", time: "2026-11-24T00:00:00Z" },
    ]);
  });

  test("judges each entry alone, and refuses what EventBridge refuses", async () => {
    const answer = await put(
      {},
      { Detail: "{" },
      { Source: "aws.ses" },
      { Detail: "[]" },
      { DetailType: "" },
    );
    expect(answer.FailedEntryCount).toBe(4);
    expect(answer.Entries?.map(({ ErrorCode }) => ErrorCode)).toEqual([
      undefined,
      "MalformedDetail",
      "NotAuthorizedForSourceException",
      "MalformedDetail",
      "InvalidArgument",
    ]);
    await expect(put(...Array.from({ length: 11 }, () => ({})))).rejects.toMatchObject({
      name: "ValidationException",
    });
    await expect(put({ Detail: JSON.stringify({ x: "x".repeat(1_048_576) }) })).rejects.toMatchObject({
      name: "ValidationException",
    });
    await expect(put({ EventBusName: "none" })).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  });

  test("can be the target of another bus's rule", async () => {
    await rule({ EventPattern: { source: ["sapa"] } });
    const event = { source: "sapa", "detail-type": "x", detail: {} };
    await served.service.deliver?.(
      "arn:aws:events:us-east-1:000000000000:event-bus/sapa",
      JSON.stringify(event),
    );
    await host.idle();
    expect(received()).toEqual([event]);
    expect(served.service.deliver?.(queue, "{}")).toBeUndefined();
  });
});

describe("a rule's pattern", () => {
  const order = { total: 12.5, channel: "POS", lines: [{ item: "kopi" }, { item: "teh" }], note: null };
  test.each<[string, object, boolean]>([
    ["an exact value among several", { channel: ["web", "POS"] }, true],
    ["case as it is", { channel: ["pos"] }, false],
    ["every field named", { channel: ["POS"], total: [99] }, false],
    ["null", { note: [null] }, true],
    ["fields within lists", { lines: { item: ["teh"] } }, true],
    ["prefix", { channel: [{ prefix: "PO" }] }, true],
    ["prefix, ignoring case", { channel: [{ prefix: { "equals-ignore-case": "po" } }] }, true],
    ["suffix", { channel: [{ suffix: "OS" }] }, true],
    ["suffix that is not there", { channel: [{ suffix: "PO" }] }, false],
    ["equals-ignore-case", { channel: [{ "equals-ignore-case": "pos" }] }, true],
    ["wildcard", { channel: [{ wildcard: "P*S" }] }, true],
    ["wildcard that does not reach", { channel: [{ wildcard: "P*T" }] }, false],
    ["anything-but another", { channel: [{ "anything-but": ["web", "app"] }] }, true],
    ["anything-but itself", { channel: [{ "anything-but": "POS" }] }, false],
    ["anything-but a prefix", { channel: [{ "anything-but": { prefix: "P" } }] }, false],
    ["anything-but of a field that is missing", { missing: [{ "anything-but": "x" }] }, false],
    ["exists", { total: [{ exists: true }] }, true],
    ["exists not", { missing: [{ exists: false }] }, true],
    ["exists, of a field that is missing", { missing: [{ exists: true }] }, false],
    ["a numeric range", { total: [{ numeric: [">", 10, "<=", 12.5] }] }, true],
    ["a numeric range that ends before", { total: [{ numeric: ["<", 12.5] }] }, false],
    ["a number in text", { channel: [{ numeric: [">", 0] }] }, false],
    ["$or", { $or: [{ channel: ["web"] }, { total: [12.5] }] }, true],
    ["$or of what is not so", { $or: [{ channel: ["web"] }, { total: [1] }] }, false],
  ])("understands %s", async (_, detail, matches) => {
    await rule({ EventPattern: { detail } });
    await put({ Detail: JSON.stringify(order) });
    await host.idle();
    expect(host.deliveries).toHaveLength(matches ? 1 : 0);
  });

  test.each([
    [{ ip: [{ cidr: "10.0.0.0/8" }] }, "cidr"],
    [{ total: [{ numeric: ["~", 1] }] }, "numeric ~"],
    [{ total: [{ "anything-but": { numeric: [1] } }] }, "anything-but numeric"],
    [{ channel: "POS" }, "channel must be an object"],
    [{ channel: [] }, "empty list"],
  ])("is refused with an operator that is not understood: %j", async (EventPattern, message) => {
    await expect(rule({ EventPattern })).rejects.toThrow(message);
  });
});

describe("a rule's target", () => {
  const sentTo = async (target: Record<string, unknown>) => {
    await rule({ EventPattern: { source: ["sapa"] } }, target);
    await put({
      Detail: JSON.stringify({ item: "kopi", price: 25_000, quote: 'the "best"', tags: ["hot"] }),
    });
    await host.idle();
    return host.deliveries[0]?.payload;
  };

  test("may receive a constant", async () => {
    expect(await sentTo({ Input: '{"fixed":1}' })).toBe('{"fixed":1}');
  });

  test("may receive a part of the event", async () => {
    expect(await sentTo({ InputPath: "$.detail.tags[0]" })).toBe('"hot"');
  });

  test("may receive a template filled from the event, JSON outside quotes and text within", async () => {
    const InputTransformer = {
      InputPathsMap: {
        item: "$.detail.item",
        price: "$.detail.price",
        quote: "$.detail.quote",
        none: "$.detail.none",
      },
      InputTemplate:
        '{"item":<item>,"price":<price>,"text":"<item> is <quote>","none":<none>,"rule":<aws.events.rule-name>}',
    };
    expect(JSON.parse((await sentTo({ InputTransformer })) ?? "")).toEqual({
      item: "kopi",
      price: 25_000,
      text: 'kopi is the "best"',
      none: null,
      rule: "orders",
    });
  });

  test("is refused with a property or a path that is not understood", async () => {
    await expect(rule({}, { EcsParameters: {} })).rejects.toThrow("Targets.EcsParameters");
    await expect(rule({}, { InputPath: "$..detail" })).rejects.toThrow("$..detail");
  });

  test("is tried again while it refuses, and the event goes to the dead-letter queue in the end", async () => {
    host.onDeliver = (arn) => {
      if (arn === queue) throw new Error("full");
    };
    await rule(
      { EventPattern: { source: ["sapa"] } },
      { RetryPolicy: { MaximumRetryAttempts: 2 }, DeadLetterConfig: { Arn: dead } },
    );
    await put({});
    await host.advance(3_600_000);
    expect(host.deliveries.map(({ targetArn }) => targetArn)).toEqual([queue, queue, queue, dead]);
    expect(received()[3]).toEqual(received()[0]);
  });

  test("is given up, aloud, where there is no dead-letter queue", async () => {
    const said = vi.spyOn(console, "error").mockImplementation(() => undefined);
    host.onDeliver = () => {
      throw new Error("full");
    };
    await rule({ EventPattern: { source: ["sapa"] } }, { RetryPolicy: { MaximumRetryAttempts: 0 } });
    await put({});
    await host.idle();
    expect(said).toHaveBeenCalledWith(expect.stringContaining(`Gave up delivering to ${queue}`));
    said.mockRestore();
  });
});

describe("an event that was taken", () => {
  const journals = useJournal();

  /** The host and its bus again, from what was kept. */
  async function restart(how: "stopped" | "killed") {
    const taken = how === "killed" ? await journals.restart("killed") : undefined;
    await served.close();
    host.die();
    const journal = taken ?? (await journals.restart());
    let service: Events | undefined;
    const one = await serve(() => {
      service = events(host, journal);
      return service;
    });
    if (!service) throw new Error("not made");
    served = { ...one, service };
    calls = new EventBridgeClient({ ...client, endpoint: served.url });
    await create("EventBus", { Name: "sapa" });
    await rule({ EventPattern: { source: ["sapa"] } }, { DeadLetterConfig: { Arn: dead } });
    await service.start?.();
    return { written: () => journal.written() };
  }

  test.each(["stopped", "killed"] as const)(
    "and not delivered when the host was %s is delivered afterwards, and once",
    async (how) => {
      const { written } = await restart("stopped");
      host.onDeliver = () => {
        throw new Error("full");
      };
      await put({ Detail: JSON.stringify({ text: "<aws.scheduler.execution-id>" }) });
      await host.idle();
      await written();
      host.onDeliver = undefined;
      const next = await restart(how);
      await host.advance(3_600_000);
      expect(host.deliveries.map(({ targetArn }) => targetArn)).toEqual([queue, queue]);
      expect(received()[1]).toEqual(received()[0]);
      expect(received()[1].detail).toEqual({ text: "<aws.scheduler.execution-id>" });
      await next.written();
      await restart(how);
      await host.advance(86_400_000);
      expect(host.deliveries).toHaveLength(2);
    },
  );

  test("keeps its age over kills, so that it reaches the dead-letter queue in time", async () => {
    host.onDeliver = (arn) => {
      if (arn === queue) throw new Error("full");
    };
    await restart("stopped");
    await put({});
    for (let hours = 0; hours < 30; hours += 6) {
      await host.advance(6 * 3_600_000);
      await new Promise((resolve) => setTimeout(resolve, 20));
      await restart("killed");
    }
    await host.idle();
    expect(host.deliveries.at(-1)?.targetArn).toBe(dead);
  });
});

describe("a rule on a schedule", () => {
  test("fires at its times in UTC", async () => {
    await rule({ EventBusName: "default", ScheduleExpression: "cron(0 2 * * ? *)" });
    await served.service.start?.();
    await host.advance(2 * 86_400_000);
    expect(received()).toMatchObject([
      { source: "aws.events", "detail-type": "Scheduled Event", time: "2026-11-24T02:00:00Z", detail: {} },
      { time: "2026-11-25T02:00:00Z", resources: ["arn:aws:events:us-east-1:000000000000:rule/orders"] },
    ]);
  });

  test("is refused with an expression that makes no sense", async () => {
    await expect(rule({ ScheduleExpression: "rate(1 minutes)" })).rejects.toThrow("rate");
    await expect(rule({ ScheduleExpression: "at(2027-01-01T00:00:00)" })).rejects.toThrow("at(");
  });
});
