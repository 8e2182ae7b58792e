import { z } from "zod";
import { Bounce, kindOf } from "./feedback/bounces.ts";
import { clicked, Judgement, judge } from "./feedback/clicks.ts";
import { Complaint, complained } from "./feedback/complaints.ts";
import { bounced } from "./feedback/hard-bounces.ts";
import * as letters from "./feedback/letters.ts";
import { reach, reachOnce } from "./feedback/milestones.ts";
import { opened } from "./feedback/openings.ts";
import { softBounced } from "./feedback/soft-bounces.ts";
import { BusinessId, CustomerId, RunId } from "./ids.ts";
import type { Milestone } from "./sends.ts";
import { Instant } from "./time.ts";

const tag = <T extends z.ZodType>(value: T) => z.tuple([value]).rest(z.string());
const Moment = z.object({ timestamp: Instant.optional() });
const Visit = Moment.extend({ userAgent: z.string().nullish(), isBot: z.boolean().optional() });

/**
 * An event of SES as EventBridge brings it, as far as Sapa reads it (SES developer guide, "Contents of event
 * data"). Mail that no run sent, such as a test send, carries no tags of ours.
 */
export const SesEvent = z.object({
  detail: z.object({
    eventType: z.string(),
    mail: z.object({
      timestamp: Instant,
      messageId: z.string().default(""),
      tags: z.object({
        business: tag(BusinessId).optional(),
        run: tag(RunId).optional(),
        customer: tag(CustomerId).optional(),
        letter: tag(z.string()).optional(),
      }),
    }),
    delivery: Moment.optional(),
    deliveryDelay: Moment.optional(),
    bounce: Moment.extend(Bounce.shape).optional(),
    complaint: Moment.extend(Complaint.shape).optional(),
    open: Visit.optional(),
    click: Visit.extend({ link: z.string().optional() }).optional(),
  }),
});
export type SesEvent = z.infer<typeof SesEvent>;
type Detail = SesEvent["detail"];

/** What record-feedback is sent: SES's events, and what it has put off itself. */
export const Feedback = z.union([Judgement, SesEvent]);
export type Feedback = z.infer<typeof Feedback>;

/** Which instant of a send those kinds of event set that have no other consequence. */
const milestones: Record<string, Milestone> = {
  Send: "sentAt",
  Delivery: "deliveredAt",
  DeliveryDelay: "delayedAt",
  Reject: "rejectedAt",
  "Rendering Failure": "renderingFailedAt",
};

/**
 * Records what became of a mail. Events arrive late, twice, out of order or not at all: each step keeps the
 * earliest instant it is told, or is already done, so that any order and number of them gives the same.
 */
export async function record(feedback: Feedback): Promise<void> {
  if ("judge" in feedback) return judge(feedback);
  const { detail } = feedback;
  const { business, run, customer, letter } = detail.mail.tags;
  if (business && letter) {
    const { bounce, complaint, delivery, mail } = detail;
    const { messageId, timestamp: acceptedAt } = mail;
    const report = {
      kind: letter[0],
      messageId: messageId || acceptedAt,
      acceptedAt,
      bounce,
      complaint,
      delivery,
    };
    return letters.reported(business[0], report, momentOf(detail));
  }
  if (!business || !run || !customer) return;
  const mail = { business: business[0], run: run[0], customer: customer[0] };
  const at = momentOf(detail);
  const milestone = milestones[detail.eventType];
  if (milestone) return reach(mail, milestone, at);

  const { bounce, complaint, open, click } = detail;
  const acceptedAt = detail.mail.timestamp;
  if (bounce) {
    const kind = kindOf(bounce);
    if (kind === "hard") return bounced({ ...mail, acceptedAt }, bounce, at);
    if (kind === "soft") return softBounced(mail, bounce, at);
    return reachOnce(mail, { milestones: ["blockedAt"], at });
  }
  if (complaint) return complained({ ...mail, acceptedAt }, complaint, at);
  if (open) return opened(mail, visitorOf(open), at);
  if (click) return clicked(mail, { ...visitorOf(click), link: click.link }, at);
}

const visitorOf = ({ userAgent, isBot }: z.infer<typeof Visit>) => ({ userAgent: userAgent ?? "", isBot });

const momentOf = (detail: Detail): Instant => {
  const { mail, delivery, deliveryDelay, bounce, complaint, open, click } = detail;
  const moments = [delivery, deliveryDelay, bounce, complaint, open, click];
  return moments.find((moment) => moment?.timestamp)?.timestamp ?? mail.timestamp;
};
