import type { Customer } from "../customers.ts";
import * as customers from "../customers.ts";
import { type BusinessId, shardsOf } from "../ids.ts";
import { findMany, type Item, type Query, query } from "../store.ts";
import { instant, type MonthDay } from "../time.ts";
import type { AccessPath } from "./paths.ts";

/**
 * Where to go on reading, from the answer before; plain text values, fit for a message or a cursor. It does not
 * hold the partition: the caller says the shard anew.
 */
export type Place = Record<string, string>;

export type ShardRead = {
  /** `biz_x#07`. */
  shard: string;
  path: AccessPath;
  /** `next` of the page before; the shard's beginning without it. */
  start?: Place | undefined;
  /** The most customers to read for this page. */
  limit: number;
};

export type CandidatePage = {
  customers: Customer[];
  /** How many were looked at: what the page cost. */
  read: number;
  next?: Place;
};

/**
 * One page of the customers in a shard that an access path leads to: a superset of those who match, each once
 * over all pages. A page may be empty and still have a next one. The reading is eventually consistent: whoever
 * acts on a customer must check its version when it writes.
 */
export async function candidatesOfShard(read: ShardRead): Promise<CandidatePage> {
  switch (read.path.by) {
    case "all":
      return page(read, {});
    case "lastOrder":
      return byLastOrder(read, read.path);
    case "birthday":
      return byBirthday(read, read.path.days);
  }
}

/** Every candidate of a business, shard after shard, in pages of at most `limit`. */
export async function* candidates(
  business: BusinessId,
  path: AccessPath,
  limit = 500,
): AsyncGenerator<Customer[]> {
  for (const shard of shardsOf(business)) {
    let start: Place | undefined;
    do {
      const read: CandidatePage = await candidatesOfShard({ shard, path, start, limit });
      yield read.customers;
      start = read.next;
    } while (start);
  }
}

const nobody: CandidatePage = { customers: [], read: 0 };

async function byLastOrder(read: ShardRead, { from, to }: { from?: string; to?: string }) {
  if (from !== undefined && to !== undefined && from >= to) return nobody;
  // BETWEEN includes both ends, and instants are whole milliseconds.
  const last = to === undefined ? "9999" : instant(Date.parse(to) - 1);
  return page(read, { index: "byLastOrder", key: "lastOrderAt", from: from ?? "0000", to: last });
}

async function byBirthday(read: ShardRead, days: readonly MonthDay[]): Promise<CandidatePage> {
  const ranges = rangesOf(days);
  const reached = read.start?.birthday;
  const at = reached === undefined ? 0 : ranges.findIndex(([from, to]) => from <= reached && reached <= to);
  const range = ranges[at];
  if (!range) return nobody;
  // A place without an id is the beginning of a range.
  const start = read.start?.id === undefined ? undefined : read.start;
  const [from, to] = range;
  const found = await page({ ...read, start }, { index: "byBirthday", key: "birthday", from, to });
  const following = ranges[at + 1]?.[0];
  if (found.next || following === undefined) return found;
  return { ...found, next: { birthday: following } };
}

type Range =
  | { index: "byBirthday" | "byLastOrder"; key: string; from: string; to: string }
  | { index?: undefined };

async function page({ shard, start, limit }: ShardRead, range: Range): Promise<CandidatePage> {
  const { items, next } = await query("customers", {
    ...conditionOf(shard, range),
    Limit: limit,
    ...(start && { ExclusiveStartKey: { ...start, shard } }),
  });
  // The indexes hold keys only.
  const records = range.index ? await findMany("customers", items.map(keyOf)) : items;
  const found = { customers: records.map(customers.fromItem), read: items.length };
  if (!next) return found;
  const { shard: _, ...place } = next;
  return { ...found, next: place };
}

function conditionOf(shard: string, range: Range): Query {
  const names = { "#shard": "shard" }; // a reserved word
  if (!range.index) {
    return {
      KeyConditionExpression: "#shard = :shard",
      ExpressionAttributeNames: names,
      ExpressionAttributeValues: { ":shard": shard },
    };
  }
  return {
    IndexName: range.index,
    KeyConditionExpression: `#shard = :shard AND ${range.key} BETWEEN :from AND :to`,
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: { ":shard": shard, ":from": range.from, ":to": range.to },
  };
}

const keyOf = ({ shard, id }: Item) => ({ shard: String(shard), id: String(id) });

/** The days as ranges without gaps, in order: a month is read by one query and not by thirty. */
function rangesOf(days: readonly MonthDay[]): [MonthDay, MonthDay][] {
  const ranges: [MonthDay, MonthDay][] = [];
  for (const day of [...new Set(days)].sort()) {
    const last = ranges.at(-1);
    if (last && followsOn(last[1], day)) last[1] = day;
    else ranges.push([day, day]);
  }
  return ranges;
}

// In a leap year, so that March 1 does not follow February 28 and no birthday is read unasked.
const followsOn = (day: MonthDay, next: MonthDay) =>
  Date.parse(`2024-${next}`) - Date.parse(`2024-${day}`) === 86_400_000;
