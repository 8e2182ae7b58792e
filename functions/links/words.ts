import type { Locale } from "../../core/businesses.ts";

/** Every word of the pages that links lead to. What is filled in is escaped where the page is made. */
const id = {
  languageName: "Bahasa Indonesia",
  switchLanguage: "Ganti bahasa halaman",
  yourAddress: "alamat email Anda",

  leaveTitle: "Berhenti berlangganan?",
  leaveLead: (shop: string) => `Anda tidak akan lagi menerima email promosi dari ${shop} di`,
  leave: "Ya, berhenti berlangganan",
  chooseInstead: "Pilih email yang ingin saya terima saja",
  leftTitle: "Anda sudah berhenti berlangganan",
  leftLead: (shop: string) => `${shop} tidak lagi mengirim email promosi ke`,
  changeMind: "Berubah pikiran? Atur preferensi email",

  preferencesTitle: "Preferensi email",
  preferencesLead: (shop: string) => `Pilih email apa saja yang ${shop} kirim ke`,
  topics: "Jenis email",
  language: "Bahasa email",
  pause: "Jeda sebulan",
  pauseHint: (day: string) => `Kami tidak mengirim apa pun sampai ${day}.`,
  paused: (day: string) => `Dijeda sampai ${day}`,
  pausedHint: "Matikan untuk menerima email lagi mulai sekarang.",
  save: "Simpan",
  saved: "Pilihan Anda sudah disimpan.",
  leaveAllTitle: "Tidak ingin email sama sekali?",
  leaveAll: "Berhenti dari semua email",

  outTitle: "Anda tidak berlangganan",
  outLead: (shop: string) =>
    `${shop} baru akan mengirim email promosi bila Anda memintanya. Ini berlaku untuk`,
  subscribe: "Berlangganan",
  back: "Anda berlangganan lagi. Senang bertemu kembali!",
  stoppedTitle: "Email ke alamat ini dihentikan",
  stoppedLead: "Email sebelumnya tidak sampai atau dilaporkan sebagai spam. Ini berlaku untuk",
  stoppedHelp: "Ingin menerima email lagi? Tulis ke",
};

const en: typeof id = {
  languageName: "English",
  switchLanguage: "Change the language of this page",
  yourAddress: "your email address",

  leaveTitle: "Unsubscribe?",
  leaveLead: (shop) => `You will get no more marketing emails from ${shop} at`,
  leave: "Yes, unsubscribe me",
  chooseInstead: "Let me choose which emails I get",
  leftTitle: "You are unsubscribed",
  leftLead: (shop) => `${shop} sends no more marketing emails to`,
  changeMind: "Changed your mind? Email preferences",

  preferencesTitle: "Email preferences",
  preferencesLead: (shop) => `Choose which emails ${shop} sends to`,
  topics: "What you get",
  language: "Language of your emails",
  pause: "Take a month off",
  pauseHint: (day) => `We send nothing until ${day}.`,
  paused: (day) => `Paused until ${day}`,
  pausedHint: "Turn this off to hear from us again from now on.",
  save: "Save",
  saved: "Your choices are saved.",
  leaveAllTitle: "No more emails at all?",
  leaveAll: "Unsubscribe from everything",

  outTitle: "You are not subscribed",
  outLead: (shop) => `${shop} sends marketing emails only once you ask for them. This is about`,
  subscribe: "Subscribe",
  back: "You are subscribed again. Good to see you!",
  stoppedTitle: "Emails to this address have stopped",
  stoppedLead: "Earlier emails did not arrive, or were reported as spam. This is about",
  stoppedHelp: "Would you like emails again? Write to",
};

export type Words = typeof id;
export const words: Record<Locale, Words> = { id, en };
