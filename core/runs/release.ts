import * as backlog from "../backlog.ts";
import type { Deadline } from "../deadline.ts";
import type { BusinessId } from "../ids.ts";
import { withLease } from "../lease.ts";
import { controlPlanePermit } from "../mail-templates.ts";
import { enqueue, lengthOf } from "../queues.ts";
import { bulkRate } from "../rate-limit.ts";
import * as shares from "../sending-shares.ts";
import * as usage from "../sending-usage.ts";
import { type AccountQuota, accountQuota, forgetQuota } from "../ses.ts";
import { addSeconds, type Instant, instant } from "../time.ts";
import { FairShares, littleOf, type Sender } from "./fair-shares.ts";
import { dueIn, type Lane, lanesOf } from "./lanes.ts";
import { arm } from "./release-timer.ts";

/** The queue holds what can be sent in so many seconds: EventBridge Scheduler, which brings the next look, is up to a minute late. */
const windowSeconds = 150;
/** A message is there so many seconds before its turn: a permit that nobody waits for is lost. */
const leadSeconds = 2;
/** Seconds from one look to the next while the rate is what mail waits for. */
const pauseSeconds = 60;
/** A small run is selected so many seconds after its first batch. */
const newSeconds = 30;
/** A batch that is not done so long after its turn, in seconds, has got lost: longer than SQS hides a message that failed. */
const leaseSeconds = 900;
/** So often a lease is extended while the queue, which may hold the message still, is not empty. */
const maxExtensions = 3;
/** Seconds until an account is looked at again that may not send, and does not say when it will. */
const blockedSeconds = 900;
/** What is left of the time when a look comes to its end, in milliseconds. */
const reserve = 8_000;

/**
 * Hands out batches that wait, as many as the account can send in the next minute or two, in fair shares between
 * businesses and runs, and sets one timer for the moment at which more can go. Only one function does so at a time;
 * calling it once too often is harmless.
 */
export async function release(deadline: Deadline): Promise<void> {
  const { now } = deadline;
  await withLease("release", { milliseconds: 60_000, now }, async () => {
    if (deadline.remaining() < reserve) return arm(instant(now()), now());
    const next = await look(deadline);
    if (next) await arm(next, now());
  });
}

/** Looks once; returns when it is worth looking again. */
async function look(deadline: Deadline): Promise<Instant | undefined> {
  const at = instant(deadline.now());
  const active = await backlog.activeRuns();
  const lanes = await lanesOf(
    active.filter((run) => !run.stopped),
    at,
  );
  const released = await backlog.released();
  const lost = released.filter(({ leaseUntil }) => leaseUntil <= at);
  const leases = released.map(({ leaseUntil }) => leaseUntil);
  const due = lanes.filter((lane) => lane.isDue);
  const idleUntil = earliest(
    [...lanes.flatMap(({ dueAt }) => dueAt ?? []), ...leases].filter((one) => one > at),
  );
  if (due.length === 0 && lost.length === 0) return idleUntil;

  const account = await readQuota(deadline);
  if (!account.sendingEnabled) return addSeconds(at, blockedSeconds);
  if (lost.length > 0) {
    await armBefore(at, deadline);
    await releaseAgain(lost, { account, at });
  }
  return handOut(due, { released, account, deadline, idleUntil });
}

/** Where a hundred runs begin at once, each has a look: SES tells the quota once a second, and all take turns. */
async function readQuota(deadline: Deadline): Promise<AccountQuota> {
  const turn = await controlPlanePermit(deadline);
  if (turn.granted) await deadline.sleep(turn.wait);
  forgetQuota();
  return accountQuota(deadline.now());
}

/** Set before anything is handed out: should that break off, the next look finds the rest. */
const armBefore = (at: Instant, deadline: Deadline): Promise<void> =>
  arm(addSeconds(at, pauseSeconds), deadline.now());

type HandOut = {
  released: readonly backlog.ReleasedBatch[];
  account: AccountQuota;
  deadline: Deadline;
  idleUntil: Instant | undefined;
};

async function handOut(lanes: readonly Lane[], given: HandOut): Promise<Instant | undefined> {
  const { released, account, deadline, idleUntil } = given;
  const at = instant(deadline.now());
  const perSecond = bulkRate(account.rate);
  const outstanding = mailsByBusiness(released);
  const businesses = [...new Set(lanes.map(({ business }) => business))];
  const [used, kept] = await Promise.all([usage.read(businesses, deadline.now()), shares.read()]);
  const absent = [...kept].filter(([business]) => !businesses.includes(business));
  const usedByAbsent = await usage.read(
    absent.map(([business]) => business),
    deadline.now(),
  );
  const ahead = sum(outstanding.values());
  const little = littleOf(account.daily);
  const senders = businesses.map(async (business): Promise<Sender> => {
    const usedToday = used.byBusiness.get(business) ?? 0;
    const own = lanes.filter((lane) => lane.business === business);
    return {
      business,
      share: kept.get(business),
      outstanding: outstanding.get(business) ?? 0,
      usedToday,
      demand: usedToday + (usedToday > little ? 0 : await dueIn(own, little)),
      isNew: own.every(({ dueAt = at }) => addSeconds(dueAt, newSeconds) > at),
    };
  });
  const fair = new FairShares(await Promise.all(senders), {
    window: Math.ceil(perSecond * windowSeconds),
    outstanding: ahead,
    daily: account.daily,
    left: account.left - ahead,
    absent: absent.map(([business, share]) => ({
      share,
      usedToday: usedByAbsent.byBusiness.get(business) ?? 0,
    })),
  });
  const releases = await choose(lanes, fair, { at, perSecond, ahead });
  if (releases.length > 0) await armBefore(at, deadline);
  const moved = await backlog.release(releases.map(({ delay: _, ...one }) => one));
  await usage.add(mailsByBusiness(moved), deadline.now());
  const delays = new Map(releases.map(({ batch, leaseUntil, delay }) => [keyOf(batch, leaseUntil), delay]));
  await enqueueAll(
    moved.map((batch) => ({ batch, delay: delays.get(keyOf(batch, batch.leaseUntil)) ?? 0 })),
    perSecond,
  );

  const wakeUps = [
    ...(fair.heldByRate ? [addSeconds(at, pauseSeconds)] : []),
    ...(fair.heldByQuota ? [quotaReturn(used.returnsAt, at)] : []),
    ...(idleUntil ? [idleUntil] : []),
    ...releases.map(({ leaseUntil }) => leaseUntil),
  ];
  return earliest(wakeUps);
}

