import { GetAccountCommand, SESv2Client } from "@aws-sdk/client-sesv2";
import { writePlainly } from "./wire.ts";

/**
 * SES, for sending. It has no token that would make a send repeatable, so the SDK must never repeat a call by itself:
 * an answer that is lost is judged later, by evidence.
 */
export const sesSend = new SESv2Client({ maxAttempts: 1 });
const paths: Record<string, string> = {
  SendBulkEmail: "/v2/email/outbound-bulk-emails",
  SendEmail: "/v2/email/outbound-emails",
};
writePlainly(sesSend, (operation) => {
  const path = paths[operation];
  if (!path) throw new Error(`${operation} is not for sending`);
  return { path, headers: { "content-type": "application/json" } };
});

/** For everything that may be repeated, and that SES allows about once a second: templates, quotas, identities. */
export const sesControl = new SESv2Client({ maxAttempts: 8 });

/** Beyond this age, in milliseconds, the account's quota is read again. */
const quotaLife = 60_000;

export type AccountQuota = {
  /** Mails a second. */
  rate: number;
  /** Mails in any 24 hours; Infinity for an account without a limit. */
  daily: number;
  sentLast24Hours: number;
  /** How many of them are left. */
  left: number;
  /** False while SES has paused the account. */
  sendingEnabled: boolean;
};
let quota: (AccountQuota & { at: number }) | undefined;

/** What the account may send, at most a minute old. `now` is in epoch milliseconds. */
export async function accountQuota(now: number): Promise<AccountQuota> {
  if (!quota || now - quota.at > quotaLife || now < quota.at) {
    const { SendQuota = {}, SendingEnabled = true } = await sesControl.send(new GetAccountCommand({}));
    const { MaxSendRate = 1, Max24HourSend = 200, SentLast24Hours = 0 } = SendQuota;
    // SES reports -1 for an account without a daily limit.
    const daily = Max24HourSend < 0 ? Number.POSITIVE_INFINITY : Max24HourSend;
    quota = {
      at: now,
      rate: Math.max(1, Math.floor(MaxSendRate)),
      daily,
      sentLast24Hours: SentLast24Hours,
      left: daily - SentLast24Hours,
      sendingEnabled: SendingEnabled,
    };
  }
  return quota;
}

/** Forgets the quota: SES has just said that it is used up, or it has to be known exactly. */
export const forgetQuota = (): void => {
  quota = undefined;
};
