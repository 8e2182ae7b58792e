import type { Host } from "../contract.ts";
import type { Email, Mailbox } from "./mailbox.ts";
import { AwsError, isObject, type Json, strings, text } from "./protocol.ts";
import type { SendingQuota } from "./sending-quota.ts";
import type { ConfigurationSets } from "./ses-configuration-sets.ts";
import { addressOf, type EventType, heldBack, outcomeFor, type SentMail } from "./ses-events.ts";
import type { Feedback, Happening, Sent } from "./ses-feedback.ts";
import type { Identities } from "./ses-identities.ts";
import { type Entry, newMessageId, readBulk, readSingle, type Status, tooLarge } from "./ses-sending.ts";
import type { SuppressionList } from "./ses-suppression.ts";

export type SenderParts = {
  host: Host;
  mailbox: Mailbox;
  sets: ConfigurationSets;
  identities: Identities;
  quota: SendingQuota;
  suppression: SuppressionList;
  feedback: Feedback;
  sandbox: boolean;
  /** A status for a recipient refuses the mail as SES would. */
  onSend: (recipient: string) => Status | undefined;
};

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
    this.#check(input);
    const entries = readBulk(input, size);
    return { BulkEmailEntryResults: this.#sendAll(entries, defaultsOf(input, "SendBulkEmail")) };
  }

  /** SendEmail. */
  sendSingle(input: Json): Json {
    this.#check(input);
    const [result] = this.#sendAll([readSingle(input)], defaultsOf(input, "SendEmail"));
    if (result?.Status !== "SUCCESS") throw exceptionOf(result);
    return { MessageId: result.MessageId };
  }

  /** Has something happen to a mail that was sent; told of if its configuration set publishes the type. */
  async happen(messageId: string, type: EventType, part: Json): Promise<void> {
    const sent = this.#sent.get(messageId);
    if (!sent) throw new Error(`No mail ${messageId} was sent`);
    const timestamp = new Date(this.#parts.host.clock.now()).toISOString();
    const event = { type, part: { timestamp, ...usual[type], ...part } };
    await this.#note([{ sent, events: [event] }]);
  }

  /** What fails the whole call, whoever its mails are for. */
  #check(input: Json): void {
    const { identities, host, sets } = this.#parts;
    const from = text(input.FromEmailAddress);
    if (!from) throw new AwsError("BadRequestException", "Missing required parameter: FromEmailAddress");
    if (!identities.maySend(from)) {
      const region = host.region.toUpperCase();
      const message = `Email address is not verified. The following identities failed the check in region ${region}: ${from}`;
      throw new AwsError("MessageRejected", message);
    }
    const set = text(input.ConfigurationSetName);
    if (set === undefined || sets.has(set)) return;
    throw new AwsError("NotFoundException", `Configuration set ${set} does not exist.`, 404);
  }

  /** Mails, events and the use of the quota come into being in one turn, so that a kill leaves all of them or none. */
  #sendAll(entries: Entry[], defaults: Defaults): Result[] {
    const arrived: Email[] = [];
    const happenings: Happening[] = [];
    const results = entries.map((entry): Result => {
      const refusal = this.#refusalOf(entry);
      if (refusal) return refusal;
      const { result, happening, email } = this.#send(entry, defaults);
      if (happening) happenings.push(happening);
      if (email) arrived.push(email);
      return result;
    });
    this.#parts.mailbox.receive(arrived);
    void this.#note(happenings);
    return results;
  }

  #send(entry: Entry, defaults: Defaults): { result: Result; happening?: Happening; email?: Email } {
    const { host, sets, suppression } = this.#parts;
    const { set } = defaults;
    const sent = { mail: mailOf(entry, defaults, host.clock.now()), set };
    const { mail } = sent;
    const result = { Status: "SUCCESS", MessageId: mail.messageId };
    try {
      const rendered = entry.render();
      const problem = tooLarge(rendered);
      if (problem !== undefined) return { result: { Status: "INVALID_PARAMETER", Error: problem } };
      this.#sent.set(mail.messageId, sent);
      mail.subject = rendered.subject;
      const [recipient = ""] = mail.recipients;
      const at = new Date(mail.at).toISOString();
      const held = suppression.holds(recipient, sets.suppressedFor(set));
      const { delivered, events } = held ? heldBack(recipient, at) : outcomeFor(recipient, at);
      const happening = { sent, events };
      return delivered
        ? { result, happening, email: emailOf(mail, { entry, defaults, rendered }) }
        : { result, happening };
    } catch (error) {
      this.#sent.set(mail.messageId, sent);
      const errorMessage = error instanceof Error ? error.message : String(error);
      const part = { templateName: defaults.template, errorMessage };
      return { result, happening: { sent, events: [{ type: "Rendering Failure", part }] } };
    }
  }

  #note(happenings: readonly Happening[]): Promise<void> {
    const { suppression, sets, feedback } = this.#parts;
    for (const { sent, events } of happenings) {
      for (const { type, part } of events) suppression.learn(type, part, sets.suppressedFor(sent.set));
    }
    return feedback.note(happenings);
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
