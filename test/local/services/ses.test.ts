import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CreateEmailIdentityCommand,
  CreateEmailTemplateCommand,
  DeleteEmailTemplateCommand,
  GetAccountCommand,
  GetEmailIdentityCommand,
  GetEmailTemplateCommand,
  SESv2Client,
  SendBulkEmailCommand,
  type SendBulkEmailCommandInput,
  SendEmailCommand,
  TestRenderEmailTemplateCommand,
} from "@aws-sdk/client-sesv2";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Ses, type SesOptions, ses } from "../../../local/services/ses.ts";
import { client, type FakeHost, fakeHost, serve } from "./support.ts";

const DAY = 86_400_000;

let host: FakeHost;
let service: Ses;
let calls: SESv2Client;
let close: () => Promise<void>;

async function open(options: Partial<SesOptions> = {}) {
  let made: Ses | undefined;
  const served = await serve((url) => {
    made = ses(host, { url, inboxPort: 0, ...options });
    return made;
  });
  if (!made) throw new Error("not made");
  service = made;
  close = served.close;
  calls = new SESv2Client({ ...client, endpoint: served.url });
  await configure();
  await service.start?.();
}

async function configure(
  MatchingEventTypes = ["SEND", "DELIVERY", "BOUNCE", "COMPLAINT", "renderingFailure", "open"],
) {
  const create = (type: string, properties: Record<string, unknown>) =>
    service.create({ logicalId: type, type: `AWS::SES::${type}`, properties });
  await create("ConfigurationSet", { Name: "sapa" });
  await create("ConfigurationSetEventDestination", {
    ConfigurationSetName: "sapa",
    EventDestination: {
      Enabled: true,
      MatchingEventTypes,
      EventBridgeDestination: { EventBusArn: "arn:aws:events:us-east-1:000000000000:event-bus/default" },
    },
  });
}

const template = (more: { Html?: string; TemplateName?: string } = {}) =>
  calls.send(
    new CreateEmailTemplateCommand({
      TemplateName: more.TemplateName ?? "birthday",
      TemplateContent: {
        Subject: "Happy birthday, {{s0}}",
        Html: more.Html ?? "<p>{{s0}} & {{shop}}</p>",
        Text: "{{s0}}",
      },
    }),
  );
const bulk = (recipients: Record<string, object>, more: Partial<SendBulkEmailCommandInput> = {}) =>
  calls.send(
    new SendBulkEmailCommand({
      FromEmailAddress: "Kopi Senja <halo@kopisenja.example>",
      ReplyToAddresses: ["balas@kopisenja.example"],
      ConfigurationSetName: "sapa",
      DefaultEmailTags: [{ Name: "run", Value: "run_1" }],
      DefaultContent: { Template: { TemplateName: "birthday", TemplateData: '{"shop":"Kopi Senja"}' } },
      BulkEmailEntries: Object.entries(recipients).map(([to, data]) => ({
        Destination: { ToAddresses: [to] },
        ReplacementEmailContent: { ReplacementTemplate: { ReplacementTemplateData: JSON.stringify(data) } },
        ReplacementHeaders: [{ Name: "List-Unsubscribe", Value: "<https://example.com/u>" }],
        ReplacementTags: [{ Name: "customer", Value: to.split(/[+@]/)[0] ?? "" }],
      })),
      ...more,
    }),
  );
const statuses = async (sent: ReturnType<typeof bulk>) =>
  (await sent).BulkEmailEntryResults?.map(({ Status }) => Status);
const single = (to: string, from = "halo@kopisenja.example") =>
  calls.send(
    new SendEmailCommand({
      FromEmailAddress: from,
      ConfigurationSetName: "sapa",
      Destination: { ToAddresses: [to] },
      Content: { Simple: { Subject: { Data: "Test" }, Body: { Html: { Data: "<p>Test</p>" } } } },
    }),
  );
type Detail = {
  eventType: string;
  mail: { messageId: string; destination: string[]; tags: Record<string, string[]> };
};
const events = async () => {
  await host.idle();
  return host.emitted.map(({ event }) => ({
    type: event["detail-type"],
    detail: event.detail as Detail & Record<string, unknown>,
  }));
};
const types = async () => (await events()).map(({ detail }) => detail.eventType);

beforeEach(async () => {
  host = fakeHost();
  await open();
});
afterEach(() => close());

