import type { Locale } from "../businesses.ts";

/** The words of the letters about joining. They are plain text: what is filled in is escaped where it becomes HTML. */
const id = {
  confirmSubject: (shop: string) => `Satu klik lagi untuk menerima email dari ${shop}`,
  confirmPreview: "Konfirmasi bahwa alamat ini milik Anda dan Anda ingin berlangganan.",
  confirmTitle: "Benar Anda yang mendaftar?",
  confirmForm: (shop: string) => `Alamat email ini didaftarkan untuk menerima email dari ${shop}.`,
  confirmImport: (shop: string) =>
    `${shop} ingin mengirimi Anda kabar, penawaran, dan ucapan lewat email, tetapi hanya jika Anda mau.`,
  confirmAsk: "Tekan tombol ini untuk mulai berlangganan. Tautannya berlaku tujuh hari.",
  confirmButton: "Ya, saya mau berlangganan",
  confirmIgnoreForm:
    "Bukan Anda? Abaikan saja email ini. Tanpa konfirmasi Anda, tidak ada yang akan dikirim dan data yang diisikan terhapus.",
  confirmIgnoreImport:
    "Tidak mau? Abaikan saja email ini. Tanpa konfirmasi Anda, tidak ada yang akan dikirim.",
  confirmWhyForm: (shop: string) =>
    `Email ini dikirim sekali karena alamat Anda diisikan di formulir langganan ${shop}.`,
  confirmWhyImport: (shop: string) => `Email ini dikirim karena Anda tercatat sebagai pelanggan ${shop}.`,

  alreadySubject: (shop: string) => `Anda sudah menerima email dari ${shop}`,
  alreadyPreview: "Tidak ada yang perlu dilakukan.",
  alreadyTitle: "Anda sudah berlangganan",
  alreadyLead: (shop: string) =>
    `Alamat email ini baru saja didaftarkan lagi di formulir langganan ${shop}. Anda memang sudah berlangganan, jadi tidak ada yang berubah.`,

  welcomeSubject: (shop: string) => `Selamat datang di ${shop}`,
  welcomePreview: "Mulai sekarang Anda akan menerima email kami.",
  welcomeTitle: "Anda sudah berlangganan",
  welcomeLead: (shop: string) =>
    `Terima kasih sudah mendaftar! Mulai sekarang Anda akan menerima email dari ${shop}.`,
  welcomeNotYou: "Bukan Anda yang mendaftar? Berhenti berlangganan lewat tautan di bawah, satu klik saja.",

  choose: "Atur email yang saya terima",
  preferences: "Atur email",
  unsubscribe: "Berhenti berlangganan",
  why: (shop: string) => `Email ini dikirim karena alamat Anda diisikan di formulir langganan ${shop}.`,
};

const en: typeof id = {
  confirmSubject: (shop) => `One more click to get emails from ${shop}`,
  confirmPreview: "Confirm that this address is yours and that you would like to subscribe.",
  confirmTitle: "Was it you who signed up?",
  confirmForm: (shop) => `This email address was signed up for emails from ${shop}.`,
  confirmImport: (shop) =>
    `${shop} would like to send you news, offers and greetings by email, but only if you want them.`,
  confirmAsk: "Press this button to subscribe. The link is good for seven days.",
  confirmButton: "Yes, subscribe me",
  confirmIgnoreForm:
    "Was it not you? Just ignore this email. Unless you confirm, nothing will be sent, and what was filled in is deleted.",
  confirmIgnoreImport: "Rather not? Just ignore this email. Unless you confirm, nothing will be sent.",
  confirmWhyForm: (shop) =>
    `You get this email once because your address was filled in on the sign-up form of ${shop}.`,
  confirmWhyImport: (shop) => `You get this email because ${shop} knows you as a customer.`,

  alreadySubject: (shop) => `You already get emails from ${shop}`,
  alreadyPreview: "There is nothing to do.",
  alreadyTitle: "You are subscribed already",
  alreadyLead: (shop) =>
    `This email address has just been filled in again on the sign-up form of ${shop}. You are subscribed already, so nothing has changed.`,

  welcomeSubject: (shop) => `Welcome to ${shop}`,
  welcomePreview: "From now on you will get our emails.",
  welcomeTitle: "You are subscribed",
  welcomeLead: (shop) => `Thank you for signing up! From now on you will get emails from ${shop}.`,
  welcomeNotYou: "Was it not you who signed up? Unsubscribe by the link below; one click does it.",

  choose: "Choose what you get",
  preferences: "Email preferences",
  unsubscribe: "Unsubscribe",
  why: (shop) => `You get this email because your address was filled in on the sign-up form of ${shop}.`,
};

export const words: Record<Locale, typeof id> = { id, en };
