import { z } from "zod";
import { CustomerId, type SegmentId, shardsOf } from "../ids.ts";
import * as segments from "../segments.ts";
import { Instant, MonthDay } from "../time.ts";
import { type CandidatePage, candidatesOfShard, type Place } from "./candidates.ts";
import { assertDeclared } from "./declared.ts";
import type { SegmentDefinition } from "./definition.ts";
import { compile, type Moment, type Predicate } from "./matching.ts";
import { accessPath } from "./paths.ts";
import { describe } from "./wording.ts";

/** What a segment would find now. */
export const Preview = z.object({
  /** Customers who match, among those that were read. */
  count: z.int(),
  sample: z
    .array(z.object({ id: CustomerId, name: z.string().optional() }))
    .optional()
    .meta({ description: "The first ten of them that came up; absent without the scope customers:read" }),
  description: z.object({ id: z.string(), en: z.string() }),
  /** How the customers were found; a run would do the same. */
  accessPath: z.discriminatedUnion("by", [
    z.object({ by: z.literal("birthday"), days: z.array(MonthDay) }),
    z.object({ by: z.literal("lastOrder"), from: Instant.optional(), to: Instant.optional() }),
    z.object({ by: z.literal("all") }),
  ]),
  /** How many customers were read to find out. */
  read: z.int(),
  /** False when there were more customers to read than a preview reads: then more may match than `count`. */
  complete: z.boolean(),
});
export type Preview = z.infer<typeof Preview>;

/** What may be told of a preview to someone who may not read customers. */
export const withoutPeople = ({ sample: _, ...counts }: Preview): Preview => counts;

const sampleSize = 10;
/** Keeps an answer well under the API's 30 seconds, and its cost under a cent, however large the base is. */
const mostRead = 20_000;
/** Together with sixteen shards this is what a preview holds in memory at a time. */
const pageSize = 250;

/** What a definition that is not saved would find; throws `invalid` for what the business has not declared. */
export async function preview(moment: Moment, definition: SegmentDefinition): Promise<Preview> {
  assertDeclared(moment.business, definition);
  return count(moment, definition);
}

/** What a saved segment would find. */
export async function previewOf(moment: Moment, id: SegmentId): Promise<Preview> {
  const { definition } = await segments.get(moment.business.id, id);
  return count(moment, definition);
}

/** Counts who matches at the moment, reading the shards side by side and at most `most` customers. */
export async function count(
  { business, now }: Moment,
  definition: SegmentDefinition,
  most = mostRead,
): Promise<Preview> {
  const matches = compile(definition, { business, now });
  const path = accessPath(definition, { business, now });
  const description = {
    id: describe(definition, "id", { business }),
    en: describe(definition, "en", { business }),
  };
  const found: Found = { count: 0, sample: [], description, accessPath: path, read: 0, complete: true };

  let open: { shard: string; start?: Place }[] = shardsOf(business.id).map((shard) => ({ shard }));
  while (open.length > 0) {
    const limit = Math.min(pageSize, Math.floor((most - found.read) / open.length));
    if (limit < 1) return { ...found, complete: false };
    const pages = await Promise.all(
      open.map(({ shard, start }) => candidatesOfShard({ shard, path, limit, start })),
    );
    for (const page of pages) note(page, matches, found);
    open = open.flatMap(({ shard }, at) => {
      const start = pages[at]?.next;
      return start ? [{ shard, start }] : [];
    });
  }
  return found;
}

type Found = Preview & { sample: NonNullable<Preview["sample"]> };

function note({ customers, read }: CandidatePage, matches: Predicate, found: Found): void {
  found.read += read;
  for (const customer of customers) {
    if (!matches(customer)) continue;
    found.count += 1;
    if (found.sample.length < sampleSize) {
      found.sample.push({ id: customer.id, ...(customer.name !== undefined && { name: customer.name }) });
    }
  }
}
