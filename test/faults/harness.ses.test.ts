import {
  CreateEmailTemplateCommand,
  DeleteEmailTemplateCommand,
  GetAccountCommand,
  GetEmailTemplateCommand,
  SESv2Client,
  SendBulkEmailCommand,
  TestRenderEmailTemplateCommand,
  UpdateEmailTemplateCommand,
} from "@aws-sdk/client-sesv2";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { FaultKind } from "./world/faults.ts";
import { addNaive, begin, openWorld } from "./world/naive.ts";
import type { Unkindness, WorldPlan } from "./world/plan.ts";
import { enterWorlds, type World } from "./world/world.ts";

let leave: () => void;
beforeAll(() => {
  leave = enterWorlds();
});
afterAll(() => leave());

const hour = 3_600_000;
const content = { Subject: "Halo {{s0}}", Html: "<p>{{s0}}</p>", Text: "{{s0}}" };
const impatient = new SESv2Client({ maxAttempts: 1 });
const patient = new SESv2Client({ maxAttempts: 8 });

const create = (name: string) =>
  new CreateEmailTemplateCommand({ TemplateName: name, TemplateContent: content });

type Wanted = { customers?: number; data?: string; sampled?: boolean };

/** A request to mail so many customers, each with such data. */
const mail = ({ customers = 1, data = '{"s0":"Ani"}', sampled = true }: Wanted = {}) =>
  new SendBulkEmailCommand({
    DefaultContent: { Template: { TemplateName: "halo", TemplateData: "{}" } },
    BulkEmailEntries: Array.from({ length: customers }, (_, at) => ({
      Destination: { ToAddresses: [`c${at}@example.com`] },
      ReplacementEmailContent: { ReplacementTemplate: { ReplacementTemplateData: data } },
      ReplacementHeaders: [{ Name: "List-Unsubscribe", Value: "<https://sapa.example/u/x>" }],
      ReplacementTags: [
        { Name: "business", Value: "biz_one" },
        { Name: "run", Value: "run_a_b" },
        { Name: "customer", Value: `cus_${at}` },
        ...(sampled ? [{ Name: "sampled", Value: "yes" }] : []),
      ],
    })),
  });

/** Opens a world with a template at SES, which nothing has been asked of for a while. */
async function openWithTemplate(plan: Partial<WorldPlan> = {}): Promise<World> {
  const world = await openWorld(plan);
  await impatient.send(create("halo"));
  world.timeline.now += 10_000;
  return world;
}

/** Runs code as a function of the world does, at an instant, and returns what came of each of its parts. */
async function inFunction(world: World, parts: readonly (() => Promise<unknown>)[], after = 0) {
  const outcomes: (string | number)[] = [];
  const queue = addNaive(world, {
    timeout: 900,
    work: async () => {
      const settled = parts.map((part) =>
        part().then(
          () => outcomes.push(Math.round((world.timeline.now - begin) / 1000)),
          (error: Error) => outcomes.push(error.name),
        ),
      );
      await Promise.all(settled);
    },
  });
  world.timeline.after(after, () => queue.put("{}"));
  await world.goOn(world.timeline.now + after + hour);
  return outcomes;
}

describe("SES's control plane", () => {
  const unkind = { controlPlane: true };

  test("takes one call a second, whichever it is, and refuses the others", async () => {
    const world = await openWithTemplate({ unkind });
    const outcomes = await inFunction(world, [
      () => impatient.send(create("one")),
      () => impatient.send(new GetEmailTemplateCommand({ TemplateName: "halo" })),
      () =>
        impatient.send(new UpdateEmailTemplateCommand({ TemplateName: "halo", TemplateContent: content })),
      () => impatient.send(new TestRenderEmailTemplateCommand({ TemplateName: "halo", TemplateData: "{}" })),
      () => impatient.send(new DeleteEmailTemplateCommand({ TemplateName: "halo" })),
    ]);

    expect(outcomes.filter((outcome) => outcome === "TooManyRequestsException")).toHaveLength(4);
    expect(world.ses.templates.refused).toBe(4);
  });

  test("lets a client through that is patient, one second after the other", async () => {
    const world = await openWithTemplate({ unkind });
    const outcomes = await inFunction(
      world,
      ["a", "b", "c", "d"].map((name) => () => patient.send(create(name))),
    );

    const seconds = outcomes.map(Number).toSorted((a, b) => a - b);
    expect(seconds.every((second, at) => at === 0 || second - (seconds[at - 1] ?? 0) >= 1)).toBe(true);
    expect(world.ses.templates.refused).toBeGreaterThan(3);
  });

  test("takes any number in a kind world, and sends and quotas are never held up by it", async () => {
    const kind = await openWithTemplate();
    const names = ["a", "b", "c"].map((name) => () => impatient.send(create(name)));
    expect(await inFunction(kind, names)).toEqual([
      expect.any(Number),
      expect.any(Number),
      expect.any(Number),
    ]);
    const world = await openWithTemplate({ unkind });
    const others = [
      () => impatient.send(mail()),
      () => impatient.send(mail()),
      () => impatient.send(new GetAccountCommand({})),
    ];
    expect(await inFunction(world, others)).toEqual(others.map(() => expect.any(Number)));
  });

  test("knows what is there and what is not", async () => {
    await openWithTemplate();
    const got = await impatient.send(new GetEmailTemplateCommand({ TemplateName: "halo" }));
    expect(got.TemplateContent).toEqual(content);
    await expect(impatient.send(create("halo"))).rejects.toMatchObject({ name: "AlreadyExistsException" });
    await impatient.send(new DeleteEmailTemplateCommand({ TemplateName: "halo" }));
    for (const command of [
      new DeleteEmailTemplateCommand({ TemplateName: "halo" }),
      new GetEmailTemplateCommand({ TemplateName: "halo" }),
      new UpdateEmailTemplateCommand({ TemplateName: "halo", TemplateContent: content }),
      new TestRenderEmailTemplateCommand({ TemplateName: "halo", TemplateData: "{}" }),
    ]) {
      await expect(impatient.send(command as GetEmailTemplateCommand)).rejects.toMatchObject({
        name: "NotFoundException",
      });
    }
  });
});