describe("SendBulkEmail", () => {
  test("renders each recipient's own mail into the inbox", async () => {
    await template();
    const answer = await bulk({ "ani@example.com": { s0: "Ani" }, "budi@example.com": { s0: "Budi" } });
    expect(answer.BulkEmailEntryResults?.map(({ Status }) => Status)).toEqual(["SUCCESS", "SUCCESS"]);
    expect(service.mails()).toMatchObject([
      {
        messageId: answer.BulkEmailEntryResults?.[0]?.MessageId,
        from: "Kopi Senja <halo@kopisenja.example>",
        replyTo: ["balas@kopisenja.example"],
        destination: { to: ["ani@example.com"], cc: [], bcc: [] },
        subject: "Happy birthday, Ani",
        body: { html: "<p>Ani & Kopi Senja</p>", text: "Ani" },
        headers: [{ name: "List-Unsubscribe", value: "<https://example.com/u>" }],
        at: host.clock.now() / 1000,
      },
      { subject: "Happy birthday, Budi" },
    ]);
    const store: { emails: unknown[] } = JSON.parse(await (await fetch(`${service.inboxUrl}/store`)).text());
    expect(store.emails).toHaveLength(2);
    expect((await fetch(service.inboxUrl)).headers.get("content-type")).toContain("text/html");
  });

  test("tells EventBridge that each mail was sent and delivered, with its tags", async () => {
    await template();
    const answer = await bulk({ "ani@example.com": { s0: "Ani" } });
    const [sent, delivered, ...others] = await events();
    expect(others).toEqual([]);
    expect(host.emitted[0]?.bus).toBe("default");
    expect(sent).toMatchObject({
      type: "Email Sent",
      detail: {
        eventType: "Send",
        send: {},
        mail: {
          messageId: answer.BulkEmailEntryResults?.[0]?.MessageId,
          timestamp: "2026-11-24T00:00:00.000Z",
          destination: ["ani@example.com"],
          headers: expect.arrayContaining([{ name: "List-Unsubscribe", value: "<https://example.com/u>" }]),
          commonHeaders: { subject: "Happy birthday, Ani" },
          tags: {
            run: ["run_1"],
            customer: ["ani"],
            "ses:configuration-set": ["sapa"],
            "ses:operation": ["SendBulkEmail"],
          },
        },
      },
    });
    expect(delivered).toMatchObject({
      type: "Email Delivered",
      detail: {
        eventType: "Delivery",
        delivery: { recipients: ["ani@example.com"], smtpResponse: expect.any(String) },
      },
    });
  });

  test("publishes only the types that the configuration set asks for, and none without one", async () => {
    await configure(["send"]);
    await template();
    await bulk({ "ani@example.com": { s0: "Ani" } });
    await bulk({ "ani@example.com": { s0: "Ani" } }, { ConfigurationSetName: undefined });
    expect(await types()).toEqual(["Send"]);
  });

  test("lets an entry's headers and tags replace the request's", async () => {
    await template();
    const Headers = [
      { Name: "List-Unsubscribe", Value: "<default>" },
      { Name: "X-Kept", Value: "yes" },
    ];
    const DefaultContent = { Template: { TemplateName: "birthday", TemplateData: '{"shop":"x"}', Headers } };
    await bulk(
      { "ani@example.com": { s0: "Ani" } },
      { DefaultContent, DefaultEmailTags: [{ Name: "customer", Value: "default" }] },
    );
    expect(service.mails()[0]?.headers).toEqual([
      { name: "X-Kept", value: "yes" },
      { name: "List-Unsubscribe", value: "<https://example.com/u>" },
    ]);
    expect((await events())[0]?.detail.mail.tags.customer).toEqual(["ani"]);
  });

  test.each([
    ["bounce+ani@simulator.amazonses.com", ["Send", "Bounce"], false],
    ["suppressionlist@simulator.amazonses.com", ["Send", "Bounce"], false],
    ["complaint@simulator.amazonses.com", ["Send", "Delivery", "Complaint"], true],
    ["ooto@simulator.amazonses.com", ["Send", "Delivery"], true],
    ["success+1@simulator.amazonses.com", ["Send", "Delivery"], true],
  ])("simulates %s", async (address, expected, arrives) => {
    await template();
    await bulk({ [address]: { s0: "Ani" } });
    expect(await types()).toEqual(expected);
    expect(service.mails()).toHaveLength(arrives ? 1 : 0);
  });

  test("tells bounces and complaints in SES's shape", async () => {
    await template();
    await bulk({
      "bounce@simulator.amazonses.com": { s0: "A" },
      "suppressionlist@simulator.amazonses.com": { s0: "B" },
      "complaint@simulator.amazonses.com": { s0: "C" },
    });
    const parts = (await events()).map(({ type, detail }) => ({ type, ...detail }));
    const recipient = (name: string) =>
      expect.objectContaining({ emailAddress: `${name}@simulator.amazonses.com` });
    expect(parts).toContainEqual(
      expect.objectContaining({
        type: "Email Bounced",
        bounce: expect.objectContaining({
          bounceType: "Permanent",
          bounceSubType: "General",
          bouncedRecipients: [recipient("bounce")],
        }),
      }),
    );
    expect(parts).toContainEqual(
      expect.objectContaining({
        bounce: expect.objectContaining({
          bounceSubType: "OnAccountSuppressionList",
          bouncedRecipients: [recipient("suppressionlist")],
        }),
      }),
    );
    expect(parts).toContainEqual(
      expect.objectContaining({
        type: "Email Complaint Received",
        complaint: expect.objectContaining({
          complaintFeedbackType: "abuse",
          complainedRecipients: [recipient("complaint")],
        }),
      }),
    );
  });

  test("accepts a mail whose data lacks a variable, never sends it, and says so in an event", async () => {
    await template();
    const answer = await bulk({ "ani@example.com": {}, "budi@example.com": { s0: "Budi" } });
    expect(answer.BulkEmailEntryResults?.[0]).toMatchObject({
      Status: "SUCCESS",
      MessageId: expect.any(String),
    });
    expect(service.mails().map(({ destination }) => destination.to[0])).toEqual(["budi@example.com"]);
    expect((await events())[0]).toMatchObject({
      type: "Email Rendering Failed",
      detail: {
        eventType: "Rendering Failure",
        mail: { messageId: answer.BulkEmailEntryResults?.[0]?.MessageId },
        failure: { templateName: "birthday", errorMessage: expect.stringContaining("s0") },
      },
    });
  });

  test("judges each entry alone", async () => {
    await template();
    service.onSend = (recipient) => (recipient.startsWith("busy") ? "TRANSIENT_FAILURE" : undefined);
    const result = bulk({
      "ani@example.com": { s0: "Ani" },
      "busy@example.com": { s0: "B" },
      "not an address": { s0: "C" },
    });
    expect(await statuses(result)).toEqual(["SUCCESS", "TRANSIENT_FAILURE", "INVALID_PARAMETER"]);
    expect(service.mails()).toHaveLength(1);
    const BulkEmailEntries = [
      {
        Destination: { ToAddresses: ["ani@example.com"] },
        ReplacementTags: [{ Name: "run", Value: "no spaces" }],
      },
      {
        Destination: { ToAddresses: ["ani@example.com"] },
        ReplacementHeaders: [{ Name: "X-Name", Value: "é" }],
      },
      {
        Destination: { ToAddresses: ["ani@example.com"] },
        ReplacementHeaders: [{ Name: "X-Long", Value: "x".repeat(996) }],
      },
      { Destination: {} },
    ];
    expect(await statuses(bulk({}, { BulkEmailEntries }))).toEqual(Array(4).fill("INVALID_PARAMETER"));
  });

  test("refuses what makes the whole request wrong", async () => {
    await template();
    const ani = { "ani@example.com": { s0: "Ani" } };
    const many = Object.fromEntries(
      Array.from({ length: 51 }, (_, index) => [`a${index}@example.com`, { s0: "A" }]),
    );
    await expect(bulk(many)).rejects.toMatchObject({ name: "BadRequestException" });
    await expect(bulk({ "ani@example.com": { s0: "x".repeat(1_048_576) } })).rejects.toMatchObject({
      name: "BadRequestException",
    });
    await expect(bulk(ani, { FromEmailAddress: "a@shop.invalid" })).rejects.toMatchObject({
      name: "MessageRejected",
    });
    expect(await statuses(bulk(ani, { DefaultContent: { Template: { TemplateName: "none" } } }))).toEqual([
      "TEMPLATE_NOT_FOUND",
    ]);
    expect(await statuses(bulk(ani, { ConfigurationSetName: "none" }))).toEqual([
      "CONFIGURATION_SET_NOT_FOUND",
    ]);
    expect(service.mails()).toEqual([]);
  });

  test("hands over fifty mails of a stored template in a few milliseconds", async () => {
    await template({ Html: `<p>{{s0}} & {{shop}}</p>${"<div>constant</div>".repeat(1500)}` });
    const fifty = () =>
      Object.fromEntries(
        Array.from({ length: 50 }, (_, index) => [`a${index}@example.com`, { s0: `Name ${index}` }]),
      );
    await bulk(fifty());
    const times: number[] = [];
    for (let count = 0; count < 8; count += 1) {
      const start = performance.now();
      await bulk(fifty());
      times.push(performance.now() - start);
    }
    expect(service.mails()).toHaveLength(450);
    // Generous, for a machine that is busy with other tests; about 5 ms when it is not.
    expect(Math.min(...times)).toBeLessThan(100);
  });
});

