import { expect, test } from "vitest";
import { Feedback, record } from "../../core/feedback.ts";
import { reasonFor } from "../../core/suppressions.ts";
import { useBus } from "../support/bus.ts";
import { useDatabase } from "../support/database.ts";

useDatabase();
useBus();

const business = "biz_23456789bcdfghjk" as const;
const timestamp = "2026-11-24T02:00:00.000Z";

/** SES tells twice of a letter to `who`, as it may. */
async function tell(who: string, part: object, tags: object = { letter: ["confirmation"] }) {
  const eventType = Object.keys(part)[0] === "bounce" ? "Bounce" : "Complaint";
  const detail = { eventType, mail: { timestamp, tags: { business: [business], ...tags } }, ...part };
  for (const _ of [1, 2]) await record(Feedback.parse({ detail }));
  return reasonFor(business, who);
}
const bounce = (emailAddress: string, bounceType: string, bounceSubType = "General") => ({
  bounce: { timestamp, bounceType, bounceSubType, bouncedRecipients: [{ emailAddress }] },
});
const complaint = (emailAddress: string, complaintFeedbackType = "abuse") => ({
  complaint: { timestamp, complaintFeedbackType, complainedRecipients: [{ emailAddress }] },
});

test("an address whose letter bounced for good, or was called spam, gets no other", async () => {
  expect(await tell("gone@example.com", bounce("gone@example.com", "Permanent"))).toBe("bounce");
  expect(await tell("ani@example.com", complaint("ani@example.com"))).toBe("complaint");
});

test("a letter that came back for the moment, or was taken out of the spam folder, changes nothing", async () => {
  expect(await tell("full@example.com", bounce("full@example.com", "Transient"))).toBeUndefined();
  expect(await tell("budi@example.com", complaint("budi@example.com", "not-spam"))).toBeUndefined();
});

test("an owner's test mail, which is neither a run's nor a letter, changes nothing", async () => {
  expect(await tell("cici@example.com", bounce("cici@example.com", "Permanent"), {})).toBeUndefined();
});
