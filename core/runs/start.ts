import { failureOf } from "../businesses/halts.ts";
import type { Business } from "../businesses.ts";
import * as businesses from "../businesses.ts";
import type { Campaign } from "../campaigns.ts";
import * as campaigns from "../campaigns.ts";
import { SapaError } from "../errors.ts";
import { type BusinessId, type CampaignId, runIdOf, shardsOf } from "../ids.ts";
import { enqueue } from "../queues.ts";
import type { Run } from "../runs.ts";
import * as runs from "../runs.ts";
import * as segments from "../segments.ts";
import * as store from "../store.ts";
import * as templates from "../templates.ts";
import { addSeconds, dayIn, type Instant } from "../time.ts";
import { tally } from "./books.ts";
import { occasionOf } from "./occasions.ts";
import { preflight } from "./preflight.ts";
import { settleAfter, settleLater } from "./settling.ts";

export type Fire = {
  business: BusinessId;
  campaign: CampaignId;
  scheduledAt: Instant;
  trigger: Run["trigger"];
};

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

  return proceed(known ?? (await insert(fire, { business, campaign }, now)), { business, campaign });
}

/** Prepares the mail of a run that is starting and has its customers chosen; repeating it is harmless. */
export async function proceed(run: Run, { business, campaign }: Context): Promise<Run> {
  if (run.state !== "starting") return run;
  if (business.halted) {
    await runs.fail(run, failureOf(business.halted));
    return runs.get(run.business, run.id);
  }
  try {
    const ready = nothingToShow(run) ? run : await prepare(run, business);
    await begin(ready, campaign);
    return { ...ready, state: "running" };
  } catch (error) {
    await runs.fail(run, { reason: "preflight", detail: detailOf(error) });
    return runs.get(run.business, run.id);
  }
}

/** What a caller may see of an error; anything else is a bug, which the retry of the function meets again. */
function detailOf(error: unknown): string {
  if (!(error instanceof SapaError)) throw error;
  return [error.message, ...error.problems.map(({ message }) => message)].join(": ");
}

type Context = { business: Business; campaign: Campaign };

async function insert(fire: Fire, { business, campaign }: Context, now: Instant): Promise<Run> {
  const { occasion, watermark } = await occasionOf(campaign, business, fire.scheduledAt);
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
    template: { id: campaign.template, version: 0 },
    mailTemplates: {},
    attributes: [],
    startedAt: now,
    ...runs.keeping(business, fire.scheduledAt),
    ...(await referred(campaign)),
  };
  return (await runs.insert(run)) ? run : runs.get(run.business, run.id);
}

/** The segment and template as they are now; where one was deleted meanwhile the run is a failed one, and says so. */
async function referred(
  campaign: Campaign,
): Promise<Partial<Pick<Run, "segment" | "template" | "state" | "failure">>> {
  try {
    const segment = campaign.segment ? await segments.get(campaign.business, campaign.segment) : undefined;
    return {
      ...(segment && { segment: { id: segment.id, definition: segment.definition } }),
      template: await templates.current(campaign.business, campaign.template),
    };
  } catch (error) {
    return { state: "failed", failure: { reason: "preflight", detail: detailOf(error) } };
  }
}

/** New items are announced, and there are none: nobody needs to be looked at, and no mail prepared. */
const nothingToShow = ({ occasion }: Run): boolean =>
  occasion.kind === "new-items" && occasion.items.length === 0;

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
  // Before anyone is chosen: a run that is stopped while this function breaks off still has its books closed.
  await settleLater(run, addSeconds(run.startedAt, settleAfter));
  const shards = shardsOf(run.business).map((partition) => partition.slice(-2));
  if (nothingToShow(run)) {
    // The books are closed without reading a customer.
    const partition = runs.partitionOf(run.business, run.id);
    await store.transact(shards.map((shard) => tally({ run: partition, shard }, {}, { done: true })));
  } else {
    const messages = shards.map((shard) => ({ body: { business: run.business, run: run.id, shard } }));
    await enqueue("AUDIENCE_QUEUE_URL", run.business, messages);
  }
  const beginning = runs.beginWrite(run);
  const moving = run.watermark ? [campaigns.watermarkWrite(campaign, run.watermark, run.id)] : [];
  const outcomes = await store.transact([beginning, ...moving]);
  // Another run of the campaign has moved the watermark further meanwhile: only this run's state is left to set.
  if (outcomes?.[0] === "None") await store.transact([beginning]);
}
