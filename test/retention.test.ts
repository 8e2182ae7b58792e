import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { explain } from "../core/runs/explain.ts";
import { occasionOf } from "../core/runs/occasions.ts";
import { sendsOfCustomer, sendsOfRun } from "../core/runs/reports.ts";
import { resend } from "../core/runs/resend.ts";
import * as runs from "../core/runs.ts";
import * as sends from "../core/sends.ts";
import { query } from "../core/store.ts";
import type { TableName } from "../core/tables.ts";
import { scheduledAt, type Told, tell } from "./faults/world/story.ts";
import { enterWorlds } from "./faults/world/world.ts";

let leave: () => void;
beforeAll(() => {
  leave = enterWorlds();
});
afterAll(() => leave());

/** 90 days after the run's scheduled time, and a moment before. */
const expired = "2027-02-22T02:00:00.000Z";
const before = "2027-02-22T01:59:59.999Z";
const days = 90;

/** A campaign's run to three customers, whose first mail SES takes at the second attempt only. */
async function aRun(sendsDays?: number) {
  const told = await tell(
    {
      seed: 1,
      rate: 14,
      quota: -1,
      chaos: { duplicates: 0, lostEvents: 0 },
      faults: [{ on: "hand-over", nth: 0, kind: "throttle", pick: 0 }],
      shops: [{ customers: 3, cap: {}, quietHours: undefined, mix: 0, ...(sendsDays && { sendsDays }) }],
      acts: [],
    },
    (world) => {
      // Delivered, and opened.
      world.ses.fate = () => 0.7;
    },
  );
  const { business, customers, campaigns } = told.shops[0] as Told["shops"][number];
  const [run] = (await runs.list(business.id, { limit: 1 })).items;
  if (!run) throw new Error("There is no run");
  const itemsOf = async (table: TableName, partition: string, name: string) =>
    (
      await query(table, {
        KeyConditionExpression: "#key = :key",
        ExpressionAttributeNames: { "#key": name },
        ExpressionAttributeValues: { ":key": partition },
      })
    ).items;
  const written = [
    ...(await itemsOf("selections", `${business.id}#${run.id}`, "run")),
    ...(await itemsOf("receipts", `${business.id}#${run.id}`, "run")),
    ...(await Promise.all(customers.map(({ id }) => sends.find(business.id, id, run.id)))),
  ];
  return { business, customers, run, campaign: campaigns[1], written };
}

describe("a business that keeps sends for 90 days", () => {
  let one: Awaited<ReturnType<typeof aRun>>;
  beforeEach(async () => {
    one = await aRun(days);
  });

  test("has each record of who was chosen, claimed, skipped and mailed removed then", () => {
    const { written, run } = one;
    expect(run).toMatchObject({ scheduledAt, sendsKeptUntil: expired });
    // A page for each of the shards, a receipt for each batch and a send for each customer.
    expect(written.length).toBeGreaterThanOrEqual(16 + 1 + 3);
    expect(new Set(written.map((item) => item?.expiresAt))).toEqual(new Set([Date.parse(expired) / 1000]));
  });

  test("is not shown them any more from that moment, however late they go", async () => {
    const { business, customers, run } = one;
    const [ani] = customers;
    if (!ani) throw new Error("There is no customer");
    const page = { limit: 100 };
    expect((await sendsOfRun(run, { ...page, now: before })).items).toHaveLength(3);
    expect((await sendsOfCustomer(business.id, ani.id, { ...page, now: before })).items).toHaveLength(1);
    expect(await explain(run, ani.id, before)).toMatchObject({ outcome: "opened" });

    expect((await sendsOfRun(run, { ...page, now: expired })).items).toEqual([]);
    expect((await sendsOfCustomer(business.id, ani.id, { ...page, now: expired })).items).toEqual([]);
    expect(await explain(run, ani.id, expired)).toMatchObject({
      outcome: "forgotten",
      sentence: { en: "It is not kept any more who got this run's mail." },
    });
    await expect(resend(business, run.id, { include: ["failed"], now: expired })).rejects.toMatchObject({
      code: "conflict",
    });
  });

  test("looks again at whom a winback left out only while that is known", async () => {
    const { business, run, campaign } = one;
    if (!campaign) throw new Error("There is no winback");
    const after = { ...campaign, watermark: scheduledAt, lastRun: run.id };
    const occasionAt = async (at: string) => (await occasionOf(after, business, at)).occasion;
    expect(await occasionAt(before)).toMatchObject({ carriedFrom: run.id });
    expect(await occasionAt(expired)).not.toHaveProperty("carriedFrom");
  });
});

test("without the setting sends are kept for good", async () => {
  const { written, run } = await aRun();
  expect(run).not.toHaveProperty("sendsKeptUntil");
  expect(written.filter((item) => item && "expiresAt" in item)).toEqual([]);
});
