import { GetScheduleCommand, ListSchedulesCommand, SchedulerClient } from "@aws-sdk/client-scheduler";
import { GetQueueAttributesCommand, ListQueuesCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { functionNames } from "../../infra/functions.ts";
import { orSkip } from "../emulators/cache.ts";
import { credentials, startMiniStack } from "../emulators/ministack.ts";
import { bringForward, fetchByHost } from "./deviations.ts";
import { startMail } from "./mail.ts";
import { askWith, awsQuery, errorsOf, header, type Json, until } from "./owner.ts";
import { cdkWith, type Outputs } from "./stack.ts";

const mail = await startMail();
const emulator = await orSkip("the stack, deployed into an emulator of AWS", () =>
  startMiniStack({ secured: true, environment: { AWS_ENDPOINT_URL_SESV2: mail.url } }),
);

const aws = {
  endpoint: emulator?.endpoint ?? "",
  region: "us-east-1",
  credentials: { accessKeyId: "test", secretAccessKey: "test" },
};
const scheduler = new SchedulerClient(aws);
const sqs = new SQSClient(aws);
const stack = await cdkWith({
  ...credentials,
  AWS_ENDPOINT_URL: emulator?.endpoint,
  AWS_REGION: aws.region,
  AWS_PROFILE: undefined,
  AWS_SESSION_TOKEN: undefined,
});

afterEach(async ({ task }) => {
  if (task.result?.state !== "fail") return;
  const logged = await Promise.all(functionNames.map((name) => errorsOf(aws.endpoint, name)));
  console.error(logged.flat().join("\n"));
});
afterAll(async () => {
  await emulator?.stop();
  await mail.stop();
  await stack.forget();
});

const customers = `Nama,Email,Tanggal Lahir,Consent
Ani Lestari,ani@example.com,1990-11-24,ya
Budi Santoso,budi@example.com,1985-03-02,ya
Citra,citra@example.com,,tidak
Dewi,bounce@simulator.amazonses.com,,ya
Eko,not an address,,ya
`;

describe.skipIf(!emulator)("the stack, deployed into an emulator of AWS", () => {
  let outputs: Outputs;
  let admin: ReturnType<typeof askWith>;
  let owner: ReturnType<typeof askWith>;
  let business: string;
  let campaign: string;
  let first: Json;

  /** Lets the campaign's schedule fire, and follows the run until `isDone`: each of its mails is accepted or refused. */
  const fire = async (isDone = ({ books }: Json) => books?.finished): Promise<Json> => {
    const at = await bringForward(scheduler, { GroupName: "Sapa", Name: campaign });
    const runs = () => owner(`GET /v1/runs?campaign=${campaign}&limit=1`);
    const { items } = await until(runs, ({ items }) => Date.parse(items[0]?.scheduledAt) === at.getTime());
    return until(
      () => owner(`GET /v1/runs/${items[0].id}`),
      (run) => isDone(run) || run.state === "failed",
    );
  };

  beforeAll(async () => {
    await stack.bootstrap();
    outputs = await stack.deploy();
    await mail.adopt("Sapa", aws);
  });

  test("the operator's key, shown as the documents say, creates a business and its key", async () => {
    admin = askWith(outputs.ApiUrl, await stack.adminKey(outputs.KeysSecretArn));
    const { id } = await admin("POST /v1/businesses", {
      name: "Kopi Senja",
      sender: { address: "halo@kopisenja.example" },
      postalAddress: "Jl. Braga 12, Bandung 40111, Indonesia",
      timeZone: "Asia/Jakarta",
      currency: "IDR",
      locale: "id",
    });
    business = id;
    const { token } = await admin(`POST /v1/businesses/${business}/keys`, { name: "till" });
    owner = askWith(outputs.ApiUrl, token);
    expect(await owner("GET /v1/customers")).toMatchObject({ items: [] });
  });

  test("a file that is put to the presigned URL becomes customers, and bad rows are reported", async () => {
    const { id, uploadUrl } = await owner("POST /v1/imports", {
      kind: "customers",
      format: "csv",
      size: Buffer.byteLength(customers),
      consent: "subscribed",
      legalBasis: "Signed up at the till",
    });
    const put = await fetch(uploadUrl, { method: "PUT", body: customers });
    expect(put.status).toBe(200);
    const done = await until(
      () => owner(`GET /v1/imports/${id}`),
      ({ state }) => state === "finished" || state === "failed",
    );
    expect(done).toMatchObject({ state: "finished" });
    const { items } = await owner("GET /v1/customers");
    expect(items.map(({ name }: Json) => name).sort()).toEqual([
      "Ani Lestari",
      "Budi Santoso",
      "Citra",
      "Dewi",
    ]);
    expect((await owner(`GET /v1/imports/${id}/rejections`)).items).toMatchObject([{ row: 6 }]);
  });

  test("activating a campaign sets its schedule, in the business's time zone", async () => {
    ({ id: campaign } = await owner("POST /v1/campaigns", {
      kind: "broadcast",
      name: "News",
      template: "broadcast",
      topic: "news",
      offer: "Kopi susu gratis",
      schedule: { every: "day", at: "09:00" },
    }));
    await owner(`POST /v1/campaigns/${campaign}/activate`);
    const schedule = await scheduler.send(new GetScheduleCommand({ GroupName: "Sapa", Name: campaign }));
    expect(schedule).toMatchObject({
      State: "ENABLED",
      ScheduleExpression: "cron(0 9 * * ? *)",
      ScheduleExpressionTimezone: "Asia/Jakarta",
      Target: { Arn: expect.stringMatching(/:sqs:.*runs/) },
    });
  });

  test("the schedule fires a run that mails who may be mailed, and its books balance", async () => {
    first = await fire();
    expect(first.books).toMatchObject({ selected: 4, accepted: 3, skipped: { unsubscribed: 1 }, failed: {} });
    expect(mail.to("ani@example.com")).toMatchObject([
      { body: { html: expect.stringContaining("Kopi susu gratis"), text: expect.stringContaining("Ani") } },
    ]);
    expect(mail.to("budi@example.com")).toHaveLength(1);
    expect(mail.to("citra@example.com")).toEqual([]);
  });

  test("what became of each mail comes back by SES's events", async () => {
    const sends = () => owner(`GET /v1/runs/${first.id}/sends`);
    const { items } = await until(sends, ({ items }) =>
      items.every(({ state }: Json) => ["delivered", "bounced", "skipped"].includes(state)),
    );
    expect(items.map(({ state }: Json) => state).sort()).toEqual([
      "bounced",
      "delivered",
      "delivered",
      "skipped",
    ]);
  });

  test("one POST to the link of a mail, as mailbox providers send it, unsubscribes", async () => {
    const [ani = {}] = mail.to("ani@example.com");
    const url = /<(http[^>]+)>/.exec(header(ani, "List-Unsubscribe"))?.[1] ?? "";
    expect(url).toContain(outputs.PublicUrl);
    const looked = await fetchByHost(url);
    expect([looked.status, looked.headers["content-type"]]).toEqual([200, "text/html; charset=utf-8"]);
    const posted = await fetchByHost(url, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: header(ani, "List-Unsubscribe-Post"),
    });
    expect(posted.status).toBe(200);
    const { items } = await owner("GET /v1/customers?email=ani@example.com");
    expect(items).toMatchObject([{ consent: "unsubscribed" }]);
  });

  test("the next run skips who unsubscribed and whose address bounced", async () => {
    const run = await fire();
    expect(run.books).toMatchObject({
      selected: 4,
      accepted: 1,
      skipped: { unsubscribed: 2, suppressed: 1 },
    });
    expect(mail.to("ani@example.com")).toHaveLength(1);
    expect(mail.to("budi@example.com")).toHaveLength(2);
  });

  test("mail waits while the shop is quiet, on no queue, and goes when the quiet hours are moved", async () => {
    const hour = (hours: number) => {
      const inJakarta = new Date(Date.now() + (7 + hours) * 3_600_000);
      return inJakarta.toISOString().slice(11, 16);
    };
    await owner(`PATCH /v1/businesses/${business}`, { quietHours: { from: hour(-1), to: hour(11) } });
    const waiting = await fire(({ books }) => books?.waiting === 1);
    expect(waiting.books).toMatchObject({ accepted: 0, waiting: 1 });
    const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({}));
    for (const QueueUrl of QueueUrls.filter((url) => /sends|runs/i.test(url))) {
      const AttributeNames = [
        "ApproximateNumberOfMessages",
        "ApproximateNumberOfMessagesNotVisible",
      ] as const;
      const { Attributes } = await sqs.send(
        new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...AttributeNames] }),
      );
      expect(Object.values(Attributes ?? {})).toEqual(["0", "0"]);
    }
    expect(mail.to("budi@example.com")).toHaveLength(2);

    await owner(`PATCH /v1/businesses/${business}`, { quietHours: { from: hour(-3), to: hour(-1) } });
    const run = await until(
      () => owner(`GET /v1/runs/${waiting.id}`),
      ({ books }) => books?.finished,
    );
    expect(run.books).toMatchObject({ accepted: 1, waiting: 0 });
    expect(mail.to("budi@example.com")).toHaveLength(3);
  });

  test("the timer of a run's books closes them", async () => {
    const NamePrefix = `settle-${first.id}`;
    const { Schedules = [] } = await scheduler.send(
      new ListSchedulesCommand({ GroupName: "Sapa", NamePrefix }),
    );
    const [{ Name = "" } = {}] = Schedules;
    await bringForward(scheduler, { GroupName: "Sapa", Name });
    const run = await until(
      () => owner(`GET /v1/runs/${first.id}`),
      ({ state }) => state === "settled",
    );
    expect(run.books).toMatchObject({ selected: 4, accepted: 3, unknown: 0 });
  });

  test("a second deployment changes a setting and loses nothing", async () => {
    const subscribed = () =>
      awsQuery(aws.endpoint, { service: "sns", Action: "ListSubscriptions", Version: "2010-03-31" });
    expect(await subscribed()).not.toContain("owner@kopisenja.example");
    expect(await stack.deploy("alarmEmail=owner@kopisenja.example")).toEqual(outputs);
    expect(await subscribed()).toContain("owner@kopisenja.example");
    expect((await owner("GET /v1/customers")).items).toHaveLength(4);
    const run = await fire();
    expect(run.books).toMatchObject({ accepted: 1 });
  });

  test("nothing ended in a dead-letter queue", async () => {
    const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({}));
    const dead = QueueUrls.filter((url) => /undelivered|failedevents/.test(url));
    expect(dead).toHaveLength(2);
    for (const QueueUrl of dead) {
      const AttributeNames = ["ApproximateNumberOfMessages" as const];
      const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames }));
      expect(Attributes).toEqual({ ApproximateNumberOfMessages: "0" });
    }
  });

  test("destroying the stack takes away what works and keeps the data", async () => {
    await stack.destroy();
    const stacks = await awsQuery(aws.endpoint, {
      service: "cloudformation",
      Action: "DescribeStacks",
      Version: "2010-05-15",
    });
    expect(stacks).not.toContain("<StackName>Sapa</StackName>");
    expect((await fetchByHost(`${outputs.ApiUrl}/v1/customers`)).status).toBe(404);
    expect(await stack.adminKey(outputs.KeysSecretArn)).toMatch(/^sapa_admin_/);
  });
});
