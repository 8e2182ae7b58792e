import { AlreadyExistsException } from "@aws-sdk/client-sesv2";
import type { BusinessId, CustomerId, RunId } from "../../../core/ids.ts";
import type { Fault } from "./faults.ts";
import { refusal } from "./faults.ts";
import type { Invocation } from "./invocations.ts";
import type { Input } from "./points.ts";
import type { World } from "./world.ts";

/** A mail that SES took. */
export type Mail = {
  business: BusinessId;
  run: RunId;
  customer: CustomerId;
  to: string;
  at: number;
  by: Invocation;
  /** Whether a receipt or an event of an earlier mail of the run to this customer was on record by then. */
  known: boolean;
  messageId: string;
  unsubscribe: string;
  /** What SES reports of it: its kind, and when it happened. */
  events: { type: string; at: string }[];
};

const refusals = [
  "ACCOUNT_THROTTLED",
  "TRANSIENT_FAILURE",
  "MESSAGE_REJECTED",
  "FAILED",
  "ACCOUNT_DAILY_QUOTA_EXCEEDED",
  "INVALID_PARAMETER",
  "ACCOUNT_SENDING_PAUSED",
  "MAIL_FROM_DOMAIN_NOT_VERIFIED",
];

/** SES: takes mails, keeps to the quota, and reports what becomes of each by events. */
export class Ses {
  readonly mails: Mail[] = [];
  /** Each call that was made, and each entry in it, whether or not it was taken. */
  readonly calls: { by: Invocation; at: number; customers: CustomerId[]; business: BusinessId }[] = [];
  /** What becomes of each mail, 0 (it bounces) to 1 (its reader calls it spam); chance, unless a test says. */
  fate: () => number = () => this.#world.random();
  readonly #world: World;
  readonly #templates = new Map<string, Input>();

  constructor(world: World) {
    this.#world = world;
  }

