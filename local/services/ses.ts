import type { AwsAnswer, AwsRequest, Created, Host, Resource, Service, ServiceOptions } from "../contract.ts";
import { Journal, Records } from "../journal.ts";
import { type Email, Mailbox } from "./mailbox.ts";
import { allowOnly } from "./properties.ts";
import { AwsError, answering, bodyOf, type Json, text } from "./protocol.ts";
import { SendingQuota } from "./sending-quota.ts";
import { ConfigurationSets } from "./ses-configuration-sets.ts";
import type { EventType } from "./ses-events.ts";
import { Feedback } from "./ses-feedback.ts";
import { Identities } from "./ses-identities.ts";
import { Sender } from "./ses-sender.ts";
import type { Status } from "./ses-sending.ts";
import { accountReasons, SuppressionList } from "./ses-suppression.ts";
import { Templates } from "./ses-templates.ts";

export type SesOptions = ServiceOptions & {
  /** Where the inbox page opens; 0 takes a free port. */
  inboxPort: number;
  /** Mails a second. */
  maxSendRate?: number;
  /** -1 for no limit. */
  max24HourSend?: number;
  /** A new account's state: only verified recipients, 200 mails a day, one a second. */
  sandbox?: boolean;
  /** Calls a second of the operations on templates, all together: one on AWS. Any number without it. */
  templateCallsPerSecond?: number | undefined;
  /** Milliseconds by which SES's events come late, from the beginning. */
  feedbackLag?: number | undefined;
  /** Domains and addresses that are not verified, besides everything below `.invalid`. */
  unverified?: readonly string[];
};

export type Ses = Service & {
  readonly inboxUrl: string;
  /** Mails that arrived, in order. */
  mails(): readonly Email[];
  /** Asked before each mail is taken: a status that it gives refuses the mail as SES would. For tests of failures. */
  onSend: ((recipient: string) => Status | undefined) | undefined;
  /**
   * Has something happen to a mail that was sent, as SES would tell of it: `happen(messageId, "Click", { userAgent, link })`.
   * Unless told otherwise a person opens and clicks, with a telephone.
   */
  happen(messageId: string, type: EventType, part?: Json): Promise<void>;
  /**
   * Lets the events of what happens from now on come so many milliseconds later, by the host's clock: 0 ends the stretch
   * of time whose events are late.
   */
  delayFeedback(milliseconds: number): void;
};

/** SES: aws-ses-v2-local keeps and shows mails and templates; tags, events, quotas and identities are added here. */
export function ses(host: Host, options: SesOptions): Ses {
  const {
    sandbox = false,
    maxSendRate = sandbox ? 1 : 500,
    max24HourSend = sandbox ? 200 : 500_000,
  } = options;
  const journal = options.journal ?? Journal.none();
  const now = () => host.clock.now();
  const mailbox = new Mailbox(new Records(journal, "mails"));
  const sets = new ConfigurationSets();
  const identities = new Identities(options.unverified ?? [], new Records(journal, "identities"));
  const quota = new SendingQuota(
    { maxSendRate, max24HourSend },
    { now, records: new Records(journal, "quota") },
  );
  const suppression = new SuppressionList(new Records(journal, "suppressed"), now);
  const feedback = new Feedback(host, sets, {
    records: new Records(journal, "feedback"),
    lag: options.feedbackLag ?? 0,
  });
  const templates = new Templates({
    mailbox,
    records: new Records(journal, "templates"),
    now,
    callsPerSecond: options.templateCallsPerSecond,
  });
  const onSend = (recipient: string) => service.onSend?.(recipient);
  const sender = new Sender({
    ...{ host, mailbox, sets, identities, quota, suppression, feedback, sandbox, onSend },
  });

  const account = (): Json => ({
    DedicatedIpAutoWarmupEnabled: false,
    EnforcementStatus: "HEALTHY",
    ProductionAccessEnabled: !sandbox,
    SendingEnabled: true,
    SendQuota: {
      Max24HourSend: max24HourSend,
      MaxSendRate: maxSendRate,
      SentLast24Hours: quota.sentLast24Hours(),
    },
    SuppressionAttributes: { SuppressedReasons: accountReasons },
  });

  function operationOf({ method, path, body }: AwsRequest, input: Json): Json {
    const [kind, name, ...rest] = path.split("/").slice(3);
    if (kind === "suppression" && name === "addresses") {
      return suppression.call(method, decodeURIComponent(rest[0] ?? ""), input);
    }
    const operation = rest.length > 0 ? "" : `${method} ${kind}${name === undefined ? "" : "/…"}`;
    const named = decodeURIComponent(name ?? "");
    switch (operation) {
      case "POST outbound-bulk-emails":
        return sender.sendBulk(input, body.length);
      case "POST outbound-emails":
        return sender.sendSingle(input);
      case "GET account":
        return account();
      case "POST identities":
        return identities.create(text(input.EmailIdentity) ?? "");
      case "GET identities/…":
        return identities.describe(named);
      case "DELETE identities/…":
        return identities.delete(named);
      default:
        throw new AwsError(
          "UnknownOperationException",
          `${method} ${path} is not answered by the local host`,
          404,
        );
    }
  }

  const service: Ses = {
    types: [
      "AWS::SES::ConfigurationSet",
      "AWS::SES::ConfigurationSetEventDestination",
      "AWS::SES::EmailIdentity",
    ],
    endpoint: "SESV2",
    onSend: undefined,
    get inboxUrl() {
      return mailbox.url;
    },
    mails: () => mailbox.list(),
    happen: (messageId, type, part = {}) => sender.happen(messageId, type, part),
    delayFeedback: (milliseconds) => feedback.delay(milliseconds),
    async create(resource) {
      if (resource.type === "AWS::SES::ConfigurationSet") return sets.create(resource);
      if (resource.type === "AWS::SES::ConfigurationSetEventDestination")
        return sets.createDestination(resource);
      return declare(identities, resource);
    },
    async answer(request) {
      let ofTemplate: AwsAnswer | undefined;
      const answer = await answering(async () => {
        const input = bodyOf(request);
        if (!/^\/v2\/email\/templates(\/|$)/.test(request.path)) return operationOf(request, input);
        ofTemplate = await templates.call(request, input);
      });
      return ofTemplate ?? answer;
    },
    async start() {
      await mailbox.open(options.inboxPort);
      templates.restore();
      feedback.resume();
    },
    async stop() {
      await mailbox.close();
    },
  };
  return service;
}

function declare(identities: Identities, resource: Resource): Created {
  // DKIM, the return path's domain and feedback by mail are between SES and DNS; none of them exists here.
  const known = [
    "DkimAttributes",
    "DkimSigningAttributes",
    "MailFromAttributes",
    "FeedbackAttributes",
    "Tags",
  ];
  allowOnly(resource, ["EmailIdentity", ...known]);
  const identity = String(resource.properties.EmailIdentity);
  identities.add(identity);
  const records = [1, 2, 3].flatMap((number) => [
    [`DkimDNSTokenName${number}`, `local${number}._domainkey.${identity}`],
    [`DkimDNSTokenValue${number}`, `local${number}.dkim.amazonses.com`],
  ]);
  return { ref: identity, attributes: Object.fromEntries(records) };
}
