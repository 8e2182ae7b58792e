import { DeleteCommand, PutCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { conditionFailed, documents, find, succeeds, tableName } from "./store.ts";
import { addSeconds, type Instant } from "./time.ts";

/**
 * A request that its sender may repeat: `request` is whose it is and the key they gave it, `biz_x#their-key`;
 * `fingerprint` tells another request under the same key apart.
 */
export type Repeatable = { request: string; fingerprint: string };

/** An answer as it was given; `body` is text, absent where it was not kept. */
export type KeptAnswer = { status: number; body?: string; headers?: Record<string, string> };

export type Standing =
  | { state: "new" /** When it was first begun. */; firstAt: Instant } // and now ours to carry out
  | { state: "under-way" }
  | { state: "another" } // the key was used for a different request
  | { state: "done"; answer: KeptAnswer };

/** How long an answer is kept, seconds. */
export const keptFor = 24 * 60 * 60;
/** After this many seconds, longer than a function lives, a request that never ended may be tried again. */
const givenUpAfter = 60;

/** Takes the request on, or says what became of it; two at once: exactly one is told `new`. */
export async function begin({ request, fingerprint }: Repeatable, now: Instant): Promise<Standing> {
  try {
    const { Attributes } = await documents.send(
      new UpdateCommand({
        TableName: tableName("idempotency"),
        Key: { request },
        UpdateExpression:
          "SET fingerprint = :fingerprint, startedAt = :startedAt, expiresAt = :expiresAt, firstAt = if_not_exists(firstAt, :startedAt) REMOVE answer",
        ConditionExpression:
          "attribute_not_exists(#request) OR (attribute_not_exists(answer) AND startedAt <= :stale AND fingerprint = :fingerprint AND expiresAt > :now)",
        ExpressionAttributeNames: { "#request": "request" },
        ExpressionAttributeValues: {
          ":startedAt": now,
          ":expiresAt": secondsOf(now) + keptFor,
          ":now": secondsOf(now),
          ":stale": addSeconds(now, -givenUpAfter),
          ":fingerprint": fingerprint,
        },
        ReturnValues: "ALL_NEW",
      }),
    );
    return { state: "new", firstAt: String(Attributes?.firstAt) };
  } catch (error) {
    if (!conditionFailed(error)) throw error;
  }
  // What has expired may lie there still.
  if (await replaceExpired({ request, fingerprint }, now)) return { state: "new", firstAt: now };
  const earlier = await find("idempotency", { request }, { ConsistentRead: true });
  // It failed and was released between the two calls: the sender may simply try again.
  if (!earlier) return { state: "under-way" };
  if (earlier.fingerprint !== fingerprint) return { state: "another" };
  return earlier.answer ? { state: "done", answer: earlier.answer as KeptAnswer } : { state: "under-way" };
}

const replaceExpired = ({ request, fingerprint }: Repeatable, now: Instant): Promise<boolean> =>
  succeeds(
    new PutCommand({
      TableName: tableName("idempotency"),
      Item: {
        request,
        fingerprint,
        startedAt: now,
        firstAt: now,
        expiresAt: secondsOf(now) + keptFor,
      },
      ConditionExpression: "expiresAt <= :now",
      ExpressionAttributeValues: { ":now": secondsOf(now) },
    }),
  );

/** Keeps the answer for those who repeat the request. */
export async function finish(
  { request, fingerprint }: Repeatable,
  answer: KeptAnswer,
  now: Instant,
): Promise<void> {
  await documents.send(
    new PutCommand({
      TableName: tableName("idempotency"),
      Item: { request, fingerprint, startedAt: now, answer, expiresAt: secondsOf(now) + keptFor },
    }),
  );
}

/**
 * Lets a request that broke off be carried out again under its key at once, as the same one: what an earlier attempt
 * did counts as its own.
 */
export async function suspend({ request, fingerprint }: Repeatable, now: Instant): Promise<void> {
  await succeeds(
    new UpdateCommand({
      TableName: tableName("idempotency"),
      Key: { request },
      UpdateExpression: "SET startedAt = :longAgo",
      ConditionExpression:
        "fingerprint = :fingerprint AND startedAt = :startedAt AND attribute_not_exists(answer)",
      ExpressionAttributeValues: {
        ":longAgo": addSeconds(now, -givenUpAfter),
        ":fingerprint": fingerprint,
        ":startedAt": now,
      },
    }),
  );
}

/** Forgets a request that was refused, so that it can be sent again under the same key. */
export async function release({ request, fingerprint }: Repeatable, now: Instant): Promise<void> {
  try {
    await documents.send(
      new DeleteCommand({
        TableName: tableName("idempotency"),
        Key: { request },
        ConditionExpression:
          "fingerprint = :fingerprint AND startedAt = :startedAt AND attribute_not_exists(answer)",
        ExpressionAttributeValues: { ":fingerprint": fingerprint, ":startedAt": now },
      }),
    );
  } catch (error) {
    if (!conditionFailed(error)) throw error;
  }
}

const secondsOf = (at: Instant): number => Math.floor(Date.parse(at) / 1000);
