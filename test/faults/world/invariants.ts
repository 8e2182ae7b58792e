import { keyOf } from "../../../core/customers.ts";
import * as erasures from "../../../core/erasures.ts";
import { identityKey } from "../../../core/identities.ts";
import type { CustomerId } from "../../../core/ids.ts";
import * as books from "../../../core/runs/books.ts";
import { explain } from "../../../core/runs/explain.ts";
import { pagesOf } from "../../../core/runs/select.ts";
import { dropReason } from "../../../core/runs/stop.ts";
import type { Run } from "../../../core/runs.ts";
import * as runs from "../../../core/runs.ts";
import { type Milestone, type Receipt, receiptKey, type Send, stateOf } from "../../../core/sends.ts";
import * as store from "../../../core/store.ts";
import { occasionsAgree, oneRunOfEach } from "./campaign-rules.ts";
import {
  addressesOf,
  capHolds,
  nobodyWhoLeft,
  nothingOfCanceled,
  onceEach,
  onlyTheRefused,
  quietHoldsIn,
  rateHolds,
} from "./mail-rules.ts";
import type { Mail } from "./ses.ts";
import type { Shop } from "./shop.ts";
import type { Told } from "./story.ts";
import { World } from "./world.ts";

/** Everything that the story broke of what Sapa promises (docs/delivery.md); nothing, if all is well. */
export async function violations(told: Told): Promise<string[]> {
  const found = [...new Set(told.world.calls.watch.violations)];
  found.push(...onceEach(told), ...nobodyWhoLeft(told), ...rateHolds(told), ...nothingOfCanceled(told));
  found.push(...oneRunOfEach(told));
  for (const [name, times] of Object.entries(told.world.lambda.stopped)) {
    found.push(`Lambda stopped ${name} as a loop, ${times} times`);
  }
  for (const shop of told.shops) {
    const { items } = await runs.list(shop.business.id, { limit: 50 });
    found.push(...capHolds(told, shop), ...quietHoldsIn(told, shop), ...addressesOf(told, shop));
    found.push(...occasionsAgree(told, shop, items));
    for (const run of items) found.push(...(await ofRun(told, shop, run)));
    found.push(...(await leftOfErased(told, shop, items)));
  }
  return found;
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
  if (run.state !== "settled" && !(runs.isStopped(run) && run.settledAt)) {
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
        const send = findSend(run, id);
        // Batches of a stopped run that were never handed out leave no sends.
        if (!send && runs.isStopped(run)) add(counts.skipped, dropReason(run));
        if (send?.skipped) add(counts.skipped, send.skipped);
        if (!send?.claim) continue;
        const receipt = receiptOf(send);
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

const findSend = (run: Run, id: CustomerId): Send | undefined =>
  World.here?.tables.get("sends", { customer: `${run.business}#${id}`, run: run.id });

const receiptOf = ({ business, run, batch, claim }: Send): Receipt | undefined =>
  World.here?.tables.get("receipts", {
    run: runs.partitionOf(business, run),
    batch: receiptKey(batch, claim ?? ""),
  });

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
    const send = findSend(run, customer);
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
    const receipt = receiptOf(send);
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
          const send = findSend(run, id);
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

/** I8. Of many customers a few hundred are asked about: each answer reads the run's selection. */
async function everyoneIsExplained({ erasing }: Told, { customers }: Shop, run: Run): Promise<string[]> {
  const found: string[] = [];
  const each = Math.ceil(customers.length / 300);
  for (const [at, { id }] of customers.entries()) {
    if (at % each !== 0) continue;
    try {
      const { outcome, sentence } = await explain(run, id, run.startedAt);
      if (["claimed", "waiting", "not-reached"].includes(outcome)) {
        found.push(`I8: ${id} of the ended ${run.id} is said to be ${outcome}`);
      }
      if (!sentence.en || !sentence.id) found.push(`I8: ${id} is given no reason`);
    } catch (error) {
      // Of whom the run never saw and who is forgotten nothing is left to say.
      if (!erasing.has(id)) found.push(`I8: ${id} has no answer: ${error}`);
    }
  }
  return found;
}
