import {
  CreateScheduleCommand,
  type CreateScheduleCommandInput,
  DeleteScheduleCommand,
  GetScheduleCommand,
  ListSchedulesCommand,
  SchedulerClient,
  UpdateScheduleCommand,
} from "@aws-sdk/client-scheduler";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { scheduler } from "../../../local/services/scheduler.ts";
import { client, type FakeHost, fakeHost, serve, useJournal } from "./support.ts";

const startRun = "arn:aws:lambda:us-east-1:000000000000:function:start-run";
const dead = "arn:aws:sqs:us-east-1:000000000000:dead";
const DAY = 86_400_000;

let host: FakeHost;
let served: Awaited<ReturnType<typeof serve>>;
let calls: SchedulerClient;

const birthday: CreateScheduleCommandInput = {
  Name: "birthday",
  GroupName: "sapa",
  ScheduleExpression: "cron(0 9 * * ? *)",
  ScheduleExpressionTimezone: "Asia/Jakarta",
  FlexibleTimeWindow: { Mode: "OFF" },
  Target: {
    Arn: startRun,
    RoleArn: "arn:aws:iam::000000000000:role/x",
    Input: '{"at":"<aws.scheduler.scheduled-time>"}',
  },
};
const create = (more: Partial<CreateScheduleCommandInput> = {}) =>
  calls.send(new CreateScheduleCommand({ ...birthday, ...more }));
const fired = () => host.deliveries.map(({ payload }) => JSON.parse(payload).at);
const group = (service = served.service) =>
  service.create({ logicalId: "Group", type: "AWS::Scheduler::ScheduleGroup", properties: { Name: "sapa" } });

beforeEach(async () => {
  host = fakeHost("2026-11-24T00:00:00Z");
  served = await serve((url) => scheduler(host, { url }));
  calls = new SchedulerClient({ ...client, endpoint: served.url });
  await group();
});
afterEach(() => served.close());

