import { UpdateCommand, type UpdateCommandInput } from "@aws-sdk/lib-dynamodb";
import { conditionFailed, documents, find, tableName } from "./store.ts";

/** What the functions of a stack do together no faster than the account may. */
export type RateLimit = "sending" | "ses-control-plane";

export type Permits =
  | { granted: true /** Milliseconds until the first of them may be used. */; wait: number }
  | { granted: false /** Milliseconds until it is worth asking again. */; wait: number };

/** Nobody is given a permit that lies further ahead, in milliseconds: a function that slept on would be billed for it. */
const horizon = 8_000;

/**
 * Reserves permits of a rate (`perSecond`) that every function shares, or says when to ask again. It is a generic cell
 * rate algorithm (ITU-T I.371) on one item, whose `nextFree` is the epoch millisecond of the next free permit. Under
 * load one unconditional addition reserves them, so that callers never collide. `now` returns epoch milliseconds.
 *
 * No second holds more than `perSecond` permits and those that one caller takes at a time.
 */
export async function reserve(
  limit: RateLimit,
  permits: number,
  { perSecond, now }: { perSecond: number; now: () => number },
): Promise<Permits> {
  const length = Math.ceil((permits * 1000) / perSecond);
  const key = { name: `rate#${limit}` };
  for (let attempt = 0; attempt < 10; attempt++) {
    const at = now();
    // Others are ahead: queue up behind them.
    const behind = await advance(key, {
      UpdateExpression: "SET nextFree = nextFree + :length",
      ConditionExpression: "nextFree BETWEEN :now AND :horizon",
      ExpressionAttributeValues: { ":length": length, ":now": at, ":horizon": at + horizon },
    });
    if (behind !== undefined) return { granted: true, wait: behind - length - at };
    // Nobody is: start from now.
    const first = await advance(key, {
      UpdateExpression: "SET nextFree = :next",
      ConditionExpression: "attribute_not_exists(nextFree) OR nextFree < :now",
      ExpressionAttributeValues: { ":next": at + length, ":now": at },
    });
    if (first !== undefined) return { granted: true, wait: 0 };
    const free = Number((await find("account", key, { ConsistentRead: true }))?.nextFree ?? 0);
    if (free > at + horizon) return { granted: false, wait: free - at - horizon };
  }
  return { granted: false, wait: 1000 };
}

/**
 * The part of the account's rate that campaigns use: about a twentieth stays free, so that transactional mail is not
 * refused for their sake. In whole mails from ten a second on, so that no second holds more of them.
 */
export const bulkRate = (rate: number): number => (rate < 10 ? rate * 0.95 : Math.floor(rate * 0.95));

async function advance(
  Key: { name: string },
  change: Pick<UpdateCommandInput, "UpdateExpression" | "ConditionExpression" | "ExpressionAttributeValues">,
): Promise<number | undefined> {
  try {
    const { Attributes } = await documents.send(
      new UpdateCommand({ TableName: tableName("account"), Key, ReturnValues: "UPDATED_NEW", ...change }),
    );
    return Number(Attributes?.nextFree);
  } catch (error) {
    if (conditionFailed(error)) return undefined;
    throw error;
  }
}
