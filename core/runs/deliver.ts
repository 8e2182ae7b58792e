import * as backlog from "../backlog.ts";
import { reasonNotToSend } from "../businesses/may-send.ts";
import * as businesses from "../businesses.ts";
import type { Deadline } from "../deadline.ts";
import type { CustomerId } from "../ids.ts";
import { quietUntil } from "../quiet-hours.ts";
import { reserve } from "../rate-limit.ts";
import * as runs from "../runs.ts";
import { addSeconds, type Instant, instant } from "../time.ts";
import type * as books from "./books.ts";
import { choose, claim, type Delivery, hoursOf } from "./claims.ts";
import { compose, inRequests, type Mails } from "./compose.ts";
import { dropBatch } from "./drop.ts";
import { record } from "./receipts.ts";
import { arm } from "./release-timer.ts";
import { retry } from "./retry.ts";
import { sendBatch } from "./send-batch.ts";
import { stop } from "./stop.ts";

/** What is left of a batch goes back into the backlog when less than this is left of the time, in milliseconds. */
const reserveMilliseconds = 25_000;
/** After a wait of so many milliseconds the run is looked at again: it may have been stopped. */
const longWait = 500;

/** Longer waits than this, in milliseconds, are the backlog's: a function that slept on would be billed for it. */
const maxWait = 10_000;

export type Attempt = { news: books.News; retryAt?: Instant };

/**
 * Delivers a batch that was released: takes permits of the send rate, claims the recipients, sends their mails and
 * records the results. Repeating it is harmless: claims are made once. Whatever has to wait goes back into the backlog
 * with the time from which it may be sent; nothing goes back to the queue. `onCounted` is told what the books gained.
 */
export async function deliver(
  message: backlog.DeliveryMessage,
  deadline: Deadline,
  onCounted: (news: books.News) => void = () => {},
): Promise<void> {
  let customers = message.customers;
  while (customers.length > 0) {
    const turn = await takeTurn({ ...message, customers }, deadline);
    if (turn === "stopped") break;
    if ("dueAt" in turn) return postpone(message, customers, { ...turn, deadline });
    const chunk = customers.slice(0, turn.permits);
    const { news, retryAt } = message.retry
      ? await retry(turn.delivery, { ...message.retry, customers: chunk }, deadline)
      : await attempt(turn.delivery, chunk, deadline);
    onCounted(news);
    if (retryAt) await arm(retryAt, deadline.now());
    // A retry speaks for the whole of its claim: what it had no permits for is due again.
    customers = message.retry ? [] : customers.slice(chunk.length);
  }
  await backlog.finish(message);
}

type Turn = "stopped" | { dueAt: Instant } | { delivery: Delivery; permits: number };

/** Waits until some of a batch may be sent; says when to come back if that takes too long, or is not allowed now. */
async function takeTurn(batch: backlog.DeliveryMessage, deadline: Deadline): Promise<Turn> {
  const { perSecond } = batch;
  // One request never holds more than a second's worth of mail: SES refuses the rest.
  const permits = Math.min(Math.ceil(perSecond), batch.customers.length);
  for (;;) {
    const before = await ready(batch, deadline);
    if (before === "stopped" || "dueAt" in before) return before;
    const reserved = await reserve("sending", permits, { perSecond, now: deadline.now });
    const isFar = reserved.wait > maxWait || deadline.remaining() - reserved.wait < reserveMilliseconds;
    // Permits that were granted are used even so: others count on them being gone.
    if (!reserved.granted && isFar) {
      return { dueAt: addSeconds(instant(deadline.now()), Math.ceil(reserved.wait / 1000)) };
    }
    await deadline.sleep(reserved.wait);
    if (!reserved.granted) continue;
    if (reserved.wait < longWait) return { ...before, permits };
    const after = await ready(batch, deadline);
    return after === "stopped" || "dueAt" in after ? after : { ...after, permits };
  }
}

/** Whether mail of a batch may be sent at this moment. */
async function ready(
  batch: backlog.DeliveryMessage,
  deadline: Deadline,
): Promise<Exclude<Turn, { permits: number }> | { delivery: Delivery }> {
  const [run, business] = await Promise.all([
    runs.get(batch.business, batch.run),
    businesses.get(batch.business),
  ]);
  const now = instant(deadline.now());
  const delivery: Delivery = { run, business, batch };
  const failure = reasonNotToSend(business);
  if (failure) await stop(run, { state: "failed", failure });
  if (failure || runs.isStopped(run)) {
    const stopped = failure ? await runs.get(batch.business, batch.run) : run;
    await dropBatch({ ...delivery, run: stopped }, batch, now);
    return "stopped";
  }
  const quiet = quietUntil(hoursOf(delivery), now);
  if (quiet) return { dueAt: quiet };
  if (deadline.remaining() < reserveMilliseconds) return { dueAt: now };
  return { delivery };
}

async function postpone(
  message: backlog.DeliveryMessage,
  customers: CustomerId[],
  { dueAt, deadline }: { dueAt: Instant; deadline: Deadline },
): Promise<void> {
  if (await backlog.postpone(message, customers, dueAt)) await arm(dueAt, deadline.now());
}

/** Claims and sends mails that were not tried before. */
async function attempt(delivery: Delivery, ids: readonly CustomerId[], deadline: Deadline): Promise<Attempt> {
  const now = () => instant(deadline.now());
  const recipients = await choose(delivery, ids, now());
  const { mails, shared } = await compose(delivery, recipients);
  const attempts: Attempt[] = [];
  for (const request of inRequests(mails, ids.length)) {
    const composed = new Map(request.map((mail) => [mail.recipient, mail]));
    const claimed = await claim(delivery, [...composed.keys()], now());
    if (!claimed) continue;
    const changed = claimed.recipients.filter((recipient) => !composed.has(recipient));
    const anew = changed.length > 0 ? await compose(delivery, changed) : undefined;
    for (const mail of anew?.mails ?? []) composed.set(mail.recipient, mail);
    const written: Mails = {
      mails: claimed.recipients.flatMap((recipient) => composed.get(recipient) ?? []),
      shared,
    };
    const answers = await sendBatch(delivery, written);
    attempts.push(await record(delivery, { claim: claimed.claim, answers, at: now() }));
  }
  return joined(attempts);
}

function joined(attempts: readonly Attempt[]): Attempt {
  const news: books.News = {};
  for (const one of attempts) {
    for (const [name, count] of Object.entries(one.news)) news[name] = (news[name] ?? 0) + count;
  }
  const [retryAt] = attempts.flatMap((one) => one.retryAt ?? []).sort();
  return { news, ...(retryAt && { retryAt }) };
}