describe("a schedule", () => {
  test("fires its target each time it falls due in its time zone, telling the scheduled time", async () => {
    await create();
    await host.advance(2 * DAY);
    expect(host.deliveries[0]?.targetArn).toBe(startRun);
    expect(fired()).toEqual(["2026-11-24T02:00:00Z", "2026-11-25T02:00:00Z"]);
  });

  test("fills the other context attributes too", async () => {
    const Input =
      '["<aws.scheduler.schedule-arn>","<aws.scheduler.execution-id>","<aws.scheduler.attempt-number>"]';
    await create({ Target: { Arn: startRun, RoleArn: "arn:aws:iam::0:role/x", Input } });
    await host.advance(DAY);
    expect(JSON.parse(host.deliveries[0]?.payload ?? "")).toEqual([
      "arn:aws:scheduler:us-east-1:000000000000:schedule/sapa/birthday",
      expect.stringMatching(/^[0-9a-f-]{36}$/),
      "1",
    ]);
  });

  test("for a single time fires once, and stays unless it asked to be deleted", async () => {
    await create({ Name: "once", ScheduleExpression: "at(2026-11-24T09:00:00)" });
    await create({
      Name: "gone",
      ScheduleExpression: "at(2026-11-24T09:00:00)",
      ActionAfterCompletion: "DELETE",
    });
    await host.advance(3 * DAY);
    expect(fired()).toEqual(["2026-11-24T02:00:00Z", "2026-11-24T02:00:00Z"]);
    const left = await calls.send(new ListSchedulesCommand({ GroupName: "sapa" }));
    expect(left.Schedules?.map(({ Name }) => Name)).toEqual(["once"]);
  });

  test("that is to be deleted is still there while its target works", async () => {
    let during: unknown;
    host.onDeliver = async () => {
      during = await create({ ScheduleExpression: "at(2026-11-25T09:00:00)" }).catch(
        (error: Error) => error.name,
      );
    };
    await create({ ScheduleExpression: "at(2026-11-24T09:00:00)", ActionAfterCompletion: "DELETE" });
    await host.advance(DAY);
    expect(during).toBe("ConflictException");
  });

  test("for a single time within the running minute fires at once", async () => {
    await host.advance(30_000);
    await create({ ScheduleExpression: "at(2026-11-24T07:00:00)" });
    await host.idle();
    expect(fired()).toEqual(["2026-11-24T00:00:00Z"]);
  });

  test("at a rate begins at once, or at its start date", async () => {
    const Start = new Date("2026-11-24T00:30:00Z");
    await create({ Name: "now", ScheduleExpression: "rate(1 hour)" });
    await create({
      Name: "later",
      ScheduleExpression: "rate(1 hour)",
      StartDate: Start,
      EndDate: new Date("2026-11-24T01:30:00Z"),
    });
    await host.advance(2.5 * 3_600_000);
    expect(fired()).toEqual([
      "2026-11-24T00:00:00Z",
      "2026-11-24T00:30:00Z",
      "2026-11-24T01:00:00Z",
      "2026-11-24T01:30:00Z",
      "2026-11-24T02:00:00Z",
    ]);
  });

  test("keeps between its start and end date", async () => {
    await create({ StartDate: new Date("2026-11-25T00:00:00Z"), EndDate: new Date("2026-11-26T12:00:00Z") });
    await host.advance(7 * DAY);
    expect(fired()).toEqual(["2026-11-25T02:00:00Z", "2026-11-26T02:00:00Z"]);
  });

  test("can be changed, switched off and deleted", async () => {
    await create();
    await calls.send(new UpdateScheduleCommand({ ...birthday, ScheduleExpression: "cron(0 10 * * ? *)" }));
    await host.advance(DAY);
    expect(fired()).toEqual(["2026-11-24T03:00:00Z"]);

    await calls.send(new UpdateScheduleCommand({ ...birthday, State: "DISABLED" }));
    await host.advance(DAY);
    expect(fired()).toHaveLength(1);

    await calls.send(new UpdateScheduleCommand(birthday));
    await calls.send(new DeleteScheduleCommand({ Name: "birthday", GroupName: "sapa" }));
    await host.advance(DAY);
    expect(fired()).toHaveLength(1);
    await expect(
      calls.send(new GetScheduleCommand({ Name: "birthday", GroupName: "sapa" })),
    ).rejects.toMatchObject({
      name: "ResourceNotFoundException",
    });
  });

  test("can be read back as it was made", async () => {
    const EndDate = new Date("2027-01-01T00:00:00Z");
    await create({ EndDate, Description: "Birthdays" });
    const read = await calls.send(new GetScheduleCommand({ Name: "birthday", GroupName: "sapa" }));
    expect(read).toMatchObject({
      ...birthday,
      EndDate,
      Description: "Birthdays",
      State: "ENABLED",
      ActionAfterCompletion: "NONE",
      CreationDate: new Date("2026-11-24T00:00:00Z"),
      Arn: "arn:aws:scheduler:us-east-1:000000000000:schedule/sapa/birthday",
    });
  });

  test("is listed by group, prefix and state, page by page", async () => {
    for (const Name of ["b", "a", "x"])
      await create({ Name, ...(Name === "x" ? { State: "DISABLED" } : {}) });
    const first = await calls.send(new ListSchedulesCommand({ GroupName: "sapa", MaxResults: 2 }));
    const second = await calls.send(
      new ListSchedulesCommand({ GroupName: "sapa", MaxResults: 2, NextToken: first.NextToken }),
    );
    expect([first, second].map(({ Schedules }) => Schedules?.map(({ Name }) => Name))).toEqual([
      ["a", "b"],
      ["x"],
    ]);
    expect(second.NextToken).toBeUndefined();
    expect(
      (await calls.send(new ListSchedulesCommand({ State: "DISABLED", NamePrefix: "x" }))).Schedules,
    ).toHaveLength(1);
    expect((await calls.send(new ListSchedulesCommand({ GroupName: "default" }))).Schedules).toEqual([]);
  });
});

