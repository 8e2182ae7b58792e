import { z } from "zod";
import { type BusinessId, type RunId, shardCount } from "../ids.ts";
import { partitionOf } from "../runs.ts";
import * as store from "../store.ts";
import { Instant } from "../time.ts";

/** What a run did with its audience: selected = accepted + skipped + failed + unknown + waiting, at any time. */
export const Books = z.object({
  selected: z.int(),
  accepted: z.int(),
  skipped: z.record(z.string(), z.int()),
  failed: z.record(z.string(), z.int()),
  unknown: z.int(),
  /** Chosen, and not yet accepted, skipped or failed. */
  waiting: z.int(),
  /** How many of the 16 shards of the customers have been looked through. */
  shardsSelected: z.int(),
  finished: z.boolean(),
  /** When it was recorded that SES accepted the first of them, and the last so far. */
  firstAcceptedAt: Instant.optional(),
  lastAcceptedAt: Instant.optional(),
});
export type Books = z.infer<typeof Books>;

/** What books gained, by the names of their counts: `{ accepted: 48, "failed:MESSAGE_REJECTED": 2 }`. */
export type News = Record<string, number>;

/**
 * Each shard keeps its own tally, raised in the same transaction as what it counts, so that the books are
 * exact at any moment and no single item takes the writes of a whole run.
 */
export const read = async (business: BusinessId, id: RunId): Promise<Books> =>
  sum(await talliesOf(business, id));

/** A run's tallies, those of its outcomes among them: some 32 small items. */
export async function talliesOf(business: BusinessId, id: RunId): Promise<store.Item[]> {
  const { items } = await store.query("tallies", {
    KeyConditionExpression: "#run = :run",
    ExpressionAttributeNames: { "#run": "run" },
    ExpressionAttributeValues: { ":run": partitionOf(business, id) },
    ConsistentRead: true,
  });
  return items;
}

/** The books that the tallies of a run make up. */
export function sum(tallies: readonly store.Item[]): Books {
  const all: Books = {
    selected: 0,
    accepted: 0,
    skipped: {},
    failed: {},
    unknown: 0,
    waiting: 0,
    shardsSelected: 0,
    finished: false,
  };
  for (const tally of tallies) {
    for (const [name, value] of Object.entries(tally)) {
      if (name === "done") all.shardsSelected += 1;
      const at = String(value);
      if (name === "firstAcceptedAt" && at < (all.firstAcceptedAt ?? "~")) all.firstAcceptedAt = at;
      if (name === "lastAcceptedAt" && at > (all.lastAcceptedAt ?? "")) all.lastAcceptedAt = at;
      if (typeof value !== "number") continue;
      if (name === "selected" || name === "accepted" || name === "unknown") all[name] += value;
      const [kind, reason] = name.split(":");
      if (reason && (kind === "skipped" || kind === "failed")) {
        all[kind][reason] = (all[kind][reason] ?? 0) + value;
      }
    }
  }
  all.waiting = all.selected - all.accepted - all.unknown - total(all.skipped) - total(all.failed);
  all.finished = all.shardsSelected === shardCount && all.waiting === 0;
  return all;
}

const total = (counts: Record<string, number>) =>
  Object.values(counts).reduce((sum, count) => sum + count, 0);

/**
 * The write that raises a shard's tally, for the transaction of what it counts: `{ accepted: 48, "failed:MESSAGE_REJECTED": 2 }`.
 * `done` when the shard has been looked through; `at` is when SES accepted what is counted.
 */
export function tally(
  key: { run: string; shard: string },
  counts: Record<string, number>,
  { done = false, at }: { done?: boolean; at?: Instant } = {},
): store.Write {
  const raised = Object.entries(counts).filter(([, count]) => count !== 0);
  const adds = raised.map((_, index) => `#c${index} :c${index}`);
  const accepted = at !== undefined && (counts.accepted ?? 0) > 0;
  const sets = [
    ...(done ? ["done = :done"] : []),
    ...(accepted ? ["firstAcceptedAt = if_not_exists(firstAcceptedAt, :at)", "lastAcceptedAt = :at"] : []),
  ];
  return {
    Update: {
      TableName: store.tableName("tallies"),
      Key: key,
      UpdateExpression: [
        ...(adds.length > 0 ? [`ADD ${adds.join(", ")}`] : []),
        ...(sets.length > 0 ? [`SET ${sets.join(", ")}`] : []),
      ].join(" "),
      ...(raised.length && {
        ExpressionAttributeNames: Object.fromEntries(raised.map(([name], index) => [`#c${index}`, name])),
      }),
      ExpressionAttributeValues: {
        ...Object.fromEntries(raised.map(([, count], index) => [`:c${index}`, count])),
        ...(done && { ":done": true }),
        ...(accepted && { ":at": at }),
      },
    },
  };
}

/** How many there are of each value: what a tally is raised by. */
export function countBy(prefix: "skipped" | "failed", reasons: Iterable<string>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const reason of reasons) {
    const name = `${prefix}:${reason}`;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}
