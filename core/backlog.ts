import { DeleteCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import type { Locale } from "./businesses.ts";
import type { BusinessId, CustomerId, RunId } from "./ids.ts";
import { partitionOf } from "./runs.ts";
import * as store from "./store.ts";
import type { Instant, TimeZone } from "./time.ts";

/**
 * Up to 50 recipients whose mail is still to be sent. A batch lies here from the moment that it is selected until all
 * of it is decided, whatever it waits for: its place in the send rate, quota, the end of quiet hours, a retry.
 * Deleting its item takes on its recipients: whoever does so answers for them.
 */
export type Batch = {
  business: BusinessId;
  run: RunId;
  /** Shard, page and place in the page: `07#000001#000`. */
  id: string;
  locale: Locale;
  /** Whose quiet hours it waits for, if not the business's own: all of a batch are of one zone. */
  timeZone?: TimeZone;
  customers: CustomerId[];
  /** Set for mail that SES asked to have again: it is sent under this claim, after this attempt. */
  retry?: { claim: string; attempt: number };
};

type Stored = Batch & {
  queue: string;
  position: string;
  /** How often it was handed out. Of one that never was, nobody can have been claimed. */
  releases: number;
};

/** A batch that waits, and from when on it may be sent. */
export type WaitingBatch = Stored & { dueAt: Instant };

/** A batch that is on the queue of deliver-sends, or in its hands. */
export type ReleasedBatch = Stored & {
  /** When it counts as lost, and is handed out again. */
  leaseUntil: Instant;
  /** How often its lease was extended since its message may still lie on the queue. */
  extensions: number;
};

/** A run that is under way: its batches are looked for, until its books are closed. */
export type ActiveRun = {
  business: BusinessId;
  run: RunId;
  /** Nothing more of it is sent. */
  stopped?: boolean;
  /** Its business's quiet hours have changed: what waits may be due at another time. */
  rescheduled?: false;
};

const waitingKey = ({ business, run, id, retry }: Batch, dueAt: Instant): store.Key => ({
  queue: partitionOf(business, run),
  position: [dueAt, id, ...(retry ? [retry.claim] : [])].join("#"),
});

// The first customer tells the parts of a batch apart that was split.
const releasedKey = ({ business, run, id, customers }: Batch, leaseUntil: Instant): store.Key => ({
  queue: "released",
  position: [leaseUntil, business, run, id, customers[0] ?? ""].join("#"),
});

const activeKey = (business: BusinessId, run: RunId): store.Key => ({
  queue: "runs",
  position: `${business}#${run}`,
});

const put = (Item: store.Item): store.Write => ({ Put: { TableName: store.tableName("backlog"), Item } });

/** Takes an item away; the transaction fails where another has done so already. */
export const takeWrite = ({ queue, position }: Stored): store.Write => ({
  Delete: {
    TableName: store.tableName("backlog"),
    Key: { queue, position },
    ConditionExpression: "attribute_exists(queue)",
  },
});

function bare({ business, run, id, locale, timeZone, customers, retry }: Batch): Batch {
  return {
    business,
    run,
    id,
    locale,
    ...(timeZone && { timeZone }),
    customers,
    ...(retry && { retry }),
  };
}

/** The write that has a batch wait, for the transaction that decides so. */
export const waitWrite = (batch: Batch, dueAt: Instant, releases = 0): store.Write =>
  put({ ...bare(batch), ...waitingKey(batch, dueAt), dueAt, releases });

const underWay = (business: BusinessId, run: RunId, stopped = false): store.Write => ({
  Update: {
    TableName: store.tableName("backlog"),
    Key: activeKey(business, run),
    UpdateExpression: `SET business = :business, #run = :run${stopped ? ", stopped = :yes" : ""}`,
    ExpressionAttributeNames: { "#run": "run" },
    ExpressionAttributeValues: { ":business": business, ":run": run, ...(stopped && { ":yes": true }) },
  },
});

/** The write by which a run's batches are found from now on. */
export const activeWrite = (business: BusinessId, run: RunId): store.Write => underWay(business, run);

/** The write that has the batches of a run dropped instead of sent. */
export const stopWrite = (business: BusinessId, run: RunId): store.Write => underWay(business, run, true);

/** The run's books are closed: nobody looks for its batches any more. */
export async function retire(business: BusinessId, run: RunId): Promise<void> {
  await store.documents.send(
    new DeleteCommand({ TableName: store.tableName("backlog"), Key: activeKey(business, run) }),
  );
}

/** Every run that is under way, of one business or of all. */
export async function activeRuns(business?: BusinessId): Promise<ActiveRun[]> {
  const found: store.Item[] = [];
  for await (const page of store.queryPages("backlog", {
    KeyConditionExpression: business
      ? "queue = :runs AND begins_with(#position, :business)"
      : "queue = :runs",
    ...(business && { ExpressionAttributeNames: { "#position": "position" } }),
    ExpressionAttributeValues: { ":runs": "runs", ...(business && { ":business": `${business}#` }) },
    ConsistentRead: true,
  })) {
    found.push(...page);
  }
  return found as ActiveRun[];
}

/** Has what waits of a business be due by its new quiet hours. Returns whether it has runs under way. */
export async function markForRescheduling(business: BusinessId): Promise<boolean> {
  const own = await activeRuns(business);
  await Promise.all(own.map(({ run }) => changeActive(business, run, "SET rescheduled = :no")));
  return own.length > 0;
}

export const wasRescheduled = (business: BusinessId, run: RunId): Promise<boolean> =>
  changeActive(business, run, "REMOVE rescheduled");

const changeActive = (business: BusinessId, run: RunId, UpdateExpression: string): Promise<boolean> =>
  store.succeeds(
    new UpdateCommand({
      TableName: store.tableName("backlog"),
      Key: activeKey(business, run),
      UpdateExpression,
      ConditionExpression: "attribute_exists(queue)",
      ...(UpdateExpression.includes(":no") && { ExpressionAttributeValues: { ":no": false } }),
    }),
  );

/** The batches of a run that wait, the first due first, page by page; with `until`, those due by then only. */
export async function* waiting(
  business: BusinessId,
  run: RunId,
  { until, limit }: { until?: Instant; limit?: number } = {},
): AsyncGenerator<WaitingBatch[]> {
  for await (const page of store.queryPages("backlog", {
    KeyConditionExpression: until ? "queue = :queue AND #position < :until" : "queue = :queue",
    ...(until && { ExpressionAttributeNames: { "#position": "position" } }),
    ExpressionAttributeValues: {
      ":queue": partitionOf(business, run),
      // "~" sorts behind "#", which follows the instant.
      ...(until && { ":until": `${until}~` }),
    },
    ConsistentRead: true,
    ...(limit && { Limit: limit }),
  })) {
    yield page as WaitingBatch[];
  }
}

/** Whether anything of a run is still to be sent: it waits, or is on its way to SES. */
export async function isEmpty(business: BusinessId, run: RunId): Promise<boolean> {
  for await (const page of waiting(business, run, { limit: 1 })) if (page.length > 0) return false;
  return !(await released()).some((batch) => batch.run === run && batch.business === business);
}

/** Every batch that is on its way to SES, of all businesses: what a minute or two of the send rate can hold. */
export async function released(): Promise<ReleasedBatch[]> {
  const found: store.Item[] = [];
  for await (const page of store.queryPages("backlog", {
    KeyConditionExpression: "queue = :released",
    ExpressionAttributeValues: { ":released": "released" },
    ConsistentRead: true,
  })) {
    found.push(...page);
  }
  return found as ReleasedBatch[];
}

/** A transaction takes 100 writes; a release needs two of them, a split batch three. */
const releasedAtOnce = 33;

export type Release = {
  batch: WaitingBatch;
  /** How many of its customers go; the others wait on, or, of a retry, are due after this attempt. */
  count: number;
  leaseUntil: Instant;
};

/** Moves waiting batches to those that are on their way. Returns them as released, without any that another has taken. */
export async function release(releases: readonly Release[]): Promise<ReleasedBatch[]> {
  const moved: ReleasedBatch[] = [];
  for (let start = 0; start < releases.length; start += releasedAtOnce) {
    let chunk = releases.slice(start, start + releasedAtOnce);
    while (chunk.length > 0) {
      const writes = chunk.map(({ batch, count, leaseUntil }) => {
        const part = asReleased({ ...batch, customers: batch.customers.slice(0, count) }, leaseUntil);
        const others = batch.customers.slice(count);
        const rest = others.length > 0 && !batch.retry && { ...batch, customers: others };
        return { part, writes: [rest ? replace(rest) : takeWrite(batch), put(part)] };
      });
      const outcomes = await store.transact(writes.flatMap((one) => one.writes));
      if (!outcomes) {
        moved.push(...writes.map(({ part }) => part));
        break;
      }
      chunk = chunk.filter((_, index) => outcomes[2 * index] !== "ConditionalCheckFailed");
    }
  }
  return moved;
}

const asReleased = (batch: Stored, leaseUntil: Instant): ReleasedBatch => ({
  ...bare(batch),
  ...(releasedKey(batch, leaseUntil) as { queue: string; position: string }),
  leaseUntil,
  releases: batch.releases + 1,
  extensions: 0,
});

const replace = (Item: WaitingBatch): store.Write => ({
  Put: {
    TableName: store.tableName("backlog"),
    Item,
    ConditionExpression: "attribute_exists(queue)",
  },
});

/** Gives a released batch more time, or, `again`, marks that a message of it goes out once more. */
export async function extend(
  batch: ReleasedBatch,
  leaseUntil: Instant,
  { again = false }: { again?: boolean } = {},
): Promise<ReleasedBatch | undefined> {
  const next: ReleasedBatch = {
    ...asReleased(batch, leaseUntil),
    releases: batch.releases + (again ? 1 : 0),
    extensions: again ? 0 : batch.extensions + 1,
  };
  return (await store.transact([takeWrite(batch), put(next)])) ? undefined : next;
}

/** What deliver-sends is told of a batch: what it is, and under which key it lies among the released. */
export type DeliveryMessage = Batch & {
  position: string;
  /** Mails a second that campaigns may send, as the account allowed when the batch was released. */
  perSecond: number;
};

const ofMessage = (message: DeliveryMessage): Stored => ({
  ...message,
  queue: "released",
  releases: 0,
});

/** All of a released batch is decided, or was taken on by another message of it. */
export async function finish(message: DeliveryMessage): Promise<void> {
  await store.documents.send(
    new DeleteCommand({
      TableName: store.tableName("backlog"),
      Key: { queue: "released", position: message.position },
    }),
  );
}

/**
 * Puts back what is left of a released batch, to be sent at an instant. False when the batch has gone meanwhile: another
 * message of it has decided it, or put it back.
 */
export async function postpone(
  message: DeliveryMessage,
  customers: CustomerId[],
  dueAt: Instant,
): Promise<boolean> {
  const rest = { ...bare(message), customers };
  return (await store.transact([takeWrite(ofMessage(message)), waitWrite(rest, dueAt, 1)])) === undefined;
}
