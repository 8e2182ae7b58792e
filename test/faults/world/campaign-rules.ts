import type { CustomerId, RunId } from "../../../core/ids.ts";
import type { Run } from "../../../core/runs.ts";
import type { Shop } from "./shop.ts";
import { movedBirthday, type Told } from "./story.ts";

/** Whom the campaigns of each kind are for, and how often. A run that sends another's mail again is that one's affair. */
export function occasionsAgree(told: Told, shop: Shop, all: readonly Run[]): string[] {
  const runs = all.filter(({ resendOf, business }) => !resendOf && business === shop.business.id);
  const found: string[] = [];
  for (const campaign of shop.campaigns) {
    const own = runs.filter((run) => run.campaign === campaign.id);
    if (campaign.kind === "birthday") {
      found.push(...oneOfEach(told, own, "greeted"), ...birthdays(told, shop, own, campaign.daysBefore));
    }
    if (campaign.kind === "winback") {
      found.push(...oneOfEach(told, own, "won back"), ...lapses(told, shop, own, campaign.days));
    }
    if (campaign.kind === "new-items") found.push(...newItems(told, shop, own));
  }
  return found;
}

/** A request that is repeated under its key makes one run. */
export function oneRunOfEach({ byHand }: Told): string[] {
  const runs = new Map<string, Set<RunId>>();
  for (const { key, run } of byHand) runs.set(key, new Set(runs.get(key)).add(run));
  return [...runs].flatMap(([key, made]) =>
    made.size > 1 ? [`${key} made ${[...made].join(" and ")}`] : [],
  );
}

/** Within the days of a world nobody has two birthdays, or lapses twice. */
function oneOfEach({ world }: Told, runs: readonly Run[], what: string): string[] {
  const ids = new Set(runs.map(({ id }) => id));
  const by = new Map<CustomerId, Set<RunId>>();
  for (const { run, customer } of world.ses.mails) {
    if (ids.has(run)) by.set(customer, new Set(by.get(customer)).add(run));
  }
  return [...by].flatMap(([customer, mailing]) =>
    mailing.size > 1 ? [`${customer} was ${what} by ${[...mailing].join(" and ")}`] : [],
  );
}

/** Whoever is greeted has their birthday, now or when the run began, on the day that the campaign is for. */
function birthdays({ world, moved }: Told, { customers }: Shop, runs: readonly Run[], daysBefore: number) {
  return runs.flatMap(({ id, scheduledAt }) => {
    const celebrated = dayInJakarta(scheduledAt, daysBefore).slice(5);
    return customers.flatMap((customer) => {
      const isTheirs =
        customer.birthday === celebrated || (moved.has(customer.id) && movedBirthday === celebrated);
      return world.ses.mailsOf(id, customer.id).length > 0 && !isTheirs
        ? [`${customer.id}, born on ${customer.birthday}, was greeted by ${id}`]
        : [];
    });
  });
}

/** Whoever is won back has not ordered for the campaign's days. */
function lapses({ world }: Told, { customers }: Shop, runs: readonly Run[], days: number): string[] {
  return runs.flatMap(({ id, scheduledAt }) => {
    const last = dayInJakarta(scheduledAt, -days);
    return customers.flatMap((customer) =>
      world.ses.mailsOf(id, customer.id).length > 0 &&
      dayInJakarta(customer.statistics.lastOrderAt ?? "") > last
        ? [`${customer.id}, who had not lapsed, was won back by ${id}`]
        : [],
    );
  });
}

/** The calendar day some days after an instant, where the shops are: seven hours ahead of UTC all year round. */
const dayInJakarta = (instant: string, days = 0): string =>
  new Date(Date.parse(instant) + (7 + days * 24) * 3_600_000).toISOString().slice(0, 10);

/** Each mail shows new items of the run that its reader has not bought; nobody is shown one twice, and none is left out. */
function newItems(told: Told, shop: Shop, runs: readonly Run[]): string[] {
  const found: string[] = [];
  const shown = new Map<string, RunId>();
  const announced = new Set<string>();
  for (const { id, occasion } of runs) {
    if (occasion.kind !== "new-items") continue;
    for (const item of occasion.items) announced.add(item.id);
    for (const mail of told.world.ses.mails.filter(({ run }) => run === id)) {
      const names = new Set(
        [...told.world.ses.contentOf(mail).matchAll(/Kopi nomor \d+/g)].map(([name]) => name),
      );
      if (names.size < 1 || names.size > occasion.most)
        found.push(`${id} shows ${mail.customer} ${names.size} items`);
      const reader = shop.customers.find((customer) => customer.id === mail.customer);
      for (const name of names) {
        const item = occasion.items.find((one) => one.name === name);
        if (!item) found.push(`${id} shows ${mail.customer} ${name}, which is not new`);
        else if (reader?.statistics.items[item.id])
          found.push(`${id} shows ${mail.customer} ${name}, which they have`);
        const before = shown.get(`${mail.customer} ${name}`);
        if (before && before !== id) found.push(`${mail.customer} was shown ${name} by ${before} and ${id}`);
        shown.set(`${mail.customer} ${name}`, id);
      }
    }
  }
  for (const { item, savedAt } of [
    ...shop.items.map((item) => ({ item, savedAt: 0 })),
    ...addedTo(told, shop),
  ]) {
    const isDue = runs.some(
      ({ state, scheduledAt, startedAt }) =>
        state !== "failed" &&
        state !== "canceled" &&
        item.addedAt <= scheduledAt &&
        // What an index does not show yet is the next run's to announce.
        savedAt + told.world.unkind.staleReads < Date.parse(startedAt),
    );
    if (isDue && !announced.has(item.id)) found.push(`${item.id} was never announced`);
  }
  return found;
}

const addedTo = ({ added }: Told, { business }: Shop) => added.filter((one) => one.business === business.id);
