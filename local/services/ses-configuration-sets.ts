import type { Created, Resource } from "../contract.ts";
import { allowOnly, lastOfArn, nameOf, refuse } from "./properties.ts";
import { isObject, strings, text } from "./protocol.ts";
import type { EventType } from "./ses-events.ts";

/** Names that templates give to event types: `SEND`, `renderingFailure`. */
const TYPES: Record<string, EventType> = {
  send: "Send",
  delivery: "Delivery",
  bounce: "Bounce",
  complaint: "Complaint",
  reject: "Reject",
  open: "Open",
  click: "Click",
  renderingfailure: "Rendering Failure",
  deliverydelay: "DeliveryDelay",
};

/** Configuration sets, and which events of their mails are published. */
export class ConfigurationSets {
  readonly #published = new Map<string, Set<EventType>>();

  create(resource: Resource): Created {
    // What is accepted here is about reputation, pools, TLS and AWS's own lists: none changes what a caller sees.
    allowOnly(resource, [
      "Name",
      "ReputationOptions",
      "SendingOptions",
      "SuppressionOptions",
      "DeliveryOptions",
      "VdmOptions",
      "Tags",
    ]);
    const { SendingOptions } = resource.properties;
    if (isObject(SendingOptions) && String(SendingOptions.SendingEnabled) === "false") {
      refuse(resource, "SendingOptions.SendingEnabled=false");
    }
    const name = nameOf(resource, "Name");
    this.#published.set(name, new Set());
    return { ref: name, attributes: {} };
  }

  createDestination(resource: Resource): Created {
    allowOnly(resource, ["ConfigurationSetName", "EventDestination"]);
    const { ConfigurationSetName, EventDestination } = resource.properties;
    const { Name, Enabled, MatchingEventTypes, EventBridgeDestination, ...others } = isObject(
      EventDestination,
    )
      ? EventDestination
      : {};
    const unknown = Object.keys(others)[0];
    if (unknown !== undefined) refuse(resource, `EventDestination.${unknown}`);
    const { EventBusArn } = isObject(EventBridgeDestination) ? EventBridgeDestination : {};
    if (lastOfArn(text(EventBusArn) ?? "") !== "event-bus/default") {
      refuse(resource, `EventDestination.EventBridgeDestination.EventBusArn=${String(EventBusArn)}`);
    }
    const published = this.#published.get(String(ConfigurationSetName));
    if (!published) refuse(resource, `ConfigurationSetName=${String(ConfigurationSetName)}`);
    for (const name of strings(MatchingEventTypes)) {
      const type = TYPES[name.toLowerCase().replaceAll("_", "")];
      if (type === undefined) refuse(resource, `EventDestination.MatchingEventTypes=${name}`);
      if (String(Enabled ?? true) === "true") published.add(type);
    }
    const id = text(Name) ?? resource.logicalId;
    return { ref: id, attributes: { Id: id } };
  }

  has(name: string): boolean {
    return this.#published.has(name);
  }

  publishes(name: string | undefined, type: EventType): boolean {
    return name !== undefined && this.#published.get(name)?.has(type) === true;
  }
}
