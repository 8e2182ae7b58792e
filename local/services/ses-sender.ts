import type { Host } from "../contract.ts";
import type { Email, Mailbox } from "./mailbox.ts";
import { AwsError, isObject, type Json, strings, text } from "./protocol.ts";
import type { SendingQuota } from "./sending-quota.ts";
import type { ConfigurationSets } from "./ses-configuration-sets.ts";
import { addressOf, type EventType, outcomeFor, type SentMail, sesEvent } from "./ses-events.ts";
import type { Identities } from "./ses-identities.ts";
import {
  type Entry,
  newMessageId,
  readBulk,
  readSingle,
  type Status,
  TemplateNotFound,
} from "./ses-sending.ts";

export type SenderParts = {
  host: Host;
  mailbox: Mailbox;
  sets: ConfigurationSets;
  identities: Identities;
  quota: SendingQuota;
  sandbox: boolean;
  /** A status for a recipient refuses the mail as SES would. */
  onSend: (recipient: string) => Status | undefined;
};

type Sent = { mail: SentMail; set: string | undefined };
type Happening = { sent: Sent; type: EventType; part: Json };
type Result = { Status: Status; MessageId?: string; Error?: string };
type Defaults = {
  from: string;
  set: string | undefined;
  replyTo: string[];
  operation: string;
  template: string;
};

/** Who opens a mail and follows its link, unless a test says who: a person on a telephone. */
const visitor = {
  ipAddress: "192.0.2.1",
  userAgent:
    "Mozilla/5.0 (Linux; Android 14; SM-A546E) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile Safari/537.36",
};
const usual: { readonly [type in EventType]?: Json } = {
  Open: visitor,
  Click: { ...visitor, link: "https://example.com/", linkTags: null },
};

/** Takes mails as SES does: judges each, renders it, puts it into the inbox and publishes its events. */
export class Sender {
  readonly #parts: SenderParts;
  readonly #sent = new Map<string, Sent>();

  constructor(parts: SenderParts) {
    this.#parts = parts;
  }

  /** SendBulkEmail; `size` is that of the request in bytes. */
  sendBulk(input: Json, size: number): Json {
    this.#checkSender(input);
    try {
      return {
        BulkEmailEntryResults: this.#sendAll(readBulk(input, size), defaultsOf(input, "SendBulkEmail")),
      };
    } catch (error) {
      if (!(error instanceof TemplateNotFound)) throw error;
      const entries = Array.isArray(input.BulkEmailEntries) ? input.BulkEmailEntries : [];
      return {
        BulkEmailEntryResults: entries.map(() => ({ Status: "TEMPLATE_NOT_FOUND", Error: error.message })),
      };
    }
  }

  /** SendEmail. */
  sendSingle(input: Json): Json {
    this.#checkSender(input);
    try {
      const [result] = this.#sendAll([readSingle(input)], defaultsOf(input, "SendEmail"));
      if (result?.Status !== "SUCCESS") throw exceptionOf(result);
      return { MessageId: result.MessageId };
    } catch (error) {
      if (!(error instanceof TemplateNotFound)) throw error;
      throw new AwsError("NotFoundException", error.message, 404);
    }
  }

  /** Publishes an event of a mail that was sent, if its configuration set publishes the type. */
  async happen(messageId: string, type: EventType, part: Json): Promise<void> {
    const sent = this.#sent.get(messageId);
    if (!sent) throw new Error(`No mail ${messageId} was sent`);
    const timestamp = new Date(this.#parts.host.clock.now()).toISOString();
    await this.#publish({ sent, type, part: { timestamp, ...usual[type], ...part } });
  }

  #checkSender(input: Json): void {
    const from = text(input.FromEmailAddress);
    if (!from) throw new AwsError("BadRequestException", "Missing required parameter: FromEmailAddress");
    if (this.#parts.identities.maySend(from)) return;
    const region = this.#parts.host.region.toUpperCase();
    const message = `Email address is not verified. The following identities failed the check in region ${region}: ${from}`;
    throw new AwsError("MessageRejected", message);
  }

  #sendAll(entries: Entry[], defaults: Defaults): Result[] {
    const { host, sets, mailbox } = this.#parts;
    const { set } = defaults;
    if (set !== undefined && !sets.has(set)) {
      const missing = {
        Status: "CONFIGURATION_SET_NOT_FOUND",
        Error: `Configuration set ${set} does not exist.`,
      };
      return entries.map(() => missing);
    }
    const arrived: Email[] = [];
    const happenings: Happening[] = [];
    const results = entries.map((entry): Result => {
      const refusal = this.#refusalOf(entry);
      if (refusal) return refusal;
      const sent = { mail: mailOf(entry, defaults, host.clock.now()), set };
      this.#sent.set(sent.mail.messageId, sent);
      try {
        const rendered = entry.render();
        sent.mail.subject = rendered.subject;
        const outcome = outcomeFor(sent.mail.recipients[0] ?? "", new Date(sent.mail.at).toISOString());
        if (outcome.delivered) arrived.push(emailOf(sent.mail, { entry, defaults, rendered }));
        happenings.push(...outcome.events.map((event) => ({ sent, ...event })));
      } catch (error) {
        const errorMessage = error instanceof Error ? error.message : String(error);
        const part = { templateName: defaults.template, errorMessage };
        happenings.push({ sent, type: "Rendering Failure", part });
      }
      return { Status: "SUCCESS", MessageId: sent.mail.messageId };
    });
    mailbox.receive(arrived);
    void host.busy(this.#publishSoon(happenings));
    return results;
  }

  #refusalOf({ to, cc, bcc, problem }: Entry): Result | undefined {
    if (problem) return { Status: problem.status, Error: problem.message };
    const { onSend, sandbox, identities, quota } = this.#parts;
    for (const recipient of [...to, ...cc, ...bcc]) {
      const status = onSend(recipient);
      if (status !== undefined) return { Status: status, Error: `Refused with ${status}` };
      if (sandbox && !identities.mayReceiveInSandbox(recipient)) {
        return { Status: "MESSAGE_REJECTED", Error: `Email address is not verified: ${recipient}` };
      }
      const used = quota.take();
      if (used !== undefined) return { Status: used, Error: "Maximum sending rate or daily quota exceeded." };
    }
    return undefined;
  }

