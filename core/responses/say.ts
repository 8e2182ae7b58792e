import { isDeepStrictEqual } from "node:util";
import * as customers from "../customers.ts";
import { SapaError } from "../errors.ts";
import { raise } from "../events.ts";
import type { CampaignId } from "../ids.ts";
import * as outcomes from "../runs/outcomes.ts";
import * as runs from "../runs.ts";
import { find, tableName, type Write } from "../store.ts";
import type { Instant } from "../time.ts";
import {
  change,
  decideOn,
  fewStars,
  type LeaveReason,
  type Leaving,
  mostLeavingWords,
  mostRatingWords,
  type Rating,
  type Response,
  readable,
  responseIdOf,
  type Speaker,
  type Unkept,
  unchangedSince,
} from "./record.ts";

/** Keeps how a customer liked it, in stars and a few words; rating again changes it. Says whether it is a complaint. */
export async function rate(
  of: Speaker,
  { stars, words: typed }: { stars: number; words?: string | undefined },
  now: Instant,
): Promise<{ complaint: boolean }> {
  const words = readable(typed, mostRatingWords);
  const campaign = await campaignOf(of);
  const { response, changed } = await change(of.business, responseIdOf(of, "rating"), async (before) => {
    const was = before?.kind === "rating" ? before : undefined;
    if (was && was.stars === stars && was.words === words) return undefined;
    const rating: Unkept<Rating> = {
      ...begun(of, { campaign, was, now }),
      kind: "rating",
      stars,
      ...(words && { words }),
    };
    return { response: rating, writes: await writing(of, was, rating) };
  });
  if (changed && response) await announce(response);
  return { complaint: stars <= fewStars };
}

/** Why a customer left, in their own words; answering again changes it. Counts as having left (see `left`). */
export async function leave(
  of: Speaker,
  answer: { topic?: string; reason: LeaveReason; words?: string },
  now: Instant,
): Promise<void> {
  const { topic, reason } = answer;
  const words = readable(answer.words, mostLeavingWords);
  const response = await leaving(of, { ...(topic && { topic }), reason, ...(words && { words }) }, now);
  if (response) await announce(response);
}

/** That a customer unsubscribed from a topic or, without one, from everything: counted once for each run's mail. */
export async function left(of: Speaker, { topic }: { topic?: string }, now: Instant): Promise<void> {
  await leaving(of, topic ? { topic } : {}, now);
}

/** Takes back that a customer left, with what they said of it, when they undo it. Doing it again is harmless. */
export async function stay(of: Speaker): Promise<void> {
  const { business } = of;
  const id = responseIdOf(of, "leaving");
  await decideOn(
    business,
    id,
    (before) =>
      before && [
        { Delete: { TableName: tableName("responses"), Key: { business, id }, ...unchangedSince(before) } },
        ...counting(of, before, undefined),
      ],
  );
}

type Said = Pick<Leaving, "topic" | "reason" | "words">;

/** Keeps a leaving; undefined when all of it was known. */
async function leaving(of: Speaker, said: Said, now: Instant): Promise<Response | undefined> {
  const campaign = await campaignOf(of);
  const { response, changed } = await change(of.business, responseIdOf(of, "leaving"), async (before) => {
    const was = before?.kind === "leaving" ? before : undefined;
    // Who leaves by a second click has not taken back why.
    const reasons = said.reason ? said : { ...reasonsOf(was), ...said };
    if (was && isDeepStrictEqual(reasons, { ...(was.topic && { topic: was.topic }), ...reasonsOf(was) })) {
      return undefined;
    }
    const after: Unkept<Leaving> = { ...begun(of, { campaign, was, now }), kind: "leaving", ...reasons };
    return { response: after, writes: await writing(of, was, after) };
  });
  return changed ? response : undefined;
}

const reasonsOf = (was: Leaving | undefined): Said => ({
  ...(was?.reason && { reason: was.reason }),
  ...(was?.words && { words: was.words }),
});

/** What every response begins with; one that is said differently keeps its answers, and is open again. */
const begun = (
  of: Speaker,
  { campaign, was, now }: { campaign: CampaignId | undefined; was: Response | undefined; now: Instant },
) => ({
  business: of.business,
  customer: of.customer,
  ...(of.run && { run: of.run }),
  ...(campaign && { campaign }),
  at: now,
  state: "open" as const,
  answers: was?.answers ?? [],
});

async function campaignOf({ business, run }: Speaker): Promise<CampaignId | undefined> {
  return run && (await runs.find(business, run))?.campaign;
}

/** Holds a new response to there being its customer: of who is erased while they write nothing new is kept. */
async function known({ business, customer }: Speaker): Promise<Write> {
  const key = customers.keyOf(business, customer);
  if (!(await find("customers", key, { ConsistentRead: true }))) {
    throw new SapaError("not-found", "No such customer");
  }
  return {
    ConditionCheck: {
      TableName: tableName("customers"),
      Key: key,
      ConditionExpression: "attribute_exists(id)",
    },
  };
}

/** What is written with a response that is said, or said differently. */
const writing = async (of: Speaker, was: Response | undefined, after: Unkept<Response>): Promise<Write[]> => [
  ...counting(of, was, after),
  ...(was ? [] : [await known(of)]),
];

/** What a response adds to the outcomes of its run. */
function countsOf(response: Unkept<Response> | undefined): { [outcome in outcomes.Outcome]?: number } {
  if (!response) return {};
  if (response.kind === "rating") return { [`ratings:${response.stars}`]: 1 };
  return { unsubscribed: 1, ...(response.reason && { [`left:${response.reason}`]: 1 }) };
}

/** The write, if one is needed, by which the outcomes of the run follow from one state of a response to the next. */
function counting(
  { business, customer, run }: Speaker,
  before: Unkept<Response> | undefined,
  after: Unkept<Response> | undefined,
): Write[] {
  if (!run) return [];
  const raised: { [outcome in outcomes.Outcome]?: number } = countsOf(after);
  for (const name of Object.keys(countsOf(before)) as outcomes.Outcome[]) {
    raised[name] = (raised[name] ?? 0) - 1;
  }
  const moved = Object.values(raised).some((by) => by !== 0);
  return moved ? [outcomes.raise({ business, customer, run }, raised)] : [];
}

/** Tells that a customer said something, without their words: targets may keep events. */
async function announce(response: Response): Promise<void> {
  const { business, id, customer, run, campaign, kind } = response;
  const said = kind === "rating" ? { stars: response.stars } : { reason: response.reason };
  await raise("customer.responded", { business, response: id, customer, run, campaign, kind, ...said });
}
