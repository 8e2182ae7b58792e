import type { Locale } from "../../../core/businesses.ts";

/** The words of the page where a customer chooses. What is filled in is escaped where the page is made. */
const id = {
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

export const words: Record<Locale, typeof id> = { id, en };
