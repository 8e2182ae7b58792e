import { isDeepStrictEqual } from "node:util";
import { raise } from "./events.ts";
import type { CampaignId } from "./ids.ts";
import {
  change,
  type LeaveReason,
  type Leaving,
  type Rating,
  type Response,
  type ResponseKind,
  responseIdOf,
  type Speaker,
} from "./responses/record.ts";
import * as runs from "./runs.ts";
import type { Instant } from "./time.ts";

export { LeaveReason, Response, Stars } from "./responses/record.ts";

/** Keeps how a customer liked it, in stars and a few words; rating again changes it. */
export async function rate(
  of: Speaker,
  { stars, words }: { stars: number; words?: string | undefined },
  now: Instant,
): Promise<Rating> {
  const campaign = await campaignOf(of);
  const { response, changed } = await change(of.business, responseIdOf(of, "rating"), (before) => {
    const was = before?.kind === "rating" ? before : undefined;
    if (was && was.stars === stars && was.words === words) return undefined;
    return { response: { ...begun(of, "rating", { campaign, was, now }), stars, ...(words && { words }) } };
  });
  if (changed && response) await announce(response);
  return response as Rating;
}

/** Why a customer left, in their own words; answering again changes it. Counts as having left (see `left`). */
export async function leave(
  of: Speaker,
  answer: { topic?: string; reason: LeaveReason; words?: string },
  now: Instant,
): Promise<void> {
  const { topic, reason, words } = answer;
  const response = await leaving(of, { ...(topic && { topic }), reason, ...(words && { words }) }, now);
  if (response) await announce(response);
}

/** That a customer unsubscribed from a topic or, without one, from everything: counted once for each run's mail. */
export async function left(of: Speaker, { topic }: { topic?: string }, now: Instant): Promise<void> {
  await leaving(of, topic ? { topic } : {}, now);
}

/** Takes back that a customer left, with what they said of it, when they undo it. Doing it again is harmless. */
export async function stay(of: Speaker): Promise<void> {
  await change(of.business, responseIdOf(of, "leaving"), (before) => (before ? {} : undefined));
}

/** Keeps a leaving; undefined when that was known. */
async function leaving(
  of: Speaker,
  said: Pick<Leaving, "topic" | "reason" | "words">,
  now: Instant,
): Promise<Response | undefined> {
  const campaign = await campaignOf(of);
  const { response, changed } = await change(of.business, responseIdOf(of, "leaving"), (before) => {
    const was = before?.kind === "leaving" ? before : undefined;
    const known = was && { topic: was.topic, reason: was.reason, words: was.words };
    // That they left is known once they have said why; leaving all after a topic is more.
    const wanted = { ...said, ...(!said.reason && was?.reason && { reason: was.reason, words: was.words }) };
    if (
      known &&
      isDeepStrictEqual(known, { topic: undefined, reason: undefined, words: undefined, ...wanted })
    )
      return undefined;
    return { response: { ...begun(of, "leaving", { campaign, was, now }), ...wanted } };
  });
  return changed ? response : undefined;
}

/** What every response begins with; one that is said differently keeps its answers, and is open again. */
const begun = <K extends ResponseKind>(
  of: Speaker,
  kind: K,
  { campaign, was, now }: { campaign: CampaignId | undefined; was: Response | undefined; now: Instant },
) => ({
  id: responseIdOf(of, kind),
  business: of.business,
  customer: of.customer,
  ...(of.run && { run: of.run }),
  ...(campaign && { campaign }),
  kind,
  at: now,
  state: "open" as const,
  answers: was?.answers ?? [],
  version: 0,
});

async function campaignOf({ business, run }: Speaker): Promise<CampaignId | undefined> {
  return run && (await runs.find(business, run))?.campaign;
}

/** Tells that a customer said something, without their words: targets may keep events. */
async function announce({ business, id, customer, run, campaign, ...rest }: Response): Promise<void> {
  const said = rest.kind === "rating" ? { stars: rest.stars } : { reason: rest.reason };
  await raise("customer.responded", {
    business,
    response: id,
    customer,
    run,
    campaign,
    kind: rest.kind,
    ...said,
  });
}
