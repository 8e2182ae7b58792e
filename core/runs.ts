import { PutCommand } from "@aws-sdk/lib-dynamodb";
import { z } from "zod";
import { type Business, Locale, TopicKey } from "./businesses.ts";
import { SapaError } from "./errors.ts";
import { BusinessId, CampaignId, RunId, SegmentId } from "./ids.ts";
import { Item, ItemId } from "./items.ts";
import { pageOf } from "./lists.ts";
import { SegmentDefinition } from "./segments.ts";
import * as store from "./store.ts";
import { TemplateId } from "./templates.ts";
import { addSeconds, Day, Instant, MonthDay } from "./time.ts";

/** Whom a run is about, with all dates worked out when it started, so that retries choose alike. */
export const Occasion = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("birthday"),
    /** The day that is celebrated: the run's own, or so many days after it as the campaign says. */
    celebrated: Day,
    /** The birthdays that fall on it. */
    birthdays: z.array(MonthDay),
  }),
  z.object({
    kind: z.literal("winback"),
    /** The last order lies in this span: `from` is in it, `before` is not. */
    lastOrder: z.object({ from: Instant.optional(), before: Instant }),
    /** The run before, whose customers over their frequency cap, or who paused, are looked at again. */
    carriedFrom: RunId.optional(),
    /** A campaign for the newly lapsed leaves out customers whose last order is earlier. */
    notBefore: Instant.optional(),
  }),
  z.object({
    kind: z.literal("new-items"),
    items: z.array(Item),
    most: z.int(),
    /** New items that were sold out: the next run looks at them again. */
    leftOut: z.array(ItemId),
    /** What became available right before the run, which the next one sees again and does not announce twice. */
    seen: z.array(ItemId),
  }),
  z.object({ kind: z.literal("broadcast") }),
]);
export type Occasion = z.infer<typeof Occasion>;

export const RunState = z.enum([
  "starting", // nobody is chosen yet
  "running",
  "failed", // stopped, with the reason; whoever had not been mailed by then is not
  "canceled", // stopped by its owner, likewise
  "settled", // its books are closed
]);

/** What of a run can be sent again: mail that SES refused, and mail of which it is not known whether it was sent. */
export const Resendable = z.enum(["failed", "unknown"]);
export type Resendable = z.infer<typeof Resendable>;

/** One firing of a campaign. What it needs of the campaign is copied in, so that later changes do not split a run. */
export const Run = z.object({
  id: RunId,
  business: BusinessId,
  campaign: CampaignId,
  campaignName: z.string(),
  trigger: z.enum(["schedule", "owner"]),
  /** Set when it sends another run's mail again, to those only for whom that mail was so. */
  resendOf: z.object({ run: RunId, include: z.array(Resendable) }).optional(),
  /** The runs that sent its own failed and unknown mail again. */
  failedResentBy: RunId.optional(),
  unknownResentBy: RunId.optional(),
  /** "Now" for every decision of the run, however late it is carried out. */
  scheduledAt: Instant,
  state: RunState,
  failure: z.object({ reason: z.string(), detail: z.string() }).optional(),
  canceledAt: Instant.optional(),
  topic: TopicKey,
  offer: z.string().optional(),
  occasion: Occasion,
  segment: z.object({ id: SegmentId, definition: SegmentDefinition }).optional(),
  template: z.object({ id: TemplateId, version: z.int() }),
  /** The name of the SES template of each language that the template has. */
  mailTemplates: z.partialRecord(Locale, z.string()),
  /** The custom attributes that the template shows. */
  attributes: z.array(z.string()),
  /** Up to where the campaign has looked once this run is under way. */
  watermark: Instant.optional(),
  startedAt: Instant,
  /** Until when it is kept who got the mail and what became of it, as the business had it when the run started. */
  sendsKeptUntil: Instant.optional(),
  settledAt: Instant.optional(),
  /** How much was selected and waited when settle-run looked last, and since when it is that much. */
  settling: z
    .object({ waiting: z.int(), selected: z.int().optional(), since: Instant.optional() })
    .optional(),
  /** The page of the selection at which settle-run goes on, when the time of one look was too short. */
  settlingFrom: z.string().optional(),
});
export type Run = z.infer<typeof Run>;

