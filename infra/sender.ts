import { Stack } from "aws-cdk-lib";
import { EventBus } from "aws-cdk-lib/aws-events";
import {
  ConfigurationSet,
  EmailIdentity,
  EmailSendingEvent,
  EventDestination,
  Identity,
} from "aws-cdk-lib/aws-ses";
import { Construct } from "constructs";
import { allow } from "./permissions.ts";
import type { SapaFunction } from "./sapa-function.ts";

export type SenderProps = {
  name: string;
  /** A domain that this account sends from; without it the operator verifies senders in SES themselves. */
  domain: string | undefined;
  /** The only domains and addresses that mail may come from, if the operator knows them all. */
  senders: readonly string[] | undefined;
};

/** SES: the configuration set that every mail is sent with, whose events come back by EventBridge. */
export class Sender extends Construct {
  readonly configurationSetName: string;
  readonly identity: EmailIdentity | undefined;
  readonly #conditions: { conditions?: { StringLike: { "ses:FromAddress": string[] } } };
  readonly #arn: { identities: string; templates: string; configurationSet: string };

  constructor(scope: Construct, id: string, { name, domain, senders }: SenderProps) {
    super(scope, id);
    const configurationSet = new ConfigurationSet(this, "configuration-set", {
      configurationSetName: name,
      reputationMetrics: true,
      // SES's own list is one for the account: there one shop's complaint would swallow another's mail. Sapa keeps one
      // for each business (core/suppressions.ts).
      disableSuppressionList: true,
    });
    configurationSet.addEventDestination("events", {
      // SES publishes to the account's default bus only.
      destination: EventDestination.eventBus(EventBus.fromEventBusName(this, "default-bus", "default")),
      events: [
        EmailSendingEvent.SEND,
        EmailSendingEvent.DELIVERY,
        EmailSendingEvent.BOUNCE,
        EmailSendingEvent.COMPLAINT,
        EmailSendingEvent.REJECT,
        EmailSendingEvent.OPEN,
        EmailSendingEvent.CLICK,
        EmailSendingEvent.RENDERING_FAILURE,
        EmailSendingEvent.DELIVERY_DELAY,
      ],
    });
    this.configurationSetName = name;
    this.identity = domain
      ? new EmailIdentity(this, "identity", {
          identity: Identity.domain(domain),
          // A return path of the same domain lets SPF align, which DMARC asks for beside DKIM.
          mailFromDomain: `bounce.${domain}`,
        })
      : undefined;
    // SES compares the address without its display name, letter by letter (SES developer guide, "Identity and access
    // management in Amazon SES").
    const addresses = senders?.map((sender) => (sender.includes("@") ? sender : `*@${sender}`));
    this.#conditions = addresses ? { conditions: { StringLike: { "ses:FromAddress": addresses } } } : {};
    const arn = (resource: string, resourceName: string) =>
      Stack.of(this).formatArn({ service: "ses", resource, resourceName });
    this.#arn = {
      identities: arn("identity", "*"),
      templates: arn("template", "sapa-*"),
      configurationSet: arn("configuration-set", name),
    };
  }

  /** Lets a function send the mails of runs, with this configuration set only. */
  maySendToMany(target: SapaFunction): void {
    target.addEnvironment("CONFIGURATION_SET_NAME", this.configurationSetName);
    allow(target, {
      // SES's documents name the bulk permission both ways, for its two API versions.
      actions: ["ses:SendBulkEmail", "ses:SendBulkTemplatedEmail"],
      resources: [this.#arn.identities, this.#arn.templates, this.#arn.configurationSet],
      ...this.#conditions,
      because:
        "Businesses, and so sender identities and templates, are made while Sapa runs; in the sandbox SES checks each recipient's identity too.",
    });
  }

  /** Lets a function send a mail to one person, with this configuration set only. */
  maySendToOne(target: SapaFunction): void {
    target.addEnvironment("CONFIGURATION_SET_NAME", this.configurationSetName);
    allow(target, {
      actions: ["ses:SendEmail"],
      resources: [this.#arn.identities, this.#arn.configurationSet],
      ...this.#conditions,
      because:
        "Businesses, and so sender identities, are made while Sapa runs; in the sandbox SES checks each recipient's identity too.",
    });
  }

  /** Lets a function turn a template of ours into SES's, and compare how both render. */
  mayPrepare(target: SapaFunction): void {
    allow(target, {
      actions: ["ses:CreateEmailTemplate", "ses:TestRenderEmailTemplate"],
      resources: [this.#arn.templates],
      because: "Templates are made while Sapa runs, with names that begin with sapa-.",
    });
  }

  /** Lets a function delete templates that are no longer used. */
  maySweep(target: SapaFunction): void {
    allow(target, {
      actions: ["ses:DeleteEmailTemplate"],
      resources: [this.#arn.templates],
      because: "Templates are made while Sapa runs, with names that begin with sapa-.",
    });
  }

  /** Lets a function see whether a sender is verified. */
  mayCheckIdentities(target: SapaFunction): void {
    allow(target, {
      actions: ["ses:GetEmailIdentity"],
      resources: [this.#arn.identities],
      because: "A business may name any sender, and learns whether it is verified.",
    });
  }

  /** Lets a function read the account's send rate and quota. */
  mayReadAccount(target: SapaFunction): void {
    allow(target, {
      actions: ["ses:GetAccount"],
      resources: ["*"],
      because: "GetAccount reads the one account, and has no resource to restrict it to.",
    });
  }
}
