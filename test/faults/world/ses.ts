import {
  BadRequestException,
  InternalServiceErrorException,
  MessageRejected,
  NotFoundException,
} from "@aws-sdk/client-sesv2";
import type { BusinessId, CustomerId, RunId } from "../../../core/ids.ts";
import { type Fault, refusal } from "./faults.ts";
import type { Invocation } from "./invocations.ts";
import { during } from "./plan.ts";
import type { Input } from "./points.ts";
import { report } from "./ses-events.ts";
import { errorOf, maxData, SesTemplates, tooLong } from "./ses-templates.ts";
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
  /** Whether its Send event is brought to the product. */
  isSampled: boolean;
  /** What SES reports of it: its kind, and when it happened. */
  events: { type: string; at: string }[];
  /** What it is made of: see `contentOf`. */
  template: string;
  data: readonly string[];
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

const maxDestinations = 50;
/**
 * In bytes. It is documented of a request with an inline template ("each input JSON file"); that one with a stored
 * template may be no larger is not documented, and assumed since it is the worse case.
 * https://docs.aws.amazon.com/ses/latest/dg/send-personalized-email-api.html
 */
const maxRequest = 1_048_576;

/** SES: takes mails, keeps to the quota, and reports what becomes of each by events. */
export class Ses {
  readonly mails: Mail[] = [];
  /** Each call that was made, and each entry in it, whether or not it was taken. */
  readonly calls: { by: Invocation; at: number; customers: CustomerId[]; business: BusinessId }[] = [];
  readonly templates: SesTemplates;
  /** What becomes of each mail, 0 (it bounces) to 1 (its reader calls it spam); chance, unless a test says. */
  fate: () => number = () => this.#world.random();
  readonly #world: World;
  readonly #byCustomer = new Map<string, Mail[]>();
  /** The first of the mails that count towards the quota of the day. */
  #firstOfDay = 0;

  constructor(world: World) {
    this.#world = world;
    this.templates = new SesTemplates(world);
  }