/** A run's `sendsKeptUntil`, where its business does not keep sends for good. */
export const keeping = ({ retention }: Business, scheduledAt: Instant): Pick<Run, "sendsKeptUntil"> =>
  retention.sendsDays ? { sendsKeptUntil: addSeconds(scheduledAt, retention.sendsDays * 86_400) } : {};

/** What marks the items of a run for DynamoDB to remove, in epoch seconds: all of them at the same time. */
export const expiry = ({ sendsKeptUntil: until }: Run): { expiresAt?: number } =>
  until ? { expiresAt: Math.floor(Date.parse(until) / 1000) } : {};

/** Whether a run's sends count as gone; DynamoDB removes them some days late. */
export const isForgotten = ({ sendsKeptUntil: until }: Run, now: Instant): boolean =>
  until !== undefined && until <= now;

/** The partition of what belongs to one run: its tallies, selections and receipts. */
export const partitionOf = (business: BusinessId, run: RunId): string => `${business}#${run}`;

export async function find(business: BusinessId, id: RunId): Promise<Run | undefined> {
  return (await store.find("runs", { business, id }, { ConsistentRead: true })) as Run | undefined;
}

export async function get(business: BusinessId, id: RunId): Promise<Run> {
  const run = await find(business, id);
  if (!run) throw new SapaError("not-found", "There is no such run");
  return run;
}

/** Runs of the business or of one of its campaigns, the newest first within a campaign. */
export async function list(
  business: BusinessId,
  {
    campaign,
    cursor,
    limit,
  }: { campaign?: CampaignId | undefined; cursor?: string | undefined; limit: number },
): Promise<{ items: Run[]; next?: string }> {
  const place = cursor ? store.decodeCursor(cursor) : undefined;
  const { items, next } = await store.query("runs", {
    KeyConditionExpression: campaign
      ? "business = :business AND begins_with(id, :prefix)"
      : "business = :business",
    ExpressionAttributeValues: {
      ":business": business,
      ...(campaign && { ":prefix": `run_${campaign.slice("cam_".length)}_` }),
    },
    ScanIndexForward: false,
    Limit: limit,
    ...(place && { ExclusiveStartKey: { business, id: String(place.id) } }),
  });
  return pageOf(items as Run[], { more: Boolean(next), itemOf: (run) => run, placeOf: ({ id }) => ({ id }) });
}

/** Keeps a new run; false when there is one of this campaign and time already. */
export async function insert(run: Run): Promise<boolean> {
  return store.succeeds(
    new PutCommand({
      TableName: store.tableName("runs"),
      Item: run,
      ConditionExpression: "attribute_not_exists(id)",
    }),
  );
}

/** The write that sets a starting run running, with whom it is about and the mail that was prepared for it. */
export const beginWrite = ({ business, id, ...run }: Run): store.Write => ({
  Update: {
    TableName: store.tableName("runs"),
    Key: { business, id },
    UpdateExpression: `SET #state = :running, mailTemplates = :mailTemplates, #attributes = :attributes, occasion = :occasion${run.watermark ? ", watermark = :watermark" : " REMOVE watermark"}`,
    ConditionExpression: "#state = :starting",
    ExpressionAttributeNames: { "#state": "state", "#attributes": "attributes" },
    ExpressionAttributeValues: {
      ":running": "running",
      ":starting": "starting",
      ":mailTemplates": run.mailTemplates,
      ":attributes": run.attributes,
      ":occasion": run.occasion,
      ...(run.watermark && { ":watermark": run.watermark }),
    },
  },
});

/** Whether a run was stopped: nothing more of it is sent. */
export const isStopped = ({ state }: Pick<Run, "state">): boolean =>
  state === "failed" || state === "canceled";
