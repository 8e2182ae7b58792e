import { UpdateCommand } from "@aws-sdk/lib-dynamodb";
import * as outcomes from "../runs/outcomes.ts";
import { keyOf, type Milestone } from "../sends.ts";
import * as store from "../store.ts";
import type { Instant } from "../time.ts";

export type Mail = outcomes.Mail;

/** Milestones that a run counts, by the outcome that each is. */
const counted = {
  openedAt: "opened",
  openedByPersonAt: "openedByPeople",
  clickedAt: "clicked",
  clickedByPersonAt: "clickedByPeople",
  bouncedAt: "bounced",
  softBouncedAt: "softBounced",
  blockedAt: "blocked",
  complainedAt: "complained",
} as const satisfies { [milestone in Milestone]?: outcomes.Outcome };
export type Counted = keyof typeof counted;

/** What someone does with a mail is not kept of whom was erased; what became of it is. */
const personal: readonly Milestone[] = ["openedAt", "openedByPersonAt", "clickedAt", "clickedByPersonAt"];

const keepable = (milestones: readonly Milestone[]): string =>
  milestones.some((milestone) => personal.includes(milestone))
    ? "attribute_exists(customer) AND attribute_not_exists(erasedAt)"
    : "attribute_exists(customer)";

/** Sets the instant of a milestone, or an earlier one; a send that was erased is not brought back. */
export async function reach(mail: Mail, milestone: Milestone, at: Instant): Promise<void> {
  await store.succeeds(
    new UpdateCommand({
      TableName: store.tableName("sends"),
      Key: keyOf(mail.business, mail.customer, mail.run),
      UpdateExpression: "SET #milestone = :at",
      ConditionExpression: `${keepable([milestone])} AND (attribute_not_exists(#milestone) OR #milestone > :at)`,
      ExpressionAttributeNames: { "#milestone": milestone },
      ExpressionAttributeValues: { ":at": at },
    }),
  );
}

/**
 * Sets the instants of milestones that are counted: for the first time in one transaction with the counts, and with
 * what else is to be written once, so that an event that is repeated is not counted again.
 */
export async function reachOnce(
  mail: Mail,
  { milestones, at }: { milestones: readonly Counted[]; at: Instant },
  besides: readonly store.Write[] = [],
): Promise<void> {
  const names = milestones.map((milestone, index) => [`#m${index}`, milestone] as const);
  const done = await store.transact([
    {
      Update: {
        TableName: store.tableName("sends"),
        Key: keyOf(mail.business, mail.customer, mail.run),
        UpdateExpression: `SET ${names.map(([name]) => `${name} = :at`).join(", ")}`,
        ConditionExpression: [
          keepable(milestones),
          ...names.map(([name]) => `attribute_not_exists(${name})`),
        ].join(" AND "),
        ExpressionAttributeNames: Object.fromEntries(names),
        ExpressionAttributeValues: { ":at": at },
      },
    },
    outcomes.raise(mail, Object.fromEntries(milestones.map((milestone) => [counted[milestone], 1]))),
    ...besides,
  ]);
  if (done === undefined) return;
  const [only, ...others] = milestones;
  if (only && others.length === 0) return reach(mail, only, at);
  for (const milestone of milestones) await reachOnce(mail, { milestones: [milestone], at }, besides);
}
