import type { Business } from "../businesses.ts";
import * as businesses from "../businesses.ts";
import type { Campaign } from "../campaigns.ts";
import * as campaigns from "../campaigns.ts";
import { SapaError } from "../errors.ts";
import { type BusinessId, type CampaignId, type RunId, runIdOf, shardsOf } from "../ids.ts";
import { enqueue } from "../queues.ts";
import type { Run } from "../runs.ts";
import * as runs from "../runs.ts";
import * as segments from "../segments.ts";
import * as store from "../store.ts";
import * as templates from "../templates.ts";
import { addSeconds, dayIn, type Instant } from "../time.ts";
import * as timers from "../timers.ts";
import { tally } from "./books.ts";
import { occasionOf } from "./occasions.ts";
import { preflight } from "./preflight.ts";

export type Fire = {
  business: BusinessId;
  campaign: CampaignId;
  scheduledAt: Instant;
  trigger: Run["trigger"];
};

/** A run's books are looked at for the first time this long after it began, in seconds. */
export const settleAfter = 900;

/**
 * One firing of a campaign. A repeated firing finds the run of the first one: it goes on with it if that broke
 * off, and else changes nothing. `undefined` when the campaign is not active (any more).
 */
export async function start(fire: Fire, now: Instant): Promise<Run | undefined> {
  const id = runIdOf(fire.campaign, fire.scheduledAt);
  const [business, campaign, known] = await Promise.all([
    businesses.get(fire.business),
    campaigns.find(fire.business, fire.campaign),
    runs.find(fire.business, id),
  ]);
  if (known && known.state !== "starting") return known;
  if (!campaign) return undefined;
  if (!known && fire.trigger === "schedule" && campaign.state !== "active") return undefined;

  const run = known ?? (await insert(fire, { business, campaign }, now));
  try {
    const ready = await prepare(run, business);
    await begin(ready, campaign);
    return { ...ready, state: "running" };
  } catch (error) {
    if (!(error instanceof SapaError)) throw error;
    const detail = [error.message, ...error.problems.map(({ message }) => message)].join(": ");
    await runs.fail(run, { reason: "preflight", detail });
    return runs.get(run.business, run.id);
  }
}

async function insert(
  fire: Fire,
  { business, campaign }: { business: Business; campaign: Campaign },
  now: Instant,
): Promise<Run> {
  const { occasion, watermark } = await occasionOf(campaign, business, fire.scheduledAt);
  const segment = campaign.segment ? await segments.get(business.id, campaign.segment) : undefined;
  const run: Run = {
    id: runIdOf(fire.campaign, fire.scheduledAt),
    business: fire.business,
    campaign: fire.campaign,
    campaignName: campaign.name,
    trigger: fire.trigger,
    scheduledAt: fire.scheduledAt,
    state: "starting",
    topic: campaign.topic,
    ...(campaign.offer && { offer: campaign.offer }),
    occasion,
    ...(watermark && { watermark }),
    ...(segment && { segment: { id: segment.id, definition: segment.definition } }),
    template: await templates.current(business.id, campaign.template),
    mailTemplates: {},
    attributes: [],
    startedAt: now,
  };
  return (await runs.insert(run)) ? run : runs.get(run.business, run.id);
}

/** SES's templates, checked against our own rendering, and what a batch must carry for them. */
async function prepare(run: Run, business: Business): Promise<Run> {
  const { id, version } = run.template;
  const compiled = await templates.compiled(run.business, id, version);
  const mailTemplates = await preflight({
    business,
    compiled,
    offer: run.offer,
    items: run.occasion.kind === "new-items" ? run.occasion.items : [],
    day: dayIn(business.timeZone, run.scheduledAt),
  });
  const uses = Object.values(compiled).flatMap((parts) => parts.uses);
  const prefix = "customer.attributes.";
  const attributes = uses.filter((path) => path.startsWith(prefix)).map((path) => path.slice(prefix.length));
  return { ...run, mailTemplates, attributes: [...new Set(attributes)] };
}

/**
 * The shards' messages go out before the run counts as running: a crash in between repeats them, and the
 * selection's pages make that harmless. The campaign's watermark moves in the transaction that begins the run.
 */
async function begin(run: Run, campaign: Campaign): Promise<void> {
  await runs.saveMail(run);
  const shards = shardsOf(run.business).map((partition) => partition.slice(-2));
  if (run.occasion.kind === "new-items" && run.occasion.items.length === 0) {
    // Nothing to show to anyone: the books are closed without reading a customer.
    const partition = runs.partitionOf(run.business, run.id);
    await store.transact(shards.map((shard) => tally(partition, shard, {}, true)));
  } else {
    const messages = shards.map((shard) => ({ body: { business: run.business, run: run.id, shard } }));
    await enqueue("AUDIENCE_QUEUE_URL", run.business, messages);
  }
  await settleLater(run, addSeconds(run.startedAt, settleAfter));
  const beginning = runs.beginWrite(run);
  const moving = run.watermark ? [campaigns.watermarkWrite(campaign, run.watermark)] : [];
  const outcomes = await store.transact([beginning, ...moving]);
  // Another run of the campaign has moved the watermark further meanwhile: only this run's state is left to set.
  if (outcomes?.[0] === "None") await store.transact([beginning]);
}

/** Has settle-run look at the run's books at an instant. */
export const settleLater = (run: { business: BusinessId; id: RunId }, at: Instant): Promise<void> =>
  timers.set({
    name: `settle-${run.id}`,
    expression: timers.once(at),
    zone: "UTC",
    fires: "SETTLE_RUN_ARN",
    input: { business: run.business, run: run.id },
  });
