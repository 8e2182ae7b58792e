import type { APIGatewayProxyEventV2, Context } from "aws-lambda";
import * as businesses from "../../../core/businesses.ts";
import { runNow } from "../../../core/campaigns/activation.ts";
import { erase } from "../../../core/customers/erase.ts";
import * as customers from "../../../core/customers.ts";
import { SapaError } from "../../../core/errors.ts";
import { type CampaignId, type RunId, runIdOf } from "../../../core/ids.ts";
import * as items from "../../../core/items.ts";
import * as orders from "../../../core/orders.ts";
import { cancel } from "../../../core/runs/cancel.ts";
import { changeSettings } from "../../../core/runs/reschedule.ts";
import { resend } from "../../../core/runs/resend.ts";
import type { Resendable } from "../../../core/runs.ts";
import * as runs from "../../../core/runs.ts";
import { addSeconds, instant } from "../../../core/time.ts";
import { once } from "../../../functions/http/idempotency.ts";
import type { Answer } from "../../../functions/http/route.ts";
import { worldDeadline } from "./clock.ts";
import { itemOf, type Shop } from "./shop.ts";
import { type Act, type ChosenHours, movedBirthday, type Told } from "./story.ts";

type Acting = { told: Told; shop: Shop; customer: Shop["customers"][number]; who: number };

const evidence = { way: "api" as const };
const day = 86_400_000;

/** Has somebody do something, at once. */
export function play(told: Told, { kind, shop: at, who }: Act): void {
  const shop = told.shops[at % told.shops.length];
  const customer = shop?.customers[who % shop.customers.length];
  if (!shop || !customer) return;
  told.world.note(`${kind} of ${customer.id} of ${shop.business.id}`);
  deeds[kind]({ told, shop, customer, who });
}

const deeds: Record<Act["kind"], (acting: Acting) => void> = {
  unsubscribe: (acting) =>
    insist(acting, "unsubscribe", {
      work: (now) => customers.unsubscribe(acting.shop.business.id, acting.customer.id, evidence, now),
      done: left(acting),
    }),
  erase: (acting) => {
    acting.told.erasing.add(acting.customer.id);
    const erasing = { business: acting.shop.business.id, customer: acting.customer.id, way: "api" as const };
    insist(acting, "erase", { work: (now) => erase(erasing, now), done: left(acting, { erased: true }) });
  },
  restrict: (acting) => {
    const of = { business: acting.shop.business.id, id: acting.customer.id, evidence };
    insist(acting, "restrict", { work: (now) => customers.restrict(of, now), done: left(acting) });
  },
  "follow-link": (acting) => {
    const { told, shop } = acting;
    const mail = told.world.ses.mails.find((one) => one.business === shop.business.id);
    const reader = shop.customers.find(({ id }) => id === mail?.customer);
    if (!mail || !reader) return;
    const done = left({ ...acting, customer: reader });
    insist(acting, "one-click", { work: () => oneClick(mail.unsubscribe), done, by: "public-links" });
  },
  order: (acting) => {
    const { shop, customer, who } = acting;
    const order = {
      id: `INV-${who}`,
      customer: { id: customer.id },
      placedAt: addSeconds(instant(acting.told.world.timeline.now), -60),
      channel: "pos",
      total: 1,
      lines: [],
    };
    insist(acting, "order", {
      work: (now) => orders.addMany(shop.business, [{ order, evidence: { way: "import" } }], now),
    });
  },
  "fire-again": ({ told, shop }) => fire(told, shop, { campaign: 0, at: told.world.beganAt }),
  "other-campaign": ({ told, shop, who }) =>
    fire(told, shop, { campaign: who % 40 < 20 ? 1 : 2 + (who % 2), at: told.world.beganAt }),
  "next-days": ({ told, shop, who }) => {
    const { beganAt, timeline } = told.world;
    for (let days = 1; days <= 2; days++) {
      const at = beganAt + days * day;
      timeline.after(at - timeline.now, () => fire(told, shop, { campaign: who % 4, at }));
    }
  },
  resend: (acting) => resendAll(acting, ["failed"]),
  "resend-unknown": (acting) => resendAll(acting, ["failed", "unknown"]),
  "add-item": (acting) => {
    const { told, shop, who } = acting;
    const item = itemOf(100 + who, told.world.timeline.now);
    const { updatedAt: _, addedAt: __, availableAt: ___, ...input } = item;
    insist(acting, "add-item", {
      work: (now) => items.put(shop.business, input, now),
      done: (answer) => {
        const { item } = answer as items.Saved;
        told.added.push({ business: shop.business.id, item, savedAt: told.world.timeline.now });
      },
    });
  },
  "change-birthday": (acting) => {
    const { told, shop, customer } = acting;
    told.moved.add(customer.id);
    const details = { birthday: movedBirthday };
    insist(acting, "change-birthday", {
      work: (now) => customers.update(shop.business, customer.id, { details, evidence }, now),
    });
  },
  cancel: (acting) => {
    const { told, shop, who } = acting;
    insist(acting, "cancel", {
      work: async (now) => {
        const { items } = await runs.list(shop.business.id, { limit: 20 });
        const chosen = items[who % Math.max(1, items.length)];
        return chosen && cancel(shop.business.id, chosen.id, now);
      },
      done: (answer) => {
        const run = answer as runs.Run | undefined;
        if (run) told.canceled.push({ run: run.id, since: told.world.timeline.now });
      },
    });
  },
  "run-now": (acting) => {
    const { told, shop, who } = acting;
    const campaign = shop.campaigns[(who >> 1) % 4];
    if (!campaign) return;
    const key = `by-hand-${who % 2}-${campaign.id}`;
    insist(acting, "run-now", {
      work: (now) => runOnce(acting, { campaign: campaign.id, key, now }),
      done: (answer) => told.byHand.push({ run: (answer as Answer).body as RunId, key }),
    });
  },
  "change-hours": (acting) => {
    const { told, shop, who } = acting;
    const quietHours =
      [{ from: "08:30", to: "10:00" }, { from: "20:00", to: "09:05" }, null][who % 3] ?? null;
    const change: ChosenHours = {
      business: shop.business.id,
      quietHours: quietHours ?? undefined,
      askedAt: told.world.timeline.now,
      doneAt: Number.POSITIVE_INFINITY,
    };
    told.hours.push(change);
    insist(acting, "change-hours", {
      work: async (now) => changeSettings(await businesses.get(shop.business.id), { quietHours }, now),
      done: () => {
        change.doneAt = told.world.timeline.now;
      },
    });
  },
  settle: ({ told: { world }, shop }) => {
    const runs = new Set(
      world.calls.claims.flatMap((claim) => (claim.business === shop.business.id ? [claim.run] : [])),
    );
    for (const run of runs) {
      world.scheduler.fired("settle-run", JSON.stringify({ business: shop.business.id, run }));
    }
  },
  "deliver-again": ({ told: { world }, who }) => {
    for (const queue of [world.queues.runs, world.queues.sends]) {
      const body = queue.sent[who % Math.max(1, queue.sent.length)];
      if (body) queue.put(body);
    }
  },
  jump: ({ told: { world }, who }) => world.jump(((who % 12) + 1) * 1_800_000),
};

