import { business, context, customerId, runs, sqsEvent } from "../world.ts";
import { allDone, cpuPerUnit, handlerOf, task, tell } from "./stopwatch.ts";

// record-feedback as deployed: ten messages an invocation. Of ten events four tell that a mail was sent, four
// that it was delivered, and two that it was opened, which also changes the customer.

const handler = await handlerOf("record-feedback");
const kinds = ["Send", "Delivery", "Send", "Delivery", "Open"];

const browser =
  "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Mobile Safari/537.36";

function sesEvent(n: number) {
  const eventType = kinds[n % kinds.length] ?? "Send";
  const moment = { timestamp: "2026-11-24T02:00:05.000Z" };
  const address = `pelanggan.${n}@example.com`;
  return {
    version: "0",
    id: "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
    source: "aws.ses",
    account: "000000000000",
    time: "2026-11-24T02:00:06Z",
    region: "us-east-1",
    resources: ["arn:aws:ses:us-east-1:000000000000:configuration-set/sapa"],
    "detail-type": `Email ${eventType}`,
    detail: {
      eventType,
      mail: {
        timestamp: "2026-11-24T02:00:03.000Z",
        source: business.sender.address,
        messageId: "0100019a6a7e8feb-6a7e8feb-b491-4cf7-a9f1-bf3703467718-000000",
        destination: [address],
        headersTruncated: false,
        headers: [
          { name: "From", value: "Kopi Senja <halo@kopisenja.example>" },
          { name: "To", value: address },
          { name: "Subject", value: "Es Kopi Gula Aren dan lainnya baru hadir di Kopi Senja" },
          { name: "List-Unsubscribe-Post", value: "List-Unsubscribe=One-Click" },
        ],
        tags: {
          "ses:configuration-set": ["sapa"],
          "ses:source-ip": ["192.0.2.1"],
          business: [business.id],
          run: [runs.newItems.id],
          customer: [customerId(n)],
        },
      },
      ...(eventType === "Send" && { send: {} }),
      ...(eventType === "Delivery" && {
        delivery: { ...moment, processingTimeMillis: 1100, recipients: [address], smtpResponse: "250 OK" },
      }),
      ...(eventType === "Open" && { open: { ...moment, ipAddress: "192.0.2.1", userAgent: browser } }),
    },
  };
}

const invocations = task.quick ? 30 : 200;
const events = Array.from({ length: invocations }, (_, batch) =>
  sqsEvent(Array.from({ length: 10 }, (_, n) => sesEvent(batch * 10 + n))),
);
const perEvent = await cpuPerUnit(
  invocations * 10,
  async () => {
    for (const event of events) allDone(await handler(event, context));
  },
  { warmUps: 1, rounds: task.quick ? 1 : 3 },
);
tell({ "record-feedback, events per CPU-second": 1_000_000 / perEvent });
