type Sentence = { id: string; en: string };

/** Words for every outcome of a run for one customer, and for every reason, as an owner would say them. */
const outcomes: Record<string, Sentence> = {
  claimed: { id: "Email sedang diserahkan ke SES.", en: "The mail is being handed to SES." },
  accepted: { id: "SES sudah menerima email ini.", en: "SES has accepted the mail." },
  failed: { id: "SES menolak email ini", en: "SES refused the mail" },
  unknown: {
    id: "Tidak dapat dipastikan apakah email ini terkirim.",
    en: "It can't be known whether the mail was sent.",
  },
  delivered: { id: "Email sudah sampai.", en: "The mail was delivered." },
  delayed: {
    id: "Email belum sampai; SES masih terus mencoba.",
    en: "The mail has not arrived yet; SES goes on trying.",
  },
  bounced: { id: "Email ditolak oleh server penerima.", en: "The recipient's server sent the mail back." },
  "soft-bounced": {
    id: "Email kembali karena untuk sementara tidak bisa diterima, misalnya kotak suratnya penuh.",
    en: "The mail came back, since it could not be taken for the moment: a full mailbox, perhaps.",
  },
  blocked: {
    id: "Server penerima tidak mau menerima email ini; alamatnya sendiri tidak bermasalah.",
    en: "The recipient's server did not want this mail; nothing is wrong with the address.",
  },
  complained: { id: "Pelanggan menandai email sebagai spam.", en: "The customer marked the mail as spam." },
  opened: { id: "Email sudah dibuka.", en: "The mail was opened." },
  clicked: { id: "Tautan dalam email sudah diklik.", en: "A link in the mail was clicked." },
  waiting: { id: "Pelanggan terpilih; email menunggu giliran.", en: "Chosen; the mail is waiting its turn." },
  "not-reached": {
    id: "Pemilihan belum sampai pada pelanggan ini.",
    en: "The selection has not come to this customer yet.",
  },
  "not-selected": { id: "Pelanggan tidak termasuk sasaran", en: "The customer is not in the audience" },
  forgotten: {
    id: "Catatan pengiriman ini sudah melewati masa simpannya.",
    en: "It is not kept any more who got this run's mail.",
  },
  skipped: { id: "Pelanggan dilewati", en: "The customer was skipped" },
};

