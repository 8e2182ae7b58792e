import { keyOf } from "../../../core/customers.ts";
import * as erasures from "../../../core/erasures.ts";
import { identityKey } from "../../../core/identities.ts";
import type { CustomerId } from "../../../core/ids.ts";
import * as books from "../../../core/runs/books.ts";
import { explain } from "../../../core/runs/explain.ts";
import { pagesOf } from "../../../core/runs/select.ts";
import type { Run } from "../../../core/runs.ts";
import * as runs from "../../../core/runs.ts";
import { type Milestone, type Receipt, type Send, stateOf } from "../../../core/sends.ts";
import * as store from "../../../core/store.ts";
import { instant, timeOfDayIn } from "../../../core/time.ts";
import type { Mail } from "./ses.ts";
import type { Shop } from "./shop.ts";
import type { Told } from "./story.ts";

/** Everything that the story broke of what Sapa promises (docs/delivery.md); nothing, if all is well. */
export async function violations(told: Told): Promise<string[]> {
  const found = [...new Set(told.world.calls.trespasses)];
  found.push(...onceEach(told), ...nobodyWhoLeft(told));
  for (const shop of told.shops) {
    const { items } = await runs.list(shop.business.id, { limit: 50 });
    found.push(...capHolds(told, shop, items), ...quietHoldsIn(told, shop), ...addressesOf(told, shop));
    for (const run of items) found.push(...(await ofRun(told, shop, run)));
    found.push(...(await leftOfErased(told, shop, items)));
  }
  return found;
}

/**
 * I1. The one honest gap: SES took a mail, nobody heard of it, and none of its events had come when it was handed
 * over again. Where events all come, and in time, there is no gap.
 */
function onceEach({ world }: Told): string[] {
  return world.ses.mails.flatMap(({ run, customer, known }, at) => {
    const before = world.ses.mails.slice(0, at).some((one) => one.run === run && one.customer === customer);
    if (!before || (world.plan.chaos.lostEvents > 0 && !known)) return [];
    return [`I1: ${run} ${customer} was mailed twice`];
  });
}

/** I1 again: a run that sends again what SES had refused mails nobody whom the first one mailed. */
function onlyTheRefused({ world }: Told, { id, resendOf }: Run): string[] {
  if (!resendOf) return [];
  const first = new Set(
    world.ses.mails.flatMap(({ run, customer }) => (run === resendOf.run ? [customer] : [])),
  );
  return world.ses.mails.flatMap(({ run, customer }) =>
    run === id && first.has(customer)
      ? [`I1: ${customer} was mailed by ${resendOf.run} and again by ${id}`]
      : [],
  );
}

/** I3. Nothing that begins after a customer left claims or mails them. */
function nobodyWhoLeft({ world, leaves }: Told): string[] {
  const found: string[] = [];
  for (const { business, customer, since } of leaves) {
    const is = (one: { business: string }) => one.business === business;
    for (const claim of world.calls.claims) {
      if (is(claim) && claim.customer === customer && claim.at > since)
        found.push(`I3: ${customer} was claimed`);
    }
    for (const call of world.ses.calls) {
      if (is(call) && call.by.startedAt > since && call.customers.includes(customer as CustomerId)) {
        found.push(`I3: ${customer} was handed over after they had left`);
      }
    }
  }
  return found;
}

/**
 * I4, caps: in no day more claims of one customer than the cap. A claim whose mail SES refused, so that it was sent
 * again by another run, does not count.
 */
function capHolds({ world }: Told, { business }: Shop, all: readonly Run[]): string[] {
  const { perDay } = business.frequencyCap;
  if (perDay === undefined) return [];
  const givenBack = new Set(
    all.flatMap(({ id, resendOf }) =>
      world.calls.claims.flatMap(({ run, customer }) =>
        resendOf && run === id ? [`${resendOf.run} ${customer}`] : [],
      ),
    ),
  );
  const byCustomer = new Map<string, number[]>();
  for (const { business: of, customer, run, at } of world.calls.claims) {
    if (of === business.id && !givenBack.has(`${run} ${customer}`))
      byCustomer.set(customer, [...(byCustomer.get(customer) ?? []), at]);
  }
  return [...byCustomer].flatMap(([customer, times]) => {
    const sorted = times.sort((a, b) => a - b);
    const close = sorted.some((at, index) => (sorted[index + perDay] ?? Infinity) - at < 86_400_000);
    return close ? [`I4: ${customer} was claimed more than ${perDay} times in a day`] : [];
  });
}

