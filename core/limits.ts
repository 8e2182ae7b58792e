import { createHmac } from "node:crypto";
import { UpdateCommand } from "@aws-sdk/lib-dynamodb";
import type { BusinessId } from "./ids.ts";
import { documents, succeeds, tableName } from "./store.ts";
import type { Instant } from "./time.ts";

/** How often something may be done within a time, in seconds. */
export type Limit = { most: number; seconds: number };

/**
 * Sign-ups from one place on the internet: a shop's own Wi-Fi, and a mobile network that shares one address, bring
 * many honest ones; a bot that fills inboxes wants thousands.
 */
export const signUpsFromOnePlace: Limit = { most: 30, seconds: 3600 };

/** The same at all businesses of the stack together. */
export const signUpsFromOnePlaceInAll: Limit = { most: 120, seconds: 3600 };

/** Sign-ups of one business: more than a good stall at a fair brings, and few enough to be no mail bomb. */
export const signUpsOfOneBusiness: Limit = { most: 300, seconds: 3600 };

/**
 * Letters to one mailbox that someone typed, whoever it was, from all businesses of the stack: enough for a person who
 * signs up at a few stalls of a fair, or mislays them.
 */
export const lettersToOneAddress: readonly Limit[] = [
  { most: 3, seconds: 3600 },
  { most: 5, seconds: 24 * 3600 },
];

/** Between two such letters of one business, in seconds: who submits again because nothing has come yet gets one all the same. */
export const letterPause = 300;

/**
 * Links to preferences and data that are mailed at a customer's request: enough for a person who mislays one of each,
 * and too few for whoever holds an old mail to fill an inbox with.
 */
export const linksOfOneCustomer: readonly Limit[] = [
  { most: 5, seconds: 3600 },
  { most: 10, seconds: 24 * 3600 },
];

/** The same to one mailbox, from all businesses of the stack. */
export const linksToOneAddress: readonly Limit[] = [
  { most: 8, seconds: 3600 },
  { most: 20, seconds: 24 * 3600 },
];

/**
 * A name under which someone unknown is counted, `biz_x#place#…`: a keyed hash, so that the table tells nobody's
 * address, nor can one be found by trying all.
 */
export const nameFor = (
  key: Buffer,
  business: BusinessId | "anyone",
  [kind, value]: [string, string],
): string =>
  `${business}#${kind}#${createHmac("sha256", key).update(`${business}#${kind}#${value}`).digest("base64url").slice(0, 22)}`;

/** One household or phone has a whole /64 of IPv6 (RFC 6177), and so a new address for each try. */
export const networkOf = (ip: string): string => {
  if (!ip.includes(":")) return ip;
  const [front = "", back] = ip.split("::");
  const groups = front.split(":").filter(Boolean);
  const after = back?.split(":").filter(Boolean) ?? [];
  const gap = Array.from({ length: Math.max(0, 8 - groups.length - after.length) }, () => "0");
  return [...groups, ...(back === undefined ? [] : gap), ...after].slice(0, 4).join(":");
};

/**
 * Counts one more of what `name` does, or some at once: `undefined` while that is within the limit, else the seconds
 * until it is worth another try. Windows are fixed: at the turn of one, up to twice as many can come close together.
 */
export async function count(
  name: string,
  { most, seconds }: Limit,
  { now, times = 1 }: { now: Instant; times?: number },
): Promise<number | undefined> {
  const second = Math.floor(Date.parse(now) / 1000);
  const window = Math.floor(second / seconds);
  const end = (window + 1) * seconds;
  const taken = await succeeds(
    new UpdateCommand({
      TableName: tableName("limits"),
      Key: { limit: `${name}#${window}` },
      UpdateExpression: "SET times = if_not_exists(times, :zero) + :times, expiresAt = :end",
      ConditionExpression: "attribute_not_exists(times) OR times <= :before",
      ExpressionAttributeValues: { ":zero": 0, ":times": times, ":before": most - times, ":end": end },
    }),
  );
  return taken ? undefined : end - second;
}

/** Counts one more of what `name` does in several windows: the seconds to wait where one of them is full. */
export async function countInAll(
  name: string,
  windows: readonly Limit[],
  now: Instant,
): Promise<number | undefined> {
  for (const limit of windows) {
    const wait = await count(`${name}#${limit.seconds}`, limit, { now });
    if (wait !== undefined) return wait;
  }
  return undefined;
}

/** Takes back what `countInAll` counted at that instant, for what did not happen after all. */
export async function giveBack(name: string, windows: readonly Limit[], now: Instant): Promise<void> {
  const second = Math.floor(Date.parse(now) / 1000);
  for (const { seconds } of windows) {
    await succeeds(
      new UpdateCommand({
        TableName: tableName("limits"),
        Key: { limit: `${name}#${seconds}#${Math.floor(second / seconds)}` },
        UpdateExpression: "SET times = times - :one",
        ConditionExpression: "times >= :one",
        ExpressionAttributeValues: { ":one": 1 },
      }),
    );
  }
}

/** Claims what is to be done once within so many seconds: true the first time. */
export async function claim(
  { name, seconds }: { name: string; seconds: number },
  now: Instant,
): Promise<boolean> {
  const second = Math.ceil(Date.parse(now) / 1000);
  return succeeds(
    new UpdateCommand({
      TableName: tableName("limits"),
      Key: { limit: `${name}#claim` },
      UpdateExpression: "SET expiresAt = :end",
      ConditionExpression: "attribute_not_exists(expiresAt) OR expiresAt <= :now",
      ExpressionAttributeValues: { ":end": second + seconds, ":now": second },
    }),
  );
}

/** Gives a claim back, for what did not happen after all. */
export async function release({ name }: { name: string }): Promise<void> {
  await documents.send(
    new UpdateCommand({
      TableName: tableName("limits"),
      Key: { limit: `${name}#claim` },
      UpdateExpression: "SET expiresAt = :over",
      ExpressionAttributeValues: { ":over": 0 },
    }),
  );
}

/** Takes the one turn that `name` has in so many seconds, for `by`, who may take it again. False when another has it. */
export async function takeTurn(
  { name, by, seconds }: { name: string; by: string; seconds: number },
  now: Instant,
): Promise<boolean> {
  const second = Math.ceil(Date.parse(now) / 1000);
  return succeeds(
    new UpdateCommand({
      TableName: tableName("limits"),
      Key: { limit: `${name}#turn` },
      UpdateExpression: "SET taker = :by, expiresAt = :end",
      ConditionExpression: "attribute_not_exists(taker) OR taker = :by OR expiresAt <= :now",
      ExpressionAttributeValues: { ":by": by, ":end": second + seconds, ":now": second },
    }),
  );
}
