import { GetEmailIdentityCommand, NotFoundException } from "@aws-sdk/client-sesv2";
import { assertNotHalted } from "../businesses/halts.ts";
import { isOwnAddress, notOwnAddress } from "../businesses/senders.ts";
import type { Business } from "../businesses.ts";
import type { Campaign, CampaignState } from "../campaigns.ts";
import * as campaigns from "../campaigns.ts";
import type { Deadline } from "../deadline.ts";
import { type Problem, SapaError } from "../errors.ts";
import type { CampaignId } from "../ids.ts";
import type { CompiledTemplate } from "../mail/compiled.ts";
import { controlPlaneTurn } from "../mail-templates.ts";
import { enqueue } from "../queues.ts";
import { preflight } from "../runs/preflight.ts";
import { open, runOf } from "../runs/start.ts";
import type { Run } from "../runs.ts";
import { assertFires, expressionOf } from "../schedules.ts";
import * as segments from "../segments.ts";
import { sesControl } from "../ses.ts";
import { ensure } from "../templates/save.ts";
import type { TemplateId } from "../templates.ts";
import * as templates from "../templates.ts";
import type { Instant } from "../time.ts";
import * as timers from "../timers.ts";
import { withBoundary } from "./boundary.ts";

/**
 * Has a campaign fire by its schedule from now on. Everything that a run will need is looked at first, and all
 * that is missing is said at once (409). The schedule is set before the state: should this break off in
 * between, what fires finds a draft and does nothing.
 */
export async function activate(
  business: Business,
  id: CampaignId,
  { now, deadline }: { now: Instant; deadline: Deadline },
): Promise<Campaign> {
  const campaign = await campaigns.get(business.id, id);
  assertState(campaign, ["draft", "paused", "active"], "activated");
  await assertReady(business, campaign, { now, deadline });
  await setSchedule(business, campaign);
  return campaigns.update(business.id, id, (current) => {
    assertState(current, ["draft", "paused", "active"], "activated");
    return { ...withBoundary(current, business, now), state: "active", updatedAt: now };
  });
}

/** Has a paused campaign fire again. */
export async function resume(
  business: Business,
  id: CampaignId,
  given: { now: Instant; deadline: Deadline },
): Promise<Campaign> {
  assertState(await campaigns.get(business.id, id), ["paused", "active"], "resumed");
  return activate(business, id, given);
}

/** Fires no more until it is resumed. Mail of a run that is under way still goes out. */
export async function pause(business: Business, id: CampaignId, now: Instant): Promise<Campaign> {
  const paused = await campaigns.update(business.id, id, (campaign) => {
    assertState(campaign, ["active", "paused"], "paused");
    return campaign.state === "paused" ? campaign : { ...campaign, state: "paused", updatedAt: now };
  });
  await timers.clear(id);
  return paused;
}

/** Ends a campaign for good; its runs and their books stay readable. */
export async function archive(business: Business, id: CampaignId, now: Instant): Promise<Campaign> {
  const archived = await campaigns.update(business.id, id, (campaign) =>
    campaign.state === "archived" ? campaign : { ...campaign, state: "archived", updatedAt: now },
  );
  await timers.clear(id);
  return archived;
}

/** What an owner wants, and since when: a repeated request is the same intent, and makes the same run. */
type Intent = { key?: string; at: Instant };

/** Runs a campaign at once, whatever its schedule says. Returns the run as it starts. */
export async function runNow(
  business: Business,
  id: CampaignId,
  { now, intent, deadline }: { now: Instant; intent: Intent; deadline: Deadline },
): Promise<Run> {
  const campaign = await campaigns.get(business.id, id);
  assertState(campaign, ["active", "paused"], "run");
  await assertReady(business, campaign, { now, deadline });
  const { key, at } = intent;
  const fire = { business: business.id, campaign: id, scheduledAt: at, trigger: "owner" as const, key };
  const run = await open(fire, now);
  if (!run) throw new Error(`Run ${runOf(fire)} was not made`);
  await enqueue("RUNS_QUEUE_URL", business.id, [{ body: { business: business.id, run: run.id } }]);
  return run;
}