/** I4, quiet hours: what begins in them hands nothing over. */
function quietHoldsIn({ world }: Told, { business }: Shop): string[] {
  const { quietHours, timeZone } = business;
  if (!quietHours) return [];
  const { from, to } = quietHours;
  const isQuiet = (at: number) => {
    const time = timeOfDayIn(timeZone, instant(at));
    return from > to ? time >= from || time < to : time >= from && time < to;
  };
  return world.ses.calls.flatMap(({ by, business: of }) =>
    of === business.id && isQuiet(by.startedAt + 200) && isQuiet(by.startedAt)
      ? ["I4: mail was handed over in quiet hours"]
      : [],
  );
}

/** I6: a business's mail goes to its own customers, to the address of each. */
function addressesOf({ world }: Told, { business, customers }: Shop): string[] {
  const emails = new Map(customers.map(({ id, email }) => [id, email]));
  return world.ses.mails.flatMap((mail) =>
    mail.business === business.id && emails.get(mail.customer) !== mail.to
      ? [`I6: the mail of ${mail.customer} went to ${mail.to}`]
      : [],
  );
}

async function ofRun(told: Told, shop: Shop, run: Run): Promise<string[]> {
  const found: string[] = [];
  const sum = await books.read(run.business, run.id);
  const mailed = new Set(
    told.world.ses.mails.flatMap((mail) => (mail.run === run.id ? [mail.customer] : [])),
  );
  const counted = await recount(run, (id) => {
    if (!mailed.has(id)) found.push(`I2: ${id} counts as accepted, and SES has no mail of theirs`);
  });
  for (const [name, value] of Object.entries(counted)) {
    const booked = JSON.stringify(sorted(sum[name as keyof typeof sum]));
    if (booked !== JSON.stringify(sorted(value))) {
      found.push(
        `I2: ${run.id} has ${name} ${booked} in its books, and ${JSON.stringify(sorted(value))} in fact`,
      );
    }
  }
  if (sum.waiting !== 0) found.push(`I2: ${run.id} still waits for ${sum.waiting}`);
  if (run.state !== "settled" && !(run.state === "failed" && run.settledAt)) {
    found.push(`I2: ${run.id} never ends: it is ${run.state}`);
  }
  found.push(
    ...onlyTheRefused(told, run),
    ...(await eventsAgree(told, run)),
    ...(await everyoneIsExplained(told, shop, run)),
  );
  return found;
}

const sorted = (value: unknown): unknown =>
  typeof value === "object" && value !== null ? Object.entries(value).sort() : value;

/** What the books should say, by the selection, the sends and the receipts. */
async function recount(run: Run, accepted: (id: CustomerId) => void) {
  const counts = { selected: 0, accepted: 0, unknown: 0, skipped: {}, failed: {} };
  const add = (reasons: Record<string, number>, reason: string) => {
    reasons[reason] = (reasons[reason] ?? 0) + 1;
  };
  for await (const pages of pagesOf(run.business, run.id)) {
    for (const page of pages) {
      for (const [reason, ids] of Object.entries(page.skipped)) {
        counts.selected += ids.length;
        for (const _ of ids) add(counts.skipped, reason);
      }
      for (const id of page.batches.flatMap((batch) => batch.customers)) {
        counts.selected += 1;
        const send = await findSend(run, id);
        if (send?.skipped) add(counts.skipped, send.skipped);
        if (!send?.claim) continue;
        const receipt = await receiptOf(send);
        if (receipt?.accepted[id] !== undefined) {
          counts.accepted += 1;
          accepted(id);
        } else if (receipt?.failed[id]) add(counts.failed, receipt.failed[id]);
        else if (receipt?.skipped[id]) add(counts.skipped, receipt.skipped[id]);
        else if (receipt?.unknown.includes(id)) counts.unknown += 1;
      }
    }
  }
  return counts;
}

