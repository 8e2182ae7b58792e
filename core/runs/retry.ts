import { UpdateCommand } from "@aws-sdk/lib-dynamodb";
import * as customers from "../customers.ts";
import type { Deadline } from "../deadline.ts";
import { ineligible, type SkipReason } from "../eligibility.ts";
import type { CustomerId } from "../ids.ts";
import * as runs from "../runs.ts";
import { isReported, keyOf, type Receipt, receiptKey, type Send } from "../sends.ts";
import * as store from "../store.ts";
import { dayIn, type Instant, instant } from "../time.ts";
import { audienceOf, type Recipient } from "./audience.ts";
import type { Delivery } from "./claims.ts";
import { compose } from "./compose.ts";
import type { Attempt } from "./deliver.ts";
import { record } from "./receipts.ts";
import { type Answer, sendBatch } from "./send-batch.ts";

export type Retry = {
  claim: string;
  /** The attempt that this one follows. */
  attempt: number;
  /** Those for whom there are permits and quota, out of all that are to be sent again. */
  customers: readonly CustomerId[];
};

/**
 * Sends again, under their claim, the mails that SES asked to have later. The attempt itself is taken by a condition
 * first: a message that is delivered twice sends once. Recipients who may no longer be mailed are left out; their claim
 * binds nobody.
 */
export async function retry(delivery: Delivery, again: Retry, deadline: Deadline): Promise<Attempt> {
  const before = await takeAttempt(delivery, again, instant(deadline.now()));
  if (!before) return { news: {} };
  const { arrived, missing } = await apart(delivery, again.customers);
  const { recipients, skipped } = await stillMailable(delivery, missing, instant(deadline.now()));
  const { mails, shared } = await compose(delivery, recipients);
  // The attempt is that of the whole claim: the others are due again after it.
  const later = Object.keys(before.retrying).filter(
    (id): id is CustomerId => !again.customers.includes(id as CustomerId),
  );
  const answers: Answer[] = [
    ...arrived.map((id): Answer => ({ id, verdict: "accepted", status: "SUCCESS" })),
    ...later.map((id): Answer => ({ id, verdict: "retry", status: before.retrying[id] ?? "" })),
    ...(mails.length > 0 ? await sendBatch(delivery, { mails, shared }) : []),
  ];
  return record(delivery, {
    claim: again.claim,
    answers,
    at: instant(deadline.now()),
    before,
    skipped,
  });
}

async function takeAttempt(
  { run, batch }: Delivery,
  { claim, attempt }: Retry,
  at: Instant,
): Promise<Receipt | undefined> {
  try {
    const { Attributes } = await store.documents.send(
      new UpdateCommand({
        TableName: store.tableName("receipts"),
        Key: { run: runs.partitionOf(run.business, run.id), batch: receiptKey(batch.id, claim) },
        // The instant says since when the attempt is under way: one that broke off is reconciled some time after it.
        UpdateExpression: "SET attempt = :next, handing = :handing, #at = :at",
        ConditionExpression: "attempt = :attempt",
        ExpressionAttributeNames: { "#at": "at" },
        ExpressionAttributeValues: {
          ":attempt": attempt,
          ":next": attempt + 1,
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

/** An event that came since shows that a mail did arrive: it is not sent again. */
async function apart({ run }: Delivery, ids: readonly CustomerId[]) {
  const keys = ids.map((id) => keyOf(run.business, id, run.id));
  const found = (await store.findMany("sends", keys, true)) as Send[];
  const reported = new Set(found.filter(isReported).map((send) => send.customerId));
  return { arrived: ids.filter((id) => reported.has(id)), missing: ids.filter((id) => !reported.has(id)) };
}

/** Between two attempts hours may pass, in which customers leave. Their own claim is what fills their caps. */
async function stillMailable({ run, business, batch }: Delivery, ids: readonly CustomerId[], now: Instant) {
  const found = new Map((await customers.getMany(run.business, ids)).map((one) => [one.id, one]));
  const audience = audienceOf(run, business);
  const question = {
    topic: run.topic,
    cap: {},
    now: run.scheduledAt,
    today: dayIn(business.timeZone, now),
    ignoreCaps: true,
  };
  const recipients: Recipient[] = [];
  const skipped = new Map<CustomerId, SkipReason>();
  for (const id of ids) {
    const customer = found.get(id);
    const reason = customer ? ineligible(customer, question) : "erased";
    if (reason || !customer) skipped.set(id, reason ?? "erased");
    else recipients.push({ ...audience.address(customer), locale: batch.locale });
  }
  return { recipients, skipped };
}
