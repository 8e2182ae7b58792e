import type { RequestListener } from "node:http";
import { beforeEach, describe, expect, test } from "vitest";
import { newId } from "../../core/ids.ts";
import type { Recipient } from "../../core/runs/audience.ts";
import type { Delivery } from "../../core/runs/claims.ts";
import { inRequests, type Mail } from "../../core/runs/compose.ts";
import { sendBatch } from "../../core/runs/send-batch.ts";
import { useService } from "../support/service.ts";
import { aBusiness } from "../support/shop.ts";

/** SES: which recipients each request named, and what it answers to one, which may be an error of the whole call. */
const requests: string[][] = [];
let refusing: (recipients: string[]) => { name: string; message: string } | undefined;
let statusOf: (recipient: string) => Record<string, string>;

const answer: RequestListener = async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { BulkEmailEntries } = JSON.parse(Buffer.concat(chunks).toString()) as {
    BulkEmailEntries: { Destination: { ToAddresses: string[] } }[];
  };
  const recipients = BulkEmailEntries.flatMap(({ Destination }) => Destination.ToAddresses);
  requests.push(recipients);
  response.setHeader("content-type", "application/json");
  const refusal = refusing(recipients);
  if (refusal) {
    response.statusCode = 400;
    response.setHeader("x-amzn-errortype", refusal.name);
    response.end(JSON.stringify({ message: refusal.message }));
  } else response.end(JSON.stringify({ BulkEmailEntryResults: recipients.map(statusOf) }));
};
useService(answer, (url) => ({ AWS_ENDPOINT_URL_SESV2: url, CONFIGURATION_SET_NAME: "Sapa" }));

beforeEach(() => {
  requests.length = 0;
  refusing = () => undefined;
  statusOf = (recipient) => ({ Status: "SUCCESS", MessageId: `message of ${recipient}` });
});

const business = aBusiness();
const delivery = {
  business,
  batch: { id: "00#000001#000", locale: "id" },
  run: { id: newId("run"), business: business.id, mailTemplates: { id: "sapa-test" } },
} as unknown as Delivery;

const mail = (name: string, text = `Halo ${name}`): Mail => {
  const recipient = { id: `cus_${name}`, email: `${name}@example.com` } as Recipient;
  const url = `https://links.example/u/${name}`;
  return { recipient, links: { unsubscribe: url, preferences: url, rating: url }, personal: { s0: text } };
};
const mails = (count: number) => Array.from({ length: count }, (_, n) => mail(`c${n}`));
const send = async (all: Mail[]) => {
  const answers = await sendBatch(delivery, { mails: all, shared: {} });
  return new Map(answers.map(({ id, status }) => [id, status]));
};

describe("one invalid recipient, for whom SES refuses the whole request", () => {
  const invalid = (...names: string[]) => {
    refusing = (recipients) =>
      recipients.some((one) => names.some((name) => one === `${name}@example.com`))
        ? { name: "BadRequestException", message: "Local address contains control or whitespace" }
        : undefined;
  };

  test("fails alone, and the others are sent, each once", async () => {
    invalid("c17");
    const answers = await send(mails(50));

    expect(answers.get("cus_c17")).toBe("INVALID_PARAMETER");
    expect([...answers.values()].filter((status) => status === "SUCCESS")).toHaveLength(49);
    const taken = requests.filter((recipients) => !recipients.includes("c17@example.com")).flat();
    expect(new Set(taken).size).toBe(taken.length);
    // Halved until it stands alone.
    expect(requests.length).toBeLessThanOrEqual(13);
  });

  test("is looked for only so long: where all are invalid, SES is not asked about each", async () => {
    refusing = () => ({ name: "BadRequestException", message: "Missing final '@domain'" });
    const answers = await send(mails(50));

    expect(new Set(answers.values())).toEqual(new Set(["INVALID_PARAMETER"]));
    expect(answers.size).toBe(50);
    expect(requests.length).toBeLessThan(30);
  });
});

describe("a sender that is not verified", () => {
  const message = `Email address is not verified. The following identities failed the check in region AP-SOUTHEAST-3: "Kopi Senja" <${business.sender.address}>`;

  test("is told by an error of the whole call", async () => {
    refusing = () => ({ name: "MessageRejected", message });
    expect(new Set((await send(mails(3))).values())).toEqual(new Set(["SENDER_NOT_VERIFIED"]));
  });

  test("or by the status of each recipient", async () => {
    statusOf = () => ({ Status: "MESSAGE_REJECTED", Error: message });
    expect(new Set((await send(mails(3))).values())).toEqual(new Set(["SENDER_NOT_VERIFIED"]));
  });

  test("is told apart from a recipient who is not verified, as the sandbox wants them to be", async () => {
    statusOf = (recipient) => ({
      Status: "MESSAGE_REJECTED",
      Error: `Email address is not verified: ${recipient}`,
    });
    expect(new Set((await send(mails(3))).values())).toEqual(new Set(["MESSAGE_REJECTED"]));
  });
});

describe("the length of a mail's own part", () => {
  test("beyond what SES takes for one recipient fails that one, and SES is not asked", async () => {
    const answers = await send([mail("short"), mail("long", "x".repeat(262_200))]);

    expect(answers).toEqual(
      new Map([
        ["cus_long", "CONTENT_TOO_LONG"],
        ["cus_short", "SUCCESS"],
      ]),
    );
    expect(requests).toEqual([["short@example.com"]]);
  });

  test("splits mails into requests below a megabyte, in order, none left out", () => {
    const all = Array.from({ length: 50 }, (_, n) => mail(`c${n}`, "é".repeat(1_000 + n * 900)));
    const split = inRequests(all, 50);

    expect(split.flat()).toEqual(all);
    for (const request of split) {
      const bytes = request.reduce(
        (sum, one) => sum + Buffer.byteLength(JSON.stringify(JSON.stringify(one.personal))),
        0,
      );
      expect(bytes).toBeLessThan(1_000_000);
    }
    expect(split.length).toBeGreaterThan(1);
    expect(inRequests(mails(120), 50).map((request) => request.length)).toEqual([50, 50, 20]);
  });
});
