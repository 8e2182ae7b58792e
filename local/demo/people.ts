import { daysBefore } from "./days.ts";
import type { Random } from "./random.ts";

/** What `PUT /v1/customers` is given. */
export type DemoCustomer = {
  externalId: string;
  name: string;
  nickname?: string;
  email?: string;
  phone?: string;
  birthday?: string;
  birthYear?: number;
  tags: string[];
  attributes: { favourite_drink?: string; member_since?: string };
  locale: "id" | "en";
  consent: "subscribed" | "pending";
};

/** First names with how friends shorten them. */
const firstNames: readonly (readonly [string, string])[] = (
  "Ani:Ani Anindya:Anin Aulia:Lia Ayu:Ayu Bunga:Bunga Citra:Citra Dewi:Dewi Dian:Dian Dinda:Dinda Endang:Endang " +
  "Fitri:Fitri Gita:Gita Hana:Hana Indah:Indah Intan:Intan Kartika:Tika Kirana:Kiran Larasati:Laras Lestari:Tari " +
  "Maya:Maya Mega:Mega Melati:Mel Nabila:Bila Nadia:Nadia Ningsih:Ning Novi:Novi Putri:Putri Rahma:Rahma Ratna:Ratna " +
  "Retno:Retno Rina:Rina Sari:Sari Sekar:Sekar Shinta:Shinta Siti:Siti Sri:Sri Tiara:Tia Utami:Tami Wulan:Wulan Yuni:Yuni " +
  "Adi:Adi Agus:Agus Ahmad:Mamad Aditya:Adit Andi:Andi Arif:Arif Bagas:Bagas Bagus:Bagus Bambang:Bams Bayu:Bayu " +
  "Budi:Budi Dani:Dani Dimas:Dimas Dwi:Dwi Eko:Eko Fajar:Jar Farhan:Farhan Galih:Galih Gilang:Gilang Hadi:Hadi " +
  "Hendra:Hen Irfan:Irfan Iwan:Iwan Joko:Joko Krisna:Kris Made:Made Muhammad:Amat Nugroho:Nug Panji:Panji Prasetyo:Pras " +
  "Putra:Putra Rangga:Angga Rizky:Kiki Satria:Satria Slamet:Slamet Surya:Surya Taufik:Opik Wahyu:Wahyu Wayan:Wayan Yoga:Yoga"
)
  .split(" ")
  .map((pair) => {
    const [name = "", nickname = ""] = pair.split(":");
    return [name, nickname] as const;
  });

const familyNames = (
  "Anggraini Azzahra Batubara Damanik Darmawan Fauzi Firmansyah Ginting Gunawan Halim Handayani Harahap Hartono Hasibuan " +
  "Hidayat Iskandar Kurniawan Kusuma Lubis Mahendra Maharani Maulana Nasution Nugraha Oktaviani Pangestu Permana Permata " +
  "Pertiwi Pohan Pradana Pramudita Pratama Purnomo Rahayu Rahman Ramadhan Safitri Santoso Saputra Setiawan Siahaan " +
  "Simanjuntak Siregar Situmorang Subagyo Sudirman Suharto Sulistyo Suryani Susanto Tarigan Utomo Wahyuni Wibowo " +
  "Wicaksono Widodo Wijaya Wulandari Yulianti"
).split(" ");

const drinks = [
  "es kopi susu",
  "americano",
  "cappuccino",
  "kopi tubruk",
  "matcha latte",
  "teh tarik",
  "wedang jahe",
];
const mailHosts = ["example.com", "example.net", "example.org"];

/** Addresses of SES's own mailbox simulator: one that bounces, one that complains. */
const simulated = [
  "bounce+kopi-senja@simulator.amazonses.com",
  "complaint+kopi-senja@simulator.amazonses.com",
];

/** So many customers have their birthday on the demo's day. */
export const birthdaysToday = 9;

/** People who might be a coffee shop's customers in Bandung on `day`. Those of the first few birthdays come first. */
export function peopleOn(day: string, count: number, random: Random): DemoCustomer[] {
  const names = new Set<string>();
  return Array.from({ length: count }, (_, index) => {
    const [first, nickname] = random.pick(firstNames);
    let name = `${first} ${random.pick(familyNames)}`;
    while (names.has(name)) name = `${first} ${random.pick(familyNames)} ${random.pick(familyNames)}`;
    names.add(name);

    const birthday = index < birthdaysToday ? day.slice(5) : birthdayOf(random);
    const knowsBirthday = index < birthdaysToday || random.chance(0.8);
    const address = `${name.toLowerCase().replaceAll(" ", ".")}@${random.pick(mailHosts)}`;
    const hasEmail = random.chance(0.95) || index < birthdaysToday;
    const phone = `+62812${String(10_000_000 + index * 29_989 + random.between(0, 9_999)).slice(-8)}`;
    return {
      externalId: `KS-${String(index + 1).padStart(4, "0")}`,
      name,
      ...(random.chance(0.6) && { nickname }),
      ...(hasEmail && { email: simulated[index - birthdaysToday] ?? address }),
      ...((!hasEmail || random.chance(0.7)) && { phone }),
      ...(knowsBirthday && { birthday }),
      ...(knowsBirthday && random.chance(0.5) && { birthYear: random.between(1962, 2006) }),
      tags: ["langganan", "kantor", "mahasiswa", "akhir pekan"].filter(() => random.chance(0.25)),
      attributes: {
        ...(random.chance(0.6) && { favourite_drink: random.pick(drinks) }),
        ...(random.chance(0.4) && { member_since: daysBefore(day, random.between(30, 540)) }),
      },
      locale: random.chance(0.12) ? "en" : "id",
      consent: random.chance(0.93) || index < birthdaysToday ? "subscribed" : "pending",
    };
  });
}

/** A day of a leap year, so that February 29 comes up too. */
function birthdayOf(random: Random): string {
  return daysBefore("2024-12-31", random.between(0, 365)).slice(5);
}