describe("an account", () => {
  const quota = async () => (await calls.send(new GetAccountCommand({}))).SendQuota;

  test("tells its quota and what was sent in the last 24 hours", async () => {
    await template();
    await bulk({ "ani@example.com": { s0: "Ani" }, "budi@example.com": { s0: "Budi" } });
    expect(await quota()).toEqual({ MaxSendRate: 500, Max24HourSend: 500_000, SentLast24Hours: 2 });
    await host.advance(DAY - 1);
    expect((await quota())?.SentLast24Hours).toBe(2);
    await host.advance(1);
    expect((await quota())?.SentLast24Hours).toBe(0);
  });

  test("sends no more than its daily quota, nor faster than its rate", async () => {
    await close();
    await open({ max24HourSend: 2 });
    await template();
    const three = {
      "a@example.com": { s0: "A" },
      "b@example.com": { s0: "B" },
      "c@example.com": { s0: "C" },
    };
    expect(await statuses(bulk(three))).toEqual(["SUCCESS", "SUCCESS", "ACCOUNT_DAILY_QUOTA_EXCEEDED"]);
    await close();
    await open({ maxSendRate: 1 });
    await template();
    expect(await statuses(bulk(three))).toEqual(["SUCCESS", "ACCOUNT_THROTTLED", "ACCOUNT_THROTTLED"]);
  });

  test("in the sandbox sends only to the simulator and to verified recipients", async () => {
    await close();
    await open({ sandbox: true, maxSendRate: 100 });
    await template();
    await calls.send(new CreateEmailIdentityCommand({ EmailIdentity: "ani@example.com" }));
    const to = {
      "ani@example.com": { s0: "A" },
      "budi@example.com": { s0: "B" },
      "success@simulator.amazonses.com": { s0: "C" },
    };
    expect(await statuses(bulk(to))).toEqual(["SUCCESS", "MESSAGE_REJECTED", "SUCCESS"]);
    expect(await calls.send(new GetAccountCommand({}))).toMatchObject({
      ProductionAccessEnabled: false,
      SendQuota: { Max24HourSend: 200 },
    });
  });

  test("has verified every domain, except those that are listed and those below .invalid", async () => {
    await close();
    await open({ unverified: ["new.example"] });
    const identity = (EmailIdentity: string) => calls.send(new GetEmailIdentityCommand({ EmailIdentity }));
    expect(await identity("kopisenja.example")).toMatchObject({
      IdentityType: "DOMAIN",
      VerifiedForSendingStatus: true,
    });
    for (const unknown of ["new.example", "shop.invalid", "halo@kopisenja.example"]) {
      await expect(identity(unknown)).rejects.toMatchObject({ name: "NotFoundException" });
    }
    const created = await calls.send(new CreateEmailIdentityCommand({ EmailIdentity: "new.example" }));
    expect(created.VerifiedForSendingStatus).toBe(false);
    await calls.send(new CreateEmailIdentityCommand({ EmailIdentity: "halo@kopisenja.example" }));
    expect(await identity("halo@kopisenja.example")).toMatchObject({
      IdentityType: "EMAIL_ADDRESS",
      VerifiedForSendingStatus: true,
    });
    await expect(
      calls.send(new CreateEmailIdentityCommand({ EmailIdentity: "new.example" })),
    ).rejects.toMatchObject({ name: "AlreadyExistsException" });
  });
});

