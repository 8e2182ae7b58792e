import { UpdateCommand } from "@aws-sdk/lib-dynamodb";
import * as store from "../store.ts";
import { type Instant, instant } from "../time.ts";
import * as timers from "../timers.ts";

const key = { name: "timer#release" };

/**
 * Has release-batches look at the backlog at an instant, unless it will do so before that anyway. `now` is in epoch
 * milliseconds. The timer is named by its time: one that has just fired, and is about to remove itself, can't take the
 * next one along.
 */
export async function arm(at: Instant, now: number): Promise<void> {
  // Scheduler counts in whole seconds, and takes no time that has passed.
  const second = Math.max(Math.ceil(Date.parse(at) / 1000), Math.ceil(now / 1000));
  const due = instant(second * 1000);
  const armed = (await store.find("account", key, { ConsistentRead: true }))?.at;
  if (typeof armed === "string" && armed > instant(now) && armed <= due) return;
  await timers.set({
    name: `release-${second.toString(36)}`,
    expression: timers.once(due),
    zone: "UTC",
    fires: "RELEASE_BATCHES_ARN",
    input: {},
  });
  // Only now: what is noted has a timer for certain.
  await store.documents.send(
    new UpdateCommand({
      TableName: store.tableName("account"),
      Key: key,
      UpdateExpression: "SET #at = :at",
      ExpressionAttributeNames: { "#at": "at" },
      ExpressionAttributeValues: { ":at": due },
    }),
  );
}
