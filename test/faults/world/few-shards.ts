import { createHash } from "node:crypto";
import { vi } from "vitest";
import type { BusinessId, CustomerId } from "../../../core/ids.ts";

const ids = await vi.importActual<typeof import("../../../core/ids.ts")>("../../../core/ids.ts");

/**
 * core/ids.ts with three shards of a business instead of sixteen: in a world of eight customers most of sixteen
 * are empty, and nearly each batch holds one. So a schedule costs a third, and batches go wrong in parts. Some
 * schedules have all sixteen.
 */
const few = 3;
let shardCount: number = few;

/** Has the worlds that are opened from now on shard their customers in so many ways. */
export const useShards = (count: number = few): void => {
  shardCount = count;
};

const fewer: typeof ids = {
  ...ids,
  get shardCount() {
    return shardCount as typeof ids.shardCount;
  },
  shardOf: (business: BusinessId, customer: CustomerId) =>
    ids.shardAt(business, (createHash("sha256").update(customer).digest()[0] ?? 0) % shardCount),
  shardsOf: (business: BusinessId) =>
    Array.from({ length: shardCount }, (_, shard) => ids.shardAt(business, shard)),
};
export default fewer;
