import { describe, expect, test } from "vitest";
import type { Evidence } from "../../core/consents.ts";
import * as customers from "../../core/customers.ts";
import { newId } from "../../core/ids.ts";
import * as leavings from "../../core/leavings.ts";
import { audienceOf } from "../../core/runs/audience.ts";
import { claim } from "../../core/runs/claims.ts";
import type { Run } from "../../core/runs.ts";
import * as sends from "../../core/sends.ts";
import { useBus } from "../support/bus.ts";
import { useDatabase } from "../support/database.ts";
import { aBusiness, saveBusiness } from "../support/shop.ts";

useDatabase();
useBus();

const start = "2026-11-24T02:00:00.000Z";
const later = "2026-11-24T02:00:05.000Z";
const evidence: Evidence = { way: "link" };

/** A run on news that has chosen a customer; then they change their mind, and only then it claims. */
async function chosenThen(mind: (of: leavings.Leaver) => Promise<unknown>) {
  const business = await saveBusiness(aBusiness());
  const { customer } = await customers.upsert(
    business,
    {
      details: { email: "ani@example.com" },
      consent: "subscribed",
      evidence: { way: "api" },
    },
    "2026-11-01T00:00:00.000Z",
  );
  const run: Run = {
    id: newId("run"),
    business: business.id,
    campaign: newId("cam"),
    campaignName: "News",
    trigger: "schedule",
    scheduledAt: start,
    state: "running",
    topic: "news",
    occasion: { kind: "broadcast" },
    template: { id: "broadcast", version: 1 },
    mailTemplates: { id: "sapa-test" },
    attributes: [],
    startedAt: start,
  };
  const choice = audienceOf(run, business).choose(customer);
  if (!choice || !("recipient" in choice)) throw new Error("They were not chosen");
  await mind({ business: business.id, customer: customer.id });
  const batch = { id: "00#000001#000", locale: "id" as const };
  const claimed = await claim({ run, business, batch }, [choice.recipient], later);
  const send = await sends.find(business.id, customer.id, run.id);
  return claimed ? "mailed" : send?.skipped;
}

const choose =
  (preferences: customers.Preferences) =>
  ({ business, customer }: leavings.Leaver) =>
    customers.choose(business, customer, preferences, evidence, start);

describe("what a customer chooses while a run is under way counts at its claim", () => {
  test.each<[string, (of: leavings.Leaver) => Promise<unknown>, string]>([
    ["leaving its topic", (of) => leavings.leave(of, { topic: "news", evidence }, start), "topic-off"],
    ["leaving everything", (of) => leavings.leave(of, { evidence }, start), "unsubscribed"],
    ["a pause", choose({ pausedUntil: "2026-12-24" }), "paused"],
    ["another topic", (of) => leavings.leave(of, { topic: "offers", evidence }, start), "mailed"],
    ["a nickname", choose({ nickname: "Ani" }), "mailed"],
    ["leaving, and undoing it", leaveAndUndo, "mailed"],
  ])("%s", async (_, mind, outcome) => {
    expect(await chosenThen(mind)).toBe(outcome);
  });
});

async function leaveAndUndo(of: leavings.Leaver) {
  await leavings.leave(of, { evidence }, start);
  return leavings.undo(of, { at: start, evidence }, later);
}
