import { Duration } from "aws-cdk-lib";
import { Rule } from "aws-cdk-lib/aws-events";
import { LambdaFunction } from "aws-cdk-lib/aws-events-targets";
import { Construct } from "constructs";
import type { Events } from "./events.ts";
import { type Foundation, SapaFunction } from "./sapa-function.ts";

export type ErasuresProps = Foundation & { events: Events };

/** What is left of customers who asked to be erased: each request wakes erase-customers, which costs nothing idle. */
export class Erasures extends Construct {
  constructor(scope: Construct, id: string, props: ErasuresProps) {
    super(scope, id);
    const { events, failedEvents } = props;
    const eraseCustomers = new SapaFunction(this, "erase-customers", props);
    eraseCustomers.keepFailures(failedEvents);
    events.giveTo(eraseCustomers);
    new Rule(this, "rule", {
      description: "Customers who are to be erased",
      eventBus: events.bus,
      eventPattern: { source: ["sapa"], detailType: ["erasure.requested"] },
      targets: [
        new LambdaFunction(eraseCustomers, {
          deadLetterQueue: failedEvents,
          retryAttempts: 185,
          maxEventAge: Duration.hours(24),
        }),
      ],
    });
  }
}
