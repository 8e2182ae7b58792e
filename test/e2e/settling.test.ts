import { PurgeQueueCommand, SQSClient } from "@aws-sdk/client-sqs";
import { beforeEach, describe, expect, test } from "vitest";
import { useHost } from "../support/host.ts";
import { arnOf, story } from "../support/story.ts";

const host = useHost({ now: "2026-11-24T01:00:00Z" });
let shop: { business: string; key: string };
const owner = story(host, () => shop.key);

beforeEach(async () => {
  host.host.ses.onSend = undefined;
  shop = await host.shop();
});

const broadcast = () =>
  owner.campaign({
    kind: "broadcast",
    template: "broadcast",
    topic: "news",
    schedule: { once: "2030-01-01T09:00" },
  });
const pass = (hours: number) =>
  host.moveTo(new Date(host.host.clock.now() + hours * 3_600_000).toISOString());

/** SES breaks off without an answer whenever one of the recipients has this beginning. */
const breakOffFor = (beginning: string) => {
  host.host.ses.onSend = (recipient) => {
    if (recipient.startsWith(beginning)) throw new Error("The connection is gone");
    return undefined;
  };
};

describe("a claim whose call to SES was never answered", () => {
  test("is sent again when SES's events flow for the others and none came for it", async () => {
    for (let number = 0; number < 12; number++) {
      await owner.customer({ email: `fine-${number}@example.com` });
    }
    const lost = await owner.customer({ email: "lost@example.com" });
    breakOffFor("lost");
    const run = await owner.run(await broadcast());
    expect(run.books.waiting).toBeGreaterThan(0);
    expect(await owner.ask(`GET /v1/runs/${run.id}/explain/${lost}`)).toMatchObject({ outcome: "claimed" });

    host.host.ses.onSend = undefined;
    await pass(3);

    expect((await owner.ask(`GET /v1/runs/${run.id}`)).books).toMatchObject({ selected: 13, waiting: 0 });
    expect(host.mails("lost@example.com")).toHaveLength(1);
    const arrived = host.mails().map(({ destination }) => destination.to[0]);
    expect(new Set(arrived).size).toBe(arrived.length);
  });

  test("is reported as unknown, and never sent again, when nothing shows what became of it", async () => {
    await owner.customer({ email: "alone@example.com" });
    breakOffFor("alone");
    const run = await owner.run(await broadcast());
    host.host.ses.onSend = undefined;
    await pass(3);
    const settled = await owner.ask(`GET /v1/runs/${run.id}`);
    expect(settled).toMatchObject({ state: "settled", books: { selected: 1, unknown: 1, waiting: 0 } });
    expect(host.mails("alone@example.com")).toEqual([]);
  });
});

test("a batch whose message was lost before it was claimed is enqueued again", async () => {
  const patch = `PATCH /v1/businesses/${shop.business}` as const;
  await owner.ask(patch, { quietHours: { from: "00:00", to: "23:59" } });
  await owner.customer({ email: "purged@example.com" });
  const run = await owner.run(await broadcast());
  expect(run.books).toMatchObject({ selected: 1, waiting: 1 });
  const name = arnOf(host, "AWS::SQS::Queue", "sends").split(":").at(-1) ?? "";
  const sqs = new SQSClient({
    endpoint: `${host.host.awsUrl}/sqs`,
    region: "us-east-1",
    credentials: host.host.operator,
  });
  await sqs.send(new PurgeQueueCommand({ QueueUrl: `${host.host.awsUrl}/sqs/000000000000/${name}` }));
  await owner.ask(patch, { quietHours: null });
  await pass(3);
  expect((await owner.ask(`GET /v1/runs/${run.id}`)).books).toMatchObject({ accepted: 1, waiting: 0 });
  expect(host.mails("purged@example.com")).toHaveLength(1);
});
