import type { Locale } from "../../../core/businesses.ts";

/** The words of the page where a customer leaves. What is filled in is escaped where the page is made. */
const id = {
  leaveTitle: "Berhenti berlangganan?",
  leaveLead: (shop: string) => `Anda tidak akan lagi menerima email promosi dari ${shop} di`,
  leave: "Ya, berhenti berlangganan",
  chooseInstead: "Pilih email yang ingin saya terima saja",
  leftTitle: "Anda sudah berhenti berlangganan",
  leftLead: (shop: string) => `${shop} tidak lagi mengirim email promosi ke`,
  changeMind: "Berubah pikiran? Atur preferensi email",
};

const en: typeof id = {
  leaveTitle: "Unsubscribe?",
  leaveLead: (shop) => `You will get no more marketing emails from ${shop} at`,
  leave: "Yes, unsubscribe me",
  chooseInstead: "Let me choose which emails I get",
  leftTitle: "You are unsubscribed",
  leftLead: (shop) => `${shop} sends no more marketing emails to`,
  changeMind: "Changed your mind? Email preferences",
};

export const words: Record<Locale, typeof id> = { id, en };
