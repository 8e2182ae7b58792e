import { z } from "zod";
import { TopicKey } from "../businesses.ts";
import { BusinessId, CampaignId, CustomerId, ResponseId, RunId } from "../ids.ts";
import * as store from "../store.ts";
import { Instant } from "../time.ts";
import { severalLines } from "../visible-text.ts";

/** Why a customer wants no more mail, in the words that they are offered. */
export const LeaveReason = z.enum([
  "too-many",
  "not-interesting",
  "never-signed-up",
  "not-a-customer",
  "other",
]);
export type LeaveReason = z.infer<typeof LeaveReason>;

export const Stars = z.int().min(1).max(5);

/** `open`: nobody has seen to it yet. Saying something new opens a response again. */
export const ResponseState = z.enum(["open", "answered", "closed"]);
export type ResponseState = z.infer<typeof ResponseState>;

/** What the owner wrote back. */
export const ResponseAnswer = z.object({
  at: Instant,
  text: z.string(),
  letterAt: Instant.optional().meta({ description: "When its mail went to SES" }),
  refused: z.literal(true).optional().meta({
    description: "Its mail is not sent: SES refused it, or the customer could no longer be written to",
  }),
});

/** In characters. */
export const mostRatingWords = 1000;
export const mostLeavingWords = 300;

const said = {
  id: ResponseId,
  business: BusinessId,
  customer: CustomerId,
  /** The run, and its campaign, whose mail held the link; none for mail that no run sent. */
  run: RunId.optional(),
  campaign: CampaignId.optional(),
  /** When it was said, or said differently. */
  at: Instant,
  state: ResponseState,
  /** Oldest first. */
  answers: z.array(ResponseAnswer),
  /** Raised by every change, so that one made on an older reading fails. */
  version: z.int(),
};

export const Rating = z.object({
  ...said,
  kind: z.literal("rating"),
  stars: Stars,
  words: z.string().max(mostRatingWords).optional(),
});
export type Rating = z.infer<typeof Rating>;

/** That a customer unsubscribed, from everything or from one topic; and why, if they said. */
export const Leaving = z.object({
  ...said,
  kind: z.literal("leaving"),
  /** The topic that they left; without it they left all. */
  topic: TopicKey.optional(),
  reason: LeaveReason.optional(),
  words: z.string().max(mostLeavingWords).optional(),
});
export type Leaving = z.infer<typeof Leaving>;

/** What a customer said back about one run's mail. */
export const Response = z.discriminatedUnion("kind", [Rating, Leaving]);
export type Response = z.infer<typeof Response>;
export type ResponseKind = Response["kind"];

/** What a customer typed, without what can't be seen, and cut at so many characters. */
export const readable = (words: string | undefined, most: number): string | undefined =>
  Array.from(severalLines(words ?? ""))
    .slice(0, most)
    .join("") || undefined;

/** Who says something, and about which run's mail. */
export type Speaker = { business: BusinessId; customer: CustomerId; run?: RunId | undefined };

/**
 * `rsp_7hkq…_rating_9cvb…_t5`: one for each customer, kind and run, so that saying it again changes what was said.
 * Those of one customer lie together.
 */
export const responseIdOf = ({ customer, run }: Speaker, kind: ResponseKind): ResponseId =>
  `rsp_${customer.slice(4)}_${kind}${run ? `_${run.slice(4)}` : ""}`;

/** Up to this many stars a rating is a complaint, until somebody has seen to it. */
export const fewStars = 2;

export const isComplaint = (response: Response): boolean =>
  response.kind === "rating" && response.stars <= fewStars && response.state !== "closed";

export async function find(business: BusinessId, id: ResponseId): Promise<Response | undefined> {
  return (await store.find("responses", { business, id }, { ConsistentRead: true })) as Response | undefined;
}

const tries = 10;

/**
 * Makes the writes that follow from a response as it is now: `decide` is given the latest reading, and again a newer
 * one when somebody else was faster. It answers undefined to leave things be. Says whether anything was written.
 */
export async function decideOn(
  business: BusinessId,
  id: ResponseId,
  decide: (
    before: Response | undefined,
  ) => readonly store.Write[] | undefined | Promise<readonly store.Write[] | undefined>,
): Promise<boolean> {
  for (let attempt = 1; attempt <= tries; attempt++) {
    const writes = await decide(await find(business, id));
    if (!writes) return false;
    if (!(await store.transact(writes))) return true;
    await store.backOff(attempt);
  }
  throw new Error(`The response ${id} kept changing`);
}

/** A response before it has an id and a version, which its change gives it. */
export type Unkept<R> = R extends Response ? Omit<R, "id" | "version"> : never;

/** What a response becomes, and what else is written with it, all or nothing. */
export type Change = { response: Unkept<Response>; writes?: readonly store.Write[] };

/** Changes a response as `decide` says. Answers what there is afterwards, and whether this call made it so. */
export async function change(
  business: BusinessId,
  id: ResponseId,
  decide: (before: Response | undefined) => Change | undefined | Promise<Change | undefined>,
): Promise<{ response: Response | undefined; changed: boolean }> {
  let response: Response | undefined;
  const changed = await decideOn(business, id, async (before) => {
    response = before;
    const wanted = await decide(before);
    if (!wanted) return undefined;
    response = { ...wanted.response, id, version: (before?.version ?? 0) + 1 };
    return [
      { Put: { TableName: store.tableName("responses"), Item: response, ...unchangedSince(before) } },
      ...(wanted.writes ?? []),
    ];
  });
  return { response, changed };
}

/** The condition that nobody has changed a response since it was read. */
export const unchangedSince = (before: Response | undefined) =>
  before
    ? {
        ConditionExpression: "#version = :version",
        ExpressionAttributeNames: { "#version": "version" },
        ExpressionAttributeValues: { ":version": before.version },
      }
    : { ConditionExpression: "attribute_not_exists(id)" };
