import { blanks, withoutEnd } from "../text.ts";
import type { Meaning } from "./mapping.ts";

/**
 * What the words mean by which mail tools and shops, in English and Indonesian, say how someone stands. Written
 * without spaces, dashes and capitals: "Non-Subscribed" is `nonsubscribed`.
 *
 * Sources: the exports of listmonk (enabled, disabled, blocklisted; confirmed, unconfirmed, unsubscribed), Mailchimp
 * (subscribed, unsubscribed, cleaned, pending, transactional, archived), Klaviyo (SUBSCRIBED, NEVER_SUBSCRIBED,
 * UNSUBSCRIBED, SUPPRESSED; HARD_BOUNCE, SPAM_COMPLAINT, USER_SUPPRESSED, INVALID_EMAIL), Brevo (blacklisted), Keila
 * (active, unsubscribed, unreachable), MailerLite (active, unconfirmed, bounced, junk), Kit (active, cancelled,
 * complained, inactive), Shopify (subscribed, not_subscribed, unsubscribed, pending, redacted, invalid), SES (BOUNCE,
 * COMPLAINT).
 */
const words: Record<Meaning, string> = {
  subscribed:
    "subscribed subscribe active enabled confirmed doubleoptin optin optedin accepted granted aktif berlangganan terkonfirmasi dikonfirmasi setuju",
  pending:
    "pending unconfirmed notconfirmed unverified awaitingconfirmation waiting menunggu menunggukonfirmasi belumdikonfirmasi belumkonfirmasi",
  "not-subscribed":
    "nonsubscribed notsubscribed neversubscribed transactional transaksional archived redacted belumberlangganan",
  unsubscribed:
    "unsubscribed unsubscribe inactive disabled blocklisted blocklist blacklisted blacklist blocked optout optedout cancelled canceled denied declined revoked withdrawn donotemail donotmail donotcontact nonaktif tidakaktif dinonaktifkan berhenti berhentiberlangganan tidakberlangganan diblokir menolak ditolak tidaksetuju",
  bounced:
    "bounced bounce hardbounce hardbounced permanentbounce cleaned invalid invalidemail undeliverable unreachable terpental",
  complained:
    "complained complaint spam spamcomplaint spamreport reportedspam markedasspam markedspam junk abuse",
  suppressed: "suppressed usersuppressed manuallysuppressed globallysuppressed",
  nothing: "",
};

const meanings = new Map<string, Meaning>(
  Object.entries(words).flatMap(([meaning, all]) =>
    all
      .split(" ")
      .filter(Boolean)
      .map((word) => [word, meaning as Meaning] as const),
  ),
);

/**
 * Words that stand for mail and for nothing else, so that a column that holds one is about consent whatever its
 * title: "active" may be anything, "unsubscribed" is not.
 */
const telling = new Set(
  `subscribed unsubscribed unsubscribe nonsubscribed notsubscribed neversubscribed unconfirmed blocklisted
  blacklisted bounce optin optedin optout optedout donotemail donotmail donotcontact bounced hardbounce hardbounced
  cleaned complained spamcomplaint markedasspam suppressed usersuppressed unreachable berlangganan
  berhentiberlangganan tidakberlangganan`.split(/\s+/),
);

/** "Non-Subscribed", "non_subscribed" and "NON SUBSCRIBED" are the same word. */
export const plainWord = (text: string): string =>
  text
    .normalize("NFKD")
    .replace(/[^\p{L}\p{N}]/gu, "")
    .toLowerCase();

/** No word that is known is longer, however it is written; putting a letter's accents in order takes long. */
const maxWord = 200;

/** What one word means; undefined for a word that is not known. */
export const meaningOf = (word: string): Meaning | undefined =>
  word.length > maxWord ? undefined : meanings.get(plainWord(word));

/** The words of a cell that holds several, as `["HARD_BOUNCE", "UNSUBSCRIBED"]` or `confirmed, unsubscribed` does. */
export const wordsIn = (text: string): string[] =>
  text
    .split(/[,;|]/)
    .map((part) => withoutEnd(part.replace(/^[\s["']+/, ""), `${blanks}]"'`))
    .filter(Boolean);

/** Whether a cell holds a word that is about mail whatever its column is called. */
export const isTelling = (text: string): boolean =>
  text.length <= maxWord && wordsIn(text).some((word) => word.length <= 40 && telling.has(plainWord(word)));