const findSend = async (run: Run, id: CustomerId) =>
  (await store.find("sends", { customer: `${run.business}#${id}`, run: run.id })) as Send | undefined;

const receiptOf = async ({ business, run, batch, claim }: Send) =>
  (await store.find("receipts", {
    run: runs.partitionOf(business, run),
    batch: `${batch}#${claim}`,
  })) as Receipt | undefined;

const milestones: Record<string, Milestone> = {
  Send: "sentAt",
  Delivery: "deliveredAt",
  Bounce: "bouncedAt",
  Complaint: "complainedAt",
  Open: "openedAt",
  Click: "clickedAt",
};

/** Whoever opens and clicks here is a person. */
const byPeople: Record<string, Milestone> = { Open: "openedByPersonAt", Click: "clickedByPersonAt" };

/** I7: of each kind of event the earliest instant is kept, whatever the order. I2 again: what SES took is accepted, or unknown. */
async function eventsAgree({ world }: Told, run: Run): Promise<string[]> {
  const found: string[] = [];
  const byCustomer = new Map<CustomerId, Mail[]>();
  for (const mail of world.ses.mails) {
    if (mail.run === run.id) byCustomer.set(mail.customer, [...(byCustomer.get(mail.customer) ?? []), mail]);
  }
  for (const [customer, mails] of byCustomer) {
    const send = await findSend(run, customer);
    if (!send) {
      found.push(`I2: ${customer} was mailed without a send`);
      continue;
    }
    for (const [type, milestone] of [...Object.entries(milestones), ...Object.entries(byPeople)]) {
      // What someone did who is erased by now is not kept.
      if (send.erasedAt && personal.includes(milestone)) continue;
      const times = mails.flatMap(({ events }) =>
        events.filter((one) => one.type === type).map(({ at }) => at),
      );
      const earliest = times.sort()[0];
      if (send[milestone] !== earliest) {
        found.push(`I7: ${customer} has ${milestone} ${send[milestone]}, and SES said ${earliest}`);
      }
    }
    const receipt = await receiptOf(send);
    const state = stateOf(send, receipt);
    if (["claimed", "skipped"].includes(state))
      found.push(`I2: ${customer} was mailed, and counts as ${state}`);
  }
  return found;
}

const personal: readonly string[] = ["openedAt", "openedByPersonAt", "clickedAt", "clickedByPersonAt"];

/** Whoever was erased has a closed receipt, and neither a run under way nor a late event brings anything of them back. */
async function leftOfErased({ leaves }: Told, { business, customers }: Shop, all: readonly Run[]) {
  const found: string[] = [];
  for (const { customer } of leaves.filter((leave) => leave.erased && leave.business === business.id)) {
    const id = customer as CustomerId;
    const was = customers.find((one) => one.id === id);
    const left = [
      await store.find("customers", keyOf(business.id, id)),
      was?.email &&
        (await store.find("identities", { identity: identityKey(business.id, "email", was.email) })),
      ...(await Promise.all(
        all.map(async (run) => {
          const send = await findSend(run, id);
          return send && personal.some((milestone) => milestone in send) && send;
        }),
      )),
    ];
    for (const one of left) if (one) found.push(`${id} was erased, and left ${JSON.stringify(one)}`);
    if (!(await erasures.find(business.id, erasures.idFor(id)))?.finishedAt) {
      found.push(`${id} was erased, and their receipt is not closed`);
    }
  }
  return found;
}

/** I8. */
async function everyoneIsExplained({ leaves }: Told, { customers }: Shop, run: Run): Promise<string[]> {
  const found: string[] = [];
  const erased = new Set(leaves.filter((leave) => leave.erased).map(({ customer }) => customer));
  for (const { id } of customers) {
    try {
      const { outcome, sentence } = await explain(run, id, run.startedAt);
      if (["claimed", "waiting", "not-reached"].includes(outcome)) {
        found.push(`I8: ${id} of the ended ${run.id} is said to be ${outcome}`);
      }
      if (!sentence.en || !sentence.id) found.push(`I8: ${id} is given no reason`);
    } catch (error) {
      // Of whom the run never saw and who is forgotten nothing is left to say.
      if (!erased.has(id)) found.push(`I8: ${id} has no answer: ${error}`);
    }
  }
  return found;
}
