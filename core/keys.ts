import { createHash } from "node:crypto";
import { PutCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { customAlphabet } from "nanoid";
import { z } from "zod";
import { Business } from "./businesses.ts";
import { SapaError } from "./errors.ts";
import { BusinessId, KeyId, newId } from "./ids.ts";
import { pageOf } from "./lists.ts";
import { decodeCursor, documents, find, type Item, queryPages, tableName } from "./store.ts";
import { Instant } from "./time.ts";

/** What a key may do: read or write one part of the API. `campaigns:write` can send mail to everyone. */
export const Scope = z.enum([
  "business:read",
  "business:write",
  "keys:read",
  "keys:write",
  "customers:read",
  "customers:write",
  "orders:read",
  "orders:write",
  "items:read",
  "items:write",
  "segments:read",
  "segments:write",
  "templates:read",
  "templates:write",
  "campaigns:read",
  "campaigns:write",
  "runs:read",
  "responses:read",
  "responses:write",
]);
export type Scope = z.infer<typeof Scope>;

/** An API key as it is listed; the key itself is shown once, when it is issued, and stored as a hash. */
export const ApiKey = z.object({
  id: KeyId,
  business: BusinessId,
  name: z.string(),
  scopes: z.array(Scope),
  ending: z.string().meta({ description: "The key's last four characters, to tell keys apart" }),
  createdAt: Instant,
  revokedAt: Instant.optional(),
});
export type ApiKey = z.infer<typeof ApiKey>;

/** What a new key may do when nothing is said: everything but to issue and revoke keys. */
export const defaultScopes: readonly Scope[] = Scope.options.filter((scope) => scope !== "keys:write");

export const KeySettings = z.object({
  name: z.string().trim().min(1).max(80).meta({ example: "Cash register" }),
  scopes: z
    .array(Scope)
    .min(1)
    .max(Scope.options.length)
    .optional()
    .meta({ description: "Without it: every scope that you have, except keys:write" }),
});
export type KeySettings = z.infer<typeof KeySettings>;

/** Enough for every till, shop and tool, and few enough to look through at once. */
const mostKeys = 100;

/**
 * Issues a key with at most the scopes of whoever issues it. The answer's `token` is the key itself: it is
 * stored nowhere and can't be shown again.
 */
export async function issue(
  business: BusinessId,
  settings: KeySettings & { grantable: readonly Scope[] },
  now: Instant,
): Promise<ApiKey & { token: string }> {
  const { grantable } = settings;
  const scopes = settings.scopes ?? defaultScopes.filter((scope) => grantable.includes(scope));
  const beyond = scopes.find((scope) => !grantable.includes(scope));
  if (beyond) {
    throw new SapaError("forbidden", `A key can't give ${beyond}, which it does not have`, [
      { field: "scopes", message: `names ${beyond}, which your key does not have` },
    ]);
  }
  const inUse = (await list(business)).filter((key) => !key.revokedAt);
  if (inUse.length >= mostKeys) {
    throw new SapaError("conflict", `The business has ${mostKeys} keys; revoke one first`);
  }
  const token = `sapa_${business.slice("biz_".length)}_${secret()}`;
  const key: ApiKey = {
    id: newId("key"),
    business,
    name: settings.name,
    scopes: [...new Set(scopes)],
    ending: token.slice(-4),
    createdAt: now,
  };
  await documents.send(
    new PutCommand({ TableName: tableName("apiKeys"), Item: { ...key, hash: hashOf(token) } }),
  );
  return { ...key, token };
}

/** The keys of a business, those in use before those revoked, newest first. */
export async function list(business: BusinessId): Promise<ApiKey[]> {
  const keys = (await stored(business)).map(({ hash: _, ...key }) => ApiKey.parse(key));
  return keys.sort((a, b) => (rankOf(a) < rankOf(b) ? 1 : -1));
}

/** The same, page by page: of revoked keys there may be any number. */
export async function page(
  business: BusinessId,
  { limit, cursor }: { limit: number; cursor?: string | undefined },
): Promise<{ items: ApiKey[]; next?: string }> {
  const after = cursor === undefined ? undefined : String(decodeCursor(cursor).rank);
  const rest = (await list(business)).filter((key) => after === undefined || rankOf(key) < after);
  return pageOf(rest.slice(0, limit), {
    more: rest.length > limit,
    itemOf: (key) => key,
    placeOf: (key) => ({ rank: rankOf(key) }),
  });
}

const rankOf = (key: ApiKey): string => (key.revokedAt ? "0" : "1") + key.createdAt + key.id;

/** Takes effect with the next request. Revoking a key again changes nothing. */
export async function revoke(business: BusinessId, id: KeyId, now: Instant): Promise<void> {
  const key = (await stored(business)).find((item) => item.id === id);
  if (!key) throw new SapaError("not-found", "There is no such key");
  await documents.send(
    new UpdateCommand({
      TableName: tableName("apiKeys"),
      Key: { business, hash: key.hash },
      UpdateExpression: "SET revokedAt = if_not_exists(revokedAt, :now)",
      ConditionExpression: "attribute_exists(id)",
      ExpressionAttributeValues: { ":now": now },
    }),
  );
}

/**
 * Whose key a token is, read afresh each time so that a revoked key stops at once; `undefined` for any token
 * that is not a key in use.
 */
export async function authenticate(token: string): Promise<{ business: Business; key: ApiKey } | undefined> {
  const suffix = /^sapa_([a-z0-9_-]{1,48})_[a-z0-9]{32}$/.exec(token)?.[1];
  if (!suffix) return undefined;
  const business: BusinessId = `biz_${suffix}`;
  const [key, owner] = await Promise.all([
    find("apiKeys", { business, hash: hashOf(token) }, { ConsistentRead: true }),
    find("businesses", { id: business }, { ConsistentRead: true }),
  ]);
  if (!key || !owner || key.revokedAt) return undefined;
  return { business: Business.parse(owner), key: ApiKey.parse(key) };
}

async function stored(business: BusinessId): Promise<Item[]> {
  const items: Item[] = [];
  const query = {
    KeyConditionExpression: "business = :business",
    ExpressionAttributeValues: { ":business": business },
    ConsistentRead: true,
  };
  for await (const page of queryPages("apiKeys", query)) items.push(...page);
  return items;
}

/** 32 characters of 36 kinds: 165 bits, so that a plain SHA-256 is as good as a slow hash. */
const secret = customAlphabet("0123456789abcdefghijklmnopqrstuvwxyz", 32);
const hashOf = (token: string): string => createHash("sha256").update(token).digest("base64url");
