import { UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { z } from "zod";
import * as customers from "./customers.ts";
import { raise } from "./events.ts";
import { BusinessId, CustomerId, RunId } from "./ids.ts";
import { keyOf, type Milestone } from "./sends.ts";
import * as store from "./store.ts";
import { suppress } from "./suppressions.ts";
import { Instant } from "./time.ts";

const tag = <T extends z.ZodType>(value: T) => z.tuple([value]).rest(z.string());
const Recipients = z.array(z.object({ emailAddress: z.string() }));
const Moment = z.object({ timestamp: Instant.optional() });

/**
 * An event of SES as EventBridge brings it, as far as Sapa reads it (SES developer guide, "Contents of event
 * data"). Mail that no run sent, such as a test send, carries no tags of ours.
 */
export const SesEvent = z.object({
  detail: z.object({
    eventType: z.string(),
    mail: z.object({
      timestamp: Instant,
      tags: z.object({
        business: tag(BusinessId).optional(),
        run: tag(RunId).optional(),
        customer: tag(CustomerId).optional(),
      }),
    }),
    delivery: Moment.optional(),
    bounce: Moment.extend({ bounceType: z.string(), bouncedRecipients: Recipients }).optional(),
    complaint: Moment.extend({ complainedRecipients: Recipients }).optional(),
    open: Moment.optional(),
    click: Moment.optional(),
  }),
});
export type SesEvent = z.infer<typeof SesEvent>;
type Detail = SesEvent["detail"];

/** Which instant of a send each kind of event sets. */
const milestones: Record<string, Milestone> = {
  Send: "sentAt",
  Delivery: "deliveredAt",
  DeliveryDelay: "delayedAt",
  Bounce: "bouncedAt",
  Complaint: "complainedAt",
  Reject: "rejectedAt",
  "Rendering Failure": "renderingFailedAt",
  Open: "openedAt",
  Click: "clickedAt",
};

type Mail = { business: BusinessId; run: RunId; customer: CustomerId };

/**
 * Records what became of a mail. Events arrive late, twice, out of order or not at all: each step keeps the
 * earliest instant it is told, or is already done, so that any order and number of them gives the same.
 */
export async function record({ detail }: SesEvent): Promise<void> {
  const { business, run, customer } = detail.mail.tags;
  const milestone = milestones[detail.eventType];
  if (!business || !run || !customer || !milestone) return;
  const mail: Mail = { business: business[0], run: run[0], customer: customer[0] };
  const at = momentOf(detail);
  await reach(mail, milestone, at);
  if (detail.bounce?.bounceType === "Permanent") await bounced(mail, detail.bounce, at);
  if (detail.complaint) await complained(mail, detail.complaint, at);
  if (milestone === "openedAt") await engaged(mail, "lastOpenedAt", at);
  if (milestone === "clickedAt") await engaged(mail, "lastClickedAt", at);
}

const momentOf = ({ mail, delivery, bounce, complaint, open, click }: Detail): Instant =>
  [delivery, bounce, complaint, open, click].find((moment) => moment?.timestamp)?.timestamp ?? mail.timestamp;

/** Sets the instant of a milestone, or an earlier one; a send that was erased is not brought back. */
async function reach({ business, run, customer }: Mail, milestone: Milestone, at: Instant): Promise<void> {
  await unlessDone(
    new UpdateCommand({
      TableName: store.tableName("sends"),
      Key: keyOf(business, customer, run),
      UpdateExpression: "SET #milestone = :at",
      ConditionExpression:
        "attribute_exists(customer) AND (attribute_not_exists(#milestone) OR #milestone > :at)",
      ExpressionAttributeNames: { "#milestone": milestone },
      ExpressionAttributeValues: { ":at": at },
    }),
  );
}

/** The address does not exist: mailing it again would only harm the sender's reputation. */
async function bounced(mail: Mail, { bouncedRecipients }: NonNullable<Detail["bounce"]>, at: Instant) {
  for (const { emailAddress } of bouncedRecipients) await suppress(mail.business, emailAddress, "bounce", at);
  await raise("customer.bounced", mail);
}

/** Who calls a mail spam has said more clearly than any link that they want no more. */
async function complained(
  mail: Mail,
  { complainedRecipients }: NonNullable<Detail["complaint"]>,
  at: Instant,
) {
  for (const { emailAddress } of complainedRecipients) {
    await suppress(mail.business, emailAddress, "complaint", at);
  }
  if (await customers.find(mail.business, mail.customer)) {
    await customers.unsubscribe(mail.business, mail.customer, { way: "complaint", run: mail.run }, at);
  }
  await raise("customer.complained", mail);
}

/** Keeps the latest opening or click, which segments look at. */
async function engaged(mail: Mail, what: "lastOpenedAt" | "lastClickedAt", at: Instant): Promise<void> {
  await unlessDone(
    new UpdateCommand({
      TableName: store.tableName("customers"),
      Key: customers.keyOf(mail.business, mail.customer),
      UpdateExpression: "SET engagement.#what = :at, version = version + :one",
      ConditionExpression:
        "attribute_exists(id) AND (attribute_not_exists(engagement.#what) OR engagement.#what < :at)",
      ExpressionAttributeNames: { "#what": what },
      ExpressionAttributeValues: { ":at": at, ":one": 1 },
    }),
  );
}

async function unlessDone(command: UpdateCommand): Promise<void> {
  try {
    await store.documents.send(command);
  } catch (error) {
    if (!store.conditionFailed(error)) throw error;
  }
}
