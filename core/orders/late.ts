import { UpdateCommand } from "@aws-sdk/lib-dynamodb";
import type { BusinessId } from "../ids.ts";
import { queryPages, type Records, succeeds, tableName } from "../store.ts";
import { addSeconds, type Instant, instant } from "../time.ts";

/** An order that comes in at most this many seconds after it was placed is not late, as those of an ordinary till. */
export const lateAfter = 86_400;

/** How long an order may take to be visible once it was recorded as late, in seconds: no function lives longer. */
export const maxIntakeSeconds = 900;

/** What came in late within one span of so many seconds is one item. */
const spanSeconds = 900;

/** A campaign that was paused for longer than this does not hear of what came in late at its beginning. */
const keptDays = 400;

const spanOf = (at: Instant): string =>
  instant(Math.floor(Date.parse(at) / 1000 / spanSeconds) * spanSeconds * 1000).slice(0, 16);

/**
 * When a customer will have ordered last after each of several additions of orders, where that is later than before.
 * `additions` are the times of the orders of each. Pure.
 */
export function lastOrdersAfter(
  before: Instant | undefined,
  additions: readonly (readonly Instant[])[],
): Instant[] {
  const reached: Instant[] = [];
  let last = before ?? "";
  for (const placed of additions) {
    const next = placed.reduce((latest, at) => (at > latest ? at : latest), last);
    if (next > last) reached.push(next);
    last = next;
  }
  return reached;
}

/**
 * Records that customers will have these last orders from `now` on, for the winbacks that have looked past them
 * already. To be called before the orders are written: should that fail, a run reads too much and misses nobody.
 * Writes nothing when none of them is late, or one as early was recorded within the quarter of an hour.
 */
export async function recordLate(
  business: BusinessId,
  lastOrders: readonly Instant[],
  now: Instant,
  records: Pick<Records, "succeeds"> = { succeeds },
): Promise<void> {
  const [earliest] = lastOrders.filter((at) => at < addSeconds(now, -lateAfter)).sort();
  if (earliest === undefined) return;
  await records.succeeds(
    new UpdateCommand({
      TableName: tableName("lateOrders"),
      Key: { business, span: spanOf(now) },
      UpdateExpression: "SET earliest = :earliest, expiresAt = :expiresAt",
      ConditionExpression: "attribute_not_exists(earliest) OR earliest > :earliest",
      ExpressionAttributeValues: {
        ":earliest": earliest,
        ":expiresAt": Math.floor(Date.parse(now) / 1000) + keptDays * 86_400,
      },
    }),
  );
}

/** The earliest last order that came in late at `since` or afterwards; up to a quarter of an hour before may count too. */
export async function earliestLate(business: BusinessId, since: Instant): Promise<Instant | undefined> {
  let earliest: Instant | undefined;
  for await (const spans of queryPages("lateOrders", {
    KeyConditionExpression: "business = :business AND #span >= :since",
    ExpressionAttributeNames: { "#span": "span" },
    ExpressionAttributeValues: { ":business": business, ":since": spanOf(since) },
    ConsistentRead: true,
  })) {
    for (const span of spans) {
      const at = String(span.earliest);
      if (earliest === undefined || at < earliest) earliest = at;
    }
  }
  return earliest;
}