describe("SendEmail", () => {
  test("delivers a single mail, and refuses with exceptions", async () => {
    const { MessageId } = await single("ani@example.com");
    expect(service.mails()).toMatchObject([
      { messageId: MessageId, subject: "Test", body: { html: "<p>Test</p>" } },
    ]);
    expect(await types()).toEqual(["Send", "Delivery"]);
    service.onSend = () => "ACCOUNT_THROTTLED";
    await expect(single("ani@example.com")).rejects.toMatchObject({ name: "TooManyRequestsException" });
    await expect(single("ani@example.com", "a@shop.invalid")).rejects.toMatchObject({
      name: "MessageRejected",
    });
  });
});

describe("a template", () => {
  test("is stored, rendered for a test, and deleted, with SES's errors", async () => {
    await template();
    const render = (TemplateData: string, TemplateName = "birthday") =>
      calls.send(new TestRenderEmailTemplateCommand({ TemplateName, TemplateData }));
    expect((await render('{"s0":"Ani","shop":"Kopi Senja"}')).RenderedTemplate).toContain(
      "Subject: Happy birthday, Ani",
    );
    await expect(template()).rejects.toMatchObject({ name: "AlreadyExistsException" });
    await expect(template({ TemplateName: "broken", Html: "{{#if" })).rejects.toMatchObject({
      name: "BadRequestException",
    });
    await expect(template({ TemplateName: "large", Html: "x".repeat(512_001) })).rejects.toMatchObject({
      name: "BadRequestException",
    });
    await expect(render("{}")).rejects.toMatchObject({ name: "BadRequestException" });
    await expect(render("{}", "none")).rejects.toMatchObject({ name: "NotFoundException" });
    await calls.send(new DeleteEmailTemplateCommand({ TemplateName: "birthday" }));
    await expect(calls.send(new GetEmailTemplateCommand({ TemplateName: "birthday" }))).rejects.toMatchObject(
      { name: "NotFoundException" },
    );
  });
});

