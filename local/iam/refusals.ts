import { randomUUID } from "node:crypto";
import type { AwsAnswer } from "../contract.ts";
import { AwsError } from "../services/protocol.ts";

/** No policy allows it, or one denies it: `explicitly`, a policy of whom. */
export type Denial = {
  user: string;
  action: string;
  resource: string;
  explicitly: "identity" | "resource" | undefined;
};

/** Why a call is refused before any service looks at it. */
export type Refusal = { reason: "unsigned" | "unknown-key" } | ({ reason: "denied" } & Denial);

/** IAM did not allow what a function, a role or an AWS service was about to do: trying again can't help. */
export class NotAllowed extends AwsError {
  constructor(denial: Denial) {
    super("AccessDeniedException", sentenceOf(denial), 403);
    this.name = "NotAllowed";
  }
}

/**
 * AWS's own sentence, which names the policy that is missing or that denies.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
 */
export function sentenceOf({ user, action, resource, explicitly }: Denial): string {
  const why = explicitly
    ? `with an explicit deny in ${explicitly === "identity" ? "an identity" : "a resource"}-based policy`
    : `because no ${user.startsWith("arn:") ? "identity" : "resource"}-based policy allows the ${action} action`;
  return `User: ${user} is not authorized to perform: ${action} on resource: ${resource} ${why}`;
}

type Shape = (refusal: Refusal) => AwsAnswer;
type Said = { code: string; message: string };

const invalidToken = "The security token included in the request is invalid.";

/** How DynamoDB and its like, which speak JSON, name what can go wrong. */
function said(refusal: Refusal): Said {
  if (refusal.reason === "denied") return { code: "AccessDeniedException", message: sentenceOf(refusal) };
  if (refusal.reason === "unsigned")
    return { code: "MissingAuthenticationTokenException", message: "Missing Authentication Token" };
  return { code: "UnrecognizedClientException", message: invalidToken };
}

/** The type in the body, with the namespace of AWS's own framework in front where a service has it. */
const typed =
  (status: number, prefix = ""): Shape =>
  (refusal) => {
    const { code, message } = said(refusal);
    return answer(status, { __type: `${prefix}${code}`, ...told(refusal, message) });
  };

/** The type in a header, as the services with paths have it. */
const headed =
  (sentence: (refusal: Denial) => string, key: "message" | "Message"): Shape =>
  (refusal) => {
    const { code, message } = said(refusal);
    const text = refusal.reason === "denied" ? sentence(refusal) : message;
    return answer(403, { [key]: text }, { "x-amzn-errortype": code });
  };

/** Denials write Message with a capital, as AWS does; SDKs read either. */
const told = ({ reason }: Refusal, message: string) =>
  reason === "denied" ? { Message: message } : { message };

/**
 * SQS writes its actions in small letters, answers 403, and names the code of its older protocol in a header, which is
 * what SDKs call the error.
 */
const sqs: Shape = (refusal) => {
  const { code, message } = said(
    refusal.reason === "denied" ? { ...refusal, action: refusal.action.toLowerCase() } : refusal,
  );
  const older = {
    denied: "AccessDenied",
    unsigned: "MissingAuthenticationToken",
    "unknown-key": "InvalidClientTokenId",
  };
  return answer(
    403,
    { __type: `com.amazon.coral.service#${code}`, ...told(refusal, message) },
    { "x-amzn-query-error": `${older[refusal.reason]};Sender` },
  );
};

const s3: Shape = (refusal) => {
  const { code, message } = {
    denied: () => ({ code: "AccessDenied", message: refusal.reason === "denied" ? quoted(refusal) : "" }),
    unsigned: () => ({ code: "AccessDenied", message: "Access Denied" }),
    "unknown-key": () => ({
      code: "InvalidAccessKeyId",
      message: "The AWS Access Key Id you provided does not exist in our records.",
    }),
  }[refusal.reason]();
  const escaped = message.replace(/[<>&]/g, (character) => `&#${character.charCodeAt(0)};`);
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${escaped}</Message><RequestId>${randomUUID()}</RequestId></Error>`;
  return { status: 403, headers: { "content-type": "application/xml" }, body };
};

/** S3 puts the resource into quotation marks. */
const quoted = (refusal: Denial): string => sentenceOf({ ...refusal, resource: `"${refusal.resource}"` });

/** SES has its own sentence, with quotation marks of two kinds. */
const inQuotes = ({ user, action, resource }: Denial): string =>
  `User \`${user}' is not authorized to perform \`${action}' on resource \`${resource}'`;

const shapes: Record<string, Shape> = {
  DYNAMODB: typed(400, "com.amazon.coral.service#"),
  SQS: sqs,
  SESV2: headed(inQuotes, "message"),
  S3: s3,
  SCHEDULER: headed(sentenceOf, "Message"),
  EVENTBRIDGE: typed(400),
  SECRETS_MANAGER: typed(400),
  LAMBDA: headed(sentenceOf, "Message"),
};

/** What a service answers a caller that it refuses, in that service's own shape. */
export function refusalAnswer(endpoint: string, refusal: Refusal): AwsAnswer {
  const shape = shapes[endpoint];
  if (!shape) throw new Error(`It is not known how ${endpoint} refuses a call`);
  return shape(refusal);
}

const answer = (status: number, body: object, headers: Record<string, string> = {}): AwsAnswer => ({
  status,
  headers: { "content-type": "application/x-amz-json-1.0", ...headers },
  body: JSON.stringify(body),
});
