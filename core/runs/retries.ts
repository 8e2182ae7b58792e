import { UpdateCommand } from "@aws-sdk/lib-dynamodb";
import * as customers from "../customers.ts";
import { ownEntry } from "../dictionaries.ts";
import type { SkipReason } from "../eligibility.ts";
import type { CustomerId } from "../ids.ts";
import * as pace from "../pace.ts";
import { quietSeconds } from "../quiet-hours.ts";
import * as runs from "../runs.ts";
import { isReported, keyOf, type Receipt, receiptKey, type Send } from "../sends.ts";
import { accountQuota } from "../ses.ts";
import * as store from "../store.ts";
import { type Instant, instant } from "../time.ts";
import { audienceOf, type Recipient } from "./audience.ts";
import { type Delivery, hoursOf } from "./claims.ts";
import type { Clock } from "./deliver.ts";
import { handOver } from "./hand-over.ts";
import { type Retry, record } from "./receipts.ts";

/**
 * Hands over again, under their claim, the entries that SES asked to have later. The attempt itself is taken by
 * a condition first: a message that is delivered twice hands over once. Who may no longer be mailed is left out.
 * Answers how many seconds to wait if it is too early, and `undefined` when it was done.
 */
export async function retry(delivery: Delivery, message: Retry, clock: Clock): Promise<number | undefined> {
  const { rate, left } = await accountQuota(clock.now());
  if (left < message.recipients.length) return 900;
  const places = await pace.reserve(message.recipients.length, pace.bulkRate(rate), clock.now);
  if (!places.taken) return places.wait / 1000;
  await clock.sleep(places.wait);
  const quiet = quietSeconds(hoursOf(delivery), clock.now());
  if (quiet) return quiet;
  const before = await takeAttempt(delivery, message, instant(clock.now()));
  if (!before) return undefined;
  const { arrived, missing } = await apart(delivery, message.recipients);
  const { still, skipped } = await stillMailable(delivery, missing);
  const answers = still.length > 0 ? await handOver(delivery, still) : [];
  const news = await record(delivery, {
    claim: message.claim,
    recipients: still,
    answers: [
      ...arrived.map(({ id }) => ({ id, verdict: "accepted" as const, status: "SUCCESS" })),
      ...answers,
    ],
    at: instant(clock.now()),
    before,
    skipped,
  });
  clock.booked?.(news);
  return undefined;
}

async function takeAttempt(
  { run, batch }: Delivery,
  message: Retry,
  at: Instant,
): Promise<Receipt | undefined> {
  try {
    const { Attributes } = await store.documents.send(
      new UpdateCommand({
        TableName: store.tableName("receipts"),
        Key: {
          run: runs.partitionOf(run.business, run.id),
          batch: receiptKey(batch.id, message.claim),
        },
        // The instant tells settle-run that the attempt is under way, and is no orphan.
        UpdateExpression: "SET attempt = :next, handing = :handing, #at = :at",
        ConditionExpression: "attempt = :attempt",
        ExpressionAttributeNames: { "#at": "at" },
        ExpressionAttributeValues: {
          ":attempt": message.attempt,
          ":next": message.attempt + 1,
          ":handing": true,
          ":at": at,
        },
        ReturnValues: "ALL_NEW",
      }),
    );
    return Attributes as Receipt | undefined;
  } catch (error) {
    if (store.conditionFailed(error)) return undefined;
    throw error;
  }
}

/** An event that came after settle-run judged shows that a mail did arrive: it is not handed over again. */
async function apart({ run }: Delivery, recipients: Retry["recipients"]) {
  const keys = recipients.map(({ id }) => keyOf(run.business, id, run.id));
  const found = (await store.findMany("sends", keys, true)) as Send[];
  const reported = new Set(found.filter(isReported).map((send) => send.customerId));
  return {
    arrived: recipients.filter(({ id }) => reported.has(id)),
    missing: recipients.filter(({ id }) => !reported.has(id)),
  };
}

/** Between two attempts hours may pass, in which customers leave: their claim does not bind them. */
async function stillMailable({ run, business, batch }: Delivery, recipients: Retry["recipients"]) {
  const audience = audienceOf(run, business);
  const ids = recipients.map(({ id }) => id);
  const found = new Map((await customers.getMany(run.business, ids)).map((one) => [one.id, one]));
  const still: Recipient[] = [];
  const skipped = new Map<CustomerId, SkipReason>();
  for (const recipient of recipients) {
    const customer = found.get(recipient.id);
    if (!customer) skipped.set(recipient.id, "erased");
    else if (business.halted) skipped.set(recipient.id, "run-stopped");
    else if (customer.restrictedAt) skipped.set(recipient.id, "restricted");
    else if (customer.suppressed || !customer.email) skipped.set(recipient.id, "suppressed");
    else if (customer.consent !== "subscribed") skipped.set(recipient.id, "unsubscribed");
    else if (ownEntry(customer.topics, run.topic) === false) skipped.set(recipient.id, "topic-off");
    else if ("version" in recipient) still.push({ ...recipient, email: customer.email });
    // The batch was too large for the queue to bring more than who is in it.
    else still.push({ ...audience.address(customer), locale: batch.locale });
  }
  return { still, skipped };
}
