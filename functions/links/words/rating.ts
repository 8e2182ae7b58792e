import type { Locale } from "../../../core/businesses.ts";

/** The words of the page where a customer says how they liked it. What is filled in is escaped where the page is made. */
const id = {
  ratingTitle: "Bagaimana menurut Anda?",
  ratingLead: (shop: string) => `Ceritakan pengalaman Anda. Yang membacanya hanya ${shop}.`,
  stars: "Bintang",
  starsOf: (stars: number) => `${stars} dari 5 bintang`,
  worst: "Mengecewakan",
  best: "Luar biasa",
  ratingWords: "Ceritakan lebih banyak",
  optional: "opsional",
  send: "Kirim",
  starsMissing: "Pilih dulu bintangnya, dari 1 sampai 5.",
  thanksTitle: "Terima kasih!",
  thanksLead: (shop: string) => `Penilaian Anda sudah sampai ke ${shop}.`,
  thanksComplaint: (shop: string) =>
    `Maaf kami belum memuaskan. Penilaian Anda sudah sampai ke ${shop}, dan akan dibaca.`,
  rateAgain: "Ubah penilaian saya",
};

const en: typeof id = {
  ratingTitle: "How did we do?",
  ratingLead: (shop) => `Tell us how it was. Only ${shop} reads it.`,
  stars: "Stars",
  starsOf: (stars) => `${stars} of 5 ${stars === 1 ? "star" : "stars"}`,
  worst: "Disappointing",
  best: "Wonderful",
  ratingWords: "Tell us more",
  optional: "optional",
  send: "Send",
  starsMissing: "Please choose the stars first, 1 to 5.",
  thanksTitle: "Thank you!",
  thanksLead: (shop) => `${shop} has received your rating.`,
  thanksComplaint: (shop) =>
    `We are sorry that it was not good. ${shop} has received your rating, and will read it.`,
  rateAgain: "Change my rating",
};

export const words: Record<Locale, typeof id> = { id, en };
