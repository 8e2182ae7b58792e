import { objects, text } from "../../services/protocol.ts";
import { arnOf, inputOf, type NeedsOf, operationOf } from "./need.ts";

/**
 * Each bus that an entry names, the default one where it names none.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridge.html
 */
export const eventsNeeds: NeedsOf = (request, names) => {
  const action = `events:${operationOf(request)}`;
  const buses = new Set(
    objects(inputOf(request).Entries).map((entry) => text(entry.EventBusName) ?? "default"),
  );
  return [...buses].map((bus) => ({
    action,
    resource: bus.startsWith("arn:") ? bus : arnOf(names, "events", `event-bus/${bus}`),
  }));
};