/** Changes a campaign's details; an active one's schedule follows. */
export async function change(
  business: Business,
  id: CampaignId,
  { details, now }: { details: campaigns.CampaignDetails; now: Instant },
): Promise<Campaign> {
  const changed = await campaigns.update(business.id, id, (campaign) => {
    assertState(campaign, ["draft", "active", "paused"], "changed");
    if (campaign.kind !== details.kind) {
      throw new SapaError("conflict", "A campaign's kind can't change: create another campaign", [
        { field: "kind", message: `is ${campaign.kind}` },
      ]);
    }
    const { id: _, business: owner, state, watermark, lapsesFrom, lastRun, createdAt, version } = campaign;
    const kept = { id, business: owner, state, createdAt, version };
    const reached = {
      ...(watermark && { watermark }),
      ...(lapsesFrom && { lapsesFrom }),
      ...(lastRun && { lastRun }),
    };
    const after = { ...details, ...kept, ...reached, updatedAt: now };
    // A draft's boundary is set when it is activated.
    return state === "draft" ? after : withBoundary(after, business, now);
  });
  if (changed.state === "active") {
    assertFires(changed.schedule, business.timeZone, now);
    await setSchedule(business, changed);
  }
  return changed;
}

/** Throws a conflict that names everything a run of the campaign would lack. */
export async function assertReady(
  business: Business,
  campaign: Campaign,
  { now, deadline }: { now: Instant; deadline: Deadline },
): Promise<void> {
  assertNotHalted(business);
  const checks: Promise<Problem | undefined>[] = [
    missing("template", "There is no such template", () => ensure(business, campaign.template, now)),
    senderProblem(business, deadline),
  ];
  const { segment } = campaign;
  if (segment) {
    checks.push(missing("segment", "There is no such segment", () => segments.get(business.id, segment)));
  }
  const problems = (await Promise.all(checks)).filter((problem) => problem !== undefined);
  if (!business.topics.some(({ key }) => key === campaign.topic)) {
    problems.push({ field: "topic", message: `The business has no topic ${campaign.topic}` });
  }
  if (problems.length > 0) {
    throw new SapaError("conflict", "The campaign can't run yet", problems);
  }
  if (campaign.state !== "active") assertFires(campaign.schedule, business.timeZone, now);
  // Checked at SES now, so that nothing has to be asked of it when the campaign fires.
  const { id, version } = await ensure(business, campaign.template, now);
  await preflight(business, await templates.compiled(business.id, id, version), deadline);
}

/**
 * Has SES check a changed template before it is saved, if a campaign that is active uses it: the next firing sends it,
 * and asks nothing of SES. A template that no campaign uses is checked when one is activated.
 */
export async function preflightIfUsed(
  business: Business,
  { template, compiled }: { template: TemplateId; compiled: CompiledTemplate },
  deadline: Deadline,
): Promise<void> {
  let cursor: string | undefined;
  do {
    const { items, next } = await campaigns.list(business.id, { limit: 100, cursor });
    if (items.some((campaign) => campaign.state === "active" && campaign.template === template)) {
      await preflight(business, compiled, deadline);
      return;
    }
    cursor = next;
  } while (cursor);
}

async function missing(
  field: string,
  message: string,
  look: () => Promise<unknown>,
): Promise<Problem | undefined> {
  try {
    await look();
    return undefined;
  } catch (error) {
    if (error instanceof SapaError && error.code === "not-found") return { field, message };
    throw error;
  }
}

/**
 * SES sends for an address that is verified itself, or whose domain is. Of an address that is not the business's own it
 * is not asked.
 */
async function senderProblem(business: Business, deadline: Deadline): Promise<Problem | undefined> {
  const { sender } = business;
  if (!isOwnAddress(business, sender.address)) return { field: "sender.address", message: notOwnAddress };
  const domain = sender.address.slice(sender.address.indexOf("@") + 1);
  for (const identity of [sender.address, domain]) {
    try {
      await controlPlaneTurn(deadline);
      const answer = await sesControl.send(new GetEmailIdentityCommand({ EmailIdentity: identity }));
      if (answer.VerifiedForSendingStatus) return undefined;
    } catch (error) {
      if (!(error instanceof NotFoundException)) throw error;
    }
  }
  return {
    field: "sender.address",
    message: `SES has verified neither ${sender.address} nor ${domain}: add one as an identity in SES first`,
  };
}

const setSchedule = (business: Business, { id, schedule }: Campaign): Promise<void> =>
  timers.set({
    name: id,
    expression: expressionOf(schedule),
    zone: business.timeZone,
    fires: "RUNS_QUEUE_ARN",
    input: { business: business.id, campaign: id, scheduledAt: timers.scheduledTime },
  });

function assertState(campaign: Campaign, allowed: readonly CampaignState[], verb: string): void {
  if (!allowed.includes(campaign.state)) {
    throw new SapaError("conflict", `A campaign that is ${campaign.state} can't be ${verb}`, [
      { field: "state", message: `is ${campaign.state}` },
    ]);
  }
}