const keyOf = ({ run, id, retry }: backlog.Batch, leaseUntil: Instant) =>
  `${run} ${id} ${retry?.claim} ${leaseUntil}`;

type Circumstances = {
  at: Instant;
  perSecond: number;
  /** Mails on their way already. */
  ahead: number;
};

type Chosen = backlog.Release & { /** Seconds until its turn. */ delay: number };

/** Whose batches go, in which order, and when each one's turn comes. */
async function choose(
  lanes: readonly Lane[],
  fair: FairShares,
  { at, perSecond, ahead }: Circumstances,
): Promise<Chosen[]> {
  const byBusiness = new Map<BusinessId, Lane[]>();
  for (const lane of lanes) byBusiness.set(lane.business, [...(byBusiness.get(lane.business) ?? []), lane]);
  const chosen: Chosen[] = [];
  let mails = 0;
  let ofLittle = 0;
  for (let turn = fair.next(); turn; turn = fair.next()) {
    const own = byBusiness.get(turn.business) ?? [];
    const lane = own.reduce((least, one) => (one.taken < least.taken ? one : least), own[0] as Lane);
    const batch = lane && (await lane.peek());
    if (!batch) {
      byBusiness.set(
        turn.business,
        own.filter((one) => one !== lane),
      );
      if (own.length <= 1) fair.hasNothing(turn.business);
      continue;
    }
    lane.take();
    const count = Math.min(turn.most, batch.customers.length);
    lane.taken += count;
    fair.took(turn.business, count);
    // Whoever has little does not queue up behind what others have. All the others do: SQS keeps no order, so that
    // messages whose turn has come at the same time would hold each other up.
    const before = turn.hasLittle ? ofLittle : ahead + mails;
    const delay = Math.min(900, Math.max(0, Math.floor(before / perSecond) - leadSeconds));
    mails += count;
    if (turn.hasLittle) ofLittle += count;
    chosen.push({ batch, count, delay, leaseUntil: addSeconds(at, delay + leaseSeconds) });
  }
  return chosen;
}

/** Batches whose message got lost, or whose function died, go out again; what may still lie on the queue waits. */
async function releaseAgain(
  lost: readonly backlog.ReleasedBatch[],
  { account, at }: { account: AccountQuota; at: Instant },
): Promise<void> {
  const isQueueEmpty = (await lengthOf("SENDS_QUEUE_URL")) === 0;
  const again: backlog.ReleasedBatch[] = [];
  for (const batch of lost) {
    const isLost = isQueueEmpty || batch.extensions >= maxExtensions;
    const extended = await backlog.extend(batch, addSeconds(at, leaseSeconds), { again: isLost });
    if (isLost && extended) again.push(extended);
  }
  await enqueueAll(
    again.map((batch) => ({ batch, delay: 0 })),
    bulkRate(account.rate),
  );
}

async function enqueueAll(
  batches: readonly { batch: backlog.ReleasedBatch; delay: number }[],
  perSecond: number,
): Promise<void> {
  const byBusiness = new Map<BusinessId, { body: backlog.DeliveryMessage; delaySeconds: number }[]>();
  for (const { batch, delay } of batches) {
    const { queue: _, leaseUntil: __, extensions: ___, releases: ____, ...body } = batch;
    const messages = byBusiness.get(batch.business) ?? [];
    messages.push({ body: { ...body, perSecond }, delaySeconds: delay });
    byBusiness.set(batch.business, messages);
  }
  for (const [business, messages] of byBusiness) await enqueue("SENDS_QUEUE_URL", business, messages);
}

function mailsByBusiness(batches: readonly backlog.Batch[]): Map<BusinessId, number> {
  const mails = new Map<BusinessId, number>();
  for (const { business, customers } of batches) {
    mails.set(business, (mails.get(business) ?? 0) + customers.length);
  }
  return mails;
}

const sum = (numbers: Iterable<number>): number => [...numbers].reduce((total, one) => total + one, 0);

const earliest = (times: readonly Instant[]): Instant | undefined => [...times].sort()[0];

/** When the quota has room again: as the mails of a day ago cease to count, or, if those were others', in a while. */
const quotaReturn = (returnsAt: Instant | undefined, at: Instant): Instant =>
  returnsAt !== undefined && returnsAt > at ? returnsAt : addSeconds(at, blockedSeconds);
