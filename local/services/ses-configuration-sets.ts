import type { Created, Resource } from "../contract.ts";
import { allowOnly, lastOfArn, nameOf, refuse } from "./properties.ts";
import { isObject, strings, text } from "./protocol.ts";
import type { EventType } from "./ses-events.ts";
import { accountReasons, type Reason } from "./ses-suppression.ts";

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

type ConfigurationSet = {
  /** Which events of its mails are published. */
  published: Set<EventType>;
  /** For which reasons its mails are held back from addresses on the suppression list. */
  suppressedFor: readonly Reason[];
};

/** The configuration sets of the stack. */
export class ConfigurationSets {
  readonly #sets = new Map<string, ConfigurationSet>();

  create(resource: Resource): Created {
    // Reputation, pools, TLS and what SES advises change nothing that a caller sees.
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
    this.#sets.set(name, { published: new Set(), suppressedFor: reasonsOf(resource) });
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
    const published = this.#sets.get(String(ConfigurationSetName))?.published;
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
    return this.#sets.has(name);
  }

  /** For which reasons mail with this set, or without any, is held back from suppressed addresses. */
  suppressedFor(name: string | undefined): readonly Reason[] {
    return this.#sets.get(name ?? "")?.suppressedFor ?? accountReasons;
  }

  publishes(name: string | undefined, type: EventType): boolean {
    return name !== undefined && this.#sets.get(name)?.published.has(type) === true;
  }
}

/** Without a list of its own a set has the account's; an empty one switches the suppression list off for its mails. */
function reasonsOf(resource: Resource): readonly Reason[] {
  const { SuppressionOptions } = resource.properties;
  const { SuppressedReasons, ...others } = isObject(SuppressionOptions) ? SuppressionOptions : {};
  const unknown = Object.keys(others)[0];
  if (unknown !== undefined) refuse(resource, `SuppressionOptions.${unknown}`);
  if (SuppressedReasons === undefined) return accountReasons;
  return strings(SuppressedReasons).map((name) => {
    const reason = accountReasons.find((one) => one === name);
    return reason ?? refuse(resource, `SuppressionOptions.SuppressedReasons=${name}`);
  });
}
