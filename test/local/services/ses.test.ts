import {
  CreateEmailIdentityCommand,
  CreateEmailTemplateCommand,
  DeleteEmailTemplateCommand,
  DeleteSuppressedDestinationCommand,
  GetAccountCommand,
  GetEmailIdentityCommand,
  GetEmailTemplateCommand,
  GetSuppressedDestinationCommand,
  ListEmailTemplatesCommand,
  PutSuppressedDestinationCommand,
  SESv2Client,
  SendBulkEmailCommand,
  type SendBulkEmailCommandInput,
  SendEmailCommand,
  TestRenderEmailTemplateCommand,
  UpdateEmailTemplateCommand,
} from "@aws-sdk/client-sesv2";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Ses, type SesOptions, ses } from "../../../local/services/ses.ts";
import { client, type FakeHost, fakeHost, serve, useJournal } from "./support.ts";

const DAY = 86_400_000;
const journals = useJournal();

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
    await expect(bulk(ani, { DefaultContent: { Template: { TemplateName: "none" } } })).rejects.toMatchObject(
      { name: "NotFoundException", message: "Template none does not exist." },
    );
    await expect(bulk(ani, { ConfigurationSetName: "none" })).rejects.toMatchObject({
      name: "NotFoundException",
    });
    expect(service.mails()).toEqual([]);
    expect(await types()).toEqual([]);
  });

  /** https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_ReplacementTemplate.html */
  test("takes 262,144 characters of data for a recipient, and refuses the call for one more", async () => {
    await template();
    const data = (length: number) => ({ s0: "x".repeat(length - JSON.stringify({ s0: "" }).length) });
    expect(await statuses(bulk({ "ani@example.com": data(262_144) }))).toEqual(["SUCCESS"]);
    await expect(
      bulk({ "ani@example.com": data(262_145), "budi@example.com": { s0: "Budi" } }),
    ).rejects.toMatchObject({ name: "BadRequestException" });
    const TemplateData = JSON.stringify(data(262_145));
    await expect(
      bulk(
        { "ani@example.com": { s0: "Ani" } },
        { DefaultContent: { Template: { TemplateName: "birthday", TemplateData } } },
      ),
    ).rejects.toMatchObject({ name: "BadRequestException" });
    expect(service.mails()).toHaveLength(1);
  });

  /** https://docs.aws.amazon.com/ses/latest/dg/quotas.html: 40 MB a message, in base64. */
  test("refuses a message over 40 MB", async () => {
    await template({ Html: "{{s0}}".repeat(200) });
    const mails = bulk({
      "ani@example.com": { s0: "x".repeat(200_000) },
      "budi@example.com": { s0: "Budi" },
    });
    expect(await statuses(mails)).toEqual(["INVALID_PARAMETER", "SUCCESS"]);
    const Html = { Data: "x".repeat(32_000_000) };
    await expect(
      calls.send(
        new SendEmailCommand({
          FromEmailAddress: "halo@kopisenja.example",
          Destination: { ToAddresses: ["ani@example.com"] },
          Content: { Simple: { Subject: { Data: "Test" }, Body: { Html } } },
        }),
      ),
    ).rejects.toMatchObject({
      name: "BadRequestException",
      message: /^Message length is more than 41943040/,
    });
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

  test("counts a mail for 24 hours from the millisecond it was sent in", async () => {
    await close();
    await open({ max24HourSend: 2 });
    await template();
    await host.advance(59_999);
    await bulk({ "ani@example.com": { s0: "Ani" } });
    await host.advance(12 * 3_600_000);
    await bulk({ "budi@example.com": { s0: "Budi" } });
    const citra = () => statuses(bulk({ "citra@example.com": { s0: "Citra" } }));
    await host.advance(DAY / 2 - 1);
    expect(await citra()).toEqual(["ACCOUNT_DAILY_QUOTA_EXCEEDED"]);
    await host.advance(1);
    expect(await citra()).toEqual(["SUCCESS"]);
    expect(await citra()).toEqual(["ACCOUNT_DAILY_QUOTA_EXCEEDED"]);
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

describe("SES's control plane", () => {
  const get = () => calls.send(new GetEmailTemplateCommand({ TemplateName: "birthday" }));
  const TemplateContent = { Subject: "Hello", Text: "Hello" };

  /** https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_CreateEmailTemplate.html and its sisters. */
  test("takes one call about templates a second, and sends mail beside it", async () => {
    await close();
    await open({ templateCallsPerSecond: 1 });
    await template();
    const others = [
      () => template({ TemplateName: "other" }),
      get,
      () => calls.send(new UpdateEmailTemplateCommand({ TemplateName: "birthday", TemplateContent })),
      () => calls.send(new TestRenderEmailTemplateCommand({ TemplateName: "birthday", TemplateData: "{}" })),
      () => calls.send(new ListEmailTemplatesCommand({})),
      () => calls.send(new DeleteEmailTemplateCommand({ TemplateName: "birthday" })),
    ];
    for (const call of others) {
      await expect(call()).rejects.toMatchObject({
        name: "TooManyRequestsException",
        $metadata: { httpStatusCode: 429 },
      });
    }
    expect(await statuses(bulk({ "ani@example.com": { s0: "Ani" } }))).toEqual(["SUCCESS"]);
    await host.advance(999);
    await expect(get()).rejects.toMatchObject({ name: "TooManyRequestsException" });
    await host.advance(1);
    await get();
    await host.advance(1_000);
    const both = await Promise.allSettled([get(), get()]);
    expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  });

  test("is not limited unless the host is told so", async () => {
    await template();
    for (let call = 0; call < 5; call += 1) await get();
  });

  test("lists templates, changes one and deletes one", async () => {
    for (const TemplateName of ["a", "b", "c"]) await template({ TemplateName });
    const list = async (NextToken?: string) => {
      const page = await calls.send(new ListEmailTemplatesCommand({ PageSize: 2, NextToken }));
      return { names: page.TemplatesMetadata?.map(({ TemplateName }) => TemplateName), next: page.NextToken };
    };
    const first = await list();
    expect(first.names).toEqual(["a", "b"]);
    expect(await list(first.next)).toEqual({ names: ["c"], next: undefined });
    await calls.send(new UpdateEmailTemplateCommand({ TemplateName: "b", TemplateContent }));
    expect(await calls.send(new GetEmailTemplateCommand({ TemplateName: "b" }))).toMatchObject({
      TemplateContent,
    });
    await calls.send(new DeleteEmailTemplateCommand({ TemplateName: "a" }));
    expect((await list()).names).toEqual(["b", "c"]);
  });

  /** https://docs.aws.amazon.com/ses/latest/dg/send-personalized-email-api.html */
  test("keeps 20,000 templates and no more", async () => {
    await close();
    const journal = await journals.restart();
    for (let number = 0; number < 20_000; number += 1) {
      const TemplateName = `t${number}`;
      journal.put("templates", TemplateName, { TemplateName, TemplateContent, CreatedTimestamp: number });
    }
    await journal.written();
    await open({ journal: await journals.restart() });
    await expect(template()).rejects.toMatchObject({ name: "LimitExceededException" });
    await calls.send(new DeleteEmailTemplateCommand({ TemplateName: "t7" }));
    await template();
  });
});

describe("the account-level suppression list", () => {
  const sent = async (to: string, more: Partial<SendBulkEmailCommandInput> = {}) => {
    const answer = await bulk({ [to]: { s0: "Ani" } }, more);
    return answer.BulkEmailEntryResults?.[0]?.MessageId ?? "";
  };
  const bounce = (emailAddress: string) => ({
    bounceType: "Permanent",
    bouncedRecipients: [{ emailAddress }],
  });
  const set = async (Name: string, SuppressionOptions?: object) => {
    const properties = { Name, ...(SuppressionOptions && { SuppressionOptions }) };
    await service.create({ logicalId: Name, type: "AWS::SES::ConfigurationSet", properties });
    return { ConfigurationSetName: Name };
  };
  const arrivedAt = (address: string) =>
    service.mails().filter(({ destination }) => destination.to.includes(address)).length;

  beforeEach(() => template());

  /** https://docs.aws.amazon.com/ses/latest/dg/sending-email-suppression-list.html */
  test.each([
    ["bounced for good", "Bounce" as const, bounce("Ani@Example.com")],
    ["complained", "Complaint" as const, { complainedRecipients: [{ emailAddress: "ani@example.com" }] }],
  ])(
    "holds mail back from an address that %s: it is taken, and a bounce tells why",
    async (_, type, part) => {
      await service.happen(await sent("ani@example.com"), type, part);
      const before = (await types()).length;
      const held = bulk({ "ani@example.com": { s0: "Ani" } });
      expect(await statuses(held)).toEqual(["SUCCESS"]);
      expect(arrivedAt("ani@example.com")).toBe(1);
      const [send, told, ...others] = (await events()).slice(before);
      expect(others).toEqual([]);
      expect(send?.detail.eventType).toBe("Send");
      expect(told?.detail).toMatchObject({
        eventType: "Bounce",
        bounce: { bounceType: "Permanent", bounceSubType: "OnAccountSuppressionList" },
      });
      const quota = (await calls.send(new GetAccountCommand({}))).SendQuota;
      expect(quota?.SentLast24Hours).toBe(2);
    },
  );

  test("is left alone by soft bounces, and by the mailbox simulator", async () => {
    await service.happen(await sent("ani@example.com"), "Bounce", {
      ...bounce("ani@example.com"),
      bounceType: "Transient",
    });
    await sent("bounce@simulator.amazonses.com");
    await sent("ani@example.com");
    expect(arrivedAt("ani@example.com")).toBe(2);
    await expect(
      calls.send(new GetSuppressedDestinationCommand({ EmailAddress: "bounce@simulator.amazonses.com" })),
    ).rejects.toMatchObject({ name: "NotFoundException" });
  });

  /** https://docs.aws.amazon.com/ses/latest/dg/sending-email-suppression-list-config-level.html */
  test("does not count for a configuration set whose list of reasons is empty, which adds nothing to it either", async () => {
    const off = await set("off", { SuppressedReasons: [] });
    await service.happen(await sent("ani@example.com", off), "Bounce", bounce("ani@example.com"));
    await sent("ani@example.com");
    expect(arrivedAt("ani@example.com")).toBe(2);
    await service.happen(await sent("ani@example.com"), "Bounce", bounce("ani@example.com"));
    await sent("ani@example.com");
    expect(arrivedAt("ani@example.com")).toBe(3);
    await sent("ani@example.com", off);
    expect(arrivedAt("ani@example.com")).toBe(4);
  });

  test("counts for a configuration set only for the reasons that it names", async () => {
    const complaints = await set("complaints", { SuppressedReasons: ["COMPLAINT"] });
    const Reason = { bounced: "BOUNCE", complained: "COMPLAINT" } as const;
    for (const [name, reason] of Object.entries(Reason)) {
      await calls.send(
        new PutSuppressedDestinationCommand({ EmailAddress: `${name}@example.com`, Reason: reason }),
      );
      await sent(`${name}@example.com`, complaints);
    }
    expect([arrivedAt("bounced@example.com"), arrivedAt("complained@example.com")]).toEqual([1, 0]);
  });

  test("can be read and cleared, an address at a time", async () => {
    const EmailAddress = "ani@example.com";
    await calls.send(new PutSuppressedDestinationCommand({ EmailAddress, Reason: "BOUNCE" }));
    const read = () => calls.send(new GetSuppressedDestinationCommand({ EmailAddress }));
    expect((await read()).SuppressedDestination).toMatchObject({ EmailAddress, Reason: "BOUNCE" });
    await calls.send(new DeleteSuppressedDestinationCommand({ EmailAddress }));
    await expect(read()).rejects.toMatchObject({ name: "NotFoundException" });
    await sent(EmailAddress);
    expect(arrivedAt(EmailAddress)).toBe(1);
  });

  test("takes no options that it does not understand", async () => {
    await expect(set("odd", { SuppressedReasons: [], SuppressionScope: "TENANT" })).rejects.toThrow(
      "SuppressionOptions.SuppressionScope",
    );
  });
});

describe("events that are late", () => {
  test("come for all that happens in a stretch of time, later by what the host is told", async () => {
    await template();
    service.delayFeedback(3_600_000);
    await bulk({ "ani@example.com": { s0: "Ani" } });
    service.delayFeedback(0);
    await bulk({ "budi@example.com": { s0: "Budi" } });
    const whose = async () =>
      (await events()).map(({ detail }) => `${detail.eventType} ${detail.mail.destination}`);
    expect(await whose()).toEqual(["Send budi@example.com", "Delivery budi@example.com"]);
    await host.advance(3_599_999);
    expect(await whose()).toHaveLength(2);
    await host.advance(1);
    expect((await whose()).slice(2)).toEqual(["Send ani@example.com", "Delivery ani@example.com"]);
  });

  test("may be so from the beginning", async () => {
    await close();
    await open({ feedbackLag: 60_000 });
    await template();
    await bulk({ "ani@example.com": { s0: "Ani" } });
    expect(await types()).toEqual([]);
    await host.advance(60_000);
    expect(await types()).toEqual(["Send", "Delivery"]);
  });
});

describe("what SES has taken", () => {
  async function restart(how: "stopped" | "killed", options: Partial<SesOptions> = {}) {
    const taken = how === "killed" ? await journals.restart("killed") : undefined;
    await close();
    host.die();
    const journal = taken ?? (await journals.restart());
    await open({ journal, ...options });
    return { written: () => journal.written() };
  }

  test.each(["stopped", "killed"] as const)("is there again after the host was %s", async (how) => {
    const { written } = await restart("stopped");
    await template();
    await bulk({ "ani@example.com": { s0: "Ani" } });
    await calls.send(
      new PutSuppressedDestinationCommand({ EmailAddress: "budi@example.com", Reason: "BOUNCE" }),
    );
    await calls.send(new CreateEmailIdentityCommand({ EmailIdentity: "new@example.com" }));
    await written();
    await restart(how);
    expect(service.mails()).toMatchObject([{ subject: "Happy birthday, Ani" }]);
    expect(await statuses(bulk({ "budi@example.com": { s0: "Budi" } }))).toEqual(["SUCCESS"]);
    expect(service.mails()).toHaveLength(1);
    expect((await calls.send(new GetAccountCommand({}))).SendQuota?.SentLast24Hours).toBe(2);
    await calls.send(new GetEmailIdentityCommand({ EmailIdentity: "new@example.com" }));
  });

  test("is told of after a kill that came between the mails and their events, and once", async () => {
    const { written } = await restart("stopped", { feedbackLag: 60_000 });
    await template();
    await bulk({ "ani@example.com": { s0: "Ani" } });
    await written();
    const next = await restart("killed");
    expect(await types()).toEqual([]);
    await host.advance(60_000);
    expect(await types()).toEqual(["Send", "Delivery"]);
    await next.written();
    await restart("killed");
    await host.advance(60_000);
    expect(await types()).toEqual(["Send", "Delivery"]);
  });

  test("is forgotten when the inbox is emptied, but for the templates", async () => {
    await restart("stopped");
    await template();
    await bulk({ "ani@example.com": { s0: "Ani" } });
    expect((await fetch(`${service.inboxUrl}/clear-store`, { method: "POST" })).status).toBe(200);
    expect(service.mails()).toEqual([]);
    await restart("stopped");
    expect(service.mails()).toEqual([]);
    expect(await statuses(bulk({ "budi@example.com": { s0: "Budi" } }))).toEqual(["SUCCESS"]);
  });
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
