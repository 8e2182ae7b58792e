import { createHash } from "node:crypto";
import { activeWrite } from "../backlog.ts";
import { reasonNotToSend } from "../businesses/may-send.ts";
import type { Business } from "../businesses.ts";
import * as businesses from "../businesses.ts";
import type { Campaign } from "../campaigns.ts";
import * as campaigns from "../campaigns.ts";
import type { Deadline } from "../deadline.ts";
import { SapaError } from "../errors.ts";
import { type BusinessId, type CampaignId, type RunId, runIdOf, shardsOf } from "../ids.ts";
import type { Run } from "../runs.ts";
import * as runs from "../runs.ts";
import * as segments from "../segments.ts";
import * as store from "../store.ts";
import * as templates from "../templates.ts";
import type { Instant } from "../time.ts";
import { tally } from "./books.ts";
import { occasionOf } from "./occasions.ts";
import { preflight } from "./preflight.ts";
import { firstLook, settleLater } from "./settling.ts";
import { stop } from "./stop.ts";

/**
 * What makes a campaign run: its schedule, at a time, or its owner, by a request. The same intent makes one run,
 * however often it is carried out; `key` tells two requests of one second apart.
 */
export type Fire = {
  business: BusinessId;
  campaign: CampaignId;
  scheduledAt: Instant;
  trigger: Run["trigger"];
  key?: string | undefined;
};

/** The id of the run that an intent makes. */
export function runOf({ campaign, scheduledAt, key }: Fire): RunId {
  const id = runIdOf(campaign, scheduledAt);
  if (key === undefined) return id;
  return `${id}-${createHash("sha256").update(key).digest("hex").slice(0, 8)}`;
}

/**
 * The run of one firing of a campaign: a repeated firing finds the run of the first one. `undefined` when the campaign
 * is not active (any more). A timer looks after the run from before it exists: one that broke off while it started is
 * resumed.
 */
export async function open(fire: Fire, now: Instant): Promise<Run | undefined> {
  const id = runOf(fire);
  const [business, campaign, known] = await Promise.all([
    businesses.get(fire.business),
    campaigns.find(fire.business, fire.campaign),
    runs.find(fire.business, id),
  ]);
  if (known) return known;
  if (!campaign) return undefined;
  if (fire.trigger === "schedule" && campaign.state !== "active") return undefined;
  await settleLater({ business: fire.business, id }, firstLook(id, now));
  return insert(fire, { business, campaign }, now);
}

/**
 * Prepares the mail of a run that is starting, and sets it running; repeating it is harmless. Returns the run as it is
 * then: `running`, or stopped with the reason.
 *
 * @throws SapaError `too-many-requests` when its template can't be checked at SES yet.
 */
export async function proceed(run: Run, deadline: Deadline): Promise<Run> {
  if (run.state !== "starting") return run;
  const [business, campaign] = await Promise.all([
    businesses.get(run.business),
    campaigns.get(run.business, run.campaign),
  ]);
  const failure = reasonNotToSend(business);
  if (failure) return stopped(run, failure);
  try {
    await begin(run, { business, campaign }, deadline);
    return runs.get(run.business, run.id);
  } catch (error) {
    if (error instanceof SapaError && error.code === "too-many-requests") throw error;
    return stopped(run, { reason: "preflight", detail: detailOf(error) });
  }
}

async function stopped(run: Run, failure: NonNullable<Run["failure"]>): Promise<Run> {
  await stop(run, { state: "failed", failure });
  return runs.get(run.business, run.id);
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
    id: runOf(fire),
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
export const nothingToShow = ({ occasion }: Run): boolean =>
  occasion.kind === "new-items" && occasion.items.length === 0;

/** SES's templates, checked against our own rendering, and what a batch must carry for them. */
async function prepare(run: Run, business: Business, deadline: Deadline): Promise<Run> {
  const { id, version } = run.template;
  const compiled = await templates.compiled(run.business, id, version);
  const mailTemplates = await preflight(business, compiled, deadline);
  const uses = Object.values(compiled).flatMap((parts) => parts.uses);
  const prefix = "customer.attributes.";
  const attributes = uses.filter((path) => path.startsWith(prefix)).map((path) => path.slice(prefix.length));
  return { ...run, mailTemplates, attributes: [...new Set(attributes)] };
}

/** So many runs of one campaign that begin at the same moment get each its turn. */
const maxTurns = 8;

/**
 * Sets a run running. Whom it is about is worked out anew, and the campaign's watermark moves with it: of two runs that
 * begin at once, the second looks from where the first one has looked. A run that sends again is about the same people
 * as the run before.
 */
async function begin(started: Run, { business, campaign }: Context, deadline: Deadline): Promise<void> {
  let current = campaign;
  for (let turn = 0; turn < maxTurns; turn++) {
    const { watermark: _, ...rest } = started;
    const firing = started.resendOf ? {} : await occasionOf(current, business, started.scheduledAt);
    const run: Run = { ...rest, ...firing };
    const ready = nothingToShow(run) ? run : await prepare(run, business, deadline);
    const outcomes = await store.transact([
      runs.beginWrite(ready),
      activeWrite(run.business, run.id),
      ...(run.watermark && run.watermark >= (current.watermark ?? "")
        ? [watermarkWrite(current, run.watermark, run.id)]
        : []),
      ...(nothingToShow(run) ? closeShards(run) : []),
    ]);
    // Without the first condition it has begun, or was stopped, meanwhile.
    if (!outcomes || outcomes[0] === "ConditionalCheckFailed") return;
    current = await campaigns.get(run.business, run.campaign);
  }
  throw new Error(`Run ${started.id} can't begin: other runs of its campaign begin all the time`);
}

/** The writes that close the books of a run that shows nothing, without reading a customer. */
const closeShards = ({ business, id }: Run): store.Write[] =>
  shardsOf(business).map((name) =>
    tally({ run: runs.partitionOf(business, id), shard: name.slice(-2) }, {}, { done: true }),
  );

/**
 * The write by which a run moves its campaign's watermark. Its condition fails when another run has moved it since the
 * campaign was read: both would look at the same span.
 */
const watermarkWrite = (
  { business, id, watermark: before }: Campaign,
  watermark: Instant,
  run: RunId,
): store.Write => ({
  Update: {
    TableName: store.tableName("campaigns"),
    Key: { business, id },
    UpdateExpression: "SET watermark = :watermark, lastRun = :run, version = version + :one",
    ConditionExpression: before ? "watermark = :before" : "attribute_not_exists(watermark)",
    ExpressionAttributeValues: {
      ":watermark": watermark,
      ":run": run,
      ":one": 1,
      ...(before && { ":before": before }),
    },
  },
});
