import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { environment } from "./environment.ts";
import type { BusinessId } from "./ids.ts";
import { backOff } from "./store.ts";

/** What Sapa tells the owner's own targets, and the campaigns that wait for it. */
export type EventType =
  | "item.added"
  | "item.sold-out"
  | "item.back-in-stock"
  | "sign-up.requested"
  | "letters.due"
  | "customer.subscribed"
  | "customer.unsubscribed"
  | "customer.responded"
  | "response.answered"
  | "link.requested"
  | "erasure.requested"
  | "customer.erased"
  | "customer.bounced"
  | "customer.complained"
  | "business.halted"
  | "import.due"
  | "import.question"
  | "import.rehearsed"
  | "import.finished"
  | "run.settled";

/** Whose event it is, and ids of what it is about; nothing personal, since targets may keep it. */
export type EventDetail = { business: BusinessId } & Record<string, unknown>;

const events = new EventBridgeClient({});
const tries = 5;

/**
 * Puts an event on the bus (at least once: a target may see it twice). EventBridge answers 200 also when it
 * refused the entry, so the entry's own result is what counts.
 */
export async function raise(type: EventType, detail: EventDetail): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const { FailedEntryCount, Entries } = await events.send(
      new PutEventsCommand({
        Entries: [
          {
            EventBusName: environment("EVENT_BUS_NAME"),
            Source: "sapa",
            DetailType: type,
            Detail: JSON.stringify(detail),
          },
        ],
      }),
    );
    if (!FailedEntryCount) return;
    const code = Entries?.[0]?.ErrorCode ?? "unknown";
    if (attempt >= tries) throw new Error(`EventBridge refused ${type} ${attempt} times: ${code}`);
    await backOff(attempt);
  }
}
