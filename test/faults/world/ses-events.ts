import { sesEvents } from "./functions.ts";
import { during } from "./plan.ts";
import type { Mail } from "./ses.ts";
import type { World } from "./world.ts";

/**
 * Reports what becomes of a mail. Events come late, twice and out of order; in a lossy world, some never come: "Amazon
 * SES sends events to EventBridge on a best-effort basis". In a stretch of late feedback everything that SES accepted then is reported late.
 * https://docs.aws.amazon.com/ses/latest/dg/monitoring-eventbridge.html
 *
 * @param fate what becomes of it, 0 (it bounces) to 1 (its reader calls it spam).
 */
export function report(world: World, mail: Mail, fate: number): void {
  const { random, plan, timeline, unkind } = world;
  // Of the events that SES took a mail, the stack has only those of a request's sampled mails brought (infra/feedback.ts).
  const types = mail.isSampled ? ["Send"] : [];
  types.push(fate < 0.08 ? "Bounce" : "Delivery");
  if (fate > 0.92) types.push("Complaint");
  if (fate > 0.6) types.push("Open");
  if (fate > 0.8) types.push("Click", "Open");
  const late = during(unkind.lateFeedback, world.secondOf(mail.at))?.seconds ?? 0;
  for (const type of types) {
    const at = new Date(mail.at + Math.floor(random() * 60_000)).toISOString();
    if (random() < plan.chaos.lostEvents) continue;
    mail.events.push({ type, at });
    const patience = plan.chaos.lostEvents > 0 ? 7_200_000 : 120_000;
    const copies = world.copies();
    for (let copy = 0; copy < copies; copy++) {
      const event = eventOf(mail, type, at);
      timeline.after(late * 1000 + random() * patience, () => world.queues[sesEvents].put(event));
    }
  }
}

const browser = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148";

function eventOf(mail: Mail, eventType: string, timestamp: string): string {
  const tags = { business: [mail.business], run: [mail.run], customer: [mail.customer] };
  const who = [{ emailAddress: mail.to }];
  return JSON.stringify({
    business: mail.business,
    detail: {
      eventType,
      mail: { timestamp: eventType === "Send" ? timestamp : new Date(mail.at).toISOString(), tags },
      ...(eventType === "Delivery" && { delivery: { timestamp } }),
      ...(eventType === "Bounce" && {
        bounce: { timestamp, bounceType: "Permanent", bouncedRecipients: who },
      }),
      ...(eventType === "Complaint" && { complaint: { timestamp, complainedRecipients: who } }),
      ...(eventType === "Open" && { open: { timestamp, userAgent: browser } }),
      ...(eventType === "Click" && { click: { timestamp, userAgent: browser, link: "https://example.com" } }),
    },
  });
}
