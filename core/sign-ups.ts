import { PutCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { z } from "zod";
import { EmailAddress, Locale, TopicKey } from "./businesses.ts";
import { Evidence } from "./consents.ts";
import { CustomerDetails } from "./customers/record.ts";
import { raise } from "./events.ts";
import { BusinessId, CustomerId, newId, SignUpId } from "./ids.ts";
import { documents, find as findItem, query, succeeds, tableName, type Write } from "./store.ts";
import { Instant } from "./time.ts";

/** How long the link in a confirmation letter is good, in seconds: a week. */
export const validSeconds = 7 * 24 * 3600;

/** What someone asked for, or what an import says of them. Anyone can type any address: it is true once confirmed. */
export const SignUpRequest = z.object({
  email: EmailAddress,
  nickname: CustomerDetails.shape.nickname,
  birthday: CustomerDetails.shape.birthday,
  /** Of the topics that were shown, which were chosen. */
  topics: z.record(TopicKey, z.boolean()),
  locale: Locale,
  /** The customer whom an import brought in; a form does not know whom it is about. */
  customer: CustomerId.optional(),
  evidence: Evidence,
});
export type SignUpRequest = z.infer<typeof SignUpRequest>;

export const SignUp = z.object({
  business: BusinessId,
  id: SignUpId,
  at: Instant,
  /** Let go once confirmed: then it is in the customer's record and history. */
  request: SignUpRequest.optional(),
  /** When its letter was sent, or is being sent. */
  letterAt: Instant.optional(),
  /** With the hash of the address, so that the link in the letter tells nothing once the customer has another. */
  confirmed: z.object({ at: Instant, customer: CustomerId, address: z.string() }).optional(),
  /** In epoch seconds; DynamoDB deletes late. */
  expiresAt: z.int(),
});
export type SignUp = z.infer<typeof SignUp>;

/**
 * Keeps what someone typed and has their letter written; nothing of a customer is read or changed. So the answer and
 * its time are the same whoever the address belongs to.
 */
export async function request(business: BusinessId, wish: SignUpRequest, now: Instant): Promise<SignUp> {
  const signUp: SignUp = {
    business,
    id: newId("sup"),
    at: now,
    request: wish,
    expiresAt: Math.floor(Date.parse(now) / 1000) + validSeconds,
  };
  await documents.send(new PutCommand({ TableName: tableName("signUps"), Item: signUp }));
  await raise("sign-up.requested", { business, signUp: signUp.id });
  return signUp;
}

/** The sign-up, unless its time is over. Read consistently. */
export async function find(business: BusinessId, id: SignUpId, now: Instant): Promise<SignUp | undefined> {
  const item = await findItem("signUps", { business, id }, { ConsistentRead: true });
  if (!item || Number(item.expiresAt) * 1000 <= Date.parse(now)) return undefined;
  return SignUp.parse(item);
}

/** Claims the sign-up's one letter: true once only, whatever is repeated. */
export async function claimLetter({ business, id }: SignUp, now: Instant): Promise<boolean> {
  return succeeds(
    new UpdateCommand({
      TableName: tableName("signUps"),
      Key: { business, id },
      UpdateExpression: "SET letterAt = :now",
      ConditionExpression: "attribute_exists(id) AND attribute_not_exists(letterAt)",
      ExpressionAttributeValues: { ":now": now },
    }),
  );
}

/** Gives the letter back that SES is known not to have taken, so that it is tried again. */
export async function releaseLetter({ business, id }: SignUp): Promise<void> {
  await documents.send(
    new UpdateCommand({
      TableName: tableName("signUps"),
      Key: { business, id },
      UpdateExpression: "REMOVE letterAt",
    }),
  );
}

/** The sign-ups whose ids begin so, some at a time, after `after`; expired ones are among them. */
export async function page(
  business: BusinessId,
  { prefix, after, limit }: { prefix: string; after?: string | undefined; limit: number },
): Promise<{ items: SignUp[]; next?: string }> {
  const { items, next } = await query("signUps", {
    KeyConditionExpression: "business = :business AND begins_with(id, :prefix)",
    ExpressionAttributeValues: { ":business": business, ":prefix": prefix },
    ConsistentRead: true,
    Limit: limit,
    ...(after && { ExclusiveStartKey: { business, id: after } }),
  });
  const found = items.map((item) => SignUp.parse(item));
  return next?.id ? { items: found, next: next.id } : { items: found };
}

/** The write that confirms a sign-up, once, and lets go of what was typed. */
export const confirmation = (
  { business, id }: SignUp,
  confirmed: { customer: CustomerId; at: Instant; address: string },
): Write => ({
  Update: {
    TableName: tableName("signUps"),
    Key: { business, id },
    UpdateExpression: "SET confirmed = :confirmed REMOVE #request",
    ConditionExpression: "attribute_exists(#request)",
    ExpressionAttributeNames: { "#request": "request" },
    ExpressionAttributeValues: { ":confirmed": confirmed },
  },
});