  perform(command: string, input: Input): Input {
    if (command === "GetEmailIdentityCommand") {
      this.templates.takeTurn(command);
      return { VerifiedForSendingStatus: !during(this.#world.unkind.unverifiedSender, this.#world.second) };
    }
    if (command !== "GetAccountCommand") return this.templates.perform(command, input);
    this.templates.takeTurn(command);
    const { rate, quota } = this.#world.plan;
    return {
      SendQuota: { MaxSendRate: rate, Max24HourSend: quota, SentLast24Hours: this.#sentToday() },
    };
  }

  /** The mails of a run to a customer. */
  mailsOf(run: RunId, customer: CustomerId): readonly Mail[] {
    return this.#byCustomer.get(`${run} ${customer}`) ?? [];
  }

  /** What a mail says. */
  contentOf({ template, data }: Mail): string {
    return Object.values(this.templates.render(template, data)).join("\n");
  }

  /** Hands a bulk request to SES; returns what SES would. Entries that the fault picks are refused. */
  sendBulk(
    input: Input,
    by: Invocation,
    { fault, known }: { fault: Fault | undefined; known: ReadonlySet<string> },
  ): Input {
    const at = this.#world.timeline.now;
    const template = input.DefaultContent.Template;
    const mails = input.BulkEmailEntries.map((entry: Input) => mailOf(entry, template)) as Entry[];
    const [first] = mails;
    if (first) {
      const { business } = first;
      this.calls.push({ by, at, customers: mails.map(({ customer }) => customer), business });
    }
    this.#checkWhole(input, fault);
    const results = mails.map((mail, index) => {
      const isRefused = fault?.kind === "partly" && (fault.pick >> index) % 2 === 0;
      let Status = isRefused ? (refusals[((fault.pick >> 3) + index) % refusals.length] ?? "") : "SUCCESS";
      const { quota } = this.#world.plan;
      if (Status === "SUCCESS" && quota >= 0 && this.#sentToday() >= quota) {
        Status = "ACCOUNT_DAILY_QUOTA_EXCEEDED";
      }
      // "FAILED" says nothing about whether the mail went out: here, each second one did.
      const isSent = Status === "SUCCESS" || (Status === "FAILED" && fault && (fault.pick >> 6) % 2 === 0);
      if (!isSent) return { Status };
      const accepted = this.#accept({ ...mail, at, by, known: known.has(mail.customer) });
      return Status === "SUCCESS" ? { Status, MessageId: accepted.messageId } : { Status };
    });
    if (fault?.kind === "server-error-after")
      throw new InternalServiceErrorException(errorOf("Internal error"));
    return { BulkEmailEntryResults: results };
  }

  #accept(mail: Omit<Mail, "messageId" | "events">): Mail {
    const accepted: Mail = { ...mail, messageId: `message-${this.mails.length}`, events: [] };
    this.mails.push(accepted);
    const key = `${mail.run} ${mail.customer}`;
    this.#byCustomer.set(key, [...this.mailsOf(mail.run, mail.customer), accepted]);
    report(this.#world, accepted, this.fate());
    return accepted;
  }

  /** Throws where SES refuses a request as a whole, or fails at it before it has sent anything. */
  #checkWhole(input: Input, fault: Fault | undefined): void {
    const { Template } = input.DefaultContent;
    const entries: Input[] = input.BulkEmailEntries;
    if (entries.length < 1 || entries.length > maxDestinations) {
      throw new BadRequestException(errorOf(`${entries.length} destinations are not from 1 to 50`));
    }
    const replaced = entries.map((entry) => entry.ReplacementEmailContent.ReplacementTemplate);
    for (const data of [Template.TemplateData, ...replaced.map((one) => one.ReplacementTemplateData)]) {
      if (data.length > maxData) throw new BadRequestException(errorOf(tooLong("replacementTemplateData")));
    }
    const size = Buffer.byteLength(JSON.stringify(input));
    if (size > maxRequest) throw new BadRequestException(errorOf(`${size} bytes are more than 1 MB`));
    const isUnverified = during(this.#world.unkind.unverifiedSender, this.#world.second);
    if (isUnverified || fault?.kind === "message-rejected") {
      throw new MessageRejected(errorOf("Email address is not verified."));
    }
    if (!this.templates.has(Template.TemplateName) || fault?.kind === "not-found") {
      throw new NotFoundException(errorOf(`Template ${Template.TemplateName} does not exist`));
    }
    if (fault?.kind === "bad-request") throw new BadRequestException(errorOf("The input is invalid"));
    if (fault?.kind === "server-error-before")
      throw new InternalServiceErrorException(errorOf("Internal error"));
    if (fault?.kind === "throttle") throw refusal("SendBulkEmailCommand", fault.pick);
  }

  /** "In a 24-hour period": a sliding one. https://docs.aws.amazon.com/ses/latest/dg/manage-sending-quotas.html */
  #sentToday(): number {
    const since = this.#world.timeline.now - this.#world.unkind.quotaHours * 3_600_000;
    while ((this.mails[this.#firstOfDay]?.at ?? Number.POSITIVE_INFINITY) <= since) this.#firstOfDay += 1;
    return this.mails.length - this.#firstOfDay;
  }
}

type Entry = Omit<Mail, "messageId" | "events" | "at" | "by" | "known">;

function mailOf(entry: Input, template: Input): Entry {
  const tag = (name: string) => entry.ReplacementTags.find((one: Input) => one.Name === name)?.Value;
  return {
    business: tag("business"),
    run: tag("run"),
    customer: tag("customer"),
    isSampled: tag("sampled") !== undefined,
    to: entry.Destination.ToAddresses[0],
    unsubscribe: entry.ReplacementHeaders[0].Value.slice(1, -1),
    template: template.TemplateName,
    data: [template.TemplateData, entry.ReplacementEmailContent.ReplacementTemplate.ReplacementTemplateData],
  };
}