const reasons: Record<string, Sentence> = {
  "no-email": { id: "tidak ada alamat email", en: "there is no email address" },
  suppressed: {
    id: "alamatnya tidak boleh dikirimi email (terpental, keluhan, atau dihapus)",
    en: "the address must not be mailed (a bounce, a complaint or an erasure)",
  },
  "not-confirmed": { id: "langganan belum dikonfirmasi", en: "the subscription is not confirmed" },
  unsubscribed: { id: "sudah berhenti berlangganan", en: "they have unsubscribed" },
  "topic-off": { id: "topik ini dimatikan oleh pelanggan", en: "they have turned this topic off" },
  paused: { id: "pelanggan sedang menjeda email", en: "they have paused mail for a while" },
  restricted: { id: "datanya hanya disimpan, tidak diolah", en: "their data is only kept, not used" },
  "frequency-cap": { id: "batas jumlah email tercapai", en: "the frequency cap was reached" },
  "already-won-back": {
    id: "sudah disapa untuk masa absen ini",
    en: "this lapse was answered by an earlier mail",
  },
  "already-greeted": {
    id: "kampanye ini sudah memberi ucapan ulang tahun kurang dari setahun yang lalu",
    en: "this campaign greeted them less than a year ago",
  },
  "nothing-new": {
    id: "tidak ada barang baru yang belum dibeli",
    en: "no new item that they have not bought",
  },
  "no-longer-matches": {
    id: "berubah setelah dipilih sehingga tidak lagi cocok",
    en: "they changed after the selection and no longer match",
  },
  erased: { id: "datanya sudah dihapus", en: "their data was erased" },
  "run-stopped": {
    id: "pengiriman dihentikan sebelum gilirannya",
    en: "the run was stopped before their turn",
  },
  "run-canceled": {
    id: "pengiriman dibatalkan oleh pemiliknya sebelum gilirannya",
    en: "the run was canceled before their turn",
  },
  "by-program": {
    id: "sejauh yang terlihat oleh program, bukan oleh orangnya",
    en: "by a program as far as can be told, not by the person",
  },
  halted: {
    id: "pengiriman bisnis ini dihentikan karena terlalu banyak email yang kembali atau ditandai spam",
    en: "the business's sending was halted, since too many mails came back or were called spam",
  },
  "sender-not-bound": {
    id: "alamat pengirim bukan lagi milik bisnis ini",
    en: "the sender's address is not, or no longer, the business's own",
  },
  preflight: { id: "pengiriman gagal pada pemeriksaan awal", en: "the run failed its preflight" },
  "no-new-items": {
    id: "tidak ada barang baru, atau yang tersedia lagi, sejak pengiriman lalu",
    en: "no item was added, or came back, since the last run",
  },
  // What SES answered for the mail.
  ACCOUNT_THROTTLED: {
    id: "SES minta menunggu sebentar karena terlalu banyak email sekaligus",
    en: "SES asked to wait a moment, since too much came at once",
  },
  TRANSIENT_FAILURE: {
    id: "SES sedang terganggu dan minta mencoba lagi nanti",
    en: "SES had a passing fault and asked to try again later",
  },
  ACCOUNT_DAILY_QUOTA_EXCEEDED: {
    id: "SES minta menunggu karena kuota email hari ini habis",
    en: "SES asked to wait, since the day's quota is used up",
  },
  ACCOUNT_SENDING_PAUSED: {
    id: "SES minta menunggu karena pengiriman akun sedang dihentikan sementara",
    en: "SES asked to wait, since the account's sending is paused",
  },
  CONFIGURATION_SET_SENDING_PAUSED: {
    id: "SES minta menunggu karena pengiriman Sapa sedang dihentikan sementara",
    en: "SES asked to wait, since Sapa's sending is paused",
  },
  ACCOUNT_SUSPENDED: {
    id: "SES minta menunggu karena akun sedang ditangguhkan",
    en: "SES asked to wait, since the account is suspended",
  },
  MESSAGE_REJECTED: { id: "SES menilai isinya tidak aman", en: "SES found its content unsafe" },
  INVALID_PARAMETER: {
    id: "alamat atau isinya tidak sah menurut SES",
    en: "its address or its content is not valid for SES",
  },
  MAIL_FROM_DOMAIN_NOT_VERIFIED: {
    id: "domain MAIL FROM pengirim tidak terverifikasi di SES",
    en: "the sender's MAIL FROM domain is not verified in SES",
  },
  SENDER_NOT_VERIFIED: {
    id: "alamat pengirim belum terverifikasi di SES",
    en: "the sender's address is not verified in SES",
  },
  CONTENT_TOO_LONG: {
    id: "isi email untuk pelanggan ini terlalu panjang bagi SES",
    en: "the mail for this customer is longer than SES takes",
  },
  CONFIGURATION_SET_NOT_FOUND: {
    id: "pengaturan Sapa di SES tidak ditemukan",
    en: "Sapa's settings in SES are missing",
  },
  TEMPLATE_NOT_FOUND: {
    id: "template email di SES tidak ditemukan",
    en: "the mail's template in SES is missing",
  },
  INVALID_SENDING_POOL_NAME: {
    id: "kelompok alamat pengirim di SES tidak sah",
    en: "the pool of sending addresses in SES is not valid",
  },
  ACCESS_DENIED: {
    id: "Sapa belum diizinkan mengirim di akun AWS ini dan akan mencoba lagi nanti",
    en: "Sapa is not allowed to send in this AWS account, and will try again later",
  },
  FAILED: { id: "jawaban SES tidak jelas", en: "SES gave no clear answer" },
  NOT_HANDED_OVER: {
    id: "belum sampai ke SES dan akan diserahkan lagi",
    en: "it has not reached SES yet and will be handed over again",
  },
  NO_ANSWER: { id: "SES tidak menjawab", en: "SES did not answer" },
  "not-birthday": { id: "bukan hari ulang tahunnya", en: "it is not their birthday" },
  "never-ordered": {
    id: "belum pernah memesan, jadi belum ada pesanan terakhirnya",
    en: "they have not ordered yet, so there is no last order to go by",
  },
  "not-lapsed": {
    id: "pesanan terakhirnya belum cukup lama",
    en: "their last order was not long enough ago",
  },
  "lapsed-earlier": {
    id: "pesanan terakhirnya lebih lama daripada yang dicari pengiriman ini: pengiriman sebelumnya sudah memeriksanya, atau pengiriman berikutnya akan memeriksanya bila pesanan itu baru tercatat kemudian",
    en: "their last order is older than this run looks for: an earlier run has looked at them, or the next one will if that order came in afterwards",
  },
  "lapsed-before-campaign": {
    id: "sudah lama tidak memesan ketika kampanye ini diaktifkan, padahal kampanye ini hanya untuk yang baru mulai absen",
    en: "they had lapsed when this campaign was activated, and it is for the newly lapsed only",
  },
  "not-resent": {
    id: "emailnya tidak termasuk yang dikirim ulang",
    en: "their mail was not among those that were sent again",
  },
  "joined-later": { id: "baru terdaftar setelah pengiriman ini", en: "they joined after the run" },
  "changed-since": {
    id: "saat itu tidak cocok, dan sejak itu datanya berubah",
    en: "they did not match then, and have changed since",
  },
};

/** "The customer was skipped: they have unsubscribed." A status that SES may add one day stands as it is. */
export function sentenceFor(outcome: string, reason: string | undefined): Sentence {
  const words = outcomes[outcome] ?? { id: outcome, en: outcome };
  if (!reason) return { id: ended(words.id), en: ended(words.en) };
  const why = reasons[reason] ?? { id: reason, en: reason };
  return { id: `${bare(words.id)}: ${why.id}.`, en: `${bare(words.en)}: ${why.en}.` };
}

const bare = (sentence: string) => sentence.replace(/\.$/, "");
const ended = (sentence: string) => `${bare(sentence)}.`;
