import { CfnOutput, Stack } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { concurrencyOf } from "./concurrency.ts";
import { Delivery } from "./delivery.ts";
import { Erasures } from "./erasures.ts";
import { Events } from "./events.ts";
import { Feedback } from "./feedback.ts";
import type { FunctionName } from "./functions.ts";
import { Imports } from "./imports.ts";
import { Keys } from "./keys.ts";
import { Letters } from "./letters.ts";
import { Monitoring } from "./monitoring/monitoring.ts";
import { OwnerApi } from "./owner-api.ts";
import { accept } from "./permissions.ts";
import { PublicLinks } from "./public-links.ts";
import { deadLetters } from "./queues.ts";
import { Replies, unsubscribeAddress } from "./replies.ts";
import { Schedules } from "./schedules.ts";
import { Sender } from "./sender.ts";
import type { Settings } from "./settings.ts";
import { Tables } from "./tables.ts";

export type SapaStackProps = {
  settings: Settings;
  /** The folder with a function's bundle. */
  bundleOf: (name: FunctionName) => string;
};

/** All of Sapa, in one region of one account. */
export class SapaStack extends Stack {
  constructor(scope: Construct, { settings, bundleOf }: SapaStackProps) {
    const { name, senderDomain, senders, replyDomain, alarmEmail, requestsPerMinute } = settings;
    const { sharedSuppressions, tracing, restoredTables, lambdaConcurrency } = settings;
    super(scope, name, { description: "Sapa: email and marketing automation for small businesses" });

    const undelivered = deadLetters(this, "undelivered");
    const failedEvents = deadLetters(this, "failed-events");
    accept(failedEvents, {
      "AwsSolutions-SQS3":
        "It is itself where events end that failed, from Scheduler, rules and asynchronous calls.",
    });
    const tables = new Tables(this, "tables", { restored: restoredTables });
    const foundation = { tables, bundleOf, failedEvents, sharedSuppressions, tracing };
    const events = new Events(this, "events", { name });
    const keys = new Keys(this, "keys");
    const sender = new Sender(this, "sender", { name, domain: senderDomain, senders });
    const schedules = new Schedules(this, "schedules", { name, failedEvents });
    const concurrency = concurrencyOf(lambdaConcurrency);
    const publicLinks = new PublicLinks(this, "public", { ...foundation, concurrency, events, keys });
    const publicUrl = publicLinks.url;
    const mailto = { unsubscribeAddress: replyDomain && unsubscribeAddress(replyDomain) };
    const feedback = new Feedback(this, "feedback", {
      ...foundation,
      undelivered,
      concurrency,
      events,
      sender,
    });
    const delivery = new Delivery(this, "delivery", {
      ...foundation,
      undelivered,
      concurrency,
      events,
      feedback,
      keys,
      schedules,
      sender,
      publicUrl,
      ...mailto,
    });
    const imports = new Imports(this, "imports", { ...foundation, events });
    const ownerApi = new OwnerApi(this, "owner", {
      ...foundation,
      delivery,
      events,
      imports,
      keys,
      schedules,
      sender,
      publicUrl,
      requestsPerMinute,
    });
    new Letters(this, "letters", { ...foundation, events, keys, schedules, sender, publicUrl, ...mailto });
    new Erasures(this, "erasures", { ...foundation, events });
    const replies = replyDomain
      ? new Replies(this, "replies", { ...foundation, events, keys, domain: replyDomain })
      : undefined;
    const { dashboardName } = new Monitoring(this, "monitoring", {
      undelivered,
      failedEvents,
      runs: delivery.runs.queue,
      sends: delivery.sends.queue,
      feedback: feedback.feedback.queue,
      schedules: schedules.group,
      configurationSetName: sender.configurationSetName,
      email: alarmEmail,
    });

    this.#output("ApiUrl", ownerApi.url, "The owner API; its reference is at /docs");
    this.#output("PublicUrl", publicUrl, "Where the links in mails lead");
    this.#output("EventBusName", events.bus.eventBusName, "The bus of Sapa's events");
    this.#output(
      "LambdaConcurrency",
      String(lambdaConcurrency),
      "How many functions at once the stack was deployed for; npm run doctor compares it with the account's limit",
    );
    this.#output("DashboardName", dashboardName, "The dashboard in CloudWatch");
    this.#output(
      "KeysSecretArn",
      keys.secret.secretArn,
      "The root secret; npm run admin-key derives the admin key from it",
    );
    for (const [index, record] of (sender.identity?.dkimRecords ?? []).entries()) {
      this.#output(
        `DkimRecord${index + 1}`,
        `${record.name} CNAME ${record.value}`,
        "A DNS record of the sender's domain",
      );
    }
    if (senderDomain) {
      const host = `bounce.${senderDomain}`;
      this.#output(
        "ReturnPathMx",
        `${host} MX 10 feedback-smtp.${this.region}.amazonses.com`,
        "A DNS record of the return path",
      );
      this.#output(
        "ReturnPathSpf",
        `${host} TXT "v=spf1 include:amazonses.com ~all"`,
        "A DNS record of the return path",
      );
      this.#output(
        "DmarcRecord",
        `_dmarc.${senderDomain} TXT "v=DMARC1; p=none;"`,
        "A DNS record, where the domain has none yet",
      );
    }
    if (replies) {
      this.#output(
        "ReplyMx",
        `${replyDomain} MX 10 inbound-smtp.${this.region}.amazonaws.com`,
        "A DNS record of the domain that mail is received at",
      );
      for (const [index, record] of replies.identity.dkimRecords.entries()) {
        this.#output(
          `ReplyDkimRecord${index + 1}`,
          `${record.name} CNAME ${record.value}`,
          "A DNS record of the domain that mail is received at",
        );
      }
      this.#output("ReplyRuleSet", replies.ruleSetName, "The receipt rule set to make the active one");
    }
  }

  #output(id: string, value: string, description: string): void {
    new CfnOutput(this, id, { value, description });
  }
}
