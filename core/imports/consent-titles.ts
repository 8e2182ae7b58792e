import type { ConsentField, ValueMapping } from "./mapping.ts";

/**
 * What a column's title says of its part in consent: the field it goes into; `unclear`, where it looks like consent
 * and the owner has to say; `detail`, what goes with another column, as a reason does; `elsewhere`, another channel
 * than mail, or the account of a shop. Undefined for a title that has nothing to do with consent.
 */
export type TitleReading = ConsentField | "unclear" | "detail" | "elsewhere" | undefined;

/** "emailBlacklisted", "OPT_IN" and "Opt-in (2)" as words in small letters; the last is the second of its title. */
const wordsOf = (title: string): string[] =>
  title
    .replace(/ \(\d+\)$/, "")
    .replace(/whats ?app/gi, "whatsapp")
    .replace(/([a-z\d])([A-Z])/g, "$1 $2")
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean);

/** Titles that mean something else than their words say, or whose tool has its own word. */
const exact: Record<string, TitleReading> = {
  // Mailchimp
  optintime: "consentAt",
  confirmtime: "consentAt",
  cleantime: "bounced",
  unsubtime: "unsubscribed",
  leavetime: "unsubscribed",
  // listmonk: each list has a status and a way to join of its own
  listsstatus: "detail",
  listsoptin: "detail",
  // WordPress keeps a column that it never uses, and shops tell whether an account may log in
  userstatus: "elsewhere",
  accountstate: "elsewhere",
  donotcontactreason: "unsubscribed", // Mautic
  donotcontactchannel: "detail",
  doubleoptin: "confirmed", // Brevo
  // SES's list of suppressed addresses, and many others
  reason: "unclear",
  alasan: "unclear",
  // MailerLite's title for addresses, elsewhere a yes or no
  subscriber: "unclear",
};

/** What numbers mean in the columns of tools that write them instead of words. */
const numbers: Record<string, readonly ValueMapping[]> = {
  // Mautic's DoNotContact: 1 unsubscribed, 2 bounced, 3 by hand
  donotcontactreason: [
    { value: "1", means: "unsubscribed" },
    { value: "2", means: "bounced" },
    { value: "3", means: "suppressed" },
  ],
  // Brevo's category attribute: 1 yes, 2 no
  doubleoptin: [
    { value: "1", means: "subscribed" },
    { value: "2", means: "pending" },
  ],
};

/** The values that a column of this title is known to have, beside the words that are understood anywhere. */
export const numbersOf = (title: string): readonly ValueMapping[] => {
  const bare = wordsOf(title).join("");
  return Object.hasOwn(numbers, bare) ? (numbers[bare] ?? []) : [];
};

const otherChannels =
  /^(sms|mms|whatsapp|wa|push|telegram|phone|telepon|telp|hp|call|calls|viber|line|postal|post|surat)$/;
const mail = /^(e?mail|emails|surel|newsletter|nawala)$/;

const left =
  /unsub|optout|optedout|optsout|opt_out|donotemail|donotmail|donotcontact|^dnc|nomail$|noemail|blocklist|blacklist|blokir|berhenti(berlangganan|langganan)|leftat$|lefton$|revoked|withdrawn|withdrew/;
const bounced = /bounce|^cleaned|undeliverable|terpental/;
const complained = /complain|spamreport|markedasspam|reportedspam|^spam$/;
const suppressed = /suppress/;
const confirmed =
  /doubleoptin|dobeloptin|^confirmed$|isconfirmed|(email|subscription|optin)confirmed|terkonfirmasi/;
const agreed =
  /subscri(bed|ption|be)(?!r)|optin|optedin|consent|accepts(email)?marketing|acceptsemail|newsletter|nawala|^marketing$|marketing(email|mail|ok|allowed|permission|preference)|emailmarketing|gdpr|emailpermission|mailinglist|berlangganan|langganan|persetujuan|^setuju|izin(email|surel|promosi)?$|receives?(e?mails?|marketing|offers)|can(be)?email|allowemail|emailok/;
