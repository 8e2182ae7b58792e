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
  // IAM did not let the call through: a mistake of the deployment, which the operator mends.
  ACCESS_DENIED: "park",
};

/** All that SES is known to answer for mail that it does not take. */
export const refusals: readonly string[] = Object.keys(verdicts).filter((status) => status !== "SUCCESS");

/** A status that SES may add one day counts as unknown: reported, and not repeated. */
export const verdictOn = (status: string): Verdict => verdicts[status] ?? "unknown";

/**
 * An error of the whole call, by its name: one that says nothing was sent, or `undefined` when that can't be
 * known (a lost connection, an error inside SES).
 */
export function statusOfError(error: unknown): string | undefined {
  const name = error instanceof Error ? error.name : "";
  const known: Record<string, string> = {
    TooManyRequestsException: "ACCOUNT_THROTTLED",
    ThrottlingException: "ACCOUNT_THROTTLED",
    LimitExceededException: "ACCOUNT_DAILY_QUOTA_EXCEEDED",
    SendingPausedException: "ACCOUNT_SENDING_PAUSED",
    AccountSuspendedException: "ACCOUNT_SUSPENDED",
    MailFromDomainNotVerifiedException: "MAIL_FROM_DOMAIN_NOT_VERIFIED",
    NotFoundException: "TEMPLATE_NOT_FOUND",
    MessageRejected: "MESSAGE_REJECTED",
    BadRequestException: "INVALID_PARAMETER",
    AccessDeniedException: "ACCESS_DENIED",
  };
  return known[name];
}