describe("SendBulkEmail", () => {
  test.each<[string, Wanted]>([
    ["no customer", { customers: 0 }],
    ["51 customers", { customers: 51 }],
    ["data of more than 262,144 characters", { data: `"${"x".repeat(262_143)}"` }],
    ["more than 1 MiB in all", { customers: 50, data: `"${"x".repeat(21_000)}"` }],
  ])("refuses a request with %s as a whole", async (_, wanted) => {
    const world = await openWithTemplate();
    await expect(impatient.send(mail(wanted))).rejects.toMatchObject({ name: "BadRequestException" });
    expect(world.ses.mails).toEqual([]);
  });

  test.each<[FaultKind, string, number]>([
    ["message-rejected", "MessageRejected", 0],
    ["bad-request", "BadRequestException", 0],
    ["not-found", "NotFoundException", 0],
    ["server-error-before", "InternalServiceErrorException", 0],
    ["server-error-after", "InternalServiceErrorException", 3],
  ])("fails as a whole by %s", async (kind, name, sent) => {
    const world = await openWithTemplate({ faults: [{ on: "hand-over", nth: 0, kind, pick: 0 }] });
    expect(await inFunction(world, [() => patient.send(mail({ customers: 3 }))])).toEqual([name]);
    expect(world.ses.mails).toHaveLength(sent);
  });

  test("refuses every call while the sender is not verified", async () => {
    const world = await openWithTemplate({ unkind: { unverifiedSender: [{ from: 0, until: 600 }] } });
    const send = [() => impatient.send(mail())];
    expect(await inFunction(world, send)).toEqual(["MessageRejected"]);
    expect(await inFunction(world, send, 700_000)).toEqual([expect.any(Number)]);
  });

  test.each([
    ["24 hours", 24, 24],
    ["two hours in a kind world", undefined, 2],
  ])("has a quota that is free again after %s", async (_, quotaHours, hours) => {
    const world = await openWithTemplate({ quota: 2, unkind: { ...(quotaHours && { quotaHours }) } });
    const { Max24HourSend } = (await impatient.send(new GetAccountCommand({}))).SendQuota ?? {};
    expect(Max24HourSend).toBe(2);
    const statuses = async () => {
      const { BulkEmailEntryResults = [] } = await impatient.send(mail({ customers: 3 }));
      return BulkEmailEntryResults.map(({ Status }) => Status);
    };
    const full = "ACCOUNT_DAILY_QUOTA_EXCEEDED";
    expect(await statuses()).toEqual(["SUCCESS", "SUCCESS", full]);
    world.timeline.now += hours * hour - 1;
    expect(await statuses()).toEqual([full, full, full]);
    world.timeline.now += 1;
    expect(await statuses()).toEqual(["SUCCESS", "SUCCESS", full]);
  });
});

describe("SES's events", () => {
  /** When each event of two mails came, one of which SES took in the first ten minutes: in minutes. */
  async function reported(unkind: Partial<Unkindness>) {
    const world = await openWithTemplate({ unkind });
    world.ses.fate = () => 0.3;
    const came: { minute: number; type: string; of: number }[] = [];
    const { feedback } = world.queues;
    const put = feedback.put.bind(feedback);
    feedback.put = (body, ...rest) => {
      const { eventType, mail } = JSON.parse(body).detail;
      const of = Math.round((Date.parse(mail.timestamp) - begin) / 60_000);
      came.push({ minute: Math.round((world.timeline.now - begin) / 60_000), type: eventType, of });
      put(body, ...rest);
    };
    const send = [() => impatient.send(mail())];
    await inFunction(world, send);
    await inFunction(world, send, 20 * 60_000);
    await world.goOn(begin + 12 * hour);
    return came;
  }

  test("come within minutes in a kind world", async () => {
    const came = await reported({});
    expect(came).toHaveLength(4);
    for (const { minute, of } of came) expect(minute - of).toBeLessThan(4);
  });

  test("come hours later of all that SES took in a stretch, and of nothing else", async () => {
    const came = await reported({ lateFeedback: [{ from: 0, until: 600, seconds: 7_200 }] });
    const early = came.filter(({ minute }) => minute < 100);
    expect(early.map(({ type }) => type).toSorted()).toEqual(["Delivery", "Send"]);
    const late = came.filter(({ minute }) => minute >= 100);
    expect(late.map(({ type }) => type).toSorted()).toEqual(["Delivery", "Send"]);
    for (const { minute } of late) expect(minute).toBeGreaterThanOrEqual(120);
  });

  test("say that SES took a mail only of those that the stack has them brought for", async () => {
    const world = await openWithTemplate();
    world.ses.fate = () => 0.3;
    await impatient.send(mail({ sampled: false }));
    expect(world.ses.mails[0]?.events.map(({ type }) => type)).toEqual(["Delivery"]);
  });
});