describe("a target that refuses", () => {
  test("is tried again, with the same scheduled time, and then the payload goes to the dead-letter queue", async () => {
    host.onDeliver = (arn) => {
      if (arn === startRun) throw new Error("down");
    };
    const Input = '{"at":"<aws.scheduler.scheduled-time>","attempt":<aws.scheduler.attempt-number>}';
    const DeadLetterConfig = { Arn: dead };
    const Target = {
      ...birthday.Target,
      Arn: startRun,
      RoleArn: "arn:aws:iam::0:role/x",
      Input,
      DeadLetterConfig,
    };
    await create({
      ScheduleExpression: "at(2026-11-24T09:00:00)",
      Target: { ...Target, RetryPolicy: { MaximumRetryAttempts: 1 } },
    });
    await host.advance(DAY);
    expect(host.deliveries.map(({ targetArn, payload }) => [targetArn, JSON.parse(payload)])).toEqual([
      [startRun, { at: "2026-11-24T02:00:00Z", attempt: 1 }],
      [startRun, { at: "2026-11-24T02:00:00Z", attempt: 2 }],
      [dead, { at: "2026-11-24T02:00:00Z", attempt: 2 }],
    ]);
  });

  test("is not tried longer than the event may be old", async () => {
    host.onDeliver = (arn) => {
      if (arn === startRun) throw new Error("down");
    };
    const RetryPolicy = { MaximumEventAgeInSeconds: 200 };
    await create({
      ScheduleExpression: "at(2026-11-24T09:00:00)",
      Target: {
        Arn: startRun,
        RoleArn: "arn:aws:iam::0:role/x",
        RetryPolicy,
        DeadLetterConfig: { Arn: dead },
      },
    });
    await host.advance(DAY);
    expect(host.deliveries.map(({ targetArn }) => targetArn)).toEqual([startRun, startRun, startRun, dead]);
  });
});

describe("Scheduler", () => {
  test("makes a schedule once: the same token repeats, another conflicts", async () => {
    await create({ ClientToken: "one" });
    await expect(create({ ClientToken: "one" })).resolves.toMatchObject({ ScheduleArn: expect.any(String) });
    await expect(create({ ClientToken: "two" })).rejects.toMatchObject({ name: "ConflictException" });
  });

  test.each<[string, Partial<CreateScheduleCommandInput>]>([
    ["an expression that makes no sense", { ScheduleExpression: "cron(0 9 * * * *)" }],
    ["a single time that is past", { ScheduleExpression: "at(2026-11-24T06:58:00)" }],
    ["a time zone that doesn't exist", { ScheduleExpressionTimezone: "Asia/Nowhere" }],
    ["a name with a space", { Name: "a b" }],
    ["a flexible window", { FlexibleTimeWindow: { Mode: "FLEXIBLE", MaximumWindowInMinutes: 5 } }],
    ["a start long past", { StartDate: new Date("2026-11-23T23:00:00Z") }],
    ["an end that is past", { EndDate: new Date("2026-11-23T23:00:00Z") }],
    ["a target without a role", { Target: { Arn: startRun, RoleArn: "" } }],
    [
      "a kind of target that is not hosted",
      {
        Target: {
          Arn: startRun,
          RoleArn: "arn:aws:iam::0:role/x",
          EcsParameters: { TaskDefinitionArn: "x" },
        },
      },
    ],
    [
      "more retries than there are",
      {
        Target: {
          Arn: startRun,
          RoleArn: "arn:aws:iam::0:role/x",
          RetryPolicy: { MaximumRetryAttempts: 186 },
        },
      },
    ],
  ])("refuses %s", async (_, more) => {
    await expect(create(more)).rejects.toMatchObject({ name: "ValidationException" });
  });

  test("knows no group that the template doesn't make", async () => {
    await expect(create({ GroupName: "none" })).rejects.toMatchObject({ name: "ResourceNotFoundException" });
    await expect(calls.send(new UpdateScheduleCommand(birthday))).rejects.toMatchObject({
      name: "ResourceNotFoundException",
    });
    await expect(calls.send(new DeleteScheduleCommand({ Name: "none" }))).rejects.toMatchObject({
      name: "ResourceNotFoundException",
    });
  });

  test("hosts a template's own schedules", async () => {
    const { Name: _, GroupName: __, ...properties } = birthday;
    const created = await served.service.create({
      logicalId: "Daily",
      type: "AWS::Scheduler::Schedule",
      properties,
    });
    expect(created).toEqual({
      ref: "Daily",
      attributes: { Arn: "arn:aws:scheduler:us-east-1:000000000000:schedule/default/Daily" },
    });
    await host.advance(DAY);
    expect(fired()).toEqual(["2026-11-24T02:00:00Z"]);
  });
});

