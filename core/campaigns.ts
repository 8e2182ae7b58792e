import { PutCommand } from "@aws-sdk/lib-dynamodb";
import { z } from "zod";
import { type Business, Halt, TopicKey } from "./businesses.ts";
import { SapaError } from "./errors.ts";
import { BusinessId, CampaignId, newId, RunId, SegmentId } from "./ids.ts";
import { maxNewDays } from "./items/availability.ts";
import { pageOf } from "./lists.ts";
import { Schedule } from "./schedules.ts";
import * as store from "./store.ts";
import { TemplateId } from "./templates.ts";
import { Instant } from "./time.ts";
import { visible } from "./visible-text.ts";

const shared = {
  name: z.string().trim().min(1).max(120),
  /** Narrows the audience; without it the kind alone decides. */
  segment: SegmentId.optional(),
  template: TemplateId,
  topic: TopicKey,
  /** A line about what the customer gets, which templates show as `{{offer}}`. */
  offer: z.string().overwrite(visible).trim().min(1).max(200).optional(),
  /** When it fires, by the clock of the business's time zone. */
  schedule: Schedule,
};

export const BirthdayCampaign = z.object({
  ...shared,
  kind: z.literal("birthday"),
  daysBefore: z.int().min(0).max(30).default(0),
});

export const WinbackCampaign = z.object({
  ...shared,
  kind: z.literal("winback"),
  /** Calendar days in the business's zone without an order, after which a customer counts as lapsed. */
  days: z.int().min(1).max(3650),
  newlyLapsedOnly: z.boolean().default(false).meta({
    description:
      "Leaves out those who have lapsed when the campaign is activated, also where their orders are brought in later, and takes only customers who lapse from then on",
  }),
});

export const NewItemsCampaign = z.object({
  ...shared,
  kind: z.literal("new-items"),
  /** The most items in one mail. */
  items: z.int().min(1).max(10).default(5),
  /** How far the first run looks back; later runs take what became available since the run before. */
  firstRunDays: z.int().min(1).max(maxNewDays).default(30).meta({
    description:
      "How many days the first run looks back; later runs take what became available since the run before. An item that was added longer than this before it was first saved is not new",
  }),
});

export const BroadcastCampaign = z.object({ ...shared, kind: z.literal("broadcast") });

export const CampaignDetails = z.discriminatedUnion("kind", [
  BirthdayCampaign,
  WinbackCampaign,
  NewItemsCampaign,
  BroadcastCampaign,
]);
export type CampaignDetails = z.infer<typeof CampaignDetails>;

export const CampaignState = z.enum(["draft", "active", "paused", "archived"]);
export type CampaignState = z.infer<typeof CampaignState>;

export const Campaign = z.intersection(
  CampaignDetails,
  z.object({
    id: CampaignId,
    business: BusinessId,
    state: CampaignState,
    /** Up to where winback and new-items runs have looked: the next run begins here. */
    watermark: Instant.optional(),
    /** A winback for the newly lapsed leaves out customers whose last order is earlier: they had lapsed before it began. */
    lapsesFrom: Instant.optional(),
    /** The winback run that has looked there: the next run looks again at whom it had to leave out. */
    lastRun: RunId.optional(),
    createdAt: Instant,
    updatedAt: Instant,
    version: z.int(),
  }),
);
export type Campaign = z.infer<typeof Campaign>;

/** A campaign as its owner sees it: with what holds it, whatever its own state is. */
export const CampaignView = z.intersection(
  Campaign,
  z.object({
    held: Halt.pick({ reason: true, at: true }).optional().meta({
      description:
        "Set while the business's sending is halted, since too many of its mails came back or were called spam: until it is resumed no run sends anything",
    }),
  }),
);
export type CampaignView = z.infer<typeof CampaignView>;

export const present = (campaign: Campaign, { halted }: Business): CampaignView =>
  halted ? { ...campaign, held: { reason: halted.reason, at: halted.at } } : campaign;

export const keyOf = (business: BusinessId, id: CampaignId) => ({ business, id });

export async function find(business: BusinessId, id: CampaignId): Promise<Campaign | undefined> {
  return (await store.find("campaigns", keyOf(business, id), { ConsistentRead: true })) as
    | Campaign
    | undefined;
}

export async function get(business: BusinessId, id: CampaignId): Promise<Campaign> {
  const campaign = await find(business, id);
  if (!campaign) throw new SapaError("not-found", "There is no such campaign");
  return campaign;
}

export async function list(
  business: BusinessId,
  { cursor, limit }: { cursor?: string | undefined; limit: number },
): Promise<{ items: Campaign[]; next?: string }> {
  const place = cursor ? store.decodeCursor(cursor) : undefined;
  const { items, next } = await store.query("campaigns", {
    KeyConditionExpression: "business = :business",
    ExpressionAttributeValues: { ":business": business },
    Limit: limit,
    ...(place && { ExclusiveStartKey: keyOf(business, `cam_${String(place.id).slice(4)}`) }),
  });
  return pageOf(items as Campaign[], {
    more: Boolean(next),
    itemOf: (campaign) => campaign,
    placeOf: ({ id }) => ({ id }),
  });
}

/** A new campaign is a draft: nothing fires until it is activated. */
export async function create(
  business: BusinessId,
  details: CampaignDetails,
  now: Instant,
): Promise<Campaign> {
  const campaign: Campaign = {
    ...details,
    id: newId("cam"),
    business,
    state: "draft",
    createdAt: now,
    updatedAt: now,
    version: 1,
  };
  await store.documents.send(
    new PutCommand({
      TableName: store.tableName("campaigns"),
      Item: campaign,
      ConditionExpression: "attribute_not_exists(id)",
    }),
  );
  return campaign;
}

/**
 * Changes a campaign as `change` says, on its newest version: a change that another one overtook is made again.
 * `change` throws what does not allow it.
 */
export async function update(
  business: BusinessId,
  id: CampaignId,
  change: (campaign: Campaign) => Campaign,
): Promise<Campaign> {
  for (let attempt = 0; attempt < 8; attempt++) {
    if (attempt > 0) await store.backOff(attempt);
    const before = await get(business, id);
    const changed = change(before);
    if (changed === before) return before;
    const after = { ...changed, version: before.version + 1 };
    const isMade = await store.succeeds(
      new PutCommand({
        TableName: store.tableName("campaigns"),
        Item: after,
        ConditionExpression: "version = :version",
        ExpressionAttributeValues: { ":version": before.version },
      }),
    );
    if (isMade) return after;
  }
  throw new SapaError("conflict", "The campaign is being changed by others; try again");
}
