import { z } from "zod";
import { TopicKey } from "./businesses.ts";
import { BusinessId, CampaignId, SegmentId } from "./ids.ts";
import { Schedule } from "./schedules.ts";
import { TemplateId } from "./templates.ts";
import { Instant } from "./time.ts";

const shared = {
  name: z.string().trim().min(1).max(120),
  /** Narrows the audience; without it the kind alone decides. */
  segment: SegmentId.optional(),
  template: TemplateId,
  topic: TopicKey,
  /** A line about what the customer gets, which templates show as `{{offer}}`. */
  offer: z.string().trim().min(1).max(200).optional(),
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
  /** The first run leaves out those who had lapsed before, and takes only customers who lapse from then on. */
  newlyLapsedOnly: z.boolean().default(false),
});

export const NewItemsCampaign = z.object({
  ...shared,
  kind: z.literal("new-items"),
  /** The most items in one mail. */
  items: z.int().min(1).max(10).default(5),
  /** How far the first run looks back; later runs take what was added since the run before. */
  firstRunDays: z.int().min(1).max(90).default(30),
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
    createdAt: Instant,
    updatedAt: Instant,
    version: z.int(),
  }),
);
export type Campaign = z.infer<typeof Campaign>;
