import type { AwsAnswer, AwsRequest, Created, Host, Resource, Service, ServiceOptions } from "../contract.ts";
import { type Email, Mailbox } from "./mailbox.ts";
import { allowOnly } from "./properties.ts";
import { AwsError, answering, bodyOf, isObject, type Json, text } from "./protocol.ts";
import { SendingQuota } from "./sending-quota.ts";
import { ConfigurationSets } from "./ses-configuration-sets.ts";
import type { EventType } from "./ses-events.ts";
import { Identities } from "./ses-identities.ts";
import { Sender } from "./ses-sender.ts";
import { checkTemplateSize, type Status } from "./ses-sending.ts";
import { Snapshot } from "./snapshots.ts";

export type SesOptions = ServiceOptions & {
  /** Where the inbox page opens; 0 takes a free port. */
  inboxPort: number;
  /** Mails a second. */
  maxSendRate?: number;
  /** -1 for no limit. */
  max24HourSend?: number;
  /** A new account's state: only verified recipients, 200 mails a day, one a second. */
  sandbox?: boolean;
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
};

type Kept = { quota: [number, number][]; identities: string[]; templates: Record<string, string> };

/** SES: aws-ses-v2-local keeps and shows mails and templates; tags, events, quotas and identities are added here. */
export function ses(host: Host, options: SesOptions): Ses {
  const {
    sandbox = false,
    maxSendRate = sandbox ? 1 : 500,
    max24HourSend = sandbox ? 200 : 500_000,
  } = options;
  const mailbox = new Mailbox(options.dataDir);
  const sets = new ConfigurationSets();
  /** The bodies that made or changed each stored template, to make them again at the next start. */
  const templates = new Map<string, string>();
  const snapshot = new Snapshot<Kept>(options.dataDir, "ses", () => ({
    quota: quota.kept(),
    identities: identities.kept(),
    templates: Object.fromEntries(templates),
  }));
  const kept = snapshot.restore();
  const identities = new Identities(options.unverified ?? [], kept?.identities);
  const quota = new SendingQuota({ maxSendRate, max24HourSend }, () => host.clock.now(), kept?.quota);
  const onSend = (recipient: string) => service.onSend?.(recipient);
  const sender = new Sender({ host, mailbox, sets, identities, quota, sandbox, onSend });

  async function changeTemplate(request: AwsRequest, input: Json): Promise<AwsAnswer> {
    const { method, path, query, body } = request;
    if (input.TemplateContent !== undefined) checkTemplateSize(input);
    const address = query.size === 0 ? path : `${path}?${query}`;
    const answer = await mailbox.ask({
      method,
      path: address,
      body: body.length === 0 ? undefined : body.toString(),
    });
    if (answer.status !== 200) throw refusalIn(answer);
    const name = text(input.TemplateName) ?? decodeURIComponent(path.split("/")[4] ?? "");
    if (method === "DELETE") templates.delete(name);
    else if (input.TemplateContent !== undefined)
      templates.set(name, JSON.stringify({ ...input, TemplateName: name }));
    return { status: 200, headers: { "content-type": "application/json" }, body: answer.body || "{}" };
  }

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
    SuppressionAttributes: { SuppressedReasons: ["BOUNCE", "COMPLAINT"] },
  });

  function operationOf({ method, path, body }: AwsRequest, input: Json): Json {
    const [kind, name, ...rest] = path.split("/").slice(3);
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
    async create(resource) {
      if (resource.type === "AWS::SES::ConfigurationSet") return sets.create(resource);
      if (resource.type === "AWS::SES::ConfigurationSetEventDestination")
        return sets.createDestination(resource);
      return declare(identities, resource);
    },
    async answer(request) {
      let template: AwsAnswer | undefined;
      const answer = await answering(async () => {
        const input = bodyOf(request);
        if (request.path.startsWith("/v2/email/templates")) template = await changeTemplate(request, input);
        return template ? {} : operationOf(request, input);
      });
      snapshot.changed();
      return template ?? answer;
    },
    async start() {
      await mailbox.open(options.inboxPort);
      for (const [name, body] of Object.entries(kept?.templates ?? {})) {
        await mailbox.ask({ method: "POST", path: "/v2/email/templates", body });
        templates.set(name, body);
      }
    },
    async stop() {
      snapshot.save();
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

/** aws-ses-v2-local names its errors in another place than SES, where no SDK looks. */
function refusalIn({ status, body }: { status: number; body: string }): AwsError {
  let refusal: unknown;
  try {
    refusal = JSON.parse(body);
  } catch {
    return new AwsError("UnknownOperationException", body, status);
  }
  const { type, message, detail } = isObject(refusal) ? refusal : {};
  return new AwsError(text(type) ?? "BadRequestException", text(detail) ?? text(message) ?? body, status);
}
