import { failureOf } from "../businesses/halts.ts";
import * as businesses from "../businesses.ts";
import type { CustomerId } from "../ids.ts";
import * as pace from "../pace.ts";
import { enqueue } from "../queues.ts";
import { quietSeconds } from "../quiet-hours.ts";
import * as runs from "../runs.ts";
import { accountQuota } from "../ses.ts";
import { instant } from "../time.ts";
import type * as books from "./books.ts";
import { type Claimed, claim, type Delivery, hoursOf, skip } from "./claims.ts";
import { handOver } from "./hand-over.ts";
import { type Retry, record } from "./receipts.ts";
import { retry } from "./retries.ts";
import type { Batch } from "./select.ts";

/** The deliverer's view of time, since the pace of sending goes by the real clock, and an ear for what came of it. */
export type Clock = {
  /** Epoch milliseconds. */
  now(): number;
  sleep(milliseconds: number): Promise<void>;
  /** True when the function's time is nearly up: what is left then travels in a message of its own. */
  hurry(): boolean;
  /** Told what a run's books gained: `{ accepted: 48, "failed:MESSAGE_REJECTED": 2 }`. */
  booked?(news: books.News): void;
};

/** SQS delays a message by at most 15 minutes; what must wait longer comes back and is delayed again. */
const longestDelay = 900;

/**
 * Delivers a batch: waits out quiet hours and the account's quota, takes places in its send rate, claims the
 * recipients, hands them to SES and writes the receipt. Repeating it is harmless: claims are made once.
 */
export async function deliver(message: Batch | Retry, clock: Clock): Promise<void> {
  const [run, business] = await Promise.all([
    runs.get(message.business, message.run),
    businesses.get(message.business),
  ]);
  const delivery: Delivery = { run, business, batch: message };
  const now = instant(clock.now());
  if (business.halted) await runs.fail(run, failureOf(business.halted));
  if ((run.state === "failed" || business.halted) && !("claim" in message)) {
    const stopped = message.recipients.map(({ id }): [CustomerId, "run-stopped"] => [id, "run-stopped"]);
    return skip(delivery, new Map(stopped), now);
  }
  const quiet = quietSeconds(hoursOf(delivery), clock.now());
  if (quiet) return later(message, quiet);
  if ("claim" in message) {
    const wait = await retry(delivery, message, clock);
    return wait === undefined ? undefined : later(message, wait);
  }

  const { rate: whole, left } = await accountQuota(clock.now());
  if (left < 1) return later(message, longestDelay);
  const rate = pace.bulkRate(whole);
  // One request never holds more than a second's worth of mail: SES refuses the rest.
  const size = Math.min(Math.ceil(rate), message.recipients.length, left);
  for (let start = 0; start < message.recipients.length; start += size) {
    const rest = { ...message, recipients: message.recipients.slice(start) };
    if (clock.hurry()) return later(rest, 0);
    const some = rest.recipients.slice(0, size);
    const places = await pace.reserve(some.length, rate, clock.now);
    if (!places.taken) return later(rest, places.wait / 1000);
    await clock.sleep(places.wait);
    // They may have begun while the places were waited for.
    const begun = quietSeconds(hoursOf(delivery), clock.now());
    if (begun) return later(rest, begun);
    const claimed = await claim(delivery, some, instant(clock.now()));
    if (claimed) await sendClaimed(delivery, claimed, clock);
  }
}

async function sendClaimed(delivery: Delivery, claimed: Claimed, clock: Clock): Promise<void> {
  const answers = await handOver(delivery, claimed.recipients);
  const news = await record(delivery, { ...claimed, answers, at: instant(clock.now()) });
  clock.booked?.(news);
}

const later = (message: Batch | Retry, seconds: number): Promise<void> =>
  enqueue("SENDS_QUEUE_URL", message.business, [
    { body: message, delaySeconds: Math.min(longestDelay, Math.max(0, Math.ceil(seconds))) },
  ]);
