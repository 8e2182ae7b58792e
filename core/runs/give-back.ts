import { UpdateCommand } from "@aws-sdk/lib-dynamodb";
import type { Customer } from "../customers.ts";
import * as customers from "../customers.ts";
import type { CustomerId } from "../ids.ts";
import type { Run } from "../runs.ts";
import { keyOf, type Send } from "../sends.ts";
import * as store from "../store.ts";

/**
 * Takes back what a claim had written on customers, once it is certain that their mail never went: it counts for no
 * frequency cap, and a win-back is still owed. Doing it again changes nothing.
 */
export async function giveBack(run: Run, ids: readonly CustomerId[]): Promise<void> {
  if (ids.length === 0) return;
  const keys = ids.map((id) => keyOf(run.business, id, run.id));
  const sends = (await store.findMany("sends", keys, true)) as Send[];
  for (const { customerId, claimedAt } of sends) {
    if (claimedAt) await giveBackTo(run, customerId, claimedAt);
  }
}

async function giveBackTo(run: Run, id: CustomerId, claimedAt: string): Promise<void> {
  for (let attempt = 1; attempt <= 8; attempt++) {
    const customer = await customers.find(run.business, id);
    if (!customer) return;
    const index = customer.recentSends.indexOf(claimedAt);
    if (index < 0) return;
    if (await store.succeeds(updateOf(run, customer, index))) return;
    await store.backOff(attempt);
  }
  throw new Error(`A claim of ${run.id} could not be given back: the customer kept changing`);
}

function updateOf({ business, campaign, occasion }: Run, customer: Customer, index: number): UpdateCommand {
  const mark = markIn(occasion, customer.greeted[campaign] === celebratedIn(occasion));
  return new UpdateCommand({
    TableName: store.tableName("customers"),
    Key: customers.keyOf(business, customer.id),
    UpdateExpression: `SET version = :next REMOVE recentSends[${index}]${mark ? `, ${mark}.#campaign` : ""}`,
    ConditionExpression: "version = :version",
    ...(mark && { ExpressionAttributeNames: { "#campaign": campaign } }),
    ExpressionAttributeValues: { ":version": customer.version, ":next": customer.version + 1 },
  });
}

const celebratedIn = (occasion: Run["occasion"]) =>
  occasion.kind === "birthday" ? occasion.celebrated : undefined;

/** What the claim kept its campaign's mark in; a greeting of another year stays. */
function markIn({ kind }: Run["occasion"], isGreetedNow: boolean): "wonBack" | "greeted" | undefined {
  if (kind === "winback") return "wonBack";
  return kind === "birthday" && isGreetedNow ? "greeted" : undefined;
}
