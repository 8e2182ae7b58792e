import { createHash } from "node:crypto";
import { z } from "zod";
import * as businesses from "../businesses.ts";
import { BusinessId, CustomerId, RunId } from "../ids.ts";
import { enqueue } from "../queues.ts";
import { keyOf } from "../sends.ts";
import * as store from "../store.ts";
import { beginning } from "../text.ts";
import { addSeconds, Instant } from "../time.ts";
import { engaged } from "./engagement.ts";
import { type Mail, reachOnce } from "./milestones.ts";
import { type Click, context, isMachine, isPersons, type Visitor } from "./people.ts";

/** A click that is to be judged now that those around it are known: the message that record-feedback sends itself. */
export const Judgement = z.object({
  judge: z.object({ business: BusinessId, run: RunId, customer: CustomerId, at: Instant }),
});
export type Judgement = z.infer<typeof Judgement>;

/** How long after a click was reported it is judged, in seconds: SES's events of one minute mostly come in that time. */
const patience = 60;
const longestLink = 1000;

/**
 * A link was followed. The click is kept, without where it came from, and judged a minute later: what tells a scanner
 * from a person is what else it clicks.
 */
export async function clicked(
  mail: Mail,
  { link = "", ...visitor }: Visitor & { link?: string | undefined },
  at: Instant,
): Promise<void> {
  const click: Click = { link: beginning(link, longestLink), at, machine: isMachine(visitor) };
  const { retention } = await businesses.get(mail.business);
  const gone = await store.transact([
    // Of whom was erased nothing new is kept.
    {
      ConditionCheck: {
        TableName: store.tableName("sends"),
        Key: keyOf(mail.business, mail.customer, mail.run),
        ConditionExpression: "attribute_exists(customer) AND attribute_not_exists(erasedAt)",
      },
    },
    {
      Put: {
        TableName: store.tableName("clicks"),
        Item: {
          ...click,
          customer: partitionOf(mail),
          click: `${mail.run}#${at}#${hashOf(click)}`,
          expiresAt: Math.floor(Date.parse(at) / 1000) + retention.eventsDays * 86_400,
        },
      },
    },
  ]);
  if (gone) return;
  await reachOnce(mail, { milestones: ["clickedAt"], at });
  if (click.machine) return;
  const message: Judgement = { judge: { ...mail, at } };
  await enqueue("FEEDBACK_QUEUE_URL", mail.business, [{ body: message, delaySeconds: patience }]);
}

/** Judges the clicks of an instant by those around it; one that was a person's counts for the mail and the customer. */
export async function judge({ judge: { at, ...mail } }: Judgement): Promise<void> {
  const clicks = await clicksAround(mail, at);
  // Nobody reads so fast: the rest need not be looked at.
  if (clicks.length >= mostAround) return;
  if (!clicks.some((click) => click.at === at && isPersons(click, clicks))) return;
  await reachOnce(mail, { milestones: ["clickedByPersonAt"], at });
  await engaged(mail, "lastClickedAt", at);
}

/** So many clicks within 20 seconds are a program's, whatever they say. */
const mostAround = 100;

async function clicksAround(mail: Mail, at: Instant): Promise<Click[]> {
  const { items } = await store.query("clicks", {
    KeyConditionExpression: "customer = :customer AND click BETWEEN :from AND :to",
    ExpressionAttributeValues: {
      ":customer": partitionOf(mail),
      ":from": `${mail.run}#${addSeconds(at, -context)}`,
      ":to": `${mail.run}#${addSeconds(at, context)}~`,
    },
    ConsistentRead: true,
    Limit: mostAround,
  });
  return items as Click[];
}

const partitionOf = ({ business, customer }: Mail): string => `${business}#${customer}`;

/** Tells clicks of one instant apart; the same one, reported twice, is kept once. */
const hashOf = ({ link, machine }: Click): string =>
  createHash("sha256").update(`${machine} ${link}`).digest("hex").slice(0, 12);
