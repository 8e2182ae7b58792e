import { UpdateCommand, type UpdateCommandInput } from "@aws-sdk/lib-dynamodb";
import { conditionFailed, documents, find, tableName } from "./store.ts";

export type Places =
  | { taken: true /** Milliseconds until the first of the places. */; wait: number }
  | { taken: false /** Milliseconds until it is worth asking again. */; wait: number };

/** No one waits longer than this for a place, in milliseconds: a function that slept on would be billed for it. */
const horizon = 8_000;

/**
 * Takes `places` in the account's send rate (`rate` a second), shared by every function at once, or says when
 * to come back. It is a generic cell rate algorithm (ITU-T I.371) on one item, whose `nextFree` is the epoch
 * millisecond of the next free place. Under load one unconditional addition takes the places, so that callers
 * never collide. `now` gives epoch milliseconds.
 *
 * In no second do more than `rate` places fall, plus those that one caller takes at a time.
 */
export async function reserve(places: number, rate: number, now: () => number): Promise<Places> {
  const length = Math.ceil((places * 1000) / rate);
  for (let attempt = 0; attempt < 10; attempt++) {
    const at = now();
    // Others are ahead: queue up behind them.
    const behind = await advance({
      UpdateExpression: "SET nextFree = nextFree + :length",
      ConditionExpression: "nextFree BETWEEN :now AND :horizon",
      ExpressionAttributeValues: { ":length": length, ":now": at, ":horizon": at + horizon },
    });
    if (behind !== undefined) return { taken: true, wait: behind - length - at };
    // No one is: start from now.
    const first = await advance({
      UpdateExpression: "SET nextFree = :next",
      ConditionExpression: "attribute_not_exists(nextFree) OR nextFree < :now",
      ExpressionAttributeValues: { ":next": at + length, ":now": at },
    });
    if (first !== undefined) return { taken: true, wait: 0 };
    const free = Number((await find("pace", key, { ConsistentRead: true }))?.nextFree ?? 0);
    if (free > at + horizon) return { taken: false, wait: free - at };
  }
  return { taken: false, wait: 1000 };
}

/**
 * The part of the account's rate that campaigns take: about a twentieth is left free, so that a test send or a
 * confirmation, which asks for no place, is not refused for their sake. In whole mails from ten a second on, so
 * that no second holds more of them.
 */
export const bulkRate = (rate: number): number => (rate < 10 ? rate * 0.95 : Math.floor(rate * 0.95));

const key = { account: "account" };

async function advance(
  change: Pick<UpdateCommandInput, "UpdateExpression" | "ConditionExpression" | "ExpressionAttributeValues">,
): Promise<number | undefined> {
  try {
    const { Attributes } = await documents.send(
      new UpdateCommand({ TableName: tableName("pace"), Key: key, ReturnValues: "UPDATED_NEW", ...change }),
    );
    return Number(Attributes?.nextFree);
  } catch (error) {
    if (conditionFailed(error)) return undefined;
    throw error;
  }
}
