import { UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { backOff, conditionFailed, documents, find, tableName } from "./store.ts";

/**
 * The account's send rate, shared by every function at once: a generic cell rate algorithm (ITU-T I.371) on
 * one item, whose `free` is the epoch millisecond at which the next place is free. One conditional update
 * takes n places in a row; who took them waits until their turn.
 */
export type Places =
  | { taken: true /** Milliseconds until the first of the places. */; wait: number }
  | { taken: false /** Milliseconds until it is worth asking again. */; wait: number };

/** No one waits longer than this for a place: a function that slept on would be billed for it. */
const horizon = 8_000;

/**
 * Takes `places` of the account's `rate` a second, or says when to come back. `now` is in epoch milliseconds.
 * Never more than `rate` places fall into one second, plus the places that one caller takes at a time.
 */
export async function reserve(places: number, rate: number, now: () => number): Promise<Places> {
  const length = Math.ceil((places * 1000) / rate);
  for (let attempt = 0; attempt < 20; attempt++) {
    const free = Number((await find("pace", { account }, { ConsistentRead: true }))?.free ?? 0);
    const at = now();
    const begin = Math.max(free, at);
    if (begin - at > horizon) return { taken: false, wait: begin - at };
    try {
      await documents.send(
        new UpdateCommand({
          TableName: tableName("pace"),
          Key: { account },
          UpdateExpression: "SET free = :next",
          ConditionExpression: free === 0 ? "attribute_not_exists(free) OR free = :free" : "free = :free",
          ExpressionAttributeValues: { ":free": free, ":next": begin + length },
        }),
      );
      return { taken: true, wait: begin - at };
    } catch (error) {
      if (!conditionFailed(error)) throw error;
      await backOff(attempt);
    }
  }
  return { taken: false, wait: 1000 };
}

const account = "account";
