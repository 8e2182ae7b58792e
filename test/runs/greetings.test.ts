import { PutCommand } from "@aws-sdk/lib-dynamodb";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Customer, get, toItem } from "../../core/customers.ts";
import { type CampaignId, newId } from "../../core/ids.ts";
import { audienceOf } from "../../core/runs/audience.ts";
import { claim } from "../../core/runs/claims.ts";
import { isGreeted, maxGreetings, outdatedGreetings } from "../../core/runs/greetings.ts";
import type { Run } from "../../core/runs.ts";
import * as sends from "../../core/sends.ts";
import { documents, tableName } from "../../core/store.ts";
import { addDays, birthdaysCelebratedOn, type Day, daysBetween, LeapDayRule } from "../../core/time.ts";
import { aCustomer } from "../support/customer.ts";
import { useDatabase } from "../support/database.ts";
import { aBusiness } from "../support/shop.ts";

useDatabase();

const campaignAt = (n: number) => `cam_${String(n).padStart(16, "b")}` as CampaignId;
const day = fc.integer({ min: 0, max: 4_000 }).map((n) => addDays("2024-01-01", n));

describe("whatever days a campaign celebrates, in whatever sequence", () => {
  test("those that it greets for lie at least 360 days apart, each after the one before", () => {
    fc.assert(
      fc.property(fc.array(day, { maxLength: 40 }), (celebrated) => {
        let greeting: Day | undefined;
        const greeted: Day[] = [];
        // Runs of earlier days may be carried out after those of later ones.
        for (const one of celebrated) {
          if (isGreeted(greeting, one)) continue;
          greeted.push(one);
          greeting = one;
        }
        for (const [index, one] of greeted.entries()) {
          const before = greeted[index - 1];
          if (before) expect(daysBetween(before, one)).toBeGreaterThanOrEqual(360);
        }
      }),
    );
  });
});

test("a birthday is greeted each year, whatever the leap-day rule is in which year", () => {
  const rules = fc.array(fc.constantFrom(...LeapDayRule.options), { minLength: 10, maxLength: 10 });
  const monthDay = day.map((one) => one.slice(5));
  fc.assert(
    fc.property(fc.oneof(fc.constant("02-29"), monthDay), rules, (birthday, ruleOf) => {
      let greeting: Day | undefined;
      for (const [index, rule] of ruleOf.entries()) {
        const days = daysOf(2024 + index).filter((one) =>
          birthdaysCelebratedOn(one, rule).includes(birthday),
        );
        expect(days).toHaveLength(1);
        expect(isGreeted(greeting, days[0] ?? "")).toBe(false);
        greeting = days[0];
      }
    }),
    { numRuns: 20 },
  );
});
const daysOf = (year: number): Day[] =>
  Array.from({ length: 366 }, (_, n) => addDays(`${year}-01-01`, n)).filter((one) =>
    one.startsWith(`${year}`),
  );

describe("the greetings that are kept with a customer", () => {
  test("stay few, and none goes that could still count, however many campaigns greet them", () => {
    const fired = fc.array(fc.tuple(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 0, max: 30 })), {
      maxLength: 300,
    });
    fc.assert(
      fc.property(fired, (all) => {
        let greeted: Record<CampaignId, Day> = {};
        let celebrated = "2024-01-01";
        for (const [number, pass] of all) {
          celebrated = addDays(celebrated, pass);
          const campaign = campaignAt(number);
          const outdated = outdatedGreetings(greeted, { campaign, celebrated });
          expect(outdated).not.toContain(campaign);
          const kept = Object.entries(greeted).filter(([id]) => !outdated.includes(id as CampaignId));
          const gone = outdated.map((id) => greeted[id] ?? "");
          for (const mark of gone) {
            const isOld = daysBetween(mark, celebrated) > 730;
            expect(isOld || Object.keys(greeted).length >= maxGreetings).toBe(true);
            // Of too many the oldest go.
            for (const [id, other] of kept) if (id !== campaign) expect(mark <= other).toBe(true);
          }
          greeted = { ...Object.fromEntries(kept), [campaign]: celebrated };
          expect(Object.keys(greeted).length).toBeLessThanOrEqual(maxGreetings);
        }
      }),
    );
  });

  test("lose those of more than two years ago in the claim of the next one", async () => {
    const old = Object.fromEntries([1, 2, 3].map((n) => [campaignAt(n), `2023-0${n}-01`]));
    const recent = { [campaignAt(4)]: "2025-11-24" };
    const { customer, claimed, run } = await greetAtOnce({ ...old, ...recent }, 1);
    expect(claimed).toEqual(["mailed"]);
    expect(customer.greeted).toEqual({ ...recent, [run]: "2026-11-24" });
  });

  test("are kept to when runs of one campaign claim at once: one of them greets", async () => {
    const { claimed, customer, run } = await greetAtOnce({}, 4);
    expect(claimed.sort()).toEqual(["already-greeted", "already-greeted", "already-greeted", "mailed"]);
    expect(customer.greeted).toEqual({ [run]: "2026-11-24" });
  });
});

/** Runs of one campaign, each of which has chosen the customer before any of them claims. */
async function greetAtOnce(greeted: Customer["greeted"], times: number) {
  const business = aBusiness();
  const campaign = newId("cam");
  const someone = aCustomer({ id: newId("cus"), business: business.id, greeted });
  await documents.send(new PutCommand({ TableName: tableName("customers"), Item: toItem(someone) }));
  const claimed = await Promise.all(
    Array.from({ length: times }, async (_, n) => {
      const run = runAt(business.id, campaign, n);
      const choice = audienceOf(run, business).choose(someone);
      if (!choice || !("recipient" in choice)) throw new Error("They were not chosen");
      const batch = { id: "00#000001#00", locale: "id" as const };
      const made = await claim({ run, business, batch }, [choice.recipient], run.startedAt);
      return made ? "mailed" : (await sends.find(business.id, someone.id, run.id))?.skipped;
    }),
  );
  return { claimed, run: campaign, customer: await get(business.id, someone.id) };
}

const runAt = (business: Run["business"], campaign: CampaignId, second: number): Run => ({
  id: newId("run"),
  business,
  campaign,
  campaignName: "Birthday",
  trigger: "owner",
  scheduledAt: `2026-11-24T02:00:0${second}.000Z`,
  state: "running",
  topic: "birthday",
  occasion: { kind: "birthday", celebrated: "2026-11-24", birthdays: ["11-24"] },
  template: { id: "birthday", version: 1 },
  mailTemplates: { id: "sapa-test" },
  attributes: [],
  startedAt: `2026-11-24T02:00:0${second}.000Z`,
});
