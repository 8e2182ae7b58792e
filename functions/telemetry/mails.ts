import { count } from "./counts.ts";

/** Counts what a run's books gained: `{ accepted: 48, "failed:MESSAGE_REJECTED": 2 }`. */
export function countMails(news: Record<string, number>): void {
  for (const [kind, amount] of Object.entries(news)) {
    if (kind === "accepted") count("MailsAccepted", amount);
    if (kind === "unknown") count("MailsUnknown", amount);
    if (kind.startsWith("failed:")) count("MailsFailed", amount);
  }
}
