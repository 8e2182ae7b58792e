import type { Locale } from "../../../core/businesses.ts";
import type { LeaveReason } from "../../../core/responses.ts";

/** The words of the page where a customer leaves. What is filled in is escaped where the page is made. */
const id = {
  leaveTitle: "Berhenti berlangganan?",
  leaveLead: (shop: string) => `Anda tidak akan lagi menerima email promosi dari ${shop} di`,
  whichLead: (shop: string) => `Pilih email dari ${shop} yang tidak ingin Anda terima lagi di`,
  leave: "Ya, berhenti berlangganan",
  leaveAll: "Berhenti dari semua email",
  leaveTopic: (topic: string) => `Hentikan hanya “${topic}”`,
  chooseInstead: "Pilih email yang ingin saya terima saja",

  leftTitle: "Anda sudah berhenti berlangganan",
  leftLead: (shop: string) => `${shop} tidak lagi mengirim email promosi ke`,
  leftTopicTitle: (topic: string) => `“${topic}” sudah dihentikan`,
  leftTopicLead: (shop: string) => `Email lain dari ${shop} tetap dikirim ke`,
  undo: "Urungkan",
  leaveAllToo: "Hentikan semua email juga",
  changeMind: "Berubah pikiran? Atur preferensi email",
  otherChoices: "Atur preferensi email lainnya",

  whyTitle: "Boleh tahu alasannya?",
  whyHint: "Tidak wajib diisi. Jawaban Anda membantu kami.",
  reasons: {
    "too-many": "Terlalu banyak email",
    "not-interesting": "Isinya tidak menarik bagi saya",
    "never-signed-up": "Saya tidak pernah mendaftar",
    "not-a-customer": "Saya bukan pelanggan lagi",
    other: "Alasan lain",
  } satisfies Record<LeaveReason, string>,
  whyWords: "Ada yang ingin ditambahkan?",
  tell: "Kirim alasan",
  told: "Terima kasih, alasan Anda sudah kami terima.",
  chooseReason: "Pilih salah satu alasan.",
  tooLong: (most: number) => `Paling banyak ${most} karakter.`,

  backTitle: "Sudah diurungkan",
  backLead: (shop: string) => `Seperti semula, ${shop} mengirim email ke`,
  preferences: "Atur preferensi email",
};

const en: typeof id = {
  leaveTitle: "Unsubscribe?",
  leaveLead: (shop) => `You will get no more marketing emails from ${shop} at`,
  whichLead: (shop) => `Choose which emails from ${shop} you no longer want at`,
  leave: "Yes, unsubscribe me",
  leaveAll: "Unsubscribe from everything",
  leaveTopic: (topic) => `Stop only “${topic}”`,
  chooseInstead: "Let me choose which emails I get",

  leftTitle: "You are unsubscribed",
  leftLead: (shop) => `${shop} sends no more marketing emails to`,
  leftTopicTitle: (topic) => `“${topic}” has been stopped`,
  leftTopicLead: (shop) => `Other emails from ${shop} still go to`,
  undo: "Undo",
  leaveAllToo: "Stop all other emails too",
  changeMind: "Changed your mind? Email preferences",
  otherChoices: "Other email preferences",

  whyTitle: "May we ask why?",
  whyHint: "Only if you like. Your answer helps us.",
  reasons: {
    "too-many": "Too many emails",
    "not-interesting": "They don’t interest me",
    "never-signed-up": "I never signed up",
    "not-a-customer": "I am no longer a customer",
    other: "Another reason",
  },
  whyWords: "Anything to add?",
  tell: "Send",
  told: "Thank you for telling us.",
  chooseReason: "Please choose a reason.",
  tooLong: (most) => `At most ${most} characters, please.`,

  backTitle: "Undone",
  backLead: (shop) => `As before, ${shop} sends emails to`,
  preferences: "Email preferences",
};

export const words: Record<Locale, typeof id> = { id, en };