  /** After the answer, as SES's events mostly come. */
  async #publishSoon(happenings: readonly Happening[]): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    for (const happening of happenings) await this.#publish(happening);
  }

  async #publish({ sent: { mail, set }, type, part }: Happening): Promise<void> {
    const { host, sets } = this.#parts;
    if (sets.publishes(set, type)) await host.emit("default", sesEvent(host, mail, { type, part }));
  }
}

function defaultsOf(input: Json, operation: string): Defaults {
  const content = isObject(input.DefaultContent) ? input.DefaultContent : input.Content;
  const template = isObject(content) && isObject(content.Template) ? content.Template : {};
  return {
    operation,
    from: text(input.FromEmailAddress) ?? "",
    set: text(input.ConfigurationSetName),
    replyTo: strings(input.ReplyToAddresses),
    template: text(template.TemplateName) ?? text(template.TemplateArn)?.split("/").at(-1) ?? "",
  };
}

function mailOf(entry: Entry, { from, set, operation }: Defaults, at: number): SentMail {
  return {
    messageId: newMessageId(at),
    at,
    from,
    recipients: [...entry.to, ...entry.cc, ...entry.bcc],
    subject: "",
    headers: entry.headers,
    tags: {
      ...entry.tags,
      "ses:operation": [operation],
      "ses:source-ip": ["127.0.0.1"],
      "ses:from-domain": [addressOf(from).split("@")[1] ?? ""],
      "ses:caller-identity": ["local"],
      ...(set === undefined ? {} : { "ses:configuration-set": [set] }),
    },
  };
}

type Parts = { entry: Entry; defaults: Defaults; rendered: { subject: string; html: string; text: string } };

const emailOf = (
  { messageId, at, from, headers }: SentMail,
  { entry, defaults, rendered }: Parts,
): Email => ({
  messageId,
  from,
  replyTo: defaults.replyTo,
  destination: { to: entry.to, cc: entry.cc, bcc: entry.bcc },
  subject: rendered.subject,
  body: { html: rendered.html || undefined, text: rendered.text || undefined },
  attachments: [],
  headers,
  at: Math.floor(at / 1000),
});

/** The exception with which SendEmail answers what SendBulkEmail answers as a status. */
function exceptionOf(result: Result | undefined): AwsError {
  const message = result?.Error ?? "The mail was refused.";
  switch (result?.Status) {
    case "ACCOUNT_THROTTLED":
      return new AwsError("TooManyRequestsException", message, 429);
    case "ACCOUNT_DAILY_QUOTA_EXCEEDED":
      return new AwsError("LimitExceededException", message);
    case "ACCOUNT_SENDING_PAUSED":
      return new AwsError("SendingPausedException", message);
    case "ACCOUNT_SUSPENDED":
      return new AwsError("AccountSuspendedException", message);
    case "MAIL_FROM_DOMAIN_NOT_VERIFIED":
      return new AwsError("MailFromDomainNotVerifiedException", message);
    case "CONFIGURATION_SET_NOT_FOUND":
      return new AwsError("NotFoundException", message, 404);
    case "INVALID_PARAMETER":
      return new AwsError("BadRequestException", message);
    default:
      return new AwsError("MessageRejected", message);
  }
}