  perform(command: string, input: Input): Input {
    switch (command) {
      case "GetAccountCommand":
        return {
          SendQuota: {
            MaxSendRate: this.#world.plan.rate,
            Max24HourSend: this.#world.plan.quota,
            SentLast24Hours: this.#sentToday(),
          },
        };
      case "CreateEmailTemplateCommand":
        if (this.#templates.has(input.TemplateName)) {
          throw new AlreadyExistsException({ message: "Template already exists", $metadata: {} });
        }
        this.#templates.set(input.TemplateName, input.TemplateContent);
        return {};
      case "TestRenderEmailTemplateCommand":
        return { RenderedTemplate: this.#render(input) };
      default:
        throw new Error(`The world's SES does not know ${command}`);
    }
  }

  /** Hands a bulk request to SES; answers what SES would. Entries that the fault picks are refused. */
  sendBulk(
    input: Input,
    by: Invocation,
    { fault, known }: { fault: Fault | undefined; known: Set<string> },
  ): Input {
    const at = this.#world.timeline.now;
    const entries: Input[] = input.BulkEmailEntries;
    const mailOf = (entry: Input): Omit<Mail, "messageId" | "events" | "at" | "by" | "known"> => {
      const tag = (name: string) => entry.ReplacementTags.find((one: Input) => one.Name === name).Value;
      return {
        business: tag("business"),
        run: tag("run"),
        customer: tag("customer"),
        to: entry.Destination.ToAddresses[0],
        unsubscribe: entry.ReplacementHeaders[0].Value.slice(1, -1),
      };
    };
    const mails = entries.map(mailOf);
    this.calls.push({ by, at, customers: mails.map(({ customer }) => customer), business: by.business });
    if (!this.#templates.has(input.DefaultContent.Template.TemplateName)) throw new Error("No such template");
    if (fault?.kind === "throttle") throw refusal("SendBulkEmailCommand", fault.pick);
    const results = mails.map((mail, index) => {
      const refused = fault?.kind === "partly" && (fault.pick >> index) % 2 === 0;
      let Status = refused ? (refusals[((fault.pick >> 3) + index) % refusals.length] ?? "") : "SUCCESS";
      const { quota } = this.#world.plan;
      if (Status === "SUCCESS" && quota >= 0 && this.#sentToday() >= quota) {
        Status = "ACCOUNT_DAILY_QUOTA_EXCEEDED";
      }
      // "FAILED" says nothing about whether the mail went out: here, each second one did.
      const really = Status === "SUCCESS" || (Status === "FAILED" && fault && (fault.pick >> 6) % 2 === 0);
      if (!really) return { Status };
      const accepted: Mail = {
        ...mail,
        at,
        by,
        known: known.has(mail.customer),
        messageId: `message-${this.mails.length}`,
        events: [],
      };
      this.mails.push(accepted);
      this.#report(accepted);
      return Status === "SUCCESS" ? { Status, MessageId: accepted.messageId } : { Status };
    });
    return { BulkEmailEntryResults: results };
  }

  /** A day of SES's quota has two hours here: waiting is what is tested, not how long. */
  #sentToday(): number {
    const since = this.#world.timeline.now - 7_200_000;
    return this.mails.filter(({ at }) => at > since).length;
  }

  /** Events come late, twice and out of order; in a lossy world, some never come. */
  #report(mail: Mail): void {
    const { random, plan, timeline } = this.#world;
    const types = ["Send"];
    const fate = this.fate();
    if (fate < 0.08) types.push("Bounce");
    else types.push("Delivery");
    if (fate > 0.92) types.push("Complaint");
    if (fate > 0.6) types.push("Open");
    if (fate > 0.8) types.push("Click", "Open");
    for (const type of types) {
      const at = new Date(mail.at + Math.floor(random() * 60_000)).toISOString();
      if (random() < plan.chaos.lostEvents) continue;
      mail.events.push({ type, at });
      const patience = plan.chaos.lostEvents > 0 ? 7_200_000 : 120_000;
      const copies = this.#world.copies();
      for (let copy = 0; copy < copies; copy++) {
        timeline.after(random() * patience, () => this.#world.queues.feedback.put(eventOf(mail, type, at)));
      }
    }
  }

  #render({ TemplateName, TemplateData }: Input): string {
    const data: Record<string, string> = JSON.parse(TemplateData);
    const { Subject, Html, Text } = this.#templates.get(TemplateName) ?? {};
    const fill = (text: string) => text.replace(/\{\{(\w+)\}\}/g, (_, slot: string) => data[slot] ?? "");
    const encoded = (text: string) => Buffer.from(fill(text)).toString("base64");
    const part = (type: string, text: string) =>
      `--b\r\nContent-Type: text/${type}; charset=UTF-8\r\nContent-Transfer-Encoding: base64\r\n\r\n${encoded(text)}\r\n`;
    return [
      `Subject: =?UTF-8?B?${encoded(Subject)}?=\r\nMIME-Version: 1.0\r\n`,
      'Content-Type: multipart/alternative; boundary="b"\r\n\r\n',
      part("plain", Text),
      part("html", Html),
      "--b--\r\n",
    ].join("");
  }
}

const browser = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148";

function eventOf(mail: Mail, eventType: string, timestamp: string): string {
  const tags = { business: [mail.business], run: [mail.run], customer: [mail.customer] };
  const who = [{ emailAddress: mail.to }];
  return JSON.stringify({
    business: mail.business,
    detail: {
      eventType,
      mail: { timestamp: eventType === "Send" ? timestamp : new Date(mail.at).toISOString(), tags },
      ...(eventType === "Delivery" && { delivery: { timestamp } }),
      ...(eventType === "Bounce" && {
        bounce: { timestamp, bounceType: "Permanent", bouncedRecipients: who },
      }),
      ...(eventType === "Complaint" && { complaint: { timestamp, complainedRecipients: who } }),
      ...(eventType === "Open" && { open: { timestamp, userAgent: browser } }),
      ...(eventType === "Click" && { click: { timestamp, userAgent: browser, link: "https://example.com" } }),
    },
  });
}
