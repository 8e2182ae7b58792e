import { EventBus } from "aws-cdk-lib/aws-events";
import { Construct } from "constructs";
import { allow } from "./permissions.ts";
import type { SapaFunction } from "./sapa-function.ts";

/** The bus of Sapa's own events (`item.added`, `customer.unsubscribed`, …), where an owner may add targets. */
export class Events extends Construct {
  readonly bus: EventBus;

  constructor(scope: Construct, id: string, { name }: { name: string }) {
    super(scope, id);
    this.bus = new EventBus(this, "bus", { eventBusName: name, description: "Events of Sapa, source sapa" });
  }

  /** Lets a function raise events. */
  giveTo(target: SapaFunction): void {
    target.addEnvironment("EVENT_BUS_NAME", this.bus.eventBusName);
    allow(target, { actions: ["events:PutEvents"], resources: [this.bus.eventBusArn] });
  }
}
