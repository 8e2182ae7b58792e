import type { APIGatewayProxyEventV2, Context } from "aws-lambda";
import { erase } from "../../../core/customers/erase.ts";
import * as customers from "../../../core/customers.ts";
import { SapaError } from "../../../core/errors.ts";
import { type BusinessId, runIdOf } from "../../../core/ids.ts";
import * as orders from "../../../core/orders.ts";
import { resend } from "../../../core/runs/resend.ts";
import { addSeconds, instant } from "../../../core/time.ts";
import type { Fault } from "./faults.ts";
import type { WorldPlan } from "./plan.ts";
import { openShop, type Shop, type ShopPlan } from "./shop.ts";
import { World } from "./world.ts";

export const actKinds = [
  "unsubscribe", // by the owner
  "follow-link", // by the customer, in a mail
  "erase",
  "order",
  "fire-again", // the schedule, a second time
  "other-campaign", // another campaign, over the same customers
  "resend", // by the owner, to those whom SES refused
  "settle", // at once, besides its timer
  "deliver-again", // a message that SQS had delivered before
  "jump", // the clock
  "restrict", // by the owner: data is only kept
] as const;
export type Act = { kind: (typeof actKinds)[number]; afterSeconds: number; shop: number; who: number };

export type Schedule = Omit<WorldPlan, "faults"> & {
  faults: readonly Fault[];
  shops: readonly Omit<ShopPlan, "id">[];
  acts: readonly Act[];
};

/** A wish of a customer to be left alone that was granted, and since when. */
export type Leave = { business: BusinessId; customer: string; since: number; erased: boolean };

export type Told = { world: World; shops: Shop[]; leaves: Leave[] };

export const scheduledAt = "2026-11-24T02:00:00.000Z";
const begin = Date.parse(scheduledAt);
const end = begin + 12 * 86_400_000;
const ids = ["biz_one", "biz_two"] as const;

let publicLinks: typeof import("../../../functions/public-links.ts").handler | undefined;

/** Lives a schedule through to its end: the campaigns fire, things go wrong, and all comes to rest. */
export async function tell(schedule: Schedule, prepare: (world: World) => void = () => {}): Promise<Told> {
  // Only now: its logger is quiet if the environment said so before.
  publicLinks ??= (await import("../../../functions/public-links.ts")).handler;
  const world = await World.open(schedule, begin);
  world.isShared = schedule.shops.length > 1;
  prepare(world);
  const shops: Shop[] = [];
  for (const [at, shop] of schedule.shops.entries())
    shops.push(await openShop({ ...shop, id: ids[at] ?? "biz_one" }));
  const told: Told = { world, shops, leaves: [] };
  for (const shop of shops) fire(told, shop, 0);
  for (const act of schedule.acts) world.timeline.after(act.afterSeconds * 1000, () => play(told, act));
  await world.goOn(end);
  // An operator looks at the dead letters in the end.
  for (const queue of Object.values(world.queues)) queue.redrive();
  await world.goOn(end + 12 * 86_400_000);
  return told;
}

function fire({ world }: Told, shop: Shop, campaign: number): void {
  const input = { business: shop.business.id, campaign: shop.campaigns[campaign]?.id, scheduledAt };
  world.scheduler.fired("start-run", JSON.stringify(input));
}

function play(told: Told, { kind, shop: at, who }: Act): void {
  const { world, shops } = told;
  const shop = shops[at % shops.length];
  const customer = shop?.customers[who % shop.customers.length];
  if (!shop || !customer) return;
  const { business } = shop;
  const now = () => instant(world.timeline.now);
  const left = (erased: boolean) => () =>
    told.leaves.push({ business: business.id, customer: customer.id, since: world.timeline.now, erased });
  const evidence = { way: "api" as const };
  world.note(`${kind} of ${customer.id} of ${business.id}`);
  switch (kind) {
    case "unsubscribe":
      insist(told, shop, {
        work: () => customers.unsubscribe(business.id, customer.id, evidence, now()),
        done: left(false),
      });
      break;
    case "erase":
      insist(told, shop, {
        work: () => erase({ business: business.id, customer: customer.id, way: "api" }, now()),
        done: left(true),
      });
      break;
    case "restrict": {
      const of = { business: business.id, id: customer.id, evidence };
      insist(told, shop, { work: () => customers.restrict(of, now()), done: left(false) });
      break;
    }
    case "follow-link": {
      const mail = world.ses.mails.find((one) => one.business === business.id);
      if (!mail) return;
      const done = () =>
        told.leaves.push({
          business: business.id,
          customer: mail.customer,
          since: world.timeline.now,
          erased: false,
        });
      insist(told, shop, { work: () => oneClick(mail.unsubscribe), done });
      break;
    }
    case "order": {
      const order = {
        id: `INV-${who}`,
        customer: { id: customer.id },
        placedAt: addSeconds(now(), -60),
        channel: "pos",
        total: 1,
        lines: [],
      };
      insist(told, shop, {
        work: () => orders.addMany(business, [{ order, evidence: { way: "import" } }], now()),
        done: () => {},
      });
      break;
    }
    case "fire-again":
      fire(told, shop, 0);
      break;
    case "other-campaign":
      fire(told, shop, 1);
      break;
    case "resend": {
      const campaign = shop.campaigns[0]?.id;
      if (!campaign) return;
      const run = runIdOf(campaign, scheduledAt);
      insist(told, shop, {
        work: () => resend(business, run, { include: ["failed"], now: now() }),
        done: () => {},
      });
      break;
    }
    case "settle":
      for (const run of new Set(world.calls.claims.map((claim) => claim.run))) {
        const owner = world.calls.claims.find((claim) => claim.run === run)?.business;
        if (owner === business.id) {
          world.scheduler.fired("settle-run", JSON.stringify({ business: business.id, run }));
        }
      }
      break;
    case "deliver-again":
      for (const queue of [world.queues.audience, world.queues.sends]) {
        const body = queue.sent[who % Math.max(1, queue.sent.length)];
        if (body) queue.put(body);
      }
      break;
    case "jump":
      world.jump(((who % 12) + 1) * 1_800_000);
  }
}

type Wish = { work: () => Promise<unknown>; done: () => void };

/** People try again until they get an answer. What is refused for a reason was answered. */
function insist({ world }: Told, { business }: Shop, { work, done }: Wish): void {
  const attempt = (tries: number) =>
    world.invoke({ name: "owner-api", business: business.id, timeout: 29 }, work, (ending) => {
      if (ending.how === "answered") return done();
      if (ending.how === "failed" && ending.error instanceof SapaError) return;
      if (tries < 5) world.timeline.after(10_000, () => attempt(tries + 1));
    });
  attempt(0);
}

/** What a mail program does for RFC 8058. */
async function oneClick(link: string): Promise<void> {
  const path = new URL(link).pathname;
  const event = {
    version: "2.0",
    rawPath: path,
    headers: { "content-type": "application/x-www-form-urlencoded" },
    requestContext: {
      http: { method: "POST", path, sourceIp: "192.0.2.1", userAgent: "Mail" },
      requestId: "x",
    },
    body: "List-Unsubscribe=One-Click",
    isBase64Encoded: false,
  };
  const answer = await publicLinks?.(event as unknown as APIGatewayProxyEventV2, {} as Context);
  if ((answer?.statusCode ?? 500) >= 500) throw new Error(`The page answers ${answer?.statusCode}`);
}
