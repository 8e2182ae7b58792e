import { withoutEnd } from "../text.ts";

/** What Sapa does about an answer of SES to one entry of a bulk send. */
export type Verdict =
  | "accepted"
  | "failed" // for good, this entry only
  | "retry" // soon, under the same claim
  | "park" // later, under the same claim: the account may not send now
  | "stop" // the run can't go on
  | "unknown"; // it may have been sent: never repeated by itself

/** SES's per-entry statuses of SendBulkEmail (API reference, BulkEmailEntryResult), each once, and one of our own. */
const verdicts: Record<string, Verdict> = {
  SUCCESS: "accepted",
  ACCOUNT_THROTTLED: "retry",
  TRANSIENT_FAILURE: "retry",
  ACCOUNT_DAILY_QUOTA_EXCEEDED: "park",
  ACCOUNT_SENDING_PAUSED: "park",
  CONFIGURATION_SET_SENDING_PAUSED: "park",
  ACCOUNT_SUSPENDED: "park",
  MESSAGE_REJECTED: "failed",
  INVALID_PARAMETER: "failed",
  MAIL_FROM_DOMAIN_NOT_VERIFIED: "stop",
  CONFIGURATION_SET_NOT_FOUND: "stop",
  TEMPLATE_NOT_FOUND: "stop",
  INVALID_SENDING_POOL_NAME: "stop",
  FAILED: "unknown",
  // The sender's address or domain is not verified (any more): nothing of the business can go out.
  SENDER_NOT_VERIFIED: "stop",
  // Longer than SES takes for one recipient.
  CONTENT_TOO_LONG: "failed",
  // IAM did not let the call through: a mistake of the deployment, which the operator mends.
  ACCESS_DENIED: "park",
};

/** All that SES is known to answer for mail that it does not take. */
export const refusals: readonly string[] = Object.keys(verdicts).filter((status) => status !== "SUCCESS");

/** A status that SES may add one day counts as unknown: reported, and not repeated. */
export const verdictOn = (status: string): Verdict => verdicts[status] ?? "unknown";

/** What SES's answer to one entry comes to. Without any it is not known whether the mail went out. */
export function statusOfEntry(status: string | undefined, error: string | undefined, sender: string): string {
  if (status === "MESSAGE_REJECTED" && isAboutSender(error, sender)) return "SENDER_NOT_VERIFIED";
  return status ?? "FAILED";
}

/**
 * SES names the identities that it has not verified, in the words "Email address is not verified. The following
 * identities failed the check in region …". In the sandbox they may be recipients as well.
 */
function isAboutSender(message = "", sender: string): boolean {
  if (!/not verified/i.test(message)) return false;
  const domain = sender.slice(sender.indexOf("@") + 1);
  const names = message.toLowerCase().split(/[\s,<>"]+/);
  return names.some((name) => [sender, domain].includes(withoutEnd(name, ".:;")));
}

/**
 * An error of the whole call, by its name: one that says nothing was sent, or `undefined` when that can't be
 * known (a lost connection, an error inside SES).
 */
export function statusOfError(error: unknown, sender = ""): string | undefined {
  const { name, message } = error instanceof Error ? error : { name: "", message: "" };
  const known: Record<string, string> = {
    TooManyRequestsException: "ACCOUNT_THROTTLED",
    ThrottlingException: "ACCOUNT_THROTTLED",
    LimitExceededException: "ACCOUNT_DAILY_QUOTA_EXCEEDED",
    SendingPausedException: "ACCOUNT_SENDING_PAUSED",
    AccountSuspendedException: "ACCOUNT_SUSPENDED",
    MailFromDomainNotVerifiedException: "MAIL_FROM_DOMAIN_NOT_VERIFIED",
    NotFoundException: "TEMPLATE_NOT_FOUND",
    MessageRejected: isAboutSender(message, sender) ? "SENDER_NOT_VERIFIED" : "MESSAGE_REJECTED",
    BadRequestException: "INVALID_PARAMETER",
    AccessDeniedException: "ACCESS_DENIED",
  };
  return Object.hasOwn(known, name) ? known[name] : undefined;
}
