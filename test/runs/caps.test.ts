import { PutCommand } from "@aws-sdk/lib-dynamodb";
import { expect, test } from "vitest";
import type { Business, FrequencyCap } from "../../core/businesses.ts";
import { type Customer, get, toItem } from "../../core/customers.ts";
import { newId } from "../../core/ids.ts";
import { audienceOf } from "../../core/runs/audience.ts";
import { claim } from "../../core/runs/claims.ts";
import type { Run } from "../../core/runs.ts";
import { documents, tableName } from "../../core/store.ts";
import { addSeconds, type Instant } from "../../core/time.ts";
import { aCustomer } from "../support/customer.ts";
import { useDatabase } from "../support/database.ts";
import { aBusiness } from "../support/shop.ts";

useDatabase();

const start = "2026-11-24T02:00:00.000Z";
const aRun = (business: Business, scheduledAt: Instant): Run => ({
  id: newId("run"),
  business: business.id,
  campaign: newId("cam"),
  campaignName: "News",
  trigger: "schedule",
  scheduledAt,
  state: "running",
  topic: "news",
  occasion: { kind: "broadcast" },
  template: { id: "broadcast", version: 1 },
  mailTemplates: { id: "sapa-test" },
  attributes: [],
  startedAt: scheduledAt,
});

/** As many campaigns at once as given, each of which chose the customer before any of them claims; how many do. */
async function mailAtOnce(business: Business, customer: Customer, given: { at: Instant; campaigns: number }) {
  const read = await get(business.id, customer.id);
  const claims = await Promise.all(
    Array.from({ length: given.campaigns }, async () => {
      const run = aRun(business, given.at);
      const choice = audienceOf(run, business).choose(read);
      if (!choice || !("recipient" in choice)) return undefined;
      const batch = { id: "00#000001#000", locale: "id" as const };
      return claim({ run, business, batch }, [choice.recipient], addSeconds(given.at, 5));
    }),
  );
  return claims.filter((made) => made !== undefined).length;
}

test.each<[string, FrequencyCap, number, number]>([
  ["two a day", { perDay: 2 }, 2, 24],
  ["two a week", { perWeek: 2 }, 2, 7 * 24],
  ["three a month", { perMonth: 3 }, 3, 30 * 24],
  ["a gap of three hours", { minimumGapHours: 3 }, 1, 3],
  ["two a day, and a gap of an hour", { perDay: 2, minimumGapHours: 1 }, 1, 1],
])(
  "campaigns that run at once keep together to a cap of %s, until it is over",
  async (_, cap, most, hours) => {
    const business = aBusiness({ frequencyCap: cap });
    const customer = aCustomer({ id: newId("cus"), business: business.id });
    await documents.send(new PutCommand({ TableName: tableName("customers"), Item: toItem(customer) }));

    expect(await mailAtOnce(business, customer, { at: start, campaigns: 5 })).toBe(most);
    const soon = addSeconds(start, hours * 3600 - 60);
    expect(await mailAtOnce(business, customer, { at: soon, campaigns: 2 })).toBe(0);
    const over = addSeconds(start, hours * 3600 + 60);
    expect(await mailAtOnce(business, customer, { at: over, campaigns: 5 })).toBeGreaterThan(0);
  },
);
