import { DeleteCommand, PutCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { z } from "zod";
import type { Business } from "./businesses.ts";
import { SapaError } from "./errors.ts";
import { BusinessId, newId, SegmentId } from "./ids.ts";
import { pageOf } from "./lists.ts";
import { assertDeclared } from "./segments/declared.ts";
import { SegmentDefinition } from "./segments/definition.ts";
import { describe } from "./segments/wording.ts";
import {
  conditionFailed,
  decodeCursor,
  documents,
  find as findItem,
  query,
  queryPages,
  tableName,
} from "./store.ts";
import { Instant } from "./time.ts";

export { SegmentDefinition } from "./segments/definition.ts";
export { compile, type Moment, type Predicate } from "./segments/matching.ts";
export { type AccessPath, accessPath } from "./segments/paths.ts";
export { describe, explain } from "./segments/wording.ts";

/** What an owner says of a segment. */
export const SegmentDetails = z.object({
  name: z.string().trim().min(1).max(120),
  definition: SegmentDefinition,
});
export type SegmentDetails = z.infer<typeof SegmentDetails>;

/** A named predicate over a business's customers, evaluated afresh at each use. */
export const Segment = SegmentDetails.extend({
  id: SegmentId,
  business: BusinessId,
  createdAt: Instant,
  updatedAt: Instant,
  version: z.int(),
});
export type Segment = z.infer<typeof Segment>;

/** A segment as it is answered: with what it says, in both languages. */
export const DescribedSegment = Segment.extend({ description: z.object({ id: z.string(), en: z.string() }) });
export type DescribedSegment = z.infer<typeof DescribedSegment>;

export const described = (business: Business, segment: Segment): DescribedSegment => ({
  ...segment,
  description: {
    id: describe(segment.definition, "id", { business }),
    en: describe(segment.definition, "en", { business }),
  },
});

export async function get(business: BusinessId, id: SegmentId): Promise<Segment> {
  const segment = await find(business, id);
  if (!segment) throw missing();
  return segment;
}

export async function find(business: BusinessId, id: SegmentId): Promise<Segment | undefined> {
  return (await findItem("segments", { business, id }, { ConsistentRead: true })) as Segment | undefined;
}

export async function create(business: Business, details: SegmentDetails, now: Instant): Promise<Segment> {
  assertDeclared(business, details.definition);
  const segment: Segment = {
    ...details,
    id: newId("seg"),
    business: business.id,
    createdAt: now,
    updatedAt: now,
    version: 1,
  };
  await documents.send(new PutCommand({ TableName: tableName("segments"), Item: segment }));
  return segment;
}

export type Replacement = SegmentDetails & { id: SegmentId };

/** Puts a new name and definition in the place of the old; runs that are under way keep the one they began with. */
export async function replace(business: Business, replacement: Replacement, now: Instant): Promise<Segment> {
  const { id, name, definition } = replacement;
  assertDeclared(business, definition);
  try {
    const { Attributes } = await documents.send(
      new UpdateCommand({
        TableName: tableName("segments"),
        Key: { business: business.id, id },
        UpdateExpression: "SET #name = :name, #definition = :definition, updatedAt = :now ADD version :one",
        ConditionExpression: "attribute_exists(id)",
        ExpressionAttributeNames: { "#name": "name", "#definition": "definition" }, // reserved words
        ExpressionAttributeValues: { ":name": name, ":definition": definition, ":now": now, ":one": 1 },
        ReturnValues: "ALL_NEW",
      }),
    );
    return Attributes as Segment;
  } catch (error) {
    throw conditionFailed(error) ? missing() : error;
  }
}

type Page = { cursor?: string | undefined; limit?: number | undefined };

/** Segments in the order of their ids, and whether there are more. */
async function read(
  business: BusinessId,
  { cursor, limit = 50 }: Page,
): Promise<{ segments: Segment[]; more: boolean }> {
  const start = cursor === undefined ? undefined : SegmentId.safeParse(decodeCursor(cursor).id).data;
  const { items, next } = await query("segments", {
    KeyConditionExpression: "business = :business",
    ExpressionAttributeValues: { ":business": business },
    Limit: limit,
    ...(start && { ExclusiveStartKey: { business, id: start } }),
  });
  return { segments: items as Segment[], more: Boolean(next) };
}

const placeOf = ({ id }: Segment) => ({ id });

/** A page of the segments, in the order of their ids. */
export async function list(
  business: BusinessId,
  page: Page = {},
): Promise<{ items: Segment[]; next?: string }> {
  const { segments, more } = await read(business, page);
  return pageOf(segments, { more, itemOf: (segment) => segment, placeOf });
}

/** The same with what each says, which is several times as long. */
export async function listDescribed(
  business: Business,
  page: Page,
): Promise<{ items: DescribedSegment[]; next?: string }> {
  const { segments, more } = await read(business.id, page);
  return pageOf(segments, { more, itemOf: (segment) => described(business, segment), placeOf });
}

/**
 * Deletes a segment; when it is gone already, that is fine. Throws `conflict`, naming the campaigns, while one
 * that is not archived is narrowed by it: without the segment it would go to everyone.
 */
export async function remove(business: BusinessId, id: SegmentId): Promise<void> {
  const users: string[] = [];
  for await (const campaigns of queryPages("campaigns", {
    KeyConditionExpression: "business = :business",
    FilterExpression: "#segment = :id AND #state <> :archived",
    ProjectionExpression: "#name",
    ExpressionAttributeNames: { "#segment": "segment", "#state": "state", "#name": "name" },
    ExpressionAttributeValues: { ":business": business, ":id": id, ":archived": "archived" },
    ConsistentRead: true,
  })) {
    users.push(...campaigns.map(({ name }) => String(name)));
  }
  if (users.length) {
    const names = users.map((name) => `"${name}"`).join(", ");
    throw new SapaError("conflict", `The segment is used by ${names}: archive or change that first`);
  }
  await documents.send(new DeleteCommand({ TableName: tableName("segments"), Key: { business, id } }));
}

const missing = () => new SapaError("not-found", "No such segment");
