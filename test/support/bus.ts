import type { RequestListener } from "node:http";
import { beforeEach } from "vitest";
import { useService } from "./service.ts";

export type BusEvent = { type: string; bus: string; detail: Record<string, unknown> };

/**
 * Gives the tests of a file an event bus that remembers what was put on it, emptied before each test.
 * `failing` makes it refuse, as EventBridge does, the next so many entries.
 */
export function useBus(): { events: BusEvent[]; failing: (times: number) => void } {
  const events: BusEvent[] = [];
  let refusals = 0;
  const answer: RequestListener = async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { Entries } = JSON.parse(Buffer.concat(chunks).toString()) as {
      Entries: { EventBusName: string; DetailType: string; Detail: string }[];
    };
    const results = Entries.map((entry) => {
      if (refusals > 0) {
        refusals -= 1;
        return { ErrorCode: "InternalFailure", ErrorMessage: "Try again" };
      }
      events.push({
        bus: entry.EventBusName,
        type: entry.DetailType,
        detail: JSON.parse(entry.Detail) as Record<string, unknown>,
      });
      return { EventId: `event-${events.length}` };
    });
    const FailedEntryCount = results.filter((result) => "ErrorCode" in result).length;
    response.setHeader("content-type", "application/x-amz-json-1.1");
    response.end(JSON.stringify({ FailedEntryCount, Entries: results }));
  };
  useService(answer, (url) => ({
    AWS_ENDPOINT_URL_EVENTBRIDGE: url,
    EVENT_BUS_NAME: "sapa-test",
  }));
  beforeEach(() => {
    events.length = 0;
    refusals = 0;
  });
  return {
    events,
    failing: (times) => {
      refusals = times;
    },
  };
}