/** What the owner API does: the same run, however often the request comes under its key. */
function runOnce(
  { told: { world }, shop }: Acting,
  { campaign, key, now }: { campaign: CampaignId; key: string; now: string },
): Promise<Answer> {
  const deadline = worldDeadline(world, 25_000);
  const repeat = { key, sender: shop.business.id, request: key, secretAnswer: false, now };
  return once(repeat, async (at) => {
    const run = await runNow(shop.business, campaign, { now, intent: { key, at }, deadline });
    return { status: 202, body: run.id };
  });
}

/** Has one of a shop's campaigns fire, as its schedule does. */
export function fire({ world }: Told, shop: Shop, { campaign, at }: { campaign: number; at: number }): void {
  const input = {
    business: shop.business.id,
    campaign: shop.campaigns[campaign]?.id,
    scheduledAt: instant(at),
  };
  world.scheduler.fired("runs", JSON.stringify(input));
}

function resendAll(acting: Acting, include: Resendable[]): void {
  const { told, shop } = acting;
  const campaign = shop.campaigns[0]?.id;
  if (!campaign) return;
  const run = runIdOf(campaign, instant(told.world.beganAt));
  insist(acting, "resend", { work: (now) => resend(shop.business, run, { include, now }) });
}

/** Notes that a customer is not to be mailed from now on. */
const left =
  ({ told, shop, customer }: Acting, { erased = false } = {}) =>
  () =>
    told.leaves.push({
      business: shop.business.id,
      customer: customer.id,
      since: told.world.timeline.now,
      erased,
    });

type Wish = {
  work: (now: string) => Promise<unknown>;
  done?: (answer: unknown) => void;
  by?: "owner-api" | "public-links";
};

/** People try again until they get an answer. What is refused for a reason was answered. */
function insist({ told, shop }: Acting, request: string, { work, done, by = "owner-api" }: Wish): void {
  const { world } = told;
  const attempt = (tries: number) =>
    world.invoke(
      { name: by, business: shop.business.id, request },
      () => work(instant(world.timeline.now)),
      (ending) => {
        if (ending.how === "answered") return done?.(ending.answer);
        if (ending.how === "failed" && ending.error instanceof SapaError) return;
        if (tries < 5) world.timeline.after(10_000, () => attempt(tries + 1));
      },
    );
  attempt(0);
}

let publicLinks: typeof import("../../../functions/public-links.ts").handler | undefined;

/** Loads the pages that links lead to: its logger is quiet if the environment said so before. */
export const loadPages = async (): Promise<void> => {
  publicLinks ??= (await import("../../../functions/public-links.ts")).handler;
};

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
