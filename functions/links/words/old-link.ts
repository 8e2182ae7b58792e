import type { Locale } from "../../../core/businesses.ts";
import { maxAgeDays } from "../../../core/links.ts";

/** The words of the pages of links that are old, and of those that say that a new one is on its way. */
const id = {
  askTitle: "Berhenti berlangganan?",
  askLead: (shop: string) =>
    `${shop} tidak akan lagi mengirim email promosi ke alamat yang menerima email dengan tautan ini.`,
  leave: "Ya, berhenti berlangganan",
  leftTitle: "Anda sudah berhenti berlangganan",
  leftLead: (shop: string) =>
    `${shop} tidak lagi mengirim email promosi ke alamat yang menerima email dengan tautan ini.`,
  oldTitle: "Tautan ini sudah tidak berlaku",
  oldLead: `Demi keamanan Anda, tautan dalam email membuka preferensi selama ${maxAgeDays} hari, dan hanya untuk alamat yang menerimanya.`,
  newTitle: "Ingin mengatur email?",
  newHint: "Kami kirim tautan baru ke alamat email Anda yang sekarang.",
  newLink: "Kirim tautan baru",
  leaveTitle: "Tidak ingin email sama sekali?",

  sentTitle: "Periksa kotak masuk Anda",
  sentLead: (shop: string) =>
    `Bila ${shop} punya alamat email Anda, tautannya segera dikirim ke sana, kecuali sudah terlalu sering diminta.`,
  sentHour: "Tautannya berlaku satu jam.",
  sentHelp: "Tidak ada yang datang, atau alamat Anda sudah berganti? Tulis ke",

  overTitle: "Tautan ini sudah tidak berlaku",
  overLead:
    "Tautan ke data Anda berlaku satu jam. Minta yang baru di halaman preferensi, lewat tautan di salah satu email kami.",
};

const en: typeof id = {
  askTitle: "Unsubscribe?",
  askLead: (shop) =>
    `${shop} will send no more marketing emails to the address that got the email with this link.`,
  leave: "Yes, unsubscribe me",
  leftTitle: "You are unsubscribed",
  leftLead: (shop) =>
    `${shop} sends no more marketing emails to the address that got the email with this link.`,
  oldTitle: "This link has expired",
  oldLead: `To protect you, links in emails open your preferences for ${maxAgeDays} days, and only for the address that got them.`,
  newTitle: "Would you like to choose your emails?",
  newHint: "We email a new link to the address that you have now.",
  newLink: "Email me a new link",
  leaveTitle: "No more emails at all?",

  sentTitle: "Look into your inbox",
  sentLead: (shop) =>
    `If ${shop} has an email address of yours, the link is on its way there, unless it was asked for too often.`,
  sentHour: "The link is good for one hour.",
  sentHelp: "Nothing arrives, or you have a new address? Write to",

  overTitle: "This link has expired",
  overLead:
    "Links to your data are good for one hour. Ask for a new one on the page of your preferences, by the link in any of our emails.",
};

export const words: Record<Locale, typeof id> = { id, en };
