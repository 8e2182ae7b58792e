import { UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { z } from "zod";
import { Locale, TopicKey } from "./businesses.ts";
import { SapaError } from "./errors.ts";
import { BusinessId, CampaignId, RunId, SegmentId, shardCount } from "./ids.ts";
import { Item } from "./items.ts";
import { SegmentDefinition } from "./segments.ts";
import * as store from "./store.ts";
import { TemplateId } from "./templates.ts";
import { Instant, MonthDay } from "./time.ts";

/** Whom a run is about, with all dates worked out when it started, so that retries choose alike. */
export const Occasion = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("birthday"), birthdays: z.array(MonthDay) }),
  z.object({
    kind: z.literal("winback"),
    /** The last order lies in this span: `from` is in it, `before` is not. */
    lastOrder: z.object({ from: Instant.optional(), before: Instant }),
  }),
  z.object({ kind: z.literal("new-items"), items: z.array(Item), most: z.int() }),
  z.object({ kind: z.literal("broadcast") }),
]);
export type Occasion = z.infer<typeof Occasion>;

export const RunState = z.enum([
  "starting", // nobody is chosen yet
  "running",
  "failed", // stopped, with the reason; who had not been mailed by then is not
  "settled", // its books are closed
]);

/** One firing of a campaign. What it needs of the campaign is copied in, so that later changes do not split a run. */
export const Run = z.object({
  id: RunId,
  business: BusinessId,
  campaign: CampaignId,
  campaignName: z.string(),
  trigger: z.enum(["schedule", "owner"]),
  /** "Now" for every decision of the run, however late it is carried out. */
  scheduledAt: Instant,
  state: RunState,
  failure: z.object({ reason: z.string(), detail: z.string() }).optional(),
  topic: TopicKey,
  offer: z.string().optional(),
  occasion: Occasion,
  segment: z.object({ id: SegmentId, definition: SegmentDefinition }).optional(),
  template: z.object({ id: TemplateId, version: z.int() }),
  /** The name of the SES template of each language that the template has. */
  mailTemplates: z.partialRecord(Locale, z.string()),
  /** The custom attributes that the template shows. */
  attributes: z.array(z.string()),
  startedAt: Instant,
  settledAt: Instant.optional(),
});
export type Run = z.infer<typeof Run>;

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
});
export type Books = z.infer<typeof Books>;

/** The partition of what belongs to one run: its tallies, selections and receipts. */
export const partitionOf = (business: BusinessId, run: RunId): string => `${business}#${run}`;

export async function find(business: BusinessId, id: RunId): Promise<Run | undefined> {
  return (await store.find("runs", { business, id }, { ConsistentRead: true })) as Run | undefined;
}

export async function get(business: BusinessId, id: RunId): Promise<Run> {
  const run = await find(business, id);
  if (!run) throw new SapaError("not-found", "There is no such run");
  return run;
}

/** Runs of the business or of one of its campaigns, the newest first within a campaign. */
export async function list(
  business: BusinessId,
  { campaign, cursor, limit }: { campaign?: CampaignId | undefined; cursor?: string | undefined; limit: number },
): Promise<{ items: Run[]; next?: string }> {
  const place = cursor ? store.decodeCursor(cursor) : undefined;
  const { items, next } = await store.query("runs", {
    KeyConditionExpression: campaign ? "business = :business AND begins_with(id, :prefix)" : "business = :business",
    ExpressionAttributeValues: {
      ":business": business,
      ...(campaign && { ":prefix": `run_${campaign.slice("cam_".length)}_` }),
    },
    ScanIndexForward: false,
    Limit: limit,
    ...(place && { ExclusiveStartKey: { business, id: String(place.id) } }),
  });
  return { items: items as Run[], ...(next && { next: store.encodeCursor({ id: next.id ?? "" }) }) };
}

/**
 * Each shard keeps its own tally, raised in the same transaction as what it counts, so that the books are
 * exact at any moment and no single item takes the writes of a whole run.
 */
export async function books(business: BusinessId, id: RunId): Promise<Books> {
  const { items } = await store.query("tallies", {
    KeyConditionExpression: "#run = :run",
    ExpressionAttributeNames: { "#run": "run" },
    ExpressionAttributeValues: { ":run": partitionOf(business, id) },
    ConsistentRead: true,
  });
  const sum: Books = {
    selected: 0,
    accepted: 0,
    skipped: {},
    failed: {},
    unknown: 0,
    waiting: 0,
    shardsSelected: 0,
    finished: false,
  };
  for (const tally of items) {
    for (const [name, value] of Object.entries(tally)) {
      if (name === "done") sum.shardsSelected += 1;
      if (typeof value !== "number") continue;
      if (name === "selected" || name === "accepted" || name === "unknown") sum[name] += value;
      const [kind, reason] = name.split(":");
      if (reason && (kind === "skipped" || kind === "failed")) {
        sum[kind][reason] = (sum[kind][reason] ?? 0) + value;
      }
    }
  }
  sum.waiting = sum.selected - sum.accepted - sum.unknown - total(sum.skipped) - total(sum.failed);
  sum.finished = sum.shardsSelected === shardCount && sum.waiting === 0;
  return sum;
}

const total = (counts: Record<string, number>) => Object.values(counts).reduce((sum, count) => sum + count, 0);

/** The write that raises a shard's tally, for the transaction of what it counts: `{ accepted: 48, "failed:MESSAGE_REJECTED": 2 }`. */
export function tally(run: string, shard: string, counts: Record<string, number>, done = false): store.Write {
  const raised = Object.entries(counts).filter(([, count]) => count !== 0);
  const adds = raised.map((_, index) => `#c${index} :c${index}`);
  return {
    Update: {
      TableName: store.tableName("tallies"),
      Key: { run, shard },
      UpdateExpression: [adds.length && `ADD ${adds.join(", ")}`, done && "SET done = :done"].filter(Boolean).join(" "),
      ...(raised.length && {
        ExpressionAttributeNames: Object.fromEntries(raised.map(([name], index) => [`#c${index}`, name])),
      }),
      ExpressionAttributeValues: {
        ...Object.fromEntries(raised.map(([, count], index) => [`:c${index}`, count])),
        ...(done && { ":done": true }),
      },
    },
  };
}

/** Stops a run: who has not been handed to SES by now is not mailed. The first reason stays. */
export async function fail(run: Run, failure: { reason: string; detail: string }): Promise<void> {
  try {
    await store.documents.send(
      new UpdateCommand({
        TableName: store.tableName("runs"),
        Key: { business: run.business, id: run.id },
        UpdateExpression: "SET #state = :failed, failure = :failure",
        ConditionExpression: "#state IN (:starting, :running)",
        ExpressionAttributeNames: { "#state": "state" },
        ExpressionAttributeValues: {
          ":failed": "failed",
          ":failure": failure,
          ":starting": "starting",
          ":running": "running",
        },
      }),
    );
  } catch (error) {
    if (!store.conditionFailed(error)) throw error;
  }
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