test("a test may have something happen to a mail that was sent", async () => {
  await template();
  const answer = await bulk({ "ani@example.com": { s0: "Ani" } });
  const messageId = answer.BulkEmailEntryResults?.[0]?.MessageId ?? "";
  await service.happen(messageId, "Open", { ipAddress: "192.0.2.1", userAgent: "x" });
  expect((await events()).at(-1)).toMatchObject({
    type: "Email Opened",
    detail: {
      eventType: "Open",
      mail: { messageId },
      open: { timestamp: "2026-11-24T00:00:00.000Z", ipAddress: "192.0.2.1" },
    },
  });
  await expect(service.happen("none", "Open")).rejects.toThrow("No mail none was sent");
});

test("mails, templates and the quota are kept between starts when there is a folder", async () => {
  const dataDir = mkdtempSync(join(tmpdir(), "sapa-ses-"));
  try {
    await close();
    await open({ dataDir });
    await template();
    await bulk({ "ani@example.com": { s0: "Ani" } });
    await close();
    await open({ dataDir });
    expect(service.mails()).toMatchObject([{ subject: "Happy birthday, Ani" }]);
    expect(await statuses(bulk({ "budi@example.com": { s0: "Budi" } }))).toEqual(["SUCCESS"]);
    expect((await calls.send(new GetAccountCommand({}))).SendQuota?.SentLast24Hours).toBe(2);
  } finally {
    await close();
    close = async () => undefined;
    rmSync(dataDir, { recursive: true });
  }
});

test("a taken port is said plainly", async () => {
  const port = Number(new URL(service.inboxUrl).port);
  const second = ses(host, { url: "http://127.0.0.1", inboxPort: port });
  await expect(second.start?.()).rejects.toMatchObject({
    code: "EADDRINUSE",
    message: expect.stringContaining(String(port)),
  });
});

test("a property that is not understood is refused", async () => {
  const create = (type: string, properties: Record<string, unknown>) =>
    service.create({ logicalId: "Thing", type: `AWS::SES::${type}`, properties });
  await expect(create("ConfigurationSet", { TrackingOptions: {} })).rejects.toThrow("TrackingOptions");
  const EventDestination = { MatchingEventTypes: ["send"], SnsDestination: {} };
  await expect(
    create("ConfigurationSetEventDestination", { ConfigurationSetName: "sapa", EventDestination }),
  ).rejects.toThrow("SnsDestination");
  await expect(
    create("EmailIdentity", { EmailIdentity: "a.example", ConfigurationSetAttributes: {} }),
  ).rejects.toThrow("ConfigurationSetAttributes");
  expect(await create("EmailIdentity", { EmailIdentity: "a.example" })).toMatchObject({
    ref: "a.example",
    attributes: { DkimDNSTokenName1: expect.any(String), DkimDNSTokenValue3: expect.any(String) },
  });
});
