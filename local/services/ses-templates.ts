import type { AwsAnswer, AwsRequest } from "../contract.ts";
import type { Records } from "../journal.ts";
import type { Mailbox, StoredTemplate } from "./mailbox.ts";
import { AwsError, isObject, type Json, text } from "./protocol.ts";

/** What SES keeps for an account in a Region, and how large each may be, in bytes. */
const maxTemplates = 20_000;
const maxTemplateBytes = 512_000;
/** Of `TestRenderEmailTemplate`, in characters. */
const maxDataCharacters = 262_144;

export type TemplatesOptions = {
  mailbox: Mailbox;
  records: Records<StoredTemplate>;
  /** Epoch milliseconds. */
  now: () => number;
  /** Calls a second that the account may make; any number without it. */
  callsPerSecond: number | undefined;
};

/**
 * SES's templates: aws-ses-v2-local stores and renders them, SES's limits are added here. "You can execute this operation
 * no more than once per second" stands on the page of each of these operations; whether they share the second SES does
 * not say, and here they do.
 * https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_CreateEmailTemplate.html,
 * https://docs.aws.amazon.com/ses/latest/dg/send-personalized-email-api.html
 */
export class Templates {
  readonly #options: TemplatesOptions;
  /** When the latest call was let through, by the host's clock: moving it is waiting. */
  #calledAt = Number.NEGATIVE_INFINITY;

  constructor(options: TemplatesOptions) {
    this.#options = options;
  }

  /** Gives aws-ses-v2-local what was kept. */
  restore(): void {
    for (const [, template] of this.#options.records.take()) this.#options.mailbox.restoreTemplate(template);
  }

  /** Performs a call below `/v2/email/templates`. */
  async call(request: AwsRequest, input: Json): Promise<AwsAnswer> {
    this.#takeTurn();
    const { method, path, query, body } = request;
    const { mailbox, records } = this.#options;
    const [encoded, ...more] = path.split("/").slice(4);
    if (method === "POST" && encoded === undefined && mailbox.templates().size >= maxTemplates) {
      throw new AwsError("LimitExceededException", `The account has ${maxTemplates} templates already.`);
    }
    if (input.TemplateContent !== undefined) checkSize(input);
    if (more[0] === "render" && (text(input.TemplateData)?.length ?? 0) > maxDataCharacters) {
      throw new AwsError(
        "BadRequestException",
        `TemplateData has more than ${maxDataCharacters} characters.`,
      );
    }
    const answer = await mailbox.ask({
      method,
      path: query.size === 0 ? path : `${path}?${query}`,
      body: body.length === 0 ? undefined : body.toString(),
    });
    if (answer.status !== 200) throw refusalIn(answer);
    const name = encoded === undefined ? text(input.TemplateName) : decodeURIComponent(encoded);
    const stored = mailbox.templates().get(name ?? "");
    if (method === "DELETE") records.delete(name ?? "");
    else if (input.TemplateContent !== undefined && stored) records.put(stored.TemplateName, stored);
    return { status: 200, headers: { "content-type": "application/json" }, body: answer.body || "{}" };
  }

  #takeTurn(): void {
    const { callsPerSecond, now } = this.#options;
    if (callsPerSecond === undefined) return;
    if (now() - this.#calledAt < 1000 / callsPerSecond) {
      throw new AwsError("TooManyRequestsException", "Rate exceeded", 429);
    }
    this.#calledAt = now();
  }
}

function checkSize({ TemplateContent }: Json): void {
  const parts = Object.values(isObject(TemplateContent) ? TemplateContent : {});
  const size = parts.reduce<number>((sum, part) => sum + Buffer.byteLength(text(part) ?? ""), 0);
  if (size <= maxTemplateBytes) return;
  throw new AwsError("BadRequestException", `The template of ${size} bytes is larger than 500 KB.`);
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
