import { Duration } from "aws-cdk-lib";
import { Rule } from "aws-cdk-lib/aws-events";
import { LambdaFunction } from "aws-cdk-lib/aws-events-targets";
import { Construct } from "constructs";
import type { Events } from "./events.ts";
import type { Keys } from "./keys.ts";
import { type Foundation, SapaFunction } from "./sapa-function.ts";
import type { Schedules } from "./schedules.ts";
import type { Sender } from "./sender.ts";

export type LettersProps = Foundation & {
  events: Events;
  keys: Keys;
  schedules: Schedules;
  sender: Sender;
  publicUrl: string;
  /** Where mail that unsubscribes is received, if it is. */
  unsubscribeAddress: string | undefined;
};

/** Mails to one person that answer an event: from Sapa's own bus to send-letters. Idle, it costs nothing. */
export class Letters extends Construct {
  constructor(scope: Construct, id: string, props: LettersProps) {
    super(scope, id);
    const { events, keys, schedules, sender, failedEvents, publicUrl, unsubscribeAddress } = props;
    const sendLetters = new SapaFunction(this, "send-letters", {
      ...props,
      environment: {
        PUBLIC_URL: publicUrl,
        ...(unsubscribeAddress && { UNSUBSCRIBE_ADDRESS: unsubscribeAddress }),
      },
    });
    sendLetters.keepFailures(failedEvents);
    events.giveTo(sendLetters);
    keys.giveTo(sendLetters);
    schedules.giveTo(sendLetters, ["send-letters"]);
    sender.maySendToOne(sendLetters);
    sender.mayReadAccount(sendLetters);
    new Rule(this, "rule", {
      description: "Events that a letter answers",
      eventBus: events.bus,
      eventPattern: {
        source: ["sapa"],
        detailType: ["sign-up.requested", "letters.due", "link.requested", "response.answered"],
      },
      targets: [
        new LambdaFunction(sendLetters, {
          deadLetterQueue: failedEvents,
          retryAttempts: 185,
          maxEventAge: Duration.hours(24),
        }),
      ],
    });
  }
}