const unclear = /berhenti|tolak|spam|abuse|blocked|permission|^izin|preferensi|leavedate|leftdate|dateleft/;
const unclearWords = /^(keluar|left|leave|state)$/;
const unclearAlone = /^(is)?(active|inactive|enabled|disabled|aktif|nonaktif|tidakaktif)$/;

const dates = /^(time|date|at|on|since|timestamp|updated|tanggal|tgl|sejak|waktu|pada)$/;
const details =
  /^(ip|address|reason|reasons|alasan|other|campaign|source|sumber|method|url|link|token|hash|agent|browser|text|wording|version|title|form|page|referrer|location|by|score|type|id|level|detail|details|note|catatan)$/;

/** Of whose status a title may speak and have nothing to do with mail. */
const otherStatuses =
  /^(marital|nikah|pernikahan|kawin|perkawinan|order|orders|pesanan|payment|pembayaran|bayar|ship|shipping|pengiriman|fulfillment|financial|tax|pajak|kerja|pekerjaan|employment|loyalty|tier|vip|stock|stok|delivery|invoice)$/;

/** What a title says of its part in consent, by its words alone; its values are looked at afterwards. */
export function readTitle(title: string): TitleReading {
  const words = wordsOf(title);
  const bare = words.join("");
  if (Object.hasOwn(exact, bare)) return exact[bare];
  const found = plainReading(words, bare);
  if (!found) return undefined;
  if (words.some((word) => otherChannels.test(word)) && !words.some((word) => mail.test(word))) {
    return "elsewhere";
  }
  if (words.length > 1 && words.some((word) => details.test(word))) return "detail";
  return found;
}

/** What a title that is a detail belongs to: `bounced` for the reason of a bounce. */
export function ownerOf(title: string): TitleReading {
  const words = wordsOf(title);
  return plainReading(words, words.join(""));
}

function plainReading(words: readonly string[], bare: string): TitleReading {
  const isDate = words.some((word) => dates.test(word));
  if (/soft/.test(bare) && bounced.test(bare)) return "unclear";
  if (/(count|total|number|jumlah|rate)s?$/.test(bare) && (bounced.test(bare) || complained.test(bare))) {
    return "unclear";
  }
  if (left.test(bare)) return "unsubscribed";
  if (bounced.test(bare)) return "bounced";
  if (complained.test(bare)) return "complained";
  if (suppressed.test(bare)) return "suppressed";
  if (confirmed.test(bare)) return isDate ? "consentAt" : "confirmed";
  if (agreed.test(bare)) return isDate && words.length > 1 ? "consentAt" : "consent";
  if (isStatus(words)) return statusOf(words);
  const isUnclear =
    unclear.test(bare) || unclearAlone.test(bare) || words.some((word) => unclearWords.test(word));
  return isUnclear ? "unclear" : undefined;
}

const isStatus = (words: readonly string[]): boolean => words.includes("status");

/** Whether a title speaks of a status, in which 1 and 0 may mean anything, and not of yes and no. */
export const speaksOfStatus = (title: string): boolean => isStatus(wordsOf(title));

/** Whether a title is that of a state: of the world as a rule, so that only the values tell. */
export const mayBeAPlace = (title: string): boolean => wordsOf(title).includes("state");

/** "Status" alone, or that of a subscriber or their mail, is consent; that of a customer or an account may be. */
function statusOf(words: readonly string[]): TitleReading {
  const others = words.filter((word) => word !== "status");
  if (others.some((word) => otherStatuses.test(word))) return undefined;
  const ofMail =
    /^(e?mail|surel|subscriber|subscribers|sub|contact|kontak|list|lists|global|marketing|mailing|member)$/;
  return others.every((word) => ofMail.test(word)) ? "consent" : "unclear";
}
