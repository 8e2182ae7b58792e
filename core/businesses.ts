import { PutCommand, ScanCommand } from "@aws-sdk/lib-dynamodb";
import { z } from "zod";
import { beyondCeilings } from "./businesses/breaker-ceilings.ts";
import { checkChange } from "./businesses/change.ts";
import { OperatorLimits, OperatorLimitsPatch } from "./businesses/limits.ts";
import { mergePatch } from "./businesses/merge-patch.ts";
import { isOwnAddress, notOwnAddress } from "./businesses/senders.ts";
import {
  AttributeName,
  AttributeType,
  type BusinessPatch,
  BusinessSettings,
  storedSettings,
} from "./businesses/settings.ts";
import { SapaError } from "./errors.ts";
import { BusinessId, newId } from "./ids.ts";
import { pageOf } from "./lists.ts";
import {
  backOff,
  decodeCursor,
  documents,
  type Item,
  find as read,
  refuseStart,
  succeeds,
  tableName,
} from "./store.ts";
import { Instant } from "./time.ts";

export { OperatorLimits, OperatorLimitsPatch } from "./businesses/limits.ts";
export * from "./businesses/settings.ts";

/** Why nothing is sent for a business until its owner says so: too many of its mails came back, or were called spam. */
export const Halt = z.object({
  reason: z.enum(["bounces", "complaints"]),
  /** The share of mails, and of how many. */
  rate: z.number(),
  sample: z.int(),
  at: Instant,
  repeated: z.literal(true).optional().meta({
    description: "It is the second time within 30 days: only the operator can have it send again",
  }),
});
export type Halt = z.infer<typeof Halt>;

export const Business = BusinessSettings.extend({
  ...storedSettings,
  // Without the limit of what may be declared: a business keeps what it has.
  attributes: z.record(AttributeName, AttributeType).default({}),
  id: BusinessId,
  halted: Halt.optional(),
  /** How often its sending was resumed after a halt: each time the rates are counted anew. */
  resumed: z.int().default(0),
  resumedAt: Instant.optional(),
  limits: OperatorLimits.prefault({}),
  createdAt: Instant,
  updatedAt: Instant,
  version: z.int(),
});
export type Business = z.infer<typeof Business>;

/** What the operator creates a business with. Shares depend on one another, and are set once the business exists. */
export const NewBusiness = BusinessSettings.extend({
  limits: OperatorLimitsPatch.omit({ share: true }).prefault({}).meta({
    description:
      "Without `identities` the sender's address is bound to the business, and no other; without `testAddresses` test mail may go to its `replyTo`",
  }),
});
export type NewBusiness = z.infer<typeof NewBusiness>;

/** @throws SapaError `invalid` where sender or breaker are not within the limits that are given with them. */
export async function create(given: NewBusiness, now: Instant): Promise<Business> {
  const { limits, ...settings } = given;
  const { address, replyTo } = settings.sender;
  const business: Business = {
    ...settings,
    id: newId("biz"),
    resumed: 0,
    limits: OperatorLimits.parse(
      mergePatch({ identities: [address], testAddresses: replyTo ? [replyTo] : [] }, limits),
    ),
    createdAt: now,
    updatedAt: now,
    version: 1,
  };
  const problems = beyondCeilings(business.breaker, business.limits.breaker);
  if (!isOwnAddress(business, address)) problems.push({ field: "sender.address", message: notOwnAddress });
  if (problems.length > 0) throw new SapaError("invalid", "The business can't be created so", problems);
  await documents.send(
    new PutCommand({
      TableName: tableName("businesses"),
      Item: business,
      ConditionExpression: "attribute_not_exists(id)",
    }),
  );
  return business;
}

export async function find(id: BusinessId): Promise<Business | undefined> {
  const item = await read("businesses", { id }, { ConsistentRead: true });
  return item && Business.parse(item);
}

export async function get(id: BusinessId): Promise<Business> {
  const business = await find(id);
  if (!business) throw new SapaError("not-found", "There is no such business");
  return business;
}

/** All businesses, in no order; for the operator only. */
export async function list(page: {
  limit: number;
  cursor?: string | undefined;
}): Promise<{ items: Business[]; next?: string }> {
  const start: { ExclusiveStartKey?: Item } = page.cursor
    ? { ExclusiveStartKey: { id: decodeCursor(page.cursor).id } }
    : {};
  const { Items = [], LastEvaluatedKey } = await documents
    .send(new ScanCommand({ TableName: tableName("businesses"), Limit: page.limit, ...start }))
    .catch((error) => refuseStart(error, start.ExclusiveStartKey));
  return pageOf(Items, {
    more: Boolean(LastEvaluatedKey),
    itemOf: (item) => Business.parse(item),
    placeOf: ({ id }) => ({ id: String(id) }),
  });
}

/** Changes settings. Two changes at once are both made: the slower one is made again on top of the faster. */
export async function update(id: BusinessId, patch: BusinessPatch, now: Instant): Promise<Business> {
  for (let attempt = 1; attempt <= 10; attempt++) {
    const before = await get(id);
    const settings = settled(mergePatch(before, patch), patch);
    await checkChange(before, settings);
    const after: Business = {
      ...settings,
      id,
      ...(before.halted && { halted: before.halted }),
      resumed: before.resumed,
      ...(before.resumedAt && { resumedAt: before.resumedAt }),
      limits: before.limits,
      createdAt: before.createdAt,
      updatedAt: now,
      version: before.version + 1,
    };
    const isMade = await succeeds(
      new PutCommand({
        TableName: tableName("businesses"),
        Item: after,
        ConditionExpression: "version = :version",
        ExpressionAttributeValues: { ":version": before.version },
      }),
    );
    if (isMade) return after;
    await backOff(attempt);
  }
  throw new SapaError("conflict", "The business kept changing; try again");
}

/**
 * The settings that a change leads to.
 *
 * @throws SapaError `invalid` where what each part allows is too much together; `conflict` where something that the change
 * leaves alone, kept from earlier, is refused today.
 */
function settled(merged: unknown, patch: BusinessPatch): BusinessSettings {
  const { success, data, error } = BusinessSettings.safeParse(merged);
  if (success) return data;
  const problems = error.issues.map(({ path, message }) => ({ field: path.join("."), message }));
  if (error.issues.some(({ path }) => Object.hasOwn(patch, String(path[0])))) {
    throw new SapaError("invalid", "The business can't be changed so", problems);
  }
  throw new SapaError("conflict", "Some settings, kept from earlier, have to be changed as well", problems);
}
