import { PutCommand } from "@aws-sdk/lib-dynamodb";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import * as backlog from "../../core/backlog.ts";
import type { Business } from "../../core/businesses.ts";
import { type Customer, toItem } from "../../core/customers.ts";
import { newId, shardOf } from "../../core/ids.ts";
import { explain } from "../../core/runs/explain.ts";
import { nextPageName } from "../../core/runs/page-names.ts";
import { sendsOfRun } from "../../core/runs/reports.ts";
import { type SelectionPage, select } from "../../core/runs/select.ts";
import { partitionOf, type Run } from "../../core/runs.ts";
import { documents, tableName } from "../../core/store.ts";
import type { TableName } from "../../core/tables.ts";
import { placeOf } from "../../functions/telemetry/places.ts";
import { aDeadline } from "../support/clock.ts";
import { aCustomer } from "../support/customer.ts";
import { useDatabase } from "../support/database.ts";
import { aBusiness, saveBusiness } from "../support/shop.ts";

useDatabase();

const now = "2026-11-24T02:00:00.000Z";
const put = (table: TableName, item: object) =>
  documents.send(new PutCommand({ TableName: tableName(table), Item: { ...item } }));

/** Recipients of three full pages and the beginning of a fourth. */
const size = 630;
let shop: Business;
let run: Run;
let people: Customer[];

beforeAll(async () => {
  shop = await saveBusiness(aBusiness());
  people = [];
  while (people.length < size) {
    const customer = aCustomer({ id: newId("cus"), business: shop.id });
    if (shardOf(shop.id, customer.id).endsWith("#07")) people.push(customer);
  }
  people.sort((one, other) => (one.id < other.id ? -1 : 1));
  for (const customer of people) await put("customers", toItem(customer));
});

beforeEach(async () => {
  run = {
    id: newId("run"),
    business: shop.id,
    campaign: newId("cam"),
    campaignName: "News",
    trigger: "schedule",
    scheduledAt: now,
    state: "running",
    topic: "news",
    occasion: { kind: "broadcast" },
    template: { id: "broadcast", version: 1 },
    mailTemplates: { id: "sapa-test" },
    attributes: [],
    startedAt: now,
  };
  await put("runs", run);
});

/** A page as selection would have written it: it has looked at this customer only, and goes on after them. */
async function pageAfter(last: string, customer: Customer): Promise<string> {
  const page: SelectionPage = {
    run: partitionOf(shop.id, run.id),
    page: nextPageName("07", last),
    batches: [],
    skipped: { "topic-off": [customer.id] },
    next: { id: customer.id },
  };
  await put("selections", page);
  return page.page;
}

/** One invocation after the other, each of which has the time for so many pages, until the shard is selected. */
async function selectWith(pages: number): Promise<void> {
  for (let invocations = 0; invocations < 20; invocations++) {
    let asked = 0;
    const deadline = { ...aDeadline(), remaining: () => (asked++ < pages ? 60_000 : 1_000) };
    if (await select({ business: shop.id, run: run.id, shard: "07" }, deadline)) return;
  }
  throw new Error("The shard is never done");
}

describe.each([1, 2])("a shard of which an invocation looks through %i pages", (pages) => {
  test("goes on behind its ten-thousandth page, and names everyone once and in order", async () => {
    const [first, second, ...others] = people as [Customer, Customer, ...Customer[]];
    const last = await pageAfter(await pageAfter("07#9997", first), second);
    expect(Number(last.slice(3))).toBe(9_999);

    await selectWith(pages);

    const batches: backlog.Batch[] = [];
    for await (const page of backlog.waiting(shop.id, run.id)) batches.push(...page);
    expect(batches.flatMap(({ customers }) => customers).sort()).toEqual(others.map(({ id }) => id).sort());
    expect(batches.map(({ id }) => Number(id.split("#")[1]))).toContain(10_002);
    for (const batch of batches) expect(placeOf(JSON.stringify(batch)).batch).toBe(batch.id);
    expect(await listed()).toEqual(people.map(({ id }) => id));
    const final = people.at(-1) ?? first;
    expect(await explain(run, final.id, now)).toMatchObject({ outcome: "waiting" });
  });
});

/** Everyone whom the run's list names, read in pages of 90. */
async function listed(): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < 50; page++) {
    const { items, next } = await sendsOfRun(run, { limit: 90, cursor, now });
    ids.push(...items.map(({ customer }) => customer));
    if (!next) return ids;
    cursor = next;
  }
  throw new Error("The list does not end");
}
