import { customAlphabet } from "nanoid";
import type { Business } from "../businesses.ts";
import * as customers from "../customers.ts";
import { type SkipReason, withSend } from "../eligibility.ts";
import type { CustomerId } from "../ids.ts";
import type { Run } from "../runs.ts";
import * as runs from "../runs.ts";
import * as sends from "../sends.ts";
import * as store from "../store.ts";
import type { Instant } from "../time.ts";
import { type Audience, audienceOf, type Recipient } from "./audience.ts";
import * as books from "./books.ts";
import { markOf } from "./marks.ts";
import type { Batch } from "./select.ts";
import { asBeforeOriginal } from "./sources.ts";

const newClaim = customAlphabet("23456789bcdfghjkmnpqrstvwxyz", 10);

export type Claimed = { claim: string; recipients: Recipient[] };

/** The run, its business and the batch: what each step of a delivery works on. */
export type Delivery = { run: Run; business: Business; batch: Pick<Batch, "id" | "locale" | "timeZone"> };

/** By whose clock the batch's quiet hours go. */
export const hoursOf = ({ business, batch }: Delivery) => ({
  ...business,
  timeZone: batch.timeZone ?? business.timeZone,
});

/**
 * Claims a batch in one transaction: each send must not exist, each customer's version must be unchanged. Who
 * has a send already was claimed by another copy of the message and is left to it. Whose version has moved
 * (an unsubscribe, another campaign's claim, an order) is read again and decided afresh. `undefined` when
 * nobody is left. After it returns, no other claim of this run for these customers can succeed.
 */
export async function claim(
  delivery: Delivery,
  recipients: Batch["recipients"],
  at: Instant,
): Promise<Claimed | undefined> {
  const audience = audienceOf(delivery.run, delivery.business);
  let { chosen, stale } = apart(recipients);
  for (let round = 0; round < 8; round++) {
    if (stale.length > 0) {
      const { again, skipped } = await chooseAgain(delivery, audience, stale);
      await skip(delivery, skipped, at);
      chosen = [...chosen, ...again];
    }
    if (chosen.length === 0) return undefined;
    const claim = newClaim();
    const outcomes = await store.transact(
      chosen.flatMap((recipient) => claimWrites(delivery, recipient, { claim, at })),
    );
    if (!outcomes) return { claim, recipients: chosen };
    const taken = (index: number) => outcomes[2 * index] === "ConditionalCheckFailed";
    const moved = (index: number) => outcomes[2 * index + 1] === "ConditionalCheckFailed";
    stale = chosen.filter((_, index) => !taken(index) && moved(index)).map(({ id }) => id);
    chosen = chosen.filter((_, index) => !taken(index) && !moved(index));
  }
  throw new Error(`Customers of batch ${delivery.batch.id} changed faster than they could be claimed`);
}

/** Records that customers of a batch get nothing, and why; once, however often it is called. */
export async function skip(
  { run, batch }: Delivery,
  skipped: ReadonlyMap<CustomerId, SkipReason>,
  at: Instant,
): Promise<void> {
  let left = [...skipped];
  while (left.length > 0) {
    const some = left.slice(0, 50);
    const outcomes = await store.transact([
      ...some.map(([customerId, reason]) =>
        putSend(run, { customerId, batch: batch.id, skipped: reason, skippedAt: at }),
      ),
      books.tally(
        { run: runs.partitionOf(run.business, run.id), shard: batch.id.slice(0, 2) },
        {
          ...books.countBy(
            "skipped",
            some.map(([, reason]) => reason),
          ),
          dropped: some.length,
        },
      ),
    ]);
    // Those that have a send by now are decided; the others go into the next try.
    const open = outcomes ? some.filter((_, index) => outcomes[index] !== "ConditionalCheckFailed") : [];
    left = [...open, ...left.slice(50)];
  }
}

function apart(recipients: Batch["recipients"]): { chosen: Recipient[]; stale: CustomerId[] } {
  return {
    chosen: recipients.filter((recipient): recipient is Recipient => "version" in recipient),
    stale: recipients.filter((recipient) => !("version" in recipient)).map(({ id }) => id),
  };
}

async function chooseAgain({ run, batch }: Delivery, audience: Audience, ids: readonly CustomerId[]) {
  const read = await asBeforeOriginal(run, await customers.getMany(run.business, ids));
  const found = new Map(read.map((customer) => [customer.id, customer]));
  const again: Recipient[] = [];
  const skipped = new Map<CustomerId, SkipReason>();
  for (const id of ids) {
    const customer = found.get(id);
    const choice = customer && audience.choose(customer);
    // The batch's SES template is in one language; a customer who switched meanwhile gets that one still.
    if (choice && "recipient" in choice) again.push({ ...choice.recipient, locale: batch.locale });
    else skipped.set(id, !customer ? "erased" : (choice?.skip ?? "no-longer-matches"));
  }
  return { again, skipped };
}

function claimWrites(
  { run, batch }: Delivery,
  recipient: Recipient,
  { claim, at }: { claim: string; at: Instant },
): store.Write[] {
  const { set, remove, names, values } = markOf(run, recipient);
  return [
    putSend(run, { customerId: recipient.id, batch: batch.id, claim, claimedAt: at }),
    {
      Update: {
        TableName: store.tableName("customers"),
        Key: customers.keyOf(run.business, recipient.id),
        UpdateExpression: `SET version = :next, recentSends = :sends${set}${remove}`,
        ConditionExpression: "version = :version",
        ...(set && { ExpressionAttributeNames: names }),
        ExpressionAttributeValues: {
          ":version": recipient.version,
          ":next": recipient.version + 1,
          ":sends": withSend(recipient.recentSends, at),
          ...values,
        },
      },
    },
  ];
}

function putSend(run: Run, send: Omit<sends.Send, "business" | "run" | "campaign">): store.Write {
  return {
    Put: {
      TableName: store.tableName("sends"),
      Item: {
        ...sends.keyOf(run.business, send.customerId, run.id),
        business: run.business,
        campaign: run.campaign,
        ...send,
        ...runs.expiry(run),
      },
      ConditionExpression: "attribute_not_exists(customer)",
    },
  };
}