/** https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-templated.html */
describe("a schedule with a queue as its target", () => {
  const sends = "arn:aws:sqs:us-east-1:000000000000:sends";
  const RoleArn = "arn:aws:iam::000000000000:role/x";

  test("puts its input there, any text, in its message group", async () => {
    const SqsParameters = { MessageGroupId: "biz_1" };
    const Input = "release until <aws.scheduler.scheduled-time>";
    await create({ Target: { Arn: sends, RoleArn, Input, SqsParameters } });
    await host.advance(DAY);
    expect(host.deliveries).toEqual([
      { targetArn: sends, payload: "release until 2026-11-24T02:00:00Z", messageGroupId: "biz_1" },
    ]);
  });

  test("puts a notification there where it has no input", async () => {
    await create({ Target: { Arn: sends, RoleArn } });
    await host.advance(DAY);
    expect(JSON.parse(host.deliveries[0]?.payload ?? "")).toEqual({
      version: "0",
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      "detail-type": "Scheduled Event",
      source: "aws.scheduler",
      account: "000000000000",
      time: "2026-11-24T02:00:00Z",
      region: "us-east-1",
      resources: ["arn:aws:scheduler:us-east-1:000000000000:schedule/sapa/birthday"],
      detail: "{}",
    });
  });

  test.each([
    ["text for a function", { Arn: startRun, RoleArn, Input: "not JSON" }],
    ["a message group for a function", { Arn: startRun, RoleArn, SqsParameters: { MessageGroupId: "a" } }],
  ])("is told apart from a function: %s is refused", async (_, Target) => {
    await expect(create({ Target })).rejects.toMatchObject({ name: "ValidationException" });
  });
});

describe("schedules that are kept", () => {
  const journals = useJournal();
  let running: Awaited<ReturnType<typeof serve>> | undefined;
  afterEach(async () => {
    await running?.close();
    running = undefined;
  });

  async function restart(how: "stopped" | "killed") {
    const ended = running;
    running = undefined;
    // What a kill leaves undone a stop may do: the journal is taken before.
    const journal = how === "killed" ? await journals.restart("killed") : undefined;
    await ended?.close();
    host.die();
    const next = journal ?? (await journals.restart());
    running = await serve((url) => scheduler(host, { url, journal: next }));
    await group(running.service);
    await running.service.start?.();
    const own = new SchedulerClient({ ...client, endpoint: running.url });
    return {
      written: () => next.written(),
      make: async (more: Partial<CreateScheduleCommandInput> = {}) => {
        await own.send(new CreateScheduleCommand({ ...birthday, ...more }));
        await next.written();
      },
    };
  }

  test("go on after a stop, which makes up for a single time that passed meanwhile, but only once", async () => {
    const { make } = await restart("stopped");
    await make();
    await make({ Name: "once", ScheduleExpression: "at(2026-11-24T12:00:00)" });
    await restart("stopped");
    await running?.service.stop();
    await host.advance(1.5 * DAY);
    expect(fired()).toEqual([]);
    await restart("stopped");
    await host.advance(DAY);
    expect(fired()).toEqual(["2026-11-24T05:00:00Z", "2026-11-26T02:00:00Z"]);
    await restart("stopped");
    await host.advance(DAY);
    expect(fired().slice(2)).toEqual(["2026-11-27T02:00:00Z"]);
  });

  test("that fell due after a kill fire once each, late, as far as their target takes them", async () => {
    const Target = { ...birthday.Target, RetryPolicy: { MaximumEventAgeInSeconds: 86_400 } };
    const { make, written } = await restart("stopped");
    await make({ Target: Target as CreateScheduleCommandInput["Target"] });
    await host.advance(DAY);
    expect(fired()).toEqual(["2026-11-24T02:00:00Z"]);
    await written();
    await restart("killed");
    await running?.service.stop();
    await host.advance(2 * DAY);
    await restart("killed");
    await host.advance(0);
    expect(fired()).toEqual(["2026-11-24T02:00:00Z", "2026-11-26T02:00:00Z"]);
  });

  test("that were firing when the host was killed are delivered afterwards", async () => {
    const { make } = await restart("stopped");
    await make({
      Name: "once",
      ScheduleExpression: "at(2026-11-24T12:00:00)",
      ActionAfterCompletion: "DELETE",
    });
    host.onDeliver = () => {
      throw new Error("The function is not there yet");
    };
    await host.advance(6 * 3_600_000);
    const refused = host.deliveries.length;
    expect(refused).toBeGreaterThan(0);
    host.onDeliver = undefined;
    const { written } = await restart("killed");
    await host.advance(3_600_000);
    expect(fired().slice(refused)).toEqual(["2026-11-24T05:00:00Z"]);
    await written();
    await restart("killed");
    await host.advance(DAY);
    expect(fired()).toHaveLength(refused + 1);
  });
});
