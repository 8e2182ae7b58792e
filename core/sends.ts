import { z } from "zod";
import { SkipReason } from "./eligibility.ts";
import { BusinessId, CampaignId, CustomerId, RunId } from "./ids.ts";
import * as store from "./store.ts";
import { Instant } from "./time.ts";

/**
 * One run's message to one customer, keyed by customer and run: there can't be two. A send is claimed before
 * anything is handed to SES. What happens to it afterwards is a set of instants, each the earliest that was
 * reported, so that SES's events commute and repeat harmlessly; its state is derived from them.
 */
export const Send = z.object({
  business: BusinessId,
  customerId: CustomerId,
  run: RunId,
  campaign: CampaignId,
  batch: z.string(),
  /** The claim that it was made by: one transaction, one receipt. */
  claim: z.string().optional(),
  claimedAt: Instant.optional(),
  /** Set instead of a claim when the customer dropped out between selection and claim. */
  skipped: SkipReason.optional(),
  skippedAt: Instant.optional(),
  sentAt: Instant.optional(),
  deliveredAt: Instant.optional(),
  delayedAt: Instant.optional(),
  /** It came back for good. */
  bouncedAt: Instant.optional(),
  /** It came back for the moment, after SES had tried for hours. */
  softBouncedAt: Instant.optional(),
  /** The receiving server did not want this mail, which says nothing of the address. */
  blockedAt: Instant.optional(),
  complainedAt: Instant.optional(),
  rejectedAt: Instant.optional(),
  renderingFailedAt: Instant.optional(),
  /** Loaded by whomever: programs open mail too. */
  openedAt: Instant.optional(),
  openedByPersonAt: Instant.optional(),
  clickedAt: Instant.optional(),
  clickedByPersonAt: Instant.optional(),
  /** Since when it is not kept any more what the customer, who was erased, did with it. */
  erasedAt: Instant.optional(),
  /** When DynamoDB may remove it, in epoch seconds. */
  expiresAt: z.int().optional(),
});
export type Send = z.infer<typeof Send>;

/** The instants that SES's events set. */
const milestones = [
  "sentAt",
  "deliveredAt",
  "delayedAt",
  "bouncedAt",
  "softBouncedAt",
  "blockedAt",
  "complainedAt",
  "rejectedAt",
  "renderingFailedAt",
  "openedAt",
  "openedByPersonAt",
  "clickedAt",
  "clickedByPersonAt",
] as const satisfies (keyof Send)[];
export type Milestone = (typeof milestones)[number];

export const SendState = z.enum([
  "skipped",
  "claimed", // on its way to SES
  "accepted", // SES took it
  "failed", // SES refused it
  "unknown", // it may or may not have reached SES
  "delayed", // SES goes on trying to deliver it
  "delivered",
  "bounced", // it came back for good
  "soft-bounced", // it came back for the moment
  "blocked", // the receiving server did not want it
  "complained",
  "opened",
  "clicked",
]);
export type SendState = z.infer<typeof SendState>;

/** What became of one claim's sends when they were handed to SES. */
export type Receipt = {
  run: string;
  /** The batch, and the claim within it: `07#000001#000#k2m9…`. */
  batch: string;
  at: Instant;
  /** How many times the batch was handed over. */
  attempt: number;
  /** SES's message id of each customer's mail. */
  accepted: Record<CustomerId, string>;
  failed: Record<CustomerId, string>;
  /** Dropped out between a first attempt and a later one. */
  skipped: Record<CustomerId, SkipReason>;
  /** Handed over without a clear answer: never tried again by itself. */
  unknown: CustomerId[];
  /** To be handed over again under the same claim, with SES's reason. */
  retrying: Record<CustomerId, string>;
  /** An attempt is under way, or broke off: whether SES has seen its entries is not known. */
  handing?: boolean;
  /** As of a send. */
  expiresAt?: number;
};

export const receiptKey = (batch: string, claim: string): string => `${batch}#${claim}`;

export const keyOf = (business: BusinessId, customer: CustomerId, run: RunId) => ({
  customer: `${business}#${customer}`,
  run,
});

export async function find(
  business: BusinessId,
  customer: CustomerId,
  run: RunId,
): Promise<Send | undefined> {
  return (await store.find("sends", keyOf(business, customer, run), { ConsistentRead: true })) as
    | Send
    | undefined;
}

/** Whether SES has said by an event that it took, or judged, the mail: it must not be handed over again. */
export const isReported = (send: Send): boolean => milestones.some((milestone) => send[milestone]);

/** The furthest that a send has come; what a receipt says counts until SES's events say more. */
export function stateOf(send: Send, receipt: Receipt | undefined): SendState {
  if (send.skipped) return "skipped";
  if (send.complainedAt) return "complained";
  if (send.bouncedAt) return "bounced";
  if (send.rejectedAt || send.renderingFailedAt) return "failed";
  if (send.clickedAt) return "clicked";
  if (send.openedAt) return "opened";
  if (send.blockedAt) return "blocked";
  if (send.softBouncedAt) return "soft-bounced";
  if (send.deliveredAt) return "delivered";
  if (send.delayedAt) return "delayed";
  if (send.sentAt || receipt?.accepted[send.customerId]) return "accepted";
  if (receipt?.failed[send.customerId]) return "failed";
  if (receipt?.unknown.includes(send.customerId)) return "unknown";
  if (receipt?.skipped[send.customerId]) return "skipped";
  return "claimed";
}
